import { expect, test } from "vitest";
import { instantIn, isOpen, offsetMs } from "./calendar.ts";
import { firstWrong, releaseMutants } from "./mutants.ts";
import { checkWorlds } from "./run.ts";
import { WIDE_FROM, World } from "./world.ts";

test("releases do in random worlds what the oracle says, minute by minute, and what the page said before", { timeout: 120_000 }, () => {
  const checked = checkWorlds({ seed: 1, worlds: 80, minutes: 80, most: 3 });
  expect(checked.wrong).toEqual([]);
  expect([checked.worlds, checked.holdViolations]).toEqual([80, 0]);
  // Worlds in which nothing happens would prove nothing.
  expect(checked.starts).toBeGreaterThan(100);
  expect(checked.predictions).toBeGreaterThan(300);
  expect(checked.kept).toBeGreaterThan(300);
});

test("so they do over twelve zones and more whose clocks change meanwhile", { timeout: 120_000 }, () => {
  const wide = { seed: WIDE_FROM, worlds: 60, minutes: 60, most: 3 };
  const checked = checkWorlds(wide);
  expect([checked.wrong, checked.worlds, checked.holdViolations]).toEqual([[], 60, 0]);
  const changed = new Set<string>();
  for (let seed = wide.seed; seed < wide.seed + wide.worlds; seed += 1) {
    const { customers, startMs, endMs } = new World(seed);
    for (const { zone } of customers) if (zone !== undefined && offsetMs(zone, startMs) !== offsetMs(zone, endMs)) changed.add(zone);
  }
  expect(changed.size).toBeGreaterThanOrEqual(12);
});

test("the oracle's clocks are those of the zones, over changes of the clocks", () => {
  expect(offsetMs("Asia/Kolkata", 0)).toBe(5.5 * 3_600_000);
  // Lord Howe goes forward by half an hour on 4 October 2026 at 02:00: 02:10 is skipped.
  expect(instantIn("Australia/Lord_Howe", "2026-10-04T02:10")).toBe(Date.parse("2026-10-03T15:40Z"));
  // London shows 01:30 twice on 25 October 2026.
  expect(instantIn("Europe/London", "2026-10-25T01:30")).toBe(Date.parse("2026-10-25T00:30Z"));
  expect(instantIn("America/Los_Angeles", "2027-03-14T09:00")).toBe(Date.parse("2027-03-14T16:00Z"));
  const morning = { days: [1], fromMinute: 540, toMinute: 600 };
  expect(isOpen(Date.parse("2026-11-30T03:30Z"), morning, "Asia/Kolkata")).toBe(true);
  expect(isOpen(Date.parse("2026-11-30T04:30Z"), morning, "Asia/Kolkata")).toBe(false);
});

test("there are at least 20 mutants", () => {
  expect(releaseMutants.length).toBeGreaterThanOrEqual(20);
});

test.each(releaseMutants.map((mutant, index) => [mutant.name, mutant, index] as const))(
  "a random world shows it where %s",
  { timeout: 60_000 },
  async (_name, mutant, index) => {
    expect(await firstWrong(mutant, { seed: mutant.seed, worlds: 1, id: String(index) })).toBe(mutant.seed);
  },
);

test("the worlds of the mutants show nothing where nobody changed anything", { timeout: 120_000 }, () => {
  for (const { seed } of releaseMutants) expect(checkWorlds({ seed, worlds: 1, minutes: Number.MAX_SAFE_INTEGER, most: 1 }).wrong).toEqual([]);
});
