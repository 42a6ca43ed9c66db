import { loadavg } from "node:os";
import { join } from "node:path";
import { FlagRepository, flagKeys } from "../../faults/rig/flag-repository.ts";
import { numberOption, percentile, print, type Row } from "../../faults/rig/report.ts";
import { makeFolder, type Running, startSluice } from "../../faults/rig/running.ts";
import { Fleet } from "../../faults/rig/sdk-fleet.ts";
import { StreamCrowd } from "../../faults/rig/stream-crowd.ts";
import { crowdRounds, killRounds, pssMib, pushRounds, whileApiSpins } from "./measure.ts";

const FLAGS = 1_000;
const KILLED = "area-3.flag-3";
const PUSHED = "area-4.flag-4";

/** performance.md §3, measured on a machine of the same size; labelled, not measured in this run. */
const PEERS = {
  "unleash-server 7.5.1, poll 15 s (default), 20 clients, p50 ms [measured earlier]": 7_555,
  "unleash-server 7.5.1, poll 15 s (default), 20 clients, p99 ms [measured earlier]": 15_003,
  "unleash-server 7.5.1, poll 1 s, 20 clients, p50 ms [measured earlier]": 911,
  "unleash-server 7.5.1, poll 1 s, 20 clients, p99 ms [measured earlier]": 1_859,
  "LaunchDarkly Node SDK on a local stub, 100 in one process, p99 ms [measured earlier]": 34,
  "bare node socket.write, 1,000 connections, all ms [measured earlier]": 17.1,
  "bare node socket.write, 10,000 connections, all ms [measured earlier]": 120,
};

const rounds = numberOption("--rounds", 20);
const isLong = process.argv.includes("--long");
const say = (line: string): void => void process.stderr.write(`${line}\n`);
/** What others do on these cores before anything is started: with more than a little of it, the tails are theirs. */
const loadBefore = loadavg()[0] ?? Number.NaN;
const rows: Row[] = [];
const add = (key: string, value: number, target = ""): void => void rows.push({ key, value, target });

async function measureFleet(running: Running, folder: string, count: number, pollMs: number, work: (fleet: Fleet) => Promise<void>): Promise<void> {
  const fleet = await Fleet.start({ count, url: running.url, key: running.sdkKey, watch: [KILLED, PUSHED], pollMs, folder });
  say(`${count} SDK processes, polling each ${pollMs} ms: pids ${fleet.pids.join(" ")}`);
  try {
    await work(fleet);
  } finally {
    await fleet.stop();
  }
}

async function measureCrowd(running: Running, count: number): Promise<void> {
  const before = pssMib(running.supervised.pids.fanout);
  const crowd = await StreamCrowd.open(running.url, running.sdkKey, count);
  try {
    const { all, half } = await crowdRounds(crowd, { running, flag: KILLED, rounds: 10 });
    const name = `c${count}`;
    add(`${name}.allMs`, percentile(all, 0.5), count === 1_000 ? "<= 40 (60)" : "<= 200");
    add(`${name}.allWorstMs`, percentile(all, 1));
    add(`${name}.halfMs`, percentile(half, 0.5));
    if (count >= 10_000) add(`${name}.kibPerConn`, ((pssMib(running.supervised.pids.fanout) - before) * 1024) / count, "<= 13");
  } finally {
    crowd.stop();
  }
}

const folder = makeFolder("bench-kill");
const repository = new FlagRepository(join(folder.path, "flags"), flagKeys(FLAGS));
const running = await startSluice({ data: join(folder.path, "data"), source: repository.folder, pollMs: 30_000 });
try {
  await measureFleet(running, folder.path, 20, 2, async (fleet) => {
    await killRounds(fleet, { running, flag: KILLED, rounds: 3 });
    const idle = await killRounds(fleet, { running, flag: KILLED, rounds });
    add("c20.p50ms", percentile(idle, 0.5), "<= 5");
    add("c20.p99ms", percentile(idle, 0.99), "<= 25");
    const loaded = await whileApiSpins(running, () => killRounds(fleet, { running, flag: KILLED, rounds }));
    add("loaded.p99ms", percentile(loaded, 0.99));
    add("loaded.p99Ratio", percentile(loaded, 0.99) / percentile(idle, 0.99), "<= 2");
    const pushes = await pushRounds(fleet, repository, { running, flag: PUSHED, rounds });
    add("push2sdk.p50ms", percentile(pushes, 0.5));
    add("push2sdk.p99ms", percentile(pushes, 0.99), "<= 1000 (1500)");
  });
  await measureFleet(running, folder.path, 100, 50, async (fleet) => {
    await killRounds(fleet, { running, flag: KILLED, rounds: 3 });
    const times = await killRounds(fleet, { running, flag: KILLED, rounds });
    add("c100.p50ms", percentile(times, 0.5));
    add("c100.p99ms", percentile(times, 0.99), "<= 100");
  });
  await measureCrowd(running, 1_000);
  if (isLong) await measureCrowd(running, 10_000);
} finally {
  await running.supervised.stop();
  folder.remove();
}
print({
  name: "kill",
  rows,
  peers: PEERS,
  notes:
    `Load of the machine before: ${loadBefore.toFixed(1)}. 1,000 flags, SQLite with FULL, server and clients on the same cores. Clock: CLOCK_MONOTONIC, from before the HTTP request to the first changed getBoolean in each process; a process reads its flags each 2 ms (20 processes) or 50 ms (100) and when the SDK tells it of a change; ${rounds} kills, every process of every kill is one value. ` +
    `push2sdk starts before \`git commit\`. cN.allMs: bare sockets in one process, median of 10 kills, allWorstMs the worst. redbutton.ratio is not measured here.${isLong ? "" : " c10000 only with --long."}`,
});
