import * as z from "zod";
import { type Repository, repositoryPath } from "./app-sign-in.ts";
import type { GitHubClient } from "./github-client.ts";

/** A pull request as GitHub has it now. */
export interface PullRequest {
  readonly number: number;
  readonly isOpen: boolean;
  readonly author: string;
  readonly headSha: string;
  /** The branch that it is to be merged into, and where that stood when GitHub last looked. */
  readonly base: { readonly branch: string; readonly sha: string };
  /** Its branch is in another repository: whoever opened it may have no rights here. */
  readonly isFork: boolean;
}

/** A file of a pull request; `patch` is absent where it is binary or too large for GitHub. */
export interface PulledFile {
  readonly path: string;
  readonly patch?: string | undefined;
}

/** What one person says of a pull request, oldest first. */
export interface PullReview {
  readonly by: string;
  readonly state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED" | "PENDING";
  /** The commit that was looked at; absent where it is gone. */
  readonly commit: string | undefined;
  /** May merge here, or is one of the organisation. */
  readonly isInsider: boolean;
}

/** Open pull requests that are looked at when a server comes up. */
const PULLS_MAX = 300;
/** GitHub lists no more of one pull request. */
const FILES_MAX = 3_000;
const REVIEWS_MAX = 1_000;
const INSIDERS: ReadonlySet<string> = new Set(["OWNER", "MEMBER", "COLLABORATOR"]);

const side = z.looseObject({ sha: z.string(), ref: z.string(), repo: z.looseObject({ full_name: z.string() }).nullable() });
const pull = z.looseObject({ number: z.number(), state: z.string(), user: z.looseObject({ login: z.string() }).nullable(), head: side, base: side });
const files = z.array(z.looseObject({ filename: z.string(), status: z.string(), patch: z.string().optional() }));
const reviews = z.array(
  z.looseObject({
    user: z.looseObject({ login: z.string() }).nullable(),
    state: z.string(),
    commit_id: z.string().nullable(),
    author_association: z.string(),
  }),
);
const membership = z.looseObject({ state: z.string() });

function read(one: z.infer<typeof pull>): PullRequest {
  return {
    number: one.number,
    isOpen: one.state === "open",
    author: one.user?.login ?? "",
    headSha: one.head.sha,
    base: { branch: one.base.ref, sha: one.base.sha },
    // The repository of a fork that was deleted is null.
    isFork: one.head.repo?.full_name !== one.base.repo?.full_name,
  };
}

/** Throws what `GitHubClient.need` throws. */
export async function pullRequest(client: GitHubClient, repository: Repository, number: number): Promise<PullRequest> {
  return read(await client.need(pull, { method: "GET", path: `${repositoryPath(repository)}/pulls/${number}` }));
}

/** Those that are open towards a branch, at most 300. Throws what `GitHubClient.need` throws. */
export async function openPullRequests(client: GitHubClient, repository: Repository, branch: string): Promise<readonly PullRequest[]> {
  const path = `${repositoryPath(repository)}/pulls?state=open&base=${encodeURIComponent(branch)}`;
  return (await client.list(z.array(pull), path, PULLS_MAX)).map(read);
}

/** Files that it adds or changes. Throws what `GitHubClient.need` throws. */
export async function pulledFiles(client: GitHubClient, repository: Repository, number: number): Promise<readonly PulledFile[]> {
  const found = await client.list(files, `${repositoryPath(repository)}/pulls/${number}/files`, FILES_MAX);
  return found.filter(({ status }) => status !== "removed").map(({ filename, patch }) => ({ path: filename, patch }));
}

const STATES = ["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"] as const;

/** Everything that people said of it, in order. Throws what `GitHubClient.need` throws. */
export async function pullReviews(client: GitHubClient, repository: Repository, number: number): Promise<readonly PullReview[]> {
  const found = await client.list(reviews, `${repositoryPath(repository)}/pulls/${number}/reviews`, REVIEWS_MAX);
  return found.flatMap(({ user, state, commit_id: commit, author_association: association }) => {
    const known = STATES.find((one) => one === state);
    return user === null || known === undefined ? [] : [{ by: user.login, state: known, commit: commit ?? undefined, isInsider: INSIDERS.has(association) }];
  });
}

/** Whether somebody is in a team of the organisation. False, too, where the App may not see its members. Throws `GitHubUnavailable`. */
export async function isInTeam(
  client: GitHubClient,
  team: { readonly organisation: string; readonly slug: string },
  login: string,
): Promise<boolean | "unseen"> {
  const path = `/orgs/${encodeURIComponent(team.organisation)}/teams/${encodeURIComponent(team.slug)}/memberships/${encodeURIComponent(login)}`;
  const answer = await client.ask({ method: "GET", path });
  if (answer.kind === "refused" && answer.status === 403) return "unseen";
  return answer.kind === "done" && membership.safeParse(answer.json).data?.state === "active";
}
