// The tests of a list of mutants: each is caught, and nothing is where nobody changed anything.
import { expect, test } from "vitest";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PackageMutant } from "./copied-packages.ts";
import { expectMutants } from "./mutant-list.ts";
import { shareOf } from "./mutant-share.ts";
import { changedText } from "./mutant-text.ts";

interface Mutants {
  readonly mutants: readonly PackageMutant[];
  readonly atLeast: number;
  /** What they are, in the plural. */
  readonly what: string;
  /** The tests that are to catch them, in the plural. */
  readonly catchers: string;
  /** Whether a mutant is caught, the packages as they are where it is absent; `id` is of this one alone. */
  readonly isCaught: (mutant: PackageMutant | undefined, id: string) => Promise<boolean>;
}

const LIMIT = { timeout: 300_000 };
const packages = join(import.meta.dirname, "../packages");

/** Makes the tests, one for each mutant of this run's share. */
export function testThatEachIsCaught({ mutants, atLeast, what, catchers, isCaught }: Mutants): void {
  test(`there are at least ${atLeast} ${what}, each with a name of its own, whose text stands once`, () => {
    expectMutants(mutants, atLeast, (mutant) => changedText(readFileSync(join(packages, mutant.file), "utf8"), mutant, mutant.file));
  });

  test.each(shareOf(mutants).map((mutant, index) => [mutant.name, mutant, index] as const))(`${catchers} catch: %s`, LIMIT, async (_name, mutant, index) => {
    expect(await isCaught(mutant, String(index))).toBe(true);
  });

  test(`${catchers} let the packages pass that nobody changed`, LIMIT, async () => {
    expect(await isCaught(undefined, "none")).toBe(false);
  });
}
