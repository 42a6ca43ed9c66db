import { parseProject, type ParsedProject } from "@sluice/definitions";
import { type ApprovalState, approvalStates, GitHubRefused, GitHubUnavailable, pullRequest } from "@sluice/github";
import { isApprovalPolicyChanged, neededApprovals, type ToldPlan } from "@sluice/snapshot";
import { CommandFailed } from "./failure.ts";
import { filesAtCommit } from "./git-facts.ts";
import { clientOf, type WorkflowPullRequest } from "./pull-request-comment.ts";

interface Asked {
  readonly folder: string;
  /** Files of the commit that it is to be merged into: its policy holds. */
  readonly old: ReadonlyMap<string, string>;
  readonly parsed: ParsedProject;
  /** Absent where files cannot be read: then nothing is asked, and mistakes fail it anyway. */
  readonly plan: ToldPlan | undefined;
}

/** What the policy asks for, who has given it, and the teams that this token cannot see into. */
export interface Approvals {
  readonly states: readonly ApprovalState[];
  readonly unseen: readonly string[];
}

/**
 * The approvals that `approvals:` of the base's `sluice.yaml` asks of a pull request. A workflow's token sees reviews, and not who is in a team.
 * Throws `CommandFailed` where GitHub stays unreachable or does not let it look.
 */
export async function approvalsOf(pull: WorkflowPullRequest | undefined, { folder, old, parsed, plan }: Asked): Promise<Approvals> {
  const before = parseProject({ files: old });
  const policy = before.project;
  if (policy === undefined || plan === undefined || pull === undefined) return { states: [], unseen: [] };
  const ownerOf = (flag: string): string | undefined => (before.flags.get(flag) ?? parsed.flags.get(flag))?.owner;
  const needed = neededApprovals(policy, plan, { ownerOf, isPolicyChanged: isApprovalPolicyChanged(policy, parsed.project) });
  if (needed.length === 0) return { states: [], unseen: [] };
  const client = clientOf(pull);
  const unseen = new Set<string>();
  try {
    const at = await pullRequest(client, pull.repository, pull.number);
    const states = await approvalStates(needed, {
      client,
      repository: pull.repository,
      pull: at,
      handles: policy.handles,
      isSameAsNow: async (commit) => commit === at.headSha || hasSameFiles(folder, commit, at.headSha),
      onUnseenTeam: (handle) => unseen.add(handle),
    });
    return { states, unseen: [...unseen].sort() };
  } catch (error) {
    if (!(error instanceof GitHubUnavailable || error instanceof GitHubRefused)) throw error;
    const message = `GitHub does not say who has approved: ${error.message}.`;
    const fix = "Run the job again; it needs permissions: { pull-requests: read }.";
    throw new CommandFailed({ code: "review/approvals", message, fix, exitCode: 3 }, { cause: error });
  }
}

/** A commit that is not here has not. */
function hasSameFiles(folder: string, a: string, b: string): boolean {
  const [one, other] = [filesAtCommit(folder, a), filesAtCommit(folder, b)];
  return one !== undefined && one.size === other?.size && [...one].every(([path, text]) => other.get(path) === text);
}
