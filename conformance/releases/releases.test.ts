import { expect, test } from "vitest";
import { changesOf, instantIn, isOpen, offsetMs, timesOf } from "./calendar.ts";
import { shareOf } from "../mutant-share.ts";
import { changedRelease, firstWrong } from "./mutant-search.ts";
import { releaseMutants } from "./mutants.ts";
import { checkWorlds } from "./run.ts";
import { CHANGING, World } from "./world.ts";

test("releases do in random worlds what the oracle says, minute by minute, and what the page said before", () => {
  const checked = checkWorlds({ seed: 1, worlds: 400, minutes: 50, most: 3 });
  expect(checked.wrong).toEqual([]);
  expect([checked.worlds, checked.holdViolations]).toEqual([400, 0]);
  // Worlds in which nothing happens would prove nothing.
  expect(checked.starts).toBeGreaterThan(1_000);
  expect(checked.predictions).toBeGreaterThan(2_000);
  expect(checked.kept).toBeGreaterThan(2_000);
  // Nor would worlds whose clocks all go evenly: each of these was met, and every zone that changes its clocks while it was changing them.
  const { zones, ...counts } = checked.sights;
  for (const [sight, count] of Object.entries(counts)) expect(count, sight).toBeGreaterThan(0);
  expect([...zones].sort()).toEqual([...CHANGING].sort());
  expect(counts.skipped).toBeGreaterThan(10);
  expect(counts.repeated).toBeGreaterThan(10);
});

test("the oracle's clocks are those of the zones, over changes of the clocks", () => {
  expect(offsetMs("Asia/Kolkata", 0)).toBe(5.5 * 3_600_000);
  // Lord Howe goes forward by half an hour on 4 October 2026 at 02:00: 02:10 is skipped.
  expect(instantIn("Australia/Lord_Howe", "2026-10-04T02:10")).toBe(Date.parse("2026-10-03T15:40Z"));
  // London shows 01:30 twice on 25 October 2026.
  expect(instantIn("Europe/London", "2026-10-25T01:30")).toBe(Date.parse("2026-10-25T00:30Z"));
  expect(instantIn("America/Los_Angeles", "2027-03-14T09:00")).toBe(Date.parse("2027-03-14T16:00Z"));
  expect([timesOf("Europe/London", "2027-03-28T01:30"), timesOf("Europe/London", "2026-10-25T01:30"), timesOf("Europe/London", "2026-10-25T03:00")]).toEqual([
    0, 2, 1,
  ]);
  const year = { fromMs: Date.parse("2026-08-01T00:00Z"), untilMs: Date.parse("2027-08-01T00:00Z") };
  expect(changesOf("Pacific/Chatham", year).map((atMs) => new Date(atMs).toISOString())).toEqual(["2026-09-26T14:00:00.000Z", "2027-04-03T14:00:00.000Z"]);
  const morning = { days: [1], fromMinute: 540, toMinute: 600 };
  expect(isOpen(Date.parse("2026-11-30T03:30Z"), morning, "Asia/Kolkata")).toBe(true);
  expect(isOpen(Date.parse("2026-11-30T04:30Z"), morning, "Asia/Kolkata")).toBe(false);
});

test("there are at least 20 mutants, whose text stands once; those about a clock that is set forward are seen where only that happens", () => {
  expect(releaseMutants.length).toBeGreaterThanOrEqual(20);
  for (const mutant of releaseMutants) expect(changedRelease(mutant)).not.toBe("");
  const jumps = releaseMutants.filter(({ name }) => name.includes("jump of the clock")).map(({ seed }) => new World(seed));
  expect(jumps.map((world) => [world.absences.length, world.jumps.some(({ byMs }) => byMs > 0)])).toEqual([
    [0, true],
    [0, true],
  ]);
});

test.each(shareOf(releaseMutants).map((mutant, index) => [mutant.name, mutant, index] as const))(
  "a random world shows it where %s",
  { timeout: 180_000 },
  async (_name, mutant, index) => {
    expect(await firstWrong(mutant, { seed: mutant.seed, worlds: 1, id: String(index) })).toBe(mutant.seed);
  },
);

test("the worlds of the mutants show nothing where nobody changed anything", () => {
  for (const { seed } of releaseMutants) expect(checkWorlds({ seed, worlds: 1, minutes: Number.MAX_SAFE_INTEGER, most: 1 }).wrong).toEqual([]);
});
