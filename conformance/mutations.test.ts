import { expect, test } from "vitest";
import { type Mutant, runMutant } from "./mutants.ts";
import { plantedBugs } from "./mutations/planted-bugs.ts";
import { playRange } from "./mutations/worker.ts";

/** Trials a planted bug gets: the rarest needs some thousands. */
const TRIALS_PER_BUG = 40_000;
/** The slowest takes ten seconds on two cores that do nothing else. */
const RUN_MS_MAX = 170_000;

test(
  "5,000 mutated snapshots, patches, kills and contexts are refused, or answered as they must be",
  () => {
    const tally = playRange({ first: 1, count: 5_000, faultsMax: 5, clock: new Int32Array(new SharedArrayBuffer(4)) });
    expect(tally.faults).toEqual([]);
    expect(Object.keys(tally.played).sort()).toEqual(["context", "patch", "snapshot", "urgentKill"]);
    expect(Object.values(tally.played).reduce((sum, each) => sum + each, 0)).toBe(5_000);
    expect([tally.refused > 500, tally.compared > 20_000]).toEqual([true, true]);
  },
  RUN_MS_MAX,
);

test("the same seeds play the same trials", () => {
  const play = (): unknown => playRange({ first: 77, count: 200, faultsMax: 5, clock: new Int32Array(new SharedArrayBuffer(4)) });
  expect(play()).toEqual(play());
});

test.each(plantedBugs.map((bug, index) => [bug.name, bug, index] as const))(
  "mutations find: %s",
  async (_name, bug, index) => {
    const args = ["--count", String(TRIALS_PER_BUG), "--threads", "1", "--until-found", ...(bug.shows === "hangs" ? ["--stall-seconds", "4"] : [])];
    const { status, output } = await runMutant(bug, 500 + index, ["mutations.ts", ...args], RUN_MS_MAX);
    expect([status, /^seed \d+ (threw|wrong|hangs):/m.exec(output)?.[1], output]).toEqual([1, bug.shows, output]);
  },
  180_000,
);

test("mutations let the evaluator pass that nobody changed", async () => {
  const same: Mutant = { name: "nothing", file: "bucketing.ts", find: "export const SLOTS = 100_000;", replace: "export const SLOTS = 100_000;" };
  const { status, output } = await runMutant(same, 998, ["mutations.ts", "--count", "500", "--threads", "1"], RUN_MS_MAX);
  expect([status, output]).toEqual([0, expect.stringContaining(" 0 faults")]);
});
