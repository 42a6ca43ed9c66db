import { expect, test } from "vitest";
import { isCaught, type Mutant, mutants } from "./mutants.ts";

test("there are at least 20 mutants", () => {
  expect(mutants.length).toBeGreaterThanOrEqual(20);
});

test.each(mutants.map((mutant, index) => [mutant.name, mutant, index] as const))("the vectors catch: %s", async (_name, mutant, index) => {
  expect(await isCaught(mutant, index)).toBe(true);
});

test("the vectors let the evaluator pass that nobody changed", async () => {
  const same: Mutant = { name: "nothing", file: "bucketing.ts", find: "export const SLOTS = 100_000;", replace: "export const SLOTS = 100_000;" };
  expect(await isCaught(same, 999)).toBe(false);
});
