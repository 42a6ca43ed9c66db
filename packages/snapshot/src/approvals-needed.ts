import { OWNERS, type Project, type ProjectApproval } from "@sluice/definitions";
import type { ToldChange, ToldPlan } from "./change-report.ts";

/** Approvals that a change needs before it is merged. */
export interface NeededApproval {
  /** Why, and of what, in words: "it waits for a person in production". */
  readonly why: string;
  /** Flags that it is about, in order; empty for a change of sluice.yaml itself. */
  readonly flags: readonly string[];
  readonly count: number;
  /** The team that must agree; absent: anybody who may merge. */
  readonly team?: string;
}

/** What is known of a change besides its plan. */
export interface ApprovalFacts {
  readonly ownerOf: (flag: string) => string | undefined;
  /** `sluice.yaml` itself changes: who must agree, and what environments are, with it. */
  readonly isPolicyChanged: boolean;
}

const WORDS: Readonly<Record<ProjectApproval["when"], string>> = {
  any: "a flag changes",
  changes: "somebody may get something else",
  risky: "there is a risk",
  waits: "it waits for a person",
};

function applies(when: ProjectApproval["when"], { isSame, notes, waits }: ToldChange): boolean {
  switch (when) {
    case "any":
      return true;
    case "changes":
      return !isSame;
    case "risky":
      return notes.length + waits.length > 0;
    case "waits":
      return waits.length > 0;
  }
}

/**
 * What the policy of `project` asks of a change. The policy is that of the branch that it is merged into: a change cannot let itself through, and one
 * of `sluice.yaml` needs what every approval asks. An approval of `owners` is one of each team that owns a flag concerned.
 */
export function neededApprovals(
  { approvals }: Pick<Project, "approvals">,
  plan: ToldPlan,
  { ownerOf, isPolicyChanged }: ApprovalFacts,
): readonly NeededApproval[] {
  const needed = new Map<string, NeededApproval>();
  const need = (one: NeededApproval): void => {
    const name = JSON.stringify([one.why, one.team]);
    const before = needed.get(name);
    needed.set(name, { ...one, count: Math.max(one.count, before?.count ?? 0), flags: [...new Set([...(before?.flags ?? []), ...one.flags])].sort() });
  };
  for (const { environment, when, count, from } of approvals) {
    const changes = plan.changes.filter((change) => (environment === undefined || change.environment === environment) && applies(when, change));
    const where = environment === undefined ? "" : ` in ${environment}`;
    for (const { flag } of changes)
      for (const team of teamsOf(from, ownerOf(flag))) need({ why: WORDS[when] + where, flags: [flag], count, ...(team === undefined ? {} : { team }) });
    if (!isPolicyChanged) continue;
    for (const team of from.length === 0 ? [undefined] : from.filter((one) => one !== OWNERS))
      need({ why: "sluice.yaml changes who must agree", flags: [], count, ...(team === undefined ? {} : { team }) });
  }
  return [...needed.values()];
}

/** A flag whose owner nobody knows is looked at by anybody who may merge: an approval that nobody could give would never come. */
function teamsOf(from: readonly string[], owner: string | undefined): readonly (string | undefined)[] {
  return from.length === 0 ? [undefined] : from.map((team) => (team === OWNERS ? owner : team));
}

/** Whether it changes who must agree to what, or where people decide: whoever changes that changes what is asked of everybody. */
export function isApprovalPolicyChanged(before: Project | undefined, after: Project | undefined): boolean {
  const policyOf = (project: Project | undefined): string =>
    JSON.stringify([
      project?.approvals,
      project?.customer,
      [...(project?.handles ?? [])],
      project?.environments.map(({ key, decidedByPeople }) => [key, decidedByPeople]),
    ]);
  return policyOf(before) !== policyOf(after);
}
