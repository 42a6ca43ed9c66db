import type { Result } from "@sluice/evaluation";
import type { Decisions, KillInForce } from "../decisions.ts";
import type { Proposal } from "../event.ts";
import { granted, type Refusal, refused } from "../result.ts";
import { type Asking, personalOf, refusalOf, repetitionOf } from "./asking.ts";
import { killInForce, notInForce } from "./lift.ts";

/** A kill is for now: a day later somebody says whether it is to stay. */
export const REVIEW_AFTER_MS: number = 24 * 3_600_000;

/** When a kill asks to be looked at: at its own time, or a day after it was placed. It never lifts by itself. */
export const killReviewAtMs = ({ reviewAtMs, atMs }: Pick<KillInForce, "reviewAtMs" | "atMs">): number => reviewAtMs ?? atMs + REVIEW_AFTER_MS;

export interface KeepKillWish extends Asking {
  readonly kill: string;
  /** When it asks again. */
  readonly untilMs: number;
}

/**
 * Keep a kill that asks for a review, until it asks again: by whoever may lift it. The same command again is `[]`.
 * Refusals: notAllowed, unknownKill, reviewInPast, reasonTooLong, commandReused.
 */
export function decideKeepKill(decisions: Decisions, wish: KeepKillWish): Result<readonly Proposal[], Refusal> {
  const repetition = repetitionOf(decisions, wish.command, { kind: "killKept", id: wish.kill });
  if (repetition !== undefined) return repetition;
  const refusal = refusalOf(wish, "liftKill");
  if (refusal !== undefined) return refused(refusal);
  const kill = killInForce(decisions, wish.kill);
  if (kill === undefined) return refused(notInForce(wish.kill));
  if (wish.untilMs <= wish.atMs)
    return refused({ code: "reviewInPast", field: "hours", message: "The next review is not in the future.", fix: "Keep it for an hour or more." });
  const facts = { kind: "killKept", kill: kill.id, environment: kill.environment, untilMs: wish.untilMs } as const;
  return granted([{ command: wish.command, atMs: wish.atMs, personal: personalOf(wish), facts }]);
}
