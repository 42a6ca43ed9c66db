import { type GitHubClient, GitHubRefused, GitHubUnavailable, GitHubUnexpected, NotInstalled, openReview, type Repository, reviewState } from "@sluice/github";
import { SourceUnreachable } from "../../source/source.ts";
import type { PullRequests } from "../pull-requests.ts";

/** Pull requests at GitHub, opened by the App. */
export function githubPullRequests(client: GitHubClient, repository: Repository, base: string): PullRequests {
  return {
    open: ({ branch, title, body }) =>
      atGitHub(async () => {
        const { number, url } = await openReview(client, repository, { branch, base, title, body });
        return { pullRequest: number, link: url };
      }),
    stateOf: (pullRequest) => atGitHub(() => reviewState(client, repository, pullRequest)),
  };
}

/** The branch is at GitHub already: whoever sends the change again finds it there. */
async function atGitHub<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isTheirs = error instanceof GitHubUnavailable || error instanceof GitHubRefused || error instanceof GitHubUnexpected || error instanceof NotInstalled;
    throw isTheirs ? new SourceUnreachable(error.message, { cause: error }) : error;
  }
}
