import { expect, test } from "vitest";
import { isCaught, type Mutant, mutants } from "./mutants.ts";

test("there are at least 30 mutants, each with a name of its own", () => {
  expect(mutants.length).toBeGreaterThanOrEqual(30);
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
});

test.each(mutants.map((mutant, index) => [mutant.name, mutant, index] as const))("the vectors catch: %s", async (_name, mutant, index) => {
  expect(await isCaught(mutant, index)).toBe(true);
});

test("the vectors let the evaluator pass that nobody changed", async () => {
  const same: Mutant = { name: "nothing", file: "bucketing.ts", find: "export const SLOTS = 100_000;", replace: "export const SLOTS = 100_000;" };
  expect(await isCaught(same, 999)).toBe(false);
});
