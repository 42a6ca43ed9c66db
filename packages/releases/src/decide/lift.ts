import type { Result } from "@sluice/evaluation";
import type { Decisions, KillInForce } from "../decisions.ts";
import type { Proposal } from "../event.ts";
import { granted, refused } from "../result.ts";
import type { Refusal } from "../result.ts";
import { commandReused, personalOf, refusalOf } from "./asking.ts";
import type { Asking } from "./asking.ts";

export interface LiftWish extends Asking {
  readonly kill: string;
  /** The policy of the kill's environment: one person asks, and another lifts. */
  readonly needsTwo?: boolean;
}

/** How long a kill can be undone by its maker, in milliseconds: a slip is seen within a minute, a decision is not. */
export const UNDO_WITHIN_MS = 60_000;

/**
 * How much later than the undo a kill may have been made, by another server's clock, in milliseconds: clocks that are set over the network differ by
 * less. What lies further ahead was dated by a clock that is wrong, and would stay undoable for as long as that one runs ahead.
 */
const CLOCKS_APART_MS_MAX = 5_000;

/**
 * How long one person's wish for a lift waits for a second, in milliseconds: what was right yesterday is looked at again by the first, too, before
 * a feature is back.
 */
export const LIFT_ASKED_MS: number = 24 * 3_600_000;

/** The wish for this kill's lift that waits for a second person now; `undefined` where there is none, or it has waited too long. */
export function liftWaiting({ liftAsked }: Pick<KillInForce, "liftAsked">, nowMs: number): KillInForce["liftAsked"] {
  return liftAsked !== undefined && nowMs - liftAsked.atMs <= LIFT_ASKED_MS ? liftAsked : undefined;
}

/**
 * Lift this kill by its id and nothing else: other kills of the same flags stay, and so does everything the flag served before.
 * Where it takes two people the first one's wish is logged, and the kill stays until somebody else of a role that may wishes it too, within a day.
 * The same command again is `[]`. Refusals: notAllowed, unknownKill (never made, or lifted by another command), reasonTooLong,
 * needsSecondPerson (whoever asked has asked before), commandReused (the command was another decision).
 */
export function decideLift(decisions: Decisions, wish: LiftWish): Result<readonly Proposal[], Refusal> {
  const known = decisions.commands.get(wish.command);
  if (known?.kind === "liftAsked" && known.id === wish.kill) return granted([]);
  if (known !== undefined) return isThatLift(decisions, wish) ? granted([]) : refused(commandReused(wish.command));
  const refusal = refusalOf(wish, "liftKill");
  if (refusal !== undefined) return refused(refusal);
  const kill = killInForce(decisions, wish.kill);
  if (kill === undefined) return refused(notInForce(wish.kill));
  if (wish.needsTwo !== true) return granted([proposeLift(kill, wish, false)]);
  // Whose wish was erased, nobody can be told from: it counts for nothing.
  const first = liftWaiting(kill, wish.atMs)?.by;
  if (first === wish.by) return refused(needsSecondPerson);
  return granted([first === undefined ? proposeAsk(kill, wish) : proposeLift(kill, wish, false)]);
}

/**
 * Say no to the lift that waits for a second person: the wish is over, the kill stays, and a lift begins anew with whoever asks next. Whoever may
 * lift may refuse, the one who asked too. The same command again is `[]`. Refusals: notAllowed, unknownKill, noLiftAsked, reasonTooLong,
 * commandReused.
 */
export function decideRefuseLift(decisions: Decisions, wish: LiftWish): Result<readonly Proposal[], Refusal> {
  const known = decisions.commands.get(wish.command);
  if (known !== undefined) return known.kind === "liftRefused" && known.id === wish.kill ? granted([]) : refused(commandReused(wish.command));
  const refusal = refusalOf(wish, "liftKill");
  if (refusal !== undefined) return refused(refusal);
  const kill = killInForce(decisions, wish.kill);
  if (kill === undefined) return refused(notInForce(wish.kill));
  if (liftWaiting(kill, wish.atMs) === undefined) return refused(noLiftAsked);
  const facts = { kind: "liftRefused", kill: kill.id, environment: kill.environment } as const;
  return granted([{ command: wish.command, atMs: wish.atMs, personal: personalOf(wish), facts }]);
}

const noLiftAsked: Refusal = {
  code: "noLiftAsked",
  message: "Nobody waits for a lift of this kill.",
  fix: "The wish may have been refused, or have lapsed after a day. The kill stays in force in any case.",
};

const needsSecondPerson: Refusal = {
  code: "needsSecondPerson",
  message: "You have asked for this lift already, and here it takes two people.",
  fix: "Ask somebody else who may lift to do it too. The kill stays in force until then.",
};

/**
 * Take back a kill that the same person made at most 60 s ago: the one exception to who may lift. One that is dated more than 5 s ahead, by a clock
 * that was wrong, is not undone. The same command again is `[]`. Refusals: notAllowed, unknownKill, undoNotYours, undoTooLate, reasonTooLong,
 * commandReused.
 */
export function decideUndo(decisions: Decisions, wish: LiftWish): Result<readonly Proposal[], Refusal> {
  if (decisions.commands.has(wish.command)) return isThatLift(decisions, wish) ? granted([]) : refused(commandReused(wish.command));
  const refusal = refusalOf(wish, "undoKill");
  if (refusal !== undefined) return refused(refusal);
  const kill = killInForce(decisions, wish.kill);
  if (kill === undefined) return refused(notInForce(wish.kill));
  if (kill.by !== wish.by) {
    return refused({ code: "undoNotYours", message: "Only the person who made this kill can undo it.", fix: "Lift it instead, if your role may." });
  }
  const sinceMs = wish.atMs - kill.atMs;
  if (sinceMs > UNDO_WITHIN_MS || sinceMs < -CLOCKS_APART_MS_MAX) {
    return refused({ code: "undoTooLate", message: `A kill can be undone for ${UNDO_WITHIN_MS / 1000} s.`, fix: "Lift it instead, or ask somebody who may." });
  }
  return granted([proposeLift(kill, wish, true)]);
}

const isThatLift = (decisions: Decisions, wish: LiftWish): boolean =>
  decisions.commands.get(wish.command)?.id === wish.kill && killInForce(decisions, wish.kill) === undefined;

/** The kill of this id, in whichever environment it is in force. */
export function killInForce(decisions: Decisions, id: string): KillInForce | undefined {
  for (const environment of Object.values(decisions.environments)) {
    const kill = environment.kills.get(id);
    if (kill !== undefined) return kill;
  }
  return undefined;
}

/** Of a kill that is not in force. */
export function notInForce(kill: string): Refusal {
  return {
    code: "unknownKill",
    field: "kill",
    message: `No kill ${JSON.stringify(kill)} is in force.`,
    fix: "It may be lifted already: look at the kills in force, or the log.",
  };
}

function proposeAsk({ id: kill, environment }: KillInForce, wish: LiftWish): Proposal {
  return { command: wish.command, atMs: wish.atMs, personal: personalOf(wish), facts: { kind: "liftAsked", kill, environment } };
}

function proposeLift(kill: KillInForce, wish: LiftWish, undo: boolean): Proposal {
  return {
    command: wish.command,
    atMs: wish.atMs,
    personal: personalOf(wish),
    facts: { kind: "killLifted", kill: kill.id, environment: kill.environment, ...(undo ? { undo: true } : {}) },
  };
}
