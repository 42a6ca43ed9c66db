import type { Result } from "@sluice/evaluation";
import type { Decisions } from "../decisions.ts";
import type { Proposal } from "../event.ts";
import type { ReleaseContent } from "../plan/release-content.ts";
import type { Approved } from "../plan/release-state.ts";
import { granted, type Refusal, refused } from "../result.ts";
import type { Asking } from "./asking.ts";
import { decideSaveRelease } from "./save-release.ts";

/** A plan as it was saved at a place of the log, and who agreed to exactly that content, each role's last word. */
export interface PastPlan {
  readonly content: ReleaseContent;
  readonly contentHash: string;
  readonly approvals: readonly Approved[];
}

export interface RevertPlanWish extends Asking {
  readonly release: string;
  /** Place in the log at which the plan was saved. */
  readonly toSeq: number;
  /** Read from the log; absent where nothing of this release was saved there. */
  readonly past: PastPlan | undefined;
  /** The hash that whoever asks saw. */
  readonly expectedHash: string;
}

/**
 * Go back to an earlier plan of a release (semantics 22). It is an edit and refused as one, so it changes no wave that is live. Since the content
 * has the hash that people agreed to, their agreement counts again (28) until its own end, but that of whoever goes back, who is the last editor
 * now. Nobody gets anything by it: its waves start by their gates. The plan as it is now is `[]`.
 * Refusals: those of saving, unknownVersion.
 */
export function decideRevertPlan(decisions: Decisions, { past, toSeq, ...wish }: RevertPlanWish): Result<readonly Proposal[], Refusal> {
  if (past === undefined && !decisions.commands.has(wish.command))
    return refused({
      code: "unknownVersion",
      field: "toSeq",
      message: `No plan of this release was saved at ${toSeq}.`,
      fix: "Choose one of the versions that are listed.",
    });
  const content = past?.content ?? decisions.releases.get(wish.release)?.content;
  if (content === undefined) return granted([]);
  const saved = decideSaveRelease(decisions, { ...wish, content, contentHash: past?.contentHash ?? "" });
  if (!saved.ok) return saved;
  const agreed = (past?.approvals ?? [])
    .filter(({ by, untilMs, contentHash }) => by !== wish.by && untilMs > wish.atMs && contentHash === past?.contentHash)
    .map(({ role, atMs, untilMs }) => ({ role, atMs, untilMs }));
  return granted(
    saved.value.map((proposal) =>
      proposal.facts.kind === "releaseSaved" ? { ...proposal, facts: { ...proposal.facts, toSeq, ...(agreed.length === 0 ? {} : { agreed }) } } : proposal,
    ),
  );
}
