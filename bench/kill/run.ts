import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FlagRepository, flagKeys } from "../../faults/rig/flag-repository.ts";
import { msBetween, numberOption, percentile, print, type Row } from "../../faults/rig/report.ts";
import { lift, makeFolder, newCommand, pause, type Running, startSluice } from "../../faults/rig/running.ts";
import { Fleet, type FleetOptions } from "../../faults/rig/sdk-fleet.ts";
import { StreamCrowd } from "../../faults/rig/stream-crowd.ts";
import { crowdRounds, killRounds, pssMib, pushRounds, revertRounds, whileApiSpins } from "./measure.ts";
import { measurePhone } from "./phone.ts";

const FLAGS = 1_000;
const KILLED = "area-3.flag-3";
const PUSHED = "area-4.flag-4";
const BY_PHONE = "checkout.express-pay";

/**
 * How each peer learns of a kill, beside what was measured of it with `shared/bench` on a machine of the same size (performance.md §3), or what its
 * own source or pages say: nothing of this table is measured in this run.
 */
const PEERS: readonly { readonly peer: string; readonly mechanism: string; readonly figure: string; readonly value: number; readonly from: string }[] = [
  {
    peer: "unleash-server 7.5.1",
    mechanism: "SDK polls each 15 s (default), server looks each 1 s",
    figure: "20 clients, p50 ms",
    value: 7_555,
    from: "measured earlier",
  },
  {
    peer: "unleash-server 7.5.1",
    mechanism: "SDK polls each 15 s (default), server looks each 1 s",
    figure: "20 clients, p99 ms",
    value: 15_003,
    from: "measured earlier",
  },
  { peer: "unleash-server 7.5.1", mechanism: "SDK polls each 1 s (15 times the requests)", figure: "20 clients, p50 ms", value: 911, from: "measured earlier" },
  {
    peer: "unleash-server 7.5.1",
    mechanism: "SDK polls each 1 s (15 times the requests)",
    figure: "20 clients, p99 ms",
    value: 1_859,
    from: "measured earlier",
  },
  {
    peer: "LaunchDarkly Node SDK 9.13.7",
    mechanism: "stream (put, patch) of a local stub, 100 flags",
    figure: "20 in one process, p50 ms",
    value: 5.3,
    from: "measured earlier",
  },
  {
    peer: "LaunchDarkly Node SDK 9.13.7",
    mechanism: "stream (put, patch) of a local stub, 100 flags",
    figure: "100 in one process, p99 ms",
    value: 34,
    from: "measured earlier",
  },
  {
    peer: "LaunchDarkly Node SDK 9.13.7",
    mechanism: "stream (put, patch) of a local stub, 10,000 flags",
    figure: "20 in one process, p50 ms",
    value: 44,
    from: "measured earlier",
  },
  { peer: "LaunchDarkly", mechanism: "stream of its own network", figure: "an update, ms", value: 200, from: "launchdarkly.com/blog/flag-delivery-at-edge" },
  {
    peer: "Flipt v2",
    mechanism: "kill is a commit; server polls Git each 30 s (default)",
    figure: "until the server looks, ms at most",
    value: 30_000,
    from: "internal/config/storage.go",
  },
  {
    peer: "flagd",
    mechanism: "HTTP sync polls each 5 s (default)",
    figure: "until it looks, ms at most",
    value: 5_000,
    from: "docs/reference/sync-configuration.md",
  },
  { peer: "bare node socket.write", mechanism: "one prebuilt chunk, no flags", figure: "1,000 connections, all ms", value: 17.1, from: "measured earlier" },
  { peer: "bare node socket.write", mechanism: "one prebuilt chunk, no flags", figure: "10,000 connections, all ms", value: 120, from: "measured earlier" },
];

/** Flags of one team, all of which one kill switches off: what a red button is for. */
const RED_TEAM = "team-red";
const RED_FLAGS = 200;

/** What a kill of one flag sends to each stream, with its frame. */
const PATCH_BYTES = 160;

/** A release flag: only those may be killed in bulk. */
const releaseFlag = (key: string, owner: string): string => `key: ${key}
description: A feature of ${owner}, ${key}.
kind: release
owner: ${owner}
created: 2026-10-01
expires: 2027-03-01
type: boolean
variants: { on: true, off: false }
off: off
environments:
  production: { default: on }
`;

const rounds = numberOption("--rounds", 20);
const isLong = process.argv.includes("--long");
const say = (line: string): void => void process.stderr.write(`${line}\n`);
/** What others do on these cores before anything is started: with more than a little of it, the tails are theirs. */
const loadBefore = loadavg()[0] ?? Number.NaN;
const rows: Row[] = [];
const add = (key: string, value: number, target = ""): void => void rows.push({ key, value, target });

type Crew = Pick<FleetOptions, "count" | "clients" | "pollMs"> & Partial<Pick<FleetOptions, "watch">>;

async function measureFleet(running: Running, folder: string, crew: Crew, work: (fleet: Fleet) => Promise<void>): Promise<void> {
  const fleet = await Fleet.start({ watch: [KILLED, PUSHED, BY_PHONE], ...crew, url: running.url, key: running.sdkKey, folder });
  say(`${crew.count} SDK processes with ${crew.clients ?? 1} clients each, polling each ${crew.pollMs} ms: pids ${fleet.pids.join(" ")}`);
  try {
    await work(fleet);
  } finally {
    await fleet.stop();
  }
}

async function measureCrowd(running: Running, count: number): Promise<void> {
  const name = `c${count}`;
  const before = pssMib(running.supervised.pids.fanout);
  const crowd = await StreamCrowd.open(running.url, running.sdkKey, count);
  try {
    const { all, half } = await crowdRounds(crowd, { running, flag: KILLED, rounds: 10 });
    add(`${name}.allMs`, percentile(all, 0.5), count === 1_000 ? "<= 40 (60)" : "<= 200");
    add(`${name}.allWorstMs`, percentile(all, 1));
    add(`${name}.halfMs`, percentile(half, 0.5));
    if (count >= 10_000) add(`${name}.kibPerConn`, ((pssMib(running.supervised.pids.fanout) - before) * 1024) / count, "<= 13");
  } finally {
    crowd.stop();
  }
  add(`${name}.bareMs`, await bareMs(count, PATCH_BYTES));
}

/** The same connections, of the same clients, to a process that does nothing but write as many bytes: median of 10 sends until the last has them. */
async function bareMs(count: number, bytes: number): Promise<number> {
  const { child, port } = await startBare(bytes);
  const crowd = await StreamCrowd.open(`http://127.0.0.1:${port}`, "none", count);
  try {
    const all: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      await pause(200);
      const armed = await crowd.arm();
      const sentNs = process.hrtime.bigint();
      child.send({});
      all.push(Math.max(...(await armed.all).map((atNs) => msBetween(sentNs, atNs))));
    }
    return percentile(all, 0.5);
  } finally {
    crowd.stop();
    child.kill("SIGKILL");
  }
}

/** One button for everything a team has: 200 flags, one event, one frame to 1,000 connections, against a bare write of as many bytes. */
async function measureRedButton(running: Running): Promise<void> {
  const key = running.sdkKey;
  const crowd = await StreamCrowd.open(running.url, key, 1_000);
  let bytes = 0;
  const all: number[] = [];
  try {
    for (let round = 0; round < 10; round += 1) {
      await pause(200);
      const armed = await crowd.arm();
      const sentNs = process.hrtime.bigint();
      const reply = await running.ask("POST", "/api/kills", { command: newCommand(), environment: "production", of: { kind: "team", name: RED_TEAM } });
      if (reply.status !== 201) throw new Error(`the red button was answered ${reply.status} ${JSON.stringify(reply.body)}`);
      const { kill: id, flags } = reply.body as { readonly kill: string; readonly flags: readonly string[] };
      if (flags.length !== RED_FLAGS) throw new Error(`the red button switched ${flags.length} flags off, not ${RED_FLAGS}`);
      all.push(Math.max(...(await armed.all).map((atNs) => msBetween(sentNs, atNs))));
      bytes = JSON.stringify({ epoch: "e12345678", base: 1, to: 2, set: { kills: { [id]: { flags } } } }).length;
      await pause(200);
      await lift(running, id);
    }
  } finally {
    crowd.stop();
  }
  const bare = await bareMs(1_000, bytes);
  add("redbutton.allMs", percentile(all, 0.5));
  add("redbutton.bareMs", bare);
  add("redbutton.ratio", percentile(all, 0.5) / bare, "<= 2");
}

function startBare(bytes: number): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const child = fork(fileURLToPath(new URL("bare-fanout.ts", import.meta.url)), [String(bytes)], { execArgv: ["--disable-warning=ExperimentalWarning"] });
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the bare fan-out ended with ${code}`)));
    child.once("message", ({ port }: { readonly port: number }) => resolve({ child, port }));
  });
}

const folder = makeFolder("bench-kill");
const repository = new FlagRepository(join(folder.path, "flags"), flagKeys(FLAGS));
repository.write("sluice.yaml", readFileSync(join(repository.folder, "sluice.yaml"), "utf8").replace("teams:", `teams:\n  ${RED_TEAM}: { name: Red }`));
for (let at = 0; at < RED_FLAGS; at += 1) repository.write(`flags/red/feature-${at}.yaml`, releaseFlag(`red.feature-${at}`, RED_TEAM));
repository.write("flags/checkout/express-pay.yaml", releaseFlag(BY_PHONE, "team-drill"));
repository.commit("Features of two teams");
const running = await startSluice({ data: join(folder.path, "data"), source: repository.folder, pollMs: 30_000 });
try {
  // As the peers were measured: twenty clients of one process, told of a change; what else they read must not be most of what the process does.
  await measureFleet(running, folder.path, { count: 1, clients: 20, pollMs: 50, watch: [KILLED] }, async (fleet) => {
    await killRounds(fleet, { running, flag: KILLED, rounds: 3 });
    const times = await killRounds(fleet, { running, flag: KILLED, rounds });
    add("c20.p50ms", percentile(times, 0.5), "<= 5");
    add("c20.p99ms", percentile(times, 0.99), "<= 25");
  });
  // As they are deployed: twenty processes, which take turns on these cores.
  await measureFleet(running, folder.path, { count: 20, pollMs: 2 }, async (fleet) => {
    await killRounds(fleet, { running, flag: KILLED, rounds: 3 });
    const idle = await killRounds(fleet, { running, flag: KILLED, rounds });
    add("processes20.p50ms", percentile(idle, 0.5));
    add("processes20.p99ms", percentile(idle, 0.99));
    const loaded = await whileApiSpins(running, () => killRounds(fleet, { running, flag: KILLED, rounds }));
    add("loaded.p99ms", percentile(loaded, 0.99));
    add("loaded.p99Ratio", percentile(loaded, 0.99) / percentile(idle, 0.99), "<= 2");
    // An even number: the last push leaves the flag on.
    const pushes = await pushRounds(fleet, repository, { running, flag: PUSHED, rounds: rounds + (rounds % 2) });
    add("push2sdk.p50ms", percentile(pushes, 0.5));
    add("push2sdk.p99ms", percentile(pushes, 0.99), "<= 1000 (1500)");
    const reverts = await revertRounds(fleet, { running, flag: PUSHED, rounds });
    add("revert.p50ms", percentile(reverts, 0.5));
    add("revert.p99ms", percentile(reverts, 0.99));
  });
  // Few that look seldom: a phone has its processor to itself.
  await measureFleet(running, folder.path, { count: 3, pollMs: 50 }, async (fleet) => {
    rows.push(...(await measurePhone(running, { fleet, flag: BY_PHONE, name: "Express pay" })));
  });
  await measureFleet(running, folder.path, { count: 100, pollMs: 50 }, async (fleet) => {
    await killRounds(fleet, { running, flag: KILLED, rounds: 3 });
    const times = await killRounds(fleet, { running, flag: KILLED, rounds });
    add("c100.p50ms", percentile(times, 0.5));
    add("c100.p99ms", percentile(times, 0.99), "<= 100");
  });
  await measureCrowd(running, 1_000);
  await measureRedButton(running);
  if (isLong) await measureCrowd(running, 10_000);
} finally {
  await running.supervised.stop();
  folder.remove();
}
print({
  name: "kill",
  rows,
  peers: Object.fromEntries(PEERS.map(({ peer, mechanism, figure, value, from }) => [`${peer} | ${mechanism} | ${figure} [${from}]`, value])),
  notes:
    `Load of the machine before: ${loadBefore.toFixed(1)}. 1,000 flags, SQLite with FULL, server and clients on the same cores. Clock: CLOCK_MONOTONIC, from before the HTTP request to the first changed getBoolean of each client; c20 has 20 clients in one process, as the peers were measured, processes20 and c100 a process for each; they read their flags when the SDK tells them of a change, and each 2 ms (processes20) or 50 ms besides; ${rounds} kills, every client of every kill is one value. ` +
    `push2sdk starts before \`git commit\`; revert before the request to serve a flag as it was once adopted. cN.allMs: bare sockets in one process, median of 10 kills, allWorstMs the worst; cN.bareMs, the limit: what a bare process needs to write as many bytes to as many. redbutton: one kill of a team's ${RED_FLAGS} flags until the last of 1,000 bare sockets has its one frame, from before the request, divided by what a bare process needs to write as many bytes to as many. phone: the slowest of five journeys in a phone-sized Chromium, from the sign-in page to the last of 3 processes that has the feature off, with a hand that decides (1.35 s), touches (0.6 s) and types (0.33 s a letter) as slowly as people do; handS is the hand's part, the 1.2 s that the button is kept pressed not counted. Peers: how each learns of a kill, measured earlier or by its own pages.${isLong ? "" : " c10000 only with --long."}`,
});
