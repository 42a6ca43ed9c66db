import { expect, test } from "vitest";
import { isCaught, revertMutants } from "./mutants.ts";

const LIMIT = { timeout: 300_000 };

test("there are at least 20 ways to revert wrongly, each with a name of its own", () => {
  expect(revertMutants.length).toBeGreaterThanOrEqual(20);
  expect(new Set(revertMutants.map(({ name }) => name)).size).toBe(revertMutants.length);
});

test.each(revertMutants.map((mutant, index) => [mutant.name, mutant, index] as const))(
  "the tests of reverts catch: %s",
  LIMIT,
  async (_name, mutant, index) => {
    expect(await isCaught(mutant, String(index))).toBe(true);
  },
);

test("they let the packages pass that nobody changed", LIMIT, async () => {
  expect(await isCaught(undefined, "none")).toBe(false);
});
