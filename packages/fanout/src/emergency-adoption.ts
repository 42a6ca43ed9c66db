import type { World } from "@sluice/ports";
import { adoptEmergencyKill, adoptRepeatedKill, type JournalledKill, type Proposal } from "@sluice/releases";
import type { EventLog, LogFollower } from "@sluice/store";
import type { Deadline } from "./deadline.ts";
import type { Receipts } from "./receipts.ts";

/** Decisions of others that may come between reading the head and appending. */
const CONFLICTS_MAX = 5;
/** Kills that enter the log with one append: where each had one of its own, a store that is slow for a moment would never catch up in a storm. */
const AT_ONCE_MAX = 100;

/** Emergency kills that wait for the log, those of one journal in its order. */
export interface WaitingKills {
  readonly pending: readonly JournalledKill[];
  /** The log has these. */
  settled(kills: readonly JournalledKill[]): Promise<void>;
}

/** Sees to it that emergency kills find their way into the log. */
export interface Adopter {
  readonly isWaiting: boolean;
  /** Those that are in force and wait for the log, this process's own and those of relays; each once. */
  readonly pending: readonly JournalledKill[];
  /** True when none is left. */
  adopt(deadline: Deadline): Promise<boolean>;
}

interface Parts {
  readonly world: World;
  readonly store: EventLog;
  readonly log: LogFollower;
  /** Of this process's own journal, and of relays. */
  readonly waiting: readonly WaitingKills[];
  readonly receipts: Receipts;
  readonly onEmergency: () => void;
}

/** Brings emergency kills into the log. Its caller sees to it that nothing else is decided meanwhile. */
export class EmergencyAdoption implements Adopter {
  readonly #parts: Parts;
  #atOnce = AT_ONCE_MAX;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get isWaiting(): boolean {
    return this.#parts.waiting.some(({ pending }) => pending.length > 0);
  }

  get pending(): readonly JournalledKill[] {
    return eachOnce(this.#parts.waiting.flatMap(({ pending }) => pending));
  }

  /** Takes all that wait into the log, in counter order, each under its own command. True when none is left. */
  async adopt(deadline: Deadline): Promise<boolean> {
    try {
      for (const from of this.#parts.waiting) while (from.pending.length > 0) if (!(await this.#adoptSome(from, deadline))) return false;
      return true;
    } catch (error) {
      this.#atOnce = 1;
      this.#parts.world.log.warn("kill.adopt", { why: error instanceof Error ? error.message : String(error) });
      return false;
    }
  }

  async #adoptSome(from: WaitingKills, deadline: Deadline): Promise<boolean> {
    const { log, store, onEmergency } = this.#parts;
    const kills = distinct(from.pending.slice(0, this.#atOnce));
    let isForgotten = false;
    for (let tries = 0; tries < CONFLICTS_MAX; tries++) {
      if ((await Promise.race([log.catchUp().then(() => true), deadline.passed])) === "passed") return false;
      const proposals = kills.flatMap((kill) => this.#proposals(kill, isForgotten));
      if (proposals.length === 0) break;
      const result = await Promise.race([store.append(proposals, log.decisions.seq), deadline.passed]);
      if (result === "passed") return false;
      if (result.kind === "appended") {
        log.take(result.events);
        break;
      }
      if (result.kind === "conflict") continue;
      // The store knows commands for ever, the fold only the newest thousand: which of several it knows is found out one by one.
      isForgotten = true;
      this.#atOnce = 1;
      if (kills.length > 1) return true;
    }
    const counter = ({ environment, journal }: JournalledKill): number => log.decisions.environments[environment]?.journals[journal] ?? -1;
    if (kills.some((kill) => counter(kill) < kill.counter)) return false;
    for (const kill of kills) this.#track(kill);
    await from.settled(kills);
    this.#atOnce = AT_ONCE_MAX;
    onEmergency();
    return true;
  }

  #proposals(kill: JournalledKill, isForgotten: boolean): readonly Proposal[] {
    const { decisions } = this.#parts.log;
    return decisions.commands.has(kill.command) || isForgotten ? adoptRepeatedKill(decisions, kill) : adoptEmergencyKill(decisions, kill);
  }

  #track(kill: JournalledKill): void {
    const { log, world, receipts } = this.#parts;
    const { commands, epoch, seq } = log.decisions;
    receipts.track({ kill: kill.kill, environment: kill.environment, epoch, atMs: world.clock.monotonicMs(), seq: commands.get(kill.command)?.seq ?? seq });
    world.log.info("kill.adopted", { kill: kill.kill });
  }
}

/** One that was asked for at two places waits at both, as the same kill. */
export const eachOnce = (kills: readonly JournalledKill[]): readonly JournalledKill[] => [...new Map(kills.map((kill) => [kill.kill, kill])).values()];

/** Up to the first command that came before: one append takes each once. */
function distinct(kills: readonly JournalledKill[]): readonly JournalledKill[] {
  const seen = new Set<string>();
  const again = kills.findIndex(({ command }) => seen.size === seen.add(command).size);
  return again < 0 ? kills : kills.slice(0, again);
}
