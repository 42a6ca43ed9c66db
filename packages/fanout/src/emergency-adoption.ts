import type { World } from "@sluice/ports";
import { adoptEmergencyKill, adoptRepeatedKill, type JournalledKill } from "@sluice/releases";
import type { EventLog, LogFollower } from "@sluice/store";
import type { Deadline } from "./deadline.ts";
import type { Receipts } from "./receipts.ts";

/** Decisions of others that may come between reading the head and appending. */
const CONFLICTS_MAX = 5;

/** Emergency kills that wait for the log, those of one journal in its order. */
export interface WaitingKills {
  readonly pending: readonly JournalledKill[];
  /** The log has it, and what its journal wrote before it. */
  settled(kill: JournalledKill): Promise<void>;
}

/** Sees to it that emergency kills find their way into the log. */
export interface Adopter {
  readonly isWaiting: boolean;
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

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get isWaiting(): boolean {
    return this.#parts.waiting.some(({ pending }) => pending.length > 0);
  }

  /** Takes all that wait into the log, in counter order, each under its own command. True when none is left. */
  async adopt(deadline: Deadline): Promise<boolean> {
    const { world, waiting } = this.#parts;
    try {
      for (const from of waiting) for (const kill of from.pending) if (!(await this.#adoptOne(kill, from, deadline))) return false;
      return true;
    } catch (error) {
      world.log.warn("kill.adopt", { why: error instanceof Error ? error.message : String(error) });
      return false;
    }
  }

  async #adoptOne(kill: JournalledKill, from: WaitingKills, deadline: Deadline): Promise<boolean> {
    const { log, store, world, receipts, onEmergency } = this.#parts;
    let isForgotten = false;
    for (let tries = 0; tries < CONFLICTS_MAX; tries++) {
      if ((await Promise.race([log.catchUp().then(() => true), deadline.passed])) === "passed") return false;
      const known = log.decisions.commands.has(kill.command) || isForgotten;
      const proposals = known ? adoptRepeatedKill(log.decisions, kill) : adoptEmergencyKill(log.decisions, kill);
      if (proposals.length === 0) break;
      const result = await Promise.race([store.append(proposals, log.decisions.seq), deadline.passed]);
      if (result === "passed") return false;
      if (result.kind === "appended") {
        log.take(result.events);
        break;
      }
      // The store knows commands for ever, the fold only the newest thousand.
      if (result.kind === "again") isForgotten = true;
    }
    const counter = log.decisions.environments[kill.environment]?.journals[kill.journal] ?? -1;
    if (counter < kill.counter) return false;
    const { commands, epoch, seq } = log.decisions;
    receipts.track({ kill: kill.kill, environment: kill.environment, epoch, atMs: world.clock.monotonicMs(), seq: commands.get(kill.command)?.seq ?? seq });
    await from.settled(kill);
    onEmergency();
    world.log.info("kill.adopted", { kill: kill.kill });
    return true;
  }
}
