import { whileApiSpins } from "../../bench/kill/measure.ts";
import { msBetween, percentile } from "../rig/report.ts";
import { kill, lift, patiently, pause, type Running } from "../rig/running.ts";
import { Fleet } from "../rig/sdk-fleet.ts";
import { mustCome, Tally } from "../rig/tally.ts";
import { withSluice } from "../rig/with-sluice.ts";

const PROCESSES = 8;
const CALM_MS = 100;
/** The log may be late by more than 250 ms now and then on a busy machine, and a kill does not wait for it; that it is late each time means that the API holds it. */
const EMERGENCY_SHARE_MAX = 0.1;
const FLAG = "area-3.flag-3";
/** An API that is to be stopped is stopped within this; a kill is through in some 10 ms. */
const STOP_WITHIN_MS = 30;
/** One that holds the database's lock meanwhile keeps lifts waiting: it goes on after this at the latest. */
const STOPPED_MS_MAX = 3_000;
const IN_FORCE_MS_MAX = 2_000;

/** A kill and its lift; each process's milliseconds until its answer changed. `before` is waited for before the lift. */
async function oneKill(running: Running, fleet: Fleet, tally: Tally, before: () => Promise<unknown> = async () => {}): Promise<readonly number[]> {
  const times: number[] = [];
  const sentNs = process.hrtime.bigint();
  const { kill: id, emergency } = await kill(running, [FLAG]);
  try {
    for (const atNs of await fleet.read(FLAG, false, 10_000)) times.push(msBetween(sentNs, atNs));
  } catch (error) {
    tally.lose(error instanceof Error ? error.message : String(error));
  }
  if (emergency) tally.count("emergencies", "0");
  await before();
  await pause(CALM_MS);
  // Where the API was stopped in the middle of writing, a lift waits for the store.
  await lift(running, id);
  await mustCome(fleet.read(FLAG, true), (why) => tally.fault(`after the lift: ${why}`));
  return times;
}

async function killTimes(running: Running, fleet: Fleet, tally: Tally, rounds: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await pause(CALM_MS + Math.random() * CALM_MS);
    times.push(...(await oneKill(running, fleet, tally)));
  }
  return times;
}

/** With few rounds, fewer processes: each costs a start. */
const processesFor = (rounds: number): number => Math.min(PROCESSES, 3 * rounds);
/** Kills before anything counts. */
const warmUpFor = (rounds: number): number => Math.min(5, rounds);

interface FleetOf {
  readonly name: string;
  readonly run: "bundle" | "sources";
  readonly count: number;
}

async function withFleet({ name, run, count }: FleetOf, work: (running: Running, fleet: Fleet) => Promise<void>): Promise<void> {
  await withSluice(name, { run }, async ({ running, folder }) => {
    const fleet = await Fleet.start({ count, url: running.url, key: running.sdkKey, watch: [FLAG], pollMs: 5, folder });
    try {
      await work(running, fleet);
    } finally {
      await fleet.stop();
    }
  });
}

/** The API is stopped (SIGSTOP) at a random moment around each kill, in the middle of whatever it does, and goes on after the lift. */
async function stoppedRounds(running: Running, fleet: Fleet, tally: Tally, rounds: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const { api } = running.supervised.pids;
    if (api === undefined) throw new Error("the API does not run");
    // Asked for what only the API knows, so that it is at work when it stops.
    const busy = running.ask("GET", "/api/events?limit=100").catch(() => undefined);
    const stopping = pause(Math.random() * STOP_WITHIN_MS).then(() => process.kill(api, "SIGSTOP"));
    const latest = setTimeout(() => process.kill(api, "SIGCONT"), STOPPED_MS_MAX);
    await pause(Math.random() * STOP_WITHIN_MS);
    try {
      times.push(...(await oneKill(running, fleet, tally, () => stopping)));
    } finally {
      await stopping;
      clearTimeout(latest);
      process.kill(api, "SIGCONT");
    }
    await busy;
    tally.rounds += 1;
  }
  return times;
}

/** An API that is stopped, and says nothing to anybody, must cost a kill and its lift nothing. */
export async function apiStopped(rounds: number, run: "bundle" | "sources" = "bundle"): Promise<Tally> {
  const tally = new Tally("apiStopped");
  await withFleet({ name: "stopped", run, count: processesFor(rounds) }, async (running, fleet) => {
    await killTimes(running, fleet, new Tally("warm-up"), warmUpFor(rounds));
    const times = await stoppedRounds(running, fleet, tally, rounds);
    tally.also("p50ms", percentile(times, 0.5));
    tally.also("p99ms", percentile(times, 0.99), `<= ${IN_FORCE_MS_MAX}`);
    tally.expect(percentile(times, 1) <= patiently(IN_FORCE_MS_MAX), `a kill took ${percentile(times, 1)} ms`);
  });
  return tally;
}

/** A thread of the API that spins must cost a kill nothing but its share of the cores. */
export async function apiSpin(rounds: number, run: "bundle" | "sources" = "bundle"): Promise<Tally> {
  const tally = new Tally("apiSpin");
  await withFleet({ name: "spin", run, count: processesFor(rounds) }, async (running, fleet) => {
    await killTimes(running, fleet, new Tally("warm-up"), warmUpFor(rounds));
    const idle = await killTimes(running, fleet, tally, rounds);
    const spinning = await whileApiSpins(running, () => killTimes(running, fleet, tally, rounds));
    tally.rounds = rounds;
    const emergencies = tally.rows.find(({ key }) => key === "apiSpin.emergencies")?.value ?? 0;
    tally.expect(emergencies <= Math.max(1, 2 * rounds * EMERGENCY_SHARE_MAX), `${emergencies} kills went the emergency way although the database was there`);
    tally.also("idleP99ms", percentile(idle, 0.99));
    tally.also("p99ms", percentile(spinning, 0.99));
    tally.also("p99Ratio", percentile(spinning, 0.99) / percentile(idle, 0.99), "<= 2");
  });
  return tally;
}
