import { expect, test } from "vitest";
import { isCaught, partMutants } from "./mutants.ts";

const LIMIT = { timeout: 300_000 };

test("there are at least 12 ways to lose something of a part, each with a name of its own", () => {
  expect(partMutants.length).toBeGreaterThanOrEqual(12);
  expect(new Set(partMutants.map(({ name }) => name)).size).toBe(partMutants.length);
});

test.each(partMutants.map((mutant, index) => [mutant.name, mutant, index] as const))(
  "the tests of environments in files of their own catch: %s",
  LIMIT,
  async (_name, mutant, index) => {
    expect(await isCaught(mutant, String(index))).toBe(true);
  },
);

test("they let the packages pass that nobody changed", LIMIT, async () => {
  expect(await isCaught(undefined, "none")).toBe(false);
});
