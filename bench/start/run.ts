import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@sluice/ports/node";
import { FlagRepository, flagKeys } from "../../faults/rig/flag-repository.ts";
import { percentile, print, type Row } from "../../faults/rig/report.ts";
import { Checkout } from "../../faults/start/checkout.ts";
import { makeFolder, pause, startSluice, until } from "../../faults/rig/running.ts";
import { makeDemoRepository } from "../../packages/distribution/src/demo-repository.ts";
import { findEntries } from "../../packages/distribution/src/entries.ts";
import { pssMib } from "../kill/measure.ts";

const WARM_ROUNDS = 5;
/** After this a server has nothing left to do from its start. */
const SETTLE_MS = 8_000;

const root = fileURLToPath(new URL("../../", import.meta.url));
const rows: Row[] = [];

async function answers(url: string): Promise<true | undefined> {
  try {
    return (await fetch(url)).status === 200 ? true : undefined;
  } catch {
    // Not listening yet: that is what is being timed.
    return undefined;
  }
}

/** Ends what was started, with its own children, as Ctrl+C does. */
function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill("SIGINT");
  });
}

/** Until `/health` answers 200, with runtime, dependencies, build and data in place: what a second `npm start` waits for. */
async function warmMs(): Promise<readonly number[]> {
  const folder = makeFolder("bench-warm");
  const times: number[] = [];
  try {
    for (let round = 0; round <= WARM_ROUNDS; round += 1) {
      const [port, shopPort] = [await freePort(), await freePort()];
      const start = performance.now();
      const child = spawn(
        process.execPath,
        [
          "--disable-warning=ExperimentalWarning",
          join(root, "dist/demo.mjs"),
          "--port",
          String(port),
          "--shop-port",
          String(shopPort),
          "--data",
          join(folder.path, "data"),
        ],
        { stdio: ["ignore", "ignore", "inherit"] },
      );
      try {
        await until("the demo is healthy", () => answers(`http://127.0.0.1:${port}/health`));
        // The first round makes the data folder and the demo's repository: that is not a warm start.
        if (round > 0) times.push(performance.now() - start);
      } finally {
        await end(child);
      }
    }
  } finally {
    folder.remove();
  }
  return times;
}

interface Memory {
  readonly api: number;
  readonly fanout: number;
}

async function memory(source: (folder: string) => string): Promise<Memory> {
  const folder = makeFolder("bench-memory");
  try {
    const running = await startSluice({ data: join(folder.path, "data"), source: source(join(folder.path, "flags")) });
    try {
      await pause(SETTLE_MS);
      const { pids } = running.supervised;
      return { api: pssMib(pids.api), fanout: pssMib(pids.fanout) };
    } finally {
      await running.supervised.stop();
    }
  } finally {
    folder.remove();
  }
}

interface Cold {
  readonly emptyCacheS: number;
  readonly fullCacheS: number;
}

/**
 * A newcomer's `git clone` of this commit and `npm start`, until the page answers: with an empty home, the machine's own Node and an empty
 * cache of the registry client; then another clone with the cache that the first one filled. How far the registry is counts in the first.
 */
async function coldSeconds(): Promise<Cold> {
  const folder = makeFolder("bench-cold");
  try {
    const once = async (name: string): Promise<number> => {
      const began = performance.now();
      const start = await new Checkout(join(folder.path, name), join(folder.path, "cache")).start();
      try {
        await start.ready();
        return (performance.now() - began) / 1000;
      } finally {
        await start.end("SIGINT");
      }
    };
    return { emptyCacheS: await once("first"), fullCacheS: await once("second") };
  } finally {
    folder.remove();
  }
}

if (!existsSync(join(root, "dist/demo.mjs"))) throw new Error("dist/demo.mjs is missing: run `npm run build`");
const warm = await warmMs();
const idle = await memory((folder) => {
  makeDemoRepository(folder, findEntries().demoFlags);
  return folder;
});
const many = await memory((folder) => new FlagRepository(folder, flagKeys(1_000)).folder);
const isCold = process.argv.includes("--cold");
if (isCold) {
  const cold = await coldSeconds();
  rows.push({ key: "cold.s", value: cold.emptyCacheS, target: "<= 90" }, { key: "cold.fullCacheS", value: cold.fullCacheS, target: "" });
}
rows.push(
  { key: "warm.ms", value: percentile(warm, 0.5), target: "<= 2000 (250)" },
  { key: "warm.bestMs", value: Math.min(...warm), target: "" },
  { key: "idle.mib", value: idle.api + idle.fanout, target: "<= 130" },
  { key: "idle.apiMib", value: idle.api, target: "" },
  { key: "idle.fanoutMib", value: idle.fanout, target: "" },
  { key: "flags1000.mib", value: many.api + many.fanout, target: "<= 160" },
  { key: "flags1000.apiMib", value: many.api, target: "" },
  { key: "flags1000.fanoutMib", value: many.fanout, target: "" },
);
print({
  name: "start",
  rows,
  peers: {
    "unleash-server 7.5.1 to /health, ms, best of runs [measured earlier]": 1_950,
    "GO Feature Flag relay to /health, ms [measured earlier]": 251,
    "unleash-server 7.5.1 idle, MiB [measured earlier]": 154,
  },
  notes: `warm.ms: node dist/demo.mjs on a used data folder until /health is 200, median of ${WARM_ROUNDS}. MiB: PSS of API + fan-out ${SETTLE_MS / 1000} s after they were ready, from smaps_rollup; the supervisor's own process is not in it.${isCold ? " cold.s: git clone and npm start with an empty home and an empty cache until /health is 200." : " cold.s only with --cold."}`,
});
