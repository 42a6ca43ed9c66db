import type { UrgentKill, Version } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import type { Decisions, Proposal } from "@sluice/releases";
import type { LogFollower, Store } from "@sluice/store";
import type { Publisher } from "./publisher.ts";

/** An event of the log that somebody has seen; this process keeps its own beside what it served, hash included. */
export interface SeenInLog extends Version {
  readonly hash?: string;
}

interface Parts {
  readonly world: World;
  readonly store: Store;
  readonly log: LogFollower;
  readonly publisher: Publisher;
}

/** Others may decide meanwhile; more than this many in the moment of a start do not. */
const CONFLICTS_MAX = 5;
/** While the store does not answer, it is asked again after this. */
const RETRY_MS = 1_000;
/** Whoever listens comes back within a minute or two of a start; later, and a second time, nobody's word begins an epoch. */
const HEARD_MS_MAX = 10 * 60_000;

/**
 * The database may have come back from a backup, or have lost its tail in a failover: then the log does not hold what this process, or somebody
 * who listened to it, saw of it, and SDKs, which never go back within an epoch, would ignore everything decided from there on. So a new epoch
 * begins, and kills that were served and that the log has lost are in force in it.
 */
export class LostTail {
  readonly #parts: Parts;
  readonly #startMs: number;
  #hasBegun = false;
  #isAsking = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#startMs = parts.world.clock.monotonicMs();
  }

  /** What this process's last life saw; asked once for each start, when the store answers. */
  async check(seen: readonly SeenInLog[]): Promise<void> {
    const { world, log } = this.#parts;
    try {
      if (await this.#isSettled(seen)) return;
    } catch (error) {
      world.log.warn("store.unreachable", { why: error instanceof Error ? error.message : String(error), seq: log.decisions.seq });
    }
    world.timers.after(RETRY_MS, () => void this.check(seen));
  }

  /** Somebody who comes back has this version: one that is ahead of the log was served before a loss, because nothing is served before it is in the log. */
  heardOf(version: Version | undefined): void {
    const { log, world } = this.#parts;
    const { epoch, seq } = log.decisions;
    if (version === undefined || seq === 0 || version.epoch !== epoch || version.seq <= seq) return;
    if (this.#isAsking || this.#hasBegun || world.clock.monotonicMs() - this.#startMs > HEARD_MS_MAX) return;
    this.#isAsking = true;
    void this.check([version]).finally(() => (this.#isAsking = false));
  }

  /** Kills of a replaced epoch that a relay still knows, and the log does not: in force in the log again, under their own ids, so that they can be lifted. */
  async offered(environment: string, kills: readonly UrgentKill[]): Promise<void> {
    const { world, store, log } = this.#parts;
    try {
      for (let tries = 0; tries < CONFLICTS_MAX; tries++) {
        await log.catchUp();
        const { decisions } = log;
        const proposals = kills
          .filter(({ epoch }) => decisions.replaces.includes(epoch))
          .flatMap((kill) => keptKill(decisions, { environment, ...kill }, world));
        if (proposals.length === 0) return;
        const result = await store.append(proposals, decisions.seq);
        if (result.kind === "conflict") continue;
        if (result.kind === "appended") log.take(result.events);
        return;
      }
    } catch (error) {
      // The relay offers them again.
      world.log.warn("kill.keep", { why: error instanceof Error ? error.message : String(error) });
    }
  }

  async #isSettled(seen: readonly SeenInLog[]): Promise<boolean> {
    const { world, store, log, publisher } = this.#parts;
    for (let tries = 0; tries < CONFLICTS_MAX; tries++) {
      await log.catchUp();
      const { decisions } = log;
      const lost = await firstLost(store, decisions, seen);
      if (lost === undefined) return true;
      const lostEpochs = seen.map((one) => one.epoch).filter((one) => one !== decisions.epoch && !decisions.replaces.includes(one));
      const over = new Set([decisions.epoch, ...decisions.replaces, ...lostEpochs]);
      let epoch = nameOf(world);
      while (over.has(epoch)) epoch = nameOf(world);
      const started: Proposal = {
        atMs: world.clock.nowMs(),
        personal: LOST,
        command: `epoch-${epoch}`,
        facts: { kind: "epochStarted", epoch, replaces: [decisions.epoch, ...new Set(lostEpochs)] },
      };
      const result = await store.append([started, ...keptKills(decisions, publisher, { world, lostEpochs })], decisions.seq);
      if (result.kind !== "appended") continue;
      world.log.error("store.lostDecisions", { epoch, seen: lost.seq, seq: decisions.seq });
      log.take(result.events);
      this.#hasBegun = true;
      return true;
    }
    return false;
  }
}

const LOST: Proposal["personal"] = { by: "server", reason: "the database had lost decisions that were served" };

const nameOf = ({ random }: World): string => `e${[...random.bytes(4)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;

async function firstLost(store: Store, decisions: Decisions, seen: readonly SeenInLog[]): Promise<SeenInLog | undefined> {
  for (const one of seen) {
    if (decisions.replaces.includes(one.epoch)) continue;
    // An epoch that began after an earlier loss may be lost itself.
    if (one.epoch !== decisions.epoch) return one;
    const [event] = await store.read(one.seq - 1, 1);
    if (event === undefined || (one.hash !== undefined && event.hash !== one.hash)) return one;
  }
  return undefined;
}

/** No restore lifts a kill. One that was lifted in what is lost is in force again: it can be lifted again. */
function keptKills(
  decisions: Decisions,
  publisher: Publisher,
  { world, lostEpochs }: { readonly world: World; readonly lostEpochs: readonly string[] },
): readonly Proposal[] {
  return publisher.hubs.flatMap(({ environment, snapshot }) => {
    if (snapshot === undefined || ![decisions.epoch, ...lostEpochs].includes(snapshot.epoch)) return [];
    const { epoch } = snapshot;
    return Object.entries(snapshot.kills ?? {}).flatMap(([id, form]) => keptKill(decisions, { ...form, environment, id, epoch }, world));
  });
}

/** `epoch`: the one in which it was served. The command is the same whoever offers it, so that it is taken once. */
function keptKill(
  decisions: Decisions,
  { environment, id, epoch, flags, scope }: UrgentKill & { readonly environment: string },
  world: World,
): readonly Proposal[] {
  const known = decisions.environments[environment];
  if (known === undefined || known.kills.has(id)) return [];
  const facts = { kind: "flagsKilled", kill: id, environment, flags, ...(scope === undefined ? {} : { scope }) } as const;
  return [{ command: `kept-${id}-${epoch}`, atMs: world.clock.nowMs(), personal: LOST, facts }];
}
