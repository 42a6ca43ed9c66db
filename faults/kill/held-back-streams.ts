import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { startBufferingProxy } from "../rig/buffering-proxy.ts";
import { flagKeys } from "../rig/flag-repository.ts";
import { kill, lift, pause, type Running, until } from "../rig/running.ts";
import { mustCome, Tally } from "../rig/tally.ts";
import { LogReader, Witness } from "../rig/witness.ts";
import { withSluice } from "../rig/with-sluice.ts";

const PROCESSES = 8;
/** A poll each 24 to 48 s, and beside each fifth a stream that gives nothing for 5 s. */
const IN_FORCE_MS_MAX = 60_000;
/** Kills come evenly over so long at most, so that they fall on every part of the time between two polls. */
const SPREAD_MS_MAX = 25_000;
const SPREAD_MS = 250;

async function everywhere(witnesses: readonly Witness[], flag: string, value: boolean, onMiss: (why: string) => void): Promise<void> {
  await Promise.all(witnesses.map((witness) => mustCome(witness.untilReads(flag, value, IN_FORCE_MS_MAX), onMiss)));
}

interface Drill {
  readonly running: Running;
  readonly witnesses: readonly Witness[];
  readonly tally: Tally;
}

/** Every flag is a round: killed at its moment, and in force in every process within the bound. The kills' ids. */
async function killAll({ running, witnesses, tally }: Drill, flags: readonly string[], isEmergency: boolean): Promise<readonly string[]> {
  const spreadMs = Math.min(SPREAD_MS_MAX, flags.length * SPREAD_MS);
  const killed: string[] = [];
  const arrivals: Promise<void>[] = [];
  for (const flag of flags) {
    const askedMs = performance.now();
    const { kill: id, emergency } = await kill(running, [flag]);
    tally.expect(emergency || !isEmergency, `${id} did not go the emergency way`);
    killed.push(id);
    const arrived = everywhere(witnesses, flag, false, (why) => tally.lose(`${id}: ${why}`));
    arrivals.push(arrived.then(() => tally.most("inForceS", (performance.now() - askedMs) / 1000, `<= ${IN_FORCE_MS_MAX / 1000}`)));
    await pause(Math.max(0, spreadMs / flags.length - (performance.now() - askedMs)));
  }
  await Promise.all(arrivals);
  tally.rounds += flags.length;
  return killed;
}

/**
 * While somebody else holds the database, kills go the emergency way: beside the snapshot, whose version stays what it was, so that whoever
 * polls and is told "unchanged" hears nothing of them. It is held until they are in force.
 */
async function killAllLocked(drill: Drill, flags: readonly string[]): Promise<readonly string[]> {
  const lock = new DatabaseSync(join(drill.running.data, "store.db"));
  lock.exec("BEGIN IMMEDIATE");
  try {
    return await killAll(drill, flags, true);
  } finally {
    lock.exec("ROLLBACK");
    lock.close();
  }
}

async function batch(drill: Drill, flags: readonly string[]): Promise<void> {
  const { running, witnesses, tally } = drill;
  const half = Math.floor(flags.length / 2);
  const killed = [...(await killAllLocked(drill, flags.slice(0, half))), ...(await killAll(drill, flags.slice(half), false))];
  for (const id of killed) await lift(running, id);
  await Promise.all(flags.map((flag) => everywhere(witnesses, flag, true, (why) => tally.fault(`after the lift: ${why}`))));
}

/** A proxy gives on answers when they are whole, so that no stream ever says a word: processes must hear of kills all the same. */
export async function heldBackStreams(rounds: number, run: "bundle" | "sources" = "bundle"): Promise<Tally> {
  const tally = new Tally("bufferingProxy");
  await withSluice("buffering", { run, flags: Math.max(20, rounds) }, async ({ running }) => {
    const proxy = await startBufferingProxy(running.url);
    try {
      const witnesses = await Promise.all(Array.from({ length: PROCESSES }, () => Witness.start(proxy.url, running.sdkKey)));
      // Started means: their snapshot is here. From now on everything comes through the proxy or not at all.
      await until("streams are held back", () => (proxy.heldBack >= PROCESSES ? true : undefined));
      await batch({ running, witnesses, tally }, flagKeys(rounds));
      const log = await LogReader.open(running);
      for (const why of await log.faults()) tally.fault(why);
      await log.close();
      for (const witness of witnesses) await witness.close();
      tally.also("streamsHeldBack", proxy.heldBack, `>= ${2 * PROCESSES}`);
    } finally {
      await proxy.close();
    }
  });
  return tally;
}
