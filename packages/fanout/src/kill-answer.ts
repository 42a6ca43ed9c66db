import { createHash } from "node:crypto";
import { type Problem, problems } from "@sluice/contract";
import type { Result } from "@sluice/evaluation";
import { commandReused, type Decisions, isThatKill, killInForce, killLifted, type LoggedEvent, type ThatKill, UNDO_WITHIN_MS } from "@sluice/releases";

/** What `POST /api/kills` answers. */
export interface Killed {
  readonly kill: string;
  /** What is killed, of a target too. */
  readonly flags: readonly string[];
  readonly seq?: number;
  readonly emergency: boolean;
  readonly undoUntilMs: number;
}

/** The answer to a command whose kill is known, here or in the log; refused where that kill is another one. */
export function killedBefore(kill: Omit<Killed, "undoUntilMs"> & { readonly atMs: number }, isSame: boolean, command: string): Result<Killed, Problem> {
  if (!isSame) return { ok: false, problem: commandReused(command) };
  const { atMs, ...rest } = kill;
  return { ok: true, value: { ...rest, undoUntilMs: atMs + UNDO_WITHIN_MS } };
}

/**
 * A kill's id follows from its command, so that a repetition means the same kill even where nobody remembers the first time:
 * its process ended before it answered, and the store that took it cannot be asked.
 */
export const killIdOf = (command: string): string => `k${createHash("sha256").update(command).digest("hex").slice(0, 12)}`;

/** The answer that this command had when the store first took it, unless its kill is over by `decisions`, which may not have come so far. */
export function asBefore(events: readonly LoggedEvent[], wish: ThatKill, decisions: Decisions): Result<Killed, Problem> {
  for (const { facts, seq, atMs, command } of events) {
    if (facts.kind !== "flagsKilled" || !isThatKill(facts, wish, decisions.aliases)) return { ok: false, problem: commandReused(command) };
    if (decisions.seq >= seq && killInForce(decisions, facts.kill) === undefined) return { ok: false, problem: killLifted(facts.kill) };
    return { ok: true, value: { kill: facts.kill, flags: facts.flags, seq, emergency: false, undoUntilMs: atMs + UNDO_WITHIN_MS } };
  }
  return { ok: false, problem: problems.storeUnavailable };
}

export const tooBusy: Problem = {
  code: "storeUnavailable",
  message: "Too many decisions of yours wait for their turn already.",
  fix: "Try again in a moment, with the same command.",
};

export const notWritten: Problem = {
  code: "storeUnavailable",
  message: "The kill was sent to every connected process, but neither the database nor the journal could write it down.",
  fix: "Repeat it when one of them is back: it would not survive a restart of this process.",
};

/** Of a kill that nothing would remember: it must not be in force, for nobody could end it. */
export const noRoom: Problem = {
  code: "storeUnavailable",
  message: "The database does not answer, and too many kills of yours wait for it already: this one was not made.",
  fix: "Kill more flags with one command, or bring the database back and repeat it.",
};

/** Of a lift or an undo, which wait for the database alone. What was sent to it may be written a moment after nobody waits any more. */
export const notAnswered: Problem = {
  code: "storeUnavailable",
  message: "The database did not answer in time: whether this is written is not known.",
  fix: "Ask again with the same command, which happens once. A kill works all the same.",
};
