import type { Problem } from "@sluice/contract";
import type { Result } from "@sluice/evaluation";
import { commandReused, isThatKill, type JournalledKill, killInForce, killLifted, type ThatKill } from "@sluice/releases";
import type { LogFollower } from "@sluice/store";
import type { KillJournal } from "./emergency-journal.ts";
import { type Killed, killedBefore, killIdOf, notWritten } from "./kill-answer.ts";
import type { Publisher } from "./publisher.ts";

/** Emergency kills that are remembered by their command: whoever had no answer asks again within a minute, and this many take half a megabyte. */
const TAKEN_MAX = 1_000;

interface Parts {
  readonly log: LogFollower;
  readonly journal: KillJournal;
  readonly publisher: Publisher;
}

/** What a command is answered whose kill was made before, so that it is no second kill. */
export class KnownKills {
  readonly #parts: Parts;
  /** By command, the oldest first. */
  readonly #taken = new Map<string, JournalledKill>();

  constructor(parts: Parts) {
    this.#parts = parts;
    for (const kill of parts.journal.former) this.note(kill);
  }

  /** An emergency kill was made here. */
  note(kill: JournalledKill): void {
    const oldest = this.#taken.keys().next().value;
    if (this.#taken.size >= TAKEN_MAX && oldest !== undefined) this.#taken.delete(oldest);
    this.#taken.set(kill.command, kill);
  }

  /** `undefined` where nothing here knows the command: then it is a new kill, unless the log knows more. */
  async answer(command: string, same: ThatKill): Promise<Result<Killed, Problem> | undefined> {
    const { journal, log } = this.#parts;
    const waiting = await journal.waiting(command).catch(() => "unwritten" as const);
    if (waiting === "unwritten") return { ok: false, problem: notWritten };
    if (waiting !== undefined) {
      const { kill, flags, atMs } = waiting;
      return killedBefore({ kill, flags, emergency: true, atMs }, isThatKill(waiting, same, log.decisions.aliases), command);
    }
    const before = killInForce(log.decisions, killIdOf(command));
    // A log that was read knows its commands; a relay has none.
    if (before === undefined) return log.decisions.seq > 0 ? undefined : this.#withoutLog(command, same);
    const { id, flags, seq, atMs } = before;
    return killedBefore({ kill: id, flags, seq, emergency: false, atMs }, isThatKill(before, same, log.decisions.aliases), command);
  }

  /** By what is served: a kill that a snapshot has taken over and does not have any more was lifted at the server. */
  #withoutLog(command: string, same: ThatKill): Result<Killed, Problem> | undefined {
    const { publisher, log } = this.#parts;
    const { aliases } = log.decisions;
    const kill = killIdOf(command);
    const taken = this.#taken.get(command);
    if (taken !== undefined && !isThatKill(taken, same, aliases)) return { ok: false, problem: commandReused(command) };
    const hub = publisher.hub(same.environment);
    const inForce = hub?.snapshot?.kills?.[kill];
    if (inForce !== undefined) {
      const { flags, scope } = inForce;
      // Of a target another process has made flags: only whoever made them can tell whether it is the same.
      const isSame = taken !== undefined || same.of !== undefined || isThatKill({ ...same, flags, ...(scope === undefined ? {} : { scope }) }, same, aliases);
      return killedBefore({ kill, flags: taken?.flags ?? flags, emergency: taken !== undefined, atMs: taken?.atMs ?? 0 }, isSame, command);
    }
    const isTakenOver = taken !== undefined && (hub?.snapshot?.journals?.[taken.journal] ?? -1) >= taken.counter;
    return isTakenOver ? { ok: false, problem: killLifted(kill) } : undefined;
  }
}
