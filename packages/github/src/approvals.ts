import { quotedMarkdown } from "@sluice/definitions";
import type { Repository } from "./app-sign-in.ts";
import type { GitHubClient } from "./github-client.ts";
import { isInTeam, type PullRequest, type PullReview, pullReviews } from "./pull-requests.ts";

/** An approval that is needed, and who has given it. */
export interface ApprovalState {
  readonly why: string;
  /** Flags that it is about; empty for one of sluice.yaml itself. */
  readonly flags: readonly string[];
  readonly count: number;
  /** The team that must agree; absent: anybody who may merge. */
  readonly team?: string;
  readonly by: readonly string[];
}

/** Teams whose members are asked for: each is a request for each approver. */
const ASKED_MAX = 200;

interface ApprovalsAsked {
  readonly client: GitHubClient;
  readonly repository: Repository;
  readonly pull: PullRequest;
  /** Who each team is at GitHub: `@login` or `@organisation/team`. */
  readonly handles: ReadonlyMap<string, readonly string[]>;
  /** Whether a commit has the definition files that the newest one has: an approval is of what was looked at. */
  readonly isSameAsNow: (commit: string) => Promise<boolean>;
  /** Told of a team whose members this token may not see: its approvals count as not given. */
  readonly onUnseenTeam?: (handle: string) => void;
}

/** Who has agreed to a pull request, as far as it is needed. Throws what `GitHubClient.need` throws. */
export async function approvalStates(needed: readonly Omit<ApprovalState, "by">[], asked: ApprovalsAsked): Promise<readonly ApprovalState[]> {
  if (needed.length === 0) return [];
  const { client, repository, pull } = asked;
  const approvers = await approversOf(await pullReviews(client, repository, pull.number), asked);
  const members = new Memberships(asked);
  const states: ApprovalState[] = [];
  for (const one of needed) {
    const by: string[] = [];
    for (const login of approvers) if (one.team === undefined || (await members.has(one.team, login))) by.push(login);
    states.push({ ...one, by });
  }
  return states;
}

/** The newest word of each person, where it is an approval of what is there now, by somebody who may merge and did not write it. */
async function approversOf(reviews: readonly PullReview[], { pull, isSameAsNow }: ApprovalsAsked): Promise<readonly string[]> {
  const newest = new Map<string, PullReview>();
  for (const review of reviews) if (review.state !== "COMMENTED" && review.state !== "PENDING") newest.set(review.by, review);
  const found: string[] = [];
  for (const { by, state, commit, isInsider } of newest.values())
    if (state === "APPROVED" && isInsider && by !== pull.author && commit !== undefined && (await isSameAsNow(commit))) found.push(by);
  return found.sort();
}

/** Who is in which team, asked once. */
class Memberships {
  readonly #asked: ApprovalsAsked;
  readonly #known = new Map<string, boolean>();

  constructor(asked: ApprovalsAsked) {
    this.#asked = asked;
  }

  async has(team: string, login: string): Promise<boolean> {
    for (const handle of this.#asked.handles.get(team) ?? []) {
      const [organisation = "", slug] = handle.slice(1).split("/");
      if (slug === undefined ? organisation.toLowerCase() === login.toLowerCase() : await this.#isIn({ organisation, slug }, login)) return true;
    }
    return false;
  }

  async #isIn(team: { readonly organisation: string; readonly slug: string }, login: string): Promise<boolean> {
    const name = `${team.organisation}/${team.slug} ${login}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    if (this.#known.size >= ASKED_MAX) return false;
    const is = await this.#ask(team, login);
    this.#known.set(name, is);
    return is;
  }

  async #ask(team: { readonly organisation: string; readonly slug: string }, login: string): Promise<boolean> {
    const { client, onUnseenTeam } = this.#asked;
    const is = await isInTeam(client, team, login);
    if (is === "unseen") onUnseenTeam?.(`@${team.organisation}/${team.slug}`);
    return is === true;
  }
}

/** How many more people must agree. */
export const missingApprovals = (states: readonly ApprovalState[]): number => states.reduce((sum, { by, count }) => sum + Math.max(0, count - by.length), 0);

/** Flags that a line names; the rest is counted. */
const FLAGS_SHOWN = 5;

/** The part of the report about approvals; nobody is mentioned, so nobody is woken. */
export function approvalsPart(states: readonly ApprovalState[]): string {
  const lines = states.map(({ why, flags, count, team, by }) => {
    const more = flags.length > FLAGS_SHOWN ? ` and ${flags.length - FLAGS_SHOWN} more` : "";
    const about = flags.length === 0 ? "" : ` (${flags.slice(0, FLAGS_SHOWN).map(quotedMarkdown).join(", ")}${more})`;
    const who = by.length === 0 ? "" : `: ${by.map(quotedMarkdown).join(", ")}`;
    const of = team === undefined ? "by anybody who may merge" : `of ${quotedMarkdown(team)}`;
    return `- ${by.length >= count ? "✅" : "⏳"} ${why}${about}: ${Math.min(by.length, count)} of ${count} ${count === 1 ? "approval" : "approvals"} ${of}${who}`;
  });
  return ["### Approvals", "", ...lines].join("\n");
}
