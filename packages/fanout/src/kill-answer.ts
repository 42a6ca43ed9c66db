import { createHash } from "node:crypto";
import { type Problem, problems } from "@sluice/contract";
import type { Result } from "@sluice/evaluation";
import { type Aliases, commandReused, isThatKill, type LoggedEvent, type ThatKill, UNDO_WITHIN_MS } from "@sluice/releases";

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

/** The answer that this command had when the store first took it. */
export function asBefore(events: readonly LoggedEvent[], wish: ThatKill, aliases: Aliases): Result<Killed, Problem> {
  for (const { facts, seq, atMs, command } of events) {
    if (facts.kind !== "flagsKilled" || !isThatKill(facts, wish, aliases)) return { ok: false, problem: commandReused(command) };
    return { ok: true, value: { kill: facts.kill, flags: facts.flags, seq, emergency: false, undoUntilMs: atMs + UNDO_WITHIN_MS } };
  }
  return { ok: false, problem: problems.storeUnavailable };
}
