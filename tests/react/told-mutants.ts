import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { expectMutants } from "../../conformance/mutant-list.ts";
import { shareOf } from "../../conformance/mutant-share.ts";
import { changedText } from "../../conformance/mutant-text.ts";
import type { PageMutant } from "./mutants.ts";
import { runVariant } from "./run-variant.ts";

/** On two cores that others use too. */
const LIMIT = { timeout: 180_000 };
const root = join(import.meta.dirname, "../..");

/** Makes the tests that these tell each of at least so many mutants, one for each of this run's share; `config` is of vitest, as `runVariant` takes it. */
export function testThatEachIsTold(tests: string, mutants: readonly PageMutant[], atLeast: number, config?: string): void {
  describe(tests, () => {
    test("know mutants by names of their own, whose text stands once", () => {
      expectMutants(mutants, atLeast, (mutant) => changedText(readFileSync(join(root, mutant.file), "utf8"), mutant, mutant.file));
    });

    test("are green where nothing is planted", LIMIT, async () => {
      expect(await runVariant([...new Set(mutants.map((mutant) => mutant.tests))], {}, config)).toMatchObject({ isGreen: true });
    });

    test.each(shareOf(mutants).map((mutant) => [mutant.name, mutant] as const))("tell a planted bug: %s", LIMIT, async (name, mutant) => {
      const { isGreen, text } = await runVariant([mutant.tests], { SLUICE_MUTANT: name }, config);
      expect(isGreen).toBe(false);
      // A test failed; it was not the run that could not begin.
      expect(text).toMatch(/Tests\s.*failed|AssertionError|Unhandled/);
    });
  });
}
