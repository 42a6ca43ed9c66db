import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { changedText } from "../conformance/mutant-text.ts";
import { browserMutants as mutants } from "./browser/mutants.ts";
import { runVariant } from "./react/run-variant.ts";

/** On two cores that others use too. */
const LIMIT = { timeout: 180_000 };
const root = join(import.meta.dirname, "..");

describe("the tests of the SDK for pages", () => {
  test("know mutants by names of their own, whose text stands once", () => {
    expect(mutants.length).toBeGreaterThanOrEqual(30);
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
    for (const mutant of mutants) expect(changedText(readFileSync(join(root, mutant.file), "utf8"), mutant, mutant.file)).not.toBe("");
  });

  test("are green where nothing is planted", LIMIT, async () => {
    expect(await runVariant([...new Set(mutants.map(({ tests }) => tests))], {})).toMatchObject({ isGreen: true });
  });

  test.each(mutants.map((mutant) => [mutant.name, mutant] as const))("tell a planted bug: %s", LIMIT, async (name, { tests }) => {
    const { isGreen, text } = await runVariant([tests], { SLUICE_MUTANT: name });
    expect(isGreen).toBe(false);
    // A test failed; it was not the run that could not begin.
    expect(text).toMatch(/Tests\s.*failed|AssertionError|Unhandled/);
  });
});
