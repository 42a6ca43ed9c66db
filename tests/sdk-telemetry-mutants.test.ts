import { expect, test } from "vitest";
import { canTry, isTelemetryCaught, telemetryMutants } from "./sdk-telemetry/mutants.ts";

const LIMIT = { timeout: 300_000 };
const LANGUAGES = ["go", "python", "java"] as const;

test("there are at least 30 SDKs that report wrongly, each with a name of its own", () => {
  expect(telemetryMutants.length).toBeGreaterThanOrEqual(30);
  expect(new Set(telemetryMutants.map(({ name }) => name)).size).toBe(telemetryMutants.length);
});

const tried = telemetryMutants.filter(({ language }) => canTry(language));

test.each(tried.map((mutant, index) => [mutant.name, mutant, index] as const))("its own tests tell %s", LIMIT, async (_name, mutant, index) => {
  expect(await isTelemetryCaught(mutant.language, mutant, String(index))).toBe(true);
});

test.each(LANGUAGES.filter(canTry))("the tests of %s let the SDK pass that nobody changed", LIMIT, async (language) => {
  expect(await isTelemetryCaught(language, undefined, "none")).toBe(false);
});
