import { startCuttingProxy, type CuttingProxy } from "../rig/cutting-proxy.ts";
import { flagKeys } from "../rig/flag-repository.ts";
import { inLanes } from "../rig/lanes.ts";
import { kill, lift, pause, type Running } from "../rig/running.ts";
import { Fleet } from "../rig/sdk-fleet.ts";
import { mustCome, Tally } from "../rig/tally.ts";
import { LogReader } from "../rig/witness.ts";
import { withSluice } from "../rig/with-sluice.ts";

const PROCESSES = 8;
/** More than the server keeps patches for (1,000): what an hour in which a company decides something every three seconds leaves behind. */
const DECISIONS = 1_050;
const DECIDING = 8;
/** Longer than a stream may be silent (12 s): whoever wakes up then takes its stream for dead, as after an hour. */
const LONG_MS = 13_000;
/** After a fault of over a minute everybody is current within 60 s; a process that wakes up has a stream to open and a snapshot to fetch. */
const CURRENT_MS_MAX = 20_000;
const [KILLED = "", LIFTED = "", ...OTHERS] = flagKeys(2 + DECIDING);

/** How the sleepers' connections fare: kept open by everybody, or ended while they sleep; and for how long they sleep. */
interface Sleep {
  readonly isCut: boolean;
  readonly isLong: boolean;
}

/** Kills and lifts of flags that nobody watches. */
async function decide(running: Running): Promise<void> {
  await inLanes(OTHERS, DECISIONS / 2, async (flag) => lift(running, (await kill(running, [flag])).kill));
}

/** All sleep, the log goes on, and all wake up: a round for each of them. */
async function wave(running: Running, link: CuttingProxy, fleet: Fleet, { isCut, isLong }: Sleep, tally: Tally): Promise<void> {
  const asleepMs = performance.now();
  for (const pid of fleet.pids) process.kill(pid, "SIGSTOP");
  const before = await kill(running, [LIFTED]);
  const { kill: id } = await kill(running, [KILLED]);
  if (isCut) link.cut("reset");
  await decide(running);
  await lift(running, before.kill);
  link.heal();
  if (isLong) await pause(Math.max(0, LONG_MS - (performance.now() - asleepMs)));
  const awakeMs = performance.now();
  for (const pid of fleet.pids) process.kill(pid, "SIGCONT");
  await mustCome(fleet.read(KILLED, false, CURRENT_MS_MAX), (why) => tally.lose(`${id}, made while they slept: ${why}`));
  await mustCome(fleet.read(LIFTED, true, CURRENT_MS_MAX), (why) => tally.fault(`killed and lifted while they slept: ${why}`));
  tally.waited(performance.now() - awakeMs);
  await lift(running, id);
  await mustCome(fleet.read(KILLED, true, CURRENT_MS_MAX), (why) => tally.fault(`after the lift: ${why}`));
  tally.rounds += PROCESSES;
}

/** SDK processes sleep (SIGSTOP) while the log moves on past every patch that is kept, as a laptop or a frozen container does for an hour. */
export async function sleepingSdks(rounds: number, run: "bundle" | "sources" = "bundle"): Promise<Tally> {
  const tally = new Tally("asleep");
  await withSluice("asleep", { run }, async ({ running, folder }) => {
    const link = await startCuttingProxy(running.url);
    try {
      const fleet = await Fleet.start({ count: PROCESSES, url: link.url, key: running.sdkKey, watch: [KILLED, LIFTED], pollMs: 10, folder });
      try {
        for (let index = 0; tally.rounds < rounds; index += 1) await wave(running, link, fleet, { isCut: index % 2 === 1, isLong: index % 3 === 2 }, tally);
        const log = await LogReader.open(running);
        for (const why of await log.faults()) tally.fault(why);
        await log.close();
      } finally {
        await fleet.stop();
      }
    } finally {
      await link.close();
    }
  });
  return tally;
}
