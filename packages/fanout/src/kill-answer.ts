import { createHash } from "node:crypto";
import { type KillBody, type Problem, problems } from "@sluice/contract";
import type { KillScope, Result } from "@sluice/evaluation";
import { commandReused, isThatKill, type LoggedEvent, UNDO_WITHIN_MS } from "@sluice/releases";

/** What `POST /api/kills` answers. */
export interface Killed {
  readonly kill: string;
  readonly seq?: number;
  readonly emergency: boolean;
  readonly undoUntilMs: number;
}

/** What makes two kills of one command the same. */
export type ThatKill = Parameters<typeof isThatKill>[1];

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
export function asBefore(events: readonly LoggedEvent[], wish: ThatKill): Result<Killed, Problem> {
  for (const { facts, seq, atMs, command } of events) {
    if (facts.kind !== "flagsKilled" || !isThatKill(facts, wish)) return { ok: false, problem: commandReused(command) };
    return { ok: true, value: { kill: facts.kill, seq, emergency: false, undoUntilMs: atMs + UNDO_WITHIN_MS } };
  }
  return { ok: false, problem: problems.storeUnavailable };
}

/** A scope as events hold it: what was not asked for is not there. */
export function withoutAbsent(scope: NonNullable<KillBody["scope"]>): KillScope {
  return {
    ...(scope.customers === undefined ? {} : { customers: scope.customers }),
    ...(scope.segment === undefined ? {} : { segment: scope.segment }),
    ...(scope.services === undefined ? {} : { services: scope.services }),
    ...(scope.versions === undefined ? {} : { versions: scope.versions }),
  };
}
