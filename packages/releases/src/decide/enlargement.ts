import { canonicalJson, type Result } from "@sluice/evaluation";
import type { Decisions } from "../decisions.ts";
import type { FileChange, Proposal } from "../event.ts";
import { granted, type Refusal, refused } from "../result.ts";
import { type Asking, personalOf, refusalOf, repetitionOf, unknownEnvironment } from "./asking.ts";

export interface EnlargementWish extends Asking {
  readonly environment: string;
  readonly flag: string;
  readonly isAccepted: boolean;
  /** The files of the form that the person saw. */
  readonly form: readonly FileChange[];
}

/**
 * Let a change from Git through that gives a release to more people, or say no to it (semantics 10). Refusals: notAllowed, unknownEnvironment,
 * notWaiting (nothing of this flag does), staleContent (the file has changed since), reasonTooLong.
 */
export function decideEnlargement(decisions: Decisions, wish: EnlargementWish): Result<readonly Proposal[], Refusal> {
  const repetition = repetitionOf(decisions, wish.command, { kind: "enlargementDecided" });
  if (repetition !== undefined) return repetition;
  const refusal = refusalOf(wish, "acceptEnlargement") ?? unknownEnvironment(decisions, wish.environment) ?? refuseForm(decisions, wish);
  if (refusal !== undefined) return refused(refusal);
  const { environment, flag, isAccepted, form } = wish;
  return granted([
    { command: wish.command, atMs: wish.atMs, personal: personalOf(wish), facts: { kind: "enlargementDecided", environment, flag, isAccepted, form } },
  ]);
}

function refuseForm(decisions: Decisions, { environment, flag, form }: EnlargementWish): Refusal | undefined {
  const kept = decisions.environments[environment]?.kept.get(flag);
  if (kept?.why !== "enlargement")
    return {
      code: "notWaiting",
      field: "flag",
      message: `Nothing of ${flag} waits in ${environment}.`,
      fix: "Somebody else may have decided, or Git has it otherwise now.",
    };
  if (canonicalJson(kept.waits) === canonicalJson(form)) return undefined;
  return {
    code: "staleContent",
    field: "form",
    message: `The definition of ${flag} has changed since you looked.`,
    fix: "Look at what it is now, then decide that.",
  };
}
