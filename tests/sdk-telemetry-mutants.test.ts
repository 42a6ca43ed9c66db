import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { expectMutants } from "../conformance/mutant-list.ts";
import { shareOf } from "../conformance/mutant-share.ts";
import { changedText } from "../conformance/mutant-text.ts";
import { canTry, isTelemetryCaught, originalOf, telemetryMutants } from "./sdk-telemetry/mutants.ts";

const LIMIT = { timeout: 300_000 };
const LANGUAGES = ["go", "python", "java"] as const;

test("there are at least 30 SDKs that report wrongly, each with a name of its own, whose text stands once", () => {
  expectMutants(telemetryMutants, 30, (mutant) => changedText(readFileSync(originalOf(mutant), "utf8"), mutant, mutant.file));
});

const tried = LANGUAGES.filter(canTry).flatMap((language) => shareOf(telemetryMutants.filter((mutant) => mutant.language === language)));

test.each(tried.map((mutant, index) => [mutant.name, mutant, index] as const))("its own tests tell %s", LIMIT, async (_name, mutant, index) => {
  expect(await isTelemetryCaught(mutant.language, mutant, String(index))).toBe(true);
});

test.each(LANGUAGES.filter(canTry))("the tests of %s let the SDK pass that nobody changed", LIMIT, async (language) => {
  expect(await isTelemetryCaught(language, undefined, "none")).toBe(false);
});
