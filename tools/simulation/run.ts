// `npm run sim -- [--seeds N] [--first N] [--pairs N] [--no-planted] [--json]`: the whole system in a simulated world, and the bugs it must find,
// alone and two at a time (a bug may hide another: both repair each other's traces).
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { plant, uproot } from "./planted-tree.ts";
import { type PlantedBug, plantedBugs } from "./planted-bugs.ts";
import { playSeed, SIMULATED_MS_PER_SEED, type SeedResult } from "./seeds.ts";

/** Seeds that a planted bug gets where none is known that shows it. */
const SEEDS_PER_BUG = 400;
const WORKERS = Math.min(4, availableParallelism());

interface WorkerResult {
  readonly played: number;
  readonly events: number;
  readonly acked: number;
  readonly swaps: number;
  readonly bad: readonly SeedResult[];
}

function runWorker(folder: string, args: readonly string[]): Promise<WorkerResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=32", join(folder, "tools/simulation/seed-worker.ts"), ...args],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString("utf8")));
    child.once("error", reject);
    child.once("close", (code) => {
      const line = out.trim().split("\n").at(-1) ?? "";
      if (code === 0 && line.startsWith("{")) resolve(JSON.parse(line) as WorkerResult);
      else reject(new Error(`a worker ended with ${code}: ${err.slice(-2_000)}`));
    });
  });
}

const root = join(import.meta.dirname, "../..");
const value = (name: string, usual: number): number => {
  const index = process.argv.indexOf(name);
  return index < 0 ? usual : Number(process.argv[index + 1]);
};
const seeds = value("--seeds", 1_000);
const first = value("--first", 1);
const json = process.argv.includes("--json");
const say = (line: string): void => (json ? undefined : console.log(line));

async function playAll(): Promise<WorkerResult> {
  const share = Math.ceil(seeds / WORKERS);
  const parts = await Promise.all(
    Array.from({ length: WORKERS }, (_, index) =>
      runWorker(root, [String(first + index * share), String(Math.max(0, Math.min(share, seeds - index * share)))]),
    ),
  );
  return {
    played: parts.reduce((sum, part) => sum + part.played, 0),
    events: parts.reduce((sum, part) => sum + part.events, 0),
    acked: parts.reduce((sum, part) => sum + part.acked, 0),
    swaps: parts.reduce((sum, part) => sum + part.swaps, 0),
    bad: parts.flatMap((part) => part.bad),
  };
}

/** Bugs in one tree, and the first seed that shows them. */
interface Hunt {
  readonly bugs: readonly PlantedBug[];
  readonly seed?: number;
  readonly by?: string;
  /** Why the planted tree could not be played: its text is gone, or what was planted does not run. That finds nothing. */
  readonly problem?: string;
}

/** The first seed that shows one of these bugs: of those that have shown it once, then of all in turn. */
async function firstBad(folder: string, bugs: readonly PlantedBug[]): Promise<SeedResult | undefined> {
  for (const { shownBy } of bugs) {
    if (shownBy === undefined) continue;
    const [bad] = (await runWorker(folder, [String(shownBy), "1"])).bad;
    if (bad !== undefined) return bad;
  }
  const { bad } = await runWorker(folder, ["1", String(SEEDS_PER_BUG), "--until-found"]);
  return bad[0];
}

async function hunt(bugs: readonly PlantedBug[], name: string): Promise<Hunt> {
  let folder: string | undefined;
  try {
    folder = plant(bugs, name);
    const found = await firstBad(folder, bugs);
    return found === undefined ? { bugs } : { bugs, seed: found.seed, by: found.violations[0] ?? "" };
  } catch (error) {
    return { bugs, problem: error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error) };
  } finally {
    if (folder !== undefined) uproot(folder);
  }
}

/** All pairs, or `count` of them spread evenly over the list. */
function pairs(count: number): readonly (readonly PlantedBug[])[] {
  const all = plantedBugs.flatMap((bug, index) => plantedBugs.slice(index + 1).map((other) => [bug, other]));
  const kept = Math.min(count, all.length);
  return Array.from({ length: kept }, (_, index) => all[Math.floor((index * all.length) / kept)] ?? []);
}

async function huntAll(sets: readonly (readonly PlantedBug[])[]): Promise<readonly Hunt[]> {
  const results: Hunt[] = [];
  const queue = sets.map((bugs, index) => ({ bugs, name: String(index) }));
  await Promise.all(
    Array.from({ length: WORKERS }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) results.push(await hunt(next.bugs, next.name));
    }),
  );
  return results;
}

const namesOf = ({ bugs }: Hunt): string => bugs.map(({ name }) => name).join(" + ");
const isFound = ({ seed }: Hunt): boolean => seed !== undefined;

const twice = [await playSeed(first), await playSeed(first)];
const isDeterministic = twice[0]?.fingerprint === twice[1]?.fingerprint && twice[0]?.events === twice[1]?.events;
const all = await playAll();
say(
  `${all.played} seeds, ${((all.played * SIMULATED_MS_PER_SEED) / 3_600_000).toFixed(1)} simulated hours, ${all.events} events, ${all.acked} acknowledged decisions, ${all.swaps} swaps: ${all.bad.length} with violations`,
);
for (const { seed, violations } of all.bad.slice(0, 10)) say(`  seed ${seed}: ${violations.slice(0, 3).join("; ")}`);
if (!isDeterministic) say(`  seed ${first} played twice gave two histories`);
const singles = await huntAll(process.argv.includes("--no-planted") ? [] : plantedBugs.map((bug) => [bug]));
const couples = await huntAll(pairs(value("--pairs", 0)));
const hunts = [...singles, ...couples];
for (const one of hunts)
  say(
    one.seed === undefined
      ? `  NOT FOUND  ${namesOf(one)}${one.problem === undefined ? "" : ` (${one.problem})`}`
      : `  found at seed ${String(one.seed).padStart(3)}  ${namesOf(one)}: ${(one.by ?? "").slice(0, 110)}`,
  );
const missed = hunts.filter((one) => !isFound(one));
if (json) {
  const figures = {
    seeds: all.played,
    violations: all.bad.length,
    "planted.found": singles.filter(isFound).length,
    "planted.total": singles.length,
    "pairs.found": couples.filter(isFound).length,
    "pairs.total": couples.length,
    simulatedHours: Math.round((all.played * SIMULATED_MS_PER_SEED) / 36_000) / 100,
    events: all.events,
    acknowledged: all.acked,
  };
  const notes = [
    ...(isDeterministic ? [] : [`seed ${first} played twice gave two histories`]),
    ...all.bad.slice(0, 5).map(({ seed, violations }) => `seed ${seed}: ${violations[0] ?? ""}`),
    ...missed.map((one) => `not found: ${namesOf(one)} ${one.problem ?? ""}`),
  ];
  console.log(JSON.stringify({ name: "sim", figures, peers: {}, notes: notes.join("; ") }));
}
process.exitCode = all.bad.length === 0 && missed.length === 0 && isDeterministic ? 0 : 1;
