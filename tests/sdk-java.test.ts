// The Java SDK in the project's own suite: it compiles without a warning, answers all vectors, and passes its own tests.
import { describe, expect, test } from "vitest";
import { largeLists } from "../conformance/large-lists.ts";
import { randomVectors } from "../conformance/random-vectors.ts";
import { exchangesOf, runLanguage } from "../conformance/run-language.ts";
import { readScripts, readVectors } from "../conformance/vectors.ts";
import { compileJava, hasJava, hasMaven, javaProgram, runMaven } from "./sdk-java/toolchain.ts";

if (!hasJava) console.log("skipped: the Java SDK's tests, because there is no Java compiler (17 or newer) on this machine.");

const RANDOM_WORLDS = 1_000;
/** On two cores that others use too. */
const BUILD_MS_MAX = 120_000;
/** The first run on a machine fetches Maven's own parts, and Spring for a sample. */
const MAVEN_MS_MAX = 600_000;

describe.skipIf(!hasJava)("the Java SDK", () => {
  test("answers every vector", { timeout: BUILD_MS_MAX }, async () => {
    const [vectors, scripts] = [readVectors(), readScripts()];
    const all = [...scripts, ...largeLists()];
    const { passed, wrong } = await runLanguage(javaProgram("Conformance", await compileJava()), exchangesOf(vectors, all));
    expect(wrong).toEqual([]);
    expect(passed).toBe(vectors.length + all.length);
  });

  test("agrees with the naive interpreter over random worlds", { timeout: BUILD_MS_MAX }, async () => {
    const vectors = randomVectors(900_001, RANDOM_WORLDS);
    const { passed, wrong } = await runLanguage(javaProgram("Conformance", await compileJava()), exchangesOf(vectors, []));
    expect(wrong).toEqual([]);
    expect(passed).toBe(vectors.length);
  });
});

describe.skipIf(!hasMaven)("the Java SDK (skipped where there is no Maven; .ci/run installs it)", () => {
  test("passes its own tests, in all modules", { timeout: MAVEN_MS_MAX }, async () => {
    const { status, output } = await runMaven("test");
    expect(status, output).toBe(0);
  });
});
