import { expect, test } from "vitest";
import { isCaught, renameMutants } from "./mutants.ts";

const LIMIT = { timeout: 300_000 };

test("there are at least 15 renames that lose something, each with a name of its own", () => {
  expect(renameMutants.length).toBeGreaterThanOrEqual(15);
  expect(new Set(renameMutants.map(({ name }) => name)).size).toBe(renameMutants.length);
});

test.each(renameMutants.map((mutant, index) => [mutant.name, mutant, index] as const))(
  "the tests of renames catch: %s",
  LIMIT,
  async (_name, mutant, index) => {
    expect(await isCaught(mutant, String(index))).toBe(true);
  },
);

test("the tests of renames let the packages pass that nobody changed", LIMIT, async () => {
  expect(await isCaught(undefined, "none")).toBe(false);
});
