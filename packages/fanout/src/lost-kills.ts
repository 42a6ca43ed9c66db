import { isUrgentInForce, type UrgentKill } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import { type Decisions, machineCommand, type Proposal } from "@sluice/releases";
import type { LogFollower, Store } from "@sluice/store";

/** A kill as it was in force in an environment. */
export type KillOf = UrgentKill & { readonly environment: string };

interface Parts {
  readonly world: World;
  readonly store: Store;
  readonly log: LogFollower;
}

/** Others may decide meanwhile; more than this many in the moment of a start do not. */
export const CONFLICTS_MAX = 5;
const READ_AT_ONCE = 1_000;
/** Kills that the log is known to have are remembered: relays offer theirs again with every report. */
const IN_LOG_MAX = 10_000;

export const LOST: Proposal["personal"] = { by: "server", reason: "the database had lost decisions that were served" };

/** Kills of epochs that are over, which somebody still holds in force and the log has lost: they come into it again, under their own ids. */
export class LostKills {
  readonly #parts: Parts;
  readonly #inLog = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Those of them that the log should have in force and has not; each once, whoever else does the same. False where others were quicker too often. */
  async keep(kills: readonly KillOf[]): Promise<boolean> {
    const { world, log } = this.#parts;
    for (let tries = 0; tries < CONFLICTS_MAX; tries++) {
      await log.catchUp();
      const missing = kills.filter((kill) => this.isMissing(kill));
      await this.#lookFor(missing);
      // The store knows commands for ever, the fold only the newest thousand: one that the store knows must keep no other out.
      let last: "appended" | "again" | "conflict" = "appended";
      for (const kill of missing)
        for (const one of this.isMissing(kill) ? keptKill(log.decisions, kill, world) : []) if (last !== "conflict") last = await this.append([one]);
      if (last !== "conflict") return true;
    }
    return false;
  }

  /** Those of them that the log does not have the beginning of. */
  async notInLog(kills: readonly KillOf[]): Promise<readonly KillOf[]> {
    await this.#lookFor(kills);
    return kills.filter(({ id }) => !this.#inLog.has(id));
  }

  /** Whether a kill is of an epoch that is over and would be in force beside what the log says, as an SDK judges it, and is not known to have entered the log. */
  isMissing(kill: KillOf): boolean {
    const { epoch, seq, replaces, environments } = this.#parts.log.decisions;
    const { seen, journals = {}, kills } = environments[kill.environment] ?? {};
    if (!replaces.includes(kill.epoch) || kills?.has(kill.id) === true || this.#inLog.has(kill.id)) return false;
    return isUrgentInForce(kill, { epoch, seq, replaces, journals, ...(seen === undefined ? {} : { seen }) });
  }

  /** What the log has the beginning of was not lost, and is in force there or was lifted: whoever holds it has missed that. */
  async #lookFor(kills: readonly KillOf[]): Promise<void> {
    if (kills.length === 0) return;
    if (this.#inLog.size > IN_LOG_MAX) this.#inLog.clear();
    const ids = new Set(kills.map(({ id }) => id));
    for (let seq = 0; ;) {
      const events = await this.#parts.store.read(seq, READ_AT_ONCE);
      for (const { facts } of events) if (facts.kind === "flagsKilled" && ids.has(facts.kill)) this.#inLog.add(facts.kill);
      const last = events.at(-1);
      if (last === undefined || events.length < READ_AT_ONCE) return;
      ({ seq } = last);
    }
  }

  /** The log has lost its end: what it had of kills is to be looked for anew. */
  forget(): void {
    this.#inLog.clear();
  }

  async append(proposals: readonly Proposal[]): Promise<"appended" | "again" | "conflict"> {
    const { store, log } = this.#parts;
    const result = await store.append(proposals, log.decisions.seq);
    if (result.kind === "appended") log.take(result.events);
    return result.kind;
  }
}

/** The command is the same whoever offers it, and of whatever epoch, so that it is taken once: a relay that was cut off does not undo a lift. */
export function keptKill(decisions: Decisions, { environment, id, flags, scope, journal, counter }: KillOf, world: World): readonly Proposal[] {
  const known = decisions.environments[environment];
  // What entered the log once and is not in force was lifted there.
  if (known === undefined || known.kills.has(id) || decisions.commands.has(machineCommand.kept(id))) return [];
  const counted = journal === undefined || counter === undefined ? {} : { journal, counter };
  const facts = { kind: "flagsKilled", kill: id, environment, flags, ...(scope === undefined ? {} : { scope }), ...counted } as const;
  return [{ command: machineCommand.kept(id), atMs: world.clock.nowMs(), personal: LOST, facts }];
}
