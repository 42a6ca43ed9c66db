import * as z from "zod";
import { type Repository, repositoryPath } from "./app-sign-in.ts";
import { type GitHubClient, GitHubRefused, GitHubUnavailable } from "./github-client.ts";

/** A branch of the repository itself that somebody is to look at. */
export interface BranchReview {
  readonly branch: string;
  /** What it is to be merged into. */
  readonly base: string;
  readonly title: string;
  /** Markdown, at most 65,536 characters. */
  readonly body: string;
}

/** A pull request that was opened or found. */
export interface OpenedReview {
  readonly number: number;
  readonly url: string;
}

/** Tries at opening one: GitHub may have done it and lost the answer, so each looks first. */
const TRIES_MAX = 3;

const pull = z.looseObject({ number: z.number(), state: z.string(), html_url: z.string(), merged_at: z.string().nullable() });
const read = ({ number, html_url: url }: z.infer<typeof pull>): OpenedReview => ({ number, url });

/**
 * Opens the pull request of a branch, or finds the one that is open: never a second one. Throws `GitHubUnavailable` where GitHub stays in trouble,
 * `GitHubRefused` where it says no, `GitHubUnexpected`.
 */
export async function openReview(client: GitHubClient, repository: Repository, { branch, base, title, body }: BranchReview): Promise<OpenedReview> {
  const path = `${repositoryPath(repository)}/pulls`;
  const query = new URLSearchParams({ state: "open", head: `${repository.owner}:${branch}`, base });
  let trouble: Error | undefined;
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const [known] = await client.need(z.array(pull), { method: "GET", path: `${path}?${query.toString()}` });
    if (known !== undefined) return read(known);
    try {
      return read(await client.need(pull, { method: "POST", path, body: { title, head: branch, base, body } }));
    } catch (error) {
      // Refused where another try opened it meanwhile (422), or the branch is not yet seen everywhere (409).
      const isPassing = error instanceof GitHubUnavailable || (error instanceof GitHubRefused && (error.status === 409 || error.status === 422));
      if (!isPassing || (error instanceof GitHubUnavailable && error.waitMs !== undefined)) throw error;
      trouble = error;
    }
  }
  throw trouble ?? new GitHubUnavailable(`no pull request of ${branch} could be opened`);
}

/** What became of a pull request; `undefined` where there is none of this number. Throws what `GitHubClient.need` throws but for that. */
export async function reviewState(client: GitHubClient, repository: Repository, number: number): Promise<"open" | "merged" | "closed" | undefined> {
  try {
    const found = await client.need(pull, { method: "GET", path: `${repositoryPath(repository)}/pulls/${number}` });
    return found.state === "open" ? "open" : found.merged_at === null ? "closed" : "merged";
  } catch (error) {
    if (error instanceof GitHubRefused && error.status === 404) return undefined;
    throw error;
  }
}
