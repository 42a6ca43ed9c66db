import { expect, test } from "vitest";
import { languages } from "../faults/sdk/languages.ts";
import { growth, soak } from "../faults/sdk/soak.ts";

/** A first build compiles Go's standard library, and makes a Python environment, on two cores that others use too. */
const LIMIT = { timeout: 480_000 };

test("clients that come, meet a fault and go leave nothing behind (npm run faults -- sdk --soak plays a day)", LIMIT, async () => {
  // Pages and Java take longest to begin; the script closes their clients too (sdk-faults.test.ts).
  const present = languages.filter(({ missing, name }) => missing === undefined && ["js-server", "python", "go"].includes(name));
  const soaked = await soak(present, { speed: 20, hours: 2, roundMinutes: 1, run: "sources" });
  for (const { verdict } of soaked) verdict.settle();
  expect(soaked.map(({ verdict: { language, rounds, lost, wrong } }) => ({ language, rounds, lost, wrong }))).toEqual(
    present.map(({ name }) => ({ language: name, rounds: 2, lost: 0, wrong: 0 })),
  );
});

test("what grows from the second quarter to the last is told, and what comes and goes is not", () => {
  const held = (heapMb: number, threads = 9, handles = 20, memoryMb = 400) => ({ heapMb, memoryMb, threads, handles });
  expect(growth(Array.from({ length: 16 }, (_, at) => held(100 + at * 10, 9 + at, 20)))).toEqual({ heapMb: 50, memoryMb: 0, threads: 5, handles: 0 });
  expect(growth(Array.from({ length: 16 }, (_, at) => held(at % 2 === 0 ? 100 : 160)))).toEqual({ heapMb: -60, memoryMb: 0, threads: 0, handles: 0 });
  expect(growth([held(1), held(2)])).toBeUndefined();
});
