import type { World } from "@sluice/ports";
import type { Decisions, Proposal } from "@sluice/releases";
import type { LogFollower, Store } from "@sluice/store";
import type { Publisher } from "./publisher.ts";

/** An event of the log that this process has seen; kept beside what it served. */
export interface SeenInLog {
  readonly epoch: string;
  readonly seq: number;
  readonly hash: string;
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

/**
 * The database may have come back from a backup, or have lost its tail in a failover: then the log does not hold what this process saw
 * of it, and SDKs, which never go back within an epoch, would ignore everything decided from there on. So a new epoch begins, and kills
 * that were served and that the log has lost are in force in it. Asked once for each start, when the store answers.
 */
export async function beginEpochAfterLoss(parts: Parts, seen: readonly SeenInLog[]): Promise<void> {
  const { world, log } = parts;
  try {
    if (await isSettled(parts, seen)) return;
  } catch (error) {
    world.log.warn("store.unreachable", { why: error instanceof Error ? error.message : String(error), seq: log.decisions.seq });
  }
  world.timers.after(RETRY_MS, () => void beginEpochAfterLoss(parts, seen));
}

async function isSettled({ world, store, log, publisher }: Parts, seen: readonly SeenInLog[]): Promise<boolean> {
  for (let tries = 0; tries < CONFLICTS_MAX; tries++) {
    await log.catchUp();
    const { decisions } = log;
    const lost = await firstLost(store, decisions, seen);
    if (lost === undefined) return true;
    const epoch = `e${[...world.random.bytes(4)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
    const personal = { by: "server", reason: "the database had lost decisions that were served" };
    const placed = { atMs: world.clock.nowMs(), personal };
    const started: Proposal = { ...placed, command: `epoch-${epoch}`, facts: { kind: "epochStarted", epoch, replaces: [decisions.epoch] } };
    const result = await store.append([started, ...keptKills(decisions, publisher, { ...placed, epoch })], decisions.seq);
    if (result.kind !== "appended") continue;
    world.log.error("store.lostDecisions", { epoch, seen: lost.seq, seq: decisions.seq });
    log.take(result.events);
    return true;
  }
  return false;
}

async function firstLost(store: Store, decisions: Decisions, seen: readonly SeenInLog[]): Promise<SeenInLog | undefined> {
  for (const one of seen) {
    if (one.epoch !== decisions.epoch) continue;
    const [event] = await store.read(one.seq - 1, 1);
    if (event?.hash !== one.hash) return one;
  }
  return undefined;
}

/** No restore lifts a kill. One that was lifted in what is lost is in force again: it can be lifted again. */
function keptKills(
  decisions: Decisions,
  publisher: Publisher,
  placed: { readonly epoch: string; readonly atMs: number; readonly personal: Proposal["personal"] },
): readonly Proposal[] {
  const { epoch, atMs, personal } = placed;
  return publisher.hubs.flatMap(({ environment, snapshot }) => {
    const known = decisions.environments[environment];
    if (snapshot?.epoch !== decisions.epoch || known === undefined) return [];
    return Object.entries(snapshot.kills ?? {}).flatMap(([kill, { flags, scope }]): Proposal[] =>
      known.kills.has(kill)
        ? []
        : [
            {
              command: `kept-${kill}-${epoch}`,
              atMs,
              personal,
              facts: { kind: "flagsKilled", kill, environment, flags, ...(scope === undefined ? {} : { scope }) },
            },
          ],
    );
  });
}
