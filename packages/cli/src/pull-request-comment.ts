import { readFileSync } from "node:fs";
import { type CommentOutcome, GitHubClient, GitHubRefused, GitHubUnavailable, givenToken, putComment, type Repository } from "@sluice/github";
import { nodeClock, nodeHttpClient, nodeTimers } from "@sluice/ports/node";
import { CommandFailed } from "./failure.ts";

/** A pull request as a GitHub workflow knows it. */
export interface WorkflowPullRequest {
  readonly api: string;
  readonly repository: Repository;
  readonly number: number;
  readonly token: string;
}

/** Longest wait that a limit of GitHub's may ask for before this gives up; a job must not hang for an hour. */
const WAIT_MS_MAX = 30_000;

/**
 * The pull request that a workflow runs for, by the variables that GitHub sets (GITHUB_EVENT_PATH, GITHUB_REPOSITORY, GITHUB_API_URL) and
 * GITHUB_TOKEN. Throws `CommandFailed` where it runs for none, or has no token.
 */
export function pullRequestOf(env: Readonly<Record<string, string | undefined>>): WorkflowPullRequest {
  const { GITHUB_EVENT_PATH: path, GITHUB_REPOSITORY: repository, GITHUB_API_URL: api = "https://api.github.com", GITHUB_TOKEN: token } = env;
  const number = path === undefined ? undefined : numberIn(path);
  const [owner, name] = (repository ?? "").split("/");
  if (number === undefined || owner === undefined || name === undefined)
    throw new CommandFailed({
      code: "review/no-pull-request",
      message: "This does not run for a pull request of GitHub, so there is none to comment on.",
      fix: "Run it in a workflow with `on: pull_request`, or leave --comment away.",
      exitCode: 2,
    });
  if (token === undefined || token === "")
    throw new CommandFailed({
      code: "review/no-token",
      message: "There is no GITHUB_TOKEN to comment with.",
      fix: "Give the step env: { GITHUB_TOKEN: ${{ github.token }} }, and the job permissions: { pull-requests: write }.",
      exitCode: 2,
    });
  return { api, repository: { owner, name }, number, token };
}

function numberIn(path: string): number | undefined {
  const event: unknown = JSON.parse(readFileSync(path, "utf8"));
  const number = fieldOf(fieldOf(event, "pull_request"), "number");
  return typeof number === "number" && Number.isInteger(number) ? number : undefined;
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;

/** Keeps the one comment of a folder's review up to date. Throws `CommandFailed` where GitHub stays unreachable or does not know the token. */
export async function commentOn(pull: WorkflowPullRequest, kind: string, body: string): Promise<CommentOutcome> {
  const { repository, number } = pull;
  try {
    return await putComment(clientOf(pull), { repository, pull: number, kind }, body);
  } catch (error) {
    if (!(error instanceof GitHubUnavailable || error instanceof GitHubRefused)) throw error;
    throw new CommandFailed(
      {
        code: "review/comment",
        message: `The comment could not be written: ${error.message}.`,
        fix: "Run the job again. What the comment would say stands above.",
        exitCode: 3,
      },
      { cause: error },
    );
  }
}

/** GitHub as the token of a workflow sees it. */
export function clientOf({ api, token }: WorkflowPullRequest): GitHubClient {
  return new GitHubClient({
    api,
    tokens: givenToken(token),
    http: nodeHttpClient({ keepsAlive: true }),
    clock: nodeClock,
    timers: nodeTimers({ keepsAlive: true }),
    waitMsMax: WAIT_MS_MAX,
  });
}
