import { expect, test } from "vitest";
import { plannedSteps } from "./planned-steps.ts";
import type { ReleaseView } from "./release-data.ts";

const HOUR = 3_600_000;
const wave = (name: string, more: Partial<ReleaseView["waves"][number]> = {}): ReleaseView["waves"][number] => ({
  name,
  phase: "pending",
  startsAtMs: HOUR,
  bakeMs: HOUR,
  local: false,
  customers: 25,
  exposed: 0,
  held: 2,
  everybody: false,
  ...more,
});

test("who gets it at the start is told apart from those whom a hold moves, in the order in which they come", () => {
  const starts = [
    { wave: 0, atMs: HOUR, customers: 23, held: 0 },
    { wave: 0, atMs: 90 * HOUR, customers: 1, held: 1 },
    { wave: 1, atMs: 100 * HOUR, customers: 7, held: 1 },
    { wave: 0, atMs: 120 * HOUR, customers: 1, held: 1 },
    { wave: 2, atMs: 200 * HOUR, customers: 9, held: 0 },
  ];
  expect(plannedSteps({ waves: [wave("Early"), wave("Others"), wave("Last")], starts })).toEqual([
    { wave: 0, customers: 23, atMs: HOUR, isHeld: false, isFirstOf: false },
    { wave: 0, customers: 2, atMs: 90 * HOUR, isHeld: true, isFirstOf: true },
    { wave: 1, customers: 6, atMs: 100 * HOUR, isHeld: false, isFirstOf: false },
    { wave: 1, customers: 1, atMs: 100 * HOUR, isHeld: true, isFirstOf: false },
  ]);
});

test("a draft tells its first two waves as they are written", () => {
  const waves = [wave("Empty", { customers: 0 }), wave("Early", { local: true }), wave("Others", { startsAtMs: 9 * HOUR, customers: 6 }), wave("Last")];
  expect(plannedSteps({ waves, starts: [] })).toEqual([
    { wave: 1, customers: 25, atMs: HOUR, isHeld: false, isFirstOf: true },
    { wave: 2, customers: 6, atMs: 9 * HOUR, isHeld: false, isFirstOf: false },
  ]);
});
