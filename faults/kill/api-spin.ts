import { whileApiSpins } from "../../bench/kill/measure.ts";
import { join } from "node:path";
import { FlagRepository, flagKeys } from "../rig/flag-repository.ts";
import { msBetween, percentile } from "../rig/report.ts";
import { kill, lift, makeFolder, pause, type Running, startSluice } from "../rig/running.ts";
import { Fleet } from "../rig/sdk-fleet.ts";
import { Tally } from "../rig/tally.ts";

const PROCESSES = 8;
const CALM_MS = 100;
/** The log may be late by more than 250 ms now and then on a busy machine, and a kill does not wait for it; that it is late each time means that the API holds it. */
const EMERGENCY_SHARE_MAX = 0.1;
const FLAG = "area-3.flag-3";

async function killTimes(running: Running, fleet: Fleet, tally: Tally, rounds: number): Promise<readonly number[]> {
  const times: number[] = [];
  let emergencies = 0;
  for (let round = 0; round < rounds; round += 1) {
    await pause(CALM_MS + Math.random() * CALM_MS);
    const sentNs = process.hrtime.bigint();
    const { kill: id, emergency } = await kill(running, [FLAG]);
    try {
      for (const atNs of await fleet.read(FLAG, false, 10_000)) times.push(msBetween(sentNs, atNs));
    } catch (error) {
      tally.lose(error instanceof Error ? error.message : String(error));
    }
    if (emergency) emergencies += 1;
    await pause(CALM_MS);
    await lift(running, id);
    await fleet.read(FLAG, true);
  }
  tally.most("emergencies", emergencies, "0");
  tally.expect(emergencies <= rounds * EMERGENCY_SHARE_MAX, `${emergencies} of ${rounds} kills went the emergency way although the database was there`);
  return times;
}

/** A thread of the API that spins must cost a kill nothing but its share of the cores. */
export async function apiSpin(rounds: number, run: "bundle" | "sources" = "bundle"): Promise<Tally> {
  const tally = new Tally("apiSpin");
  const folder = makeFolder("spin");
  const repository = new FlagRepository(join(folder.path, "flags"), flagKeys(20));
  const running = await startSluice({ data: join(folder.path, "data"), source: repository.folder, pollMs: 30_000, run });
  try {
    const fleet = await Fleet.start({ count: PROCESSES, url: running.url, key: running.sdkKey, watch: [FLAG], pollMs: 5, folder: folder.path });
    try {
      await killTimes(running, fleet, new Tally("warm-up"), 5);
      const idle = await killTimes(running, fleet, tally, rounds);
      const spinning = await whileApiSpins(running, () => killTimes(running, fleet, tally, rounds));
      tally.rounds = rounds;
      tally.also("idleP99ms", percentile(idle, 0.99));
      tally.also("p99ms", percentile(spinning, 0.99));
      tally.also("p99Ratio", percentile(spinning, 0.99) / percentile(idle, 0.99), "<= 2");
    } finally {
      await fleet.stop();
    }
  } finally {
    await running.supervised.stop();
    folder.remove();
  }
  return tally;
}
