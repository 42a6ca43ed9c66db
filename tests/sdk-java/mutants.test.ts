import { beforeAll, describe, expect, test } from "vitest";
import { expectMutants } from "../../conformance/mutant-list.ts";
import { shareOf } from "../../conformance/mutant-share.ts";
import { changedJava, compileJavaMutants, isJavaMutantCaught, type JavaMutant, javaMutants } from "./mutants.ts";
import { hasJava } from "./toolchain.ts";

/** Three compilations' time of all of them, on two cores that others use too. */
const COMPILE_MS_MAX = 120_000;

describe.skipIf(!hasJava)("wrong Java evaluators", () => {
  const same: JavaMutant = { name: "nothing", of: "Glob", find: "ANY_RUN = -1;", replace: "ANY_RUN = -1;" };
  const played = shareOf(javaMutants);
  let classes = "";

  beforeAll(async () => {
    classes = await compileJavaMutants([same, ...played]);
  }, COMPILE_MS_MAX);

  test("are at least 30, each with a name of its own, whose text stands once", () => {
    expectMutants(javaMutants, 30, changedJava);
  });

  test("are not what the vectors call the right one", async () => {
    expect(await isJavaMutantCaught(classes, same)).toBe(false);
  });

  test.concurrent.each(played.map((mutant) => [mutant.name, mutant] as const))(
    "the vectors catch: %s",
    async (_name, mutant) => {
      expect(await isJavaMutantCaught(classes, mutant)).toBe(true);
    },
    COMPILE_MS_MAX,
  );
});
