import { expect, test } from "vitest";
import { guardMutants, isCaught } from "./mutants.ts";

const LIMIT = { timeout: 300_000 };

test("there are at least 20 guards that see wrongly or do too much, each with a name of its own", () => {
  expect(guardMutants.length).toBeGreaterThanOrEqual(20);
  expect(new Set(guardMutants.map(({ name }) => name)).size).toBe(guardMutants.length);
});

test.each(guardMutants.map((mutant, index) => [mutant.name, mutant, index] as const))("the tests of guards catch: %s", LIMIT, async (_name, mutant, index) => {
  expect(await isCaught(mutant, String(index))).toBe(true);
});

test("the tests of guards let the packages pass that nobody changed", LIMIT, async () => {
  expect(await isCaught(undefined, "none")).toBe(false);
});
