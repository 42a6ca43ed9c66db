import { expect, test } from "vitest";
import { isCaught, drillMutants } from "./mutants.ts";

const LIMIT = { timeout: 300_000 };

test("there are at least 10 ways to ask for a drill wrongly, each with a name of its own", () => {
  expect(drillMutants.length).toBeGreaterThanOrEqual(10);
  expect(new Set(drillMutants.map(({ name }) => name)).size).toBe(drillMutants.length);
});

test.each(drillMutants.map((mutant, index) => [mutant.name, mutant, index] as const))(
  "the tests of the drill policy catch: %s",
  LIMIT,
  async (_name, mutant, index) => {
    expect(await isCaught(mutant, String(index))).toBe(true);
  },
);

test("they let the packages pass that nobody changed", LIMIT, async () => {
  expect(await isCaught(undefined, "none")).toBe(false);
});
