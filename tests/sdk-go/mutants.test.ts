import { describe, expect, test } from "vitest";
import { expectMutants } from "../../conformance/mutant-list.ts";
import { shareOf } from "../../conformance/mutant-share.ts";
import { changedGo, type GoMutant, goMutants, isGoMutantCaught } from "./mutants.ts";
import { goCommand } from "./toolchain.ts";

/** A first build compiles the standard library, on two cores that others use too. */
const BUILD_MS_MAX = 240_000;

describe.skipIf(goCommand === undefined)("wrong Go evaluators", () => {
  test("are at least 30, each with a name of its own, whose text stands once", () => {
    expectMutants(goMutants, 30, changedGo);
  });

  test("are not what the vectors call the right one", { timeout: BUILD_MS_MAX }, async () => {
    const same: GoMutant = { name: "nothing", file: "bucketing.go", find: "const Slots = 100_000", replace: "const Slots = 100_000" };
    expect(await isGoMutantCaught(same)).toBe(false);
  });

  test.concurrent.each(shareOf(goMutants).map((mutant) => [mutant.name, mutant] as const))(
    "the vectors catch: %s",
    async (_name, mutant) => {
      expect(await isGoMutantCaught(mutant)).toBe(true);
    },
    BUILD_MS_MAX,
  );
});
