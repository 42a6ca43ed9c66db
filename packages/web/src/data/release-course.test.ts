import { expect, test } from "vitest";
import { courseLabels, courseOf, heldRows } from "./release-course.ts";
import type { Cell, HoldView, ReleaseView } from "./release-data.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Tuesday 24 November 2026, 09:00 in Berlin. */
const TUESDAY = Date.UTC(2026, 10, 24, 8);
const NOW = TUESDAY + DAY;

const wave = (name: string): ReleaseView["waves"][number] => ({
  name,
  phase: "pending",
  startsAtMs: TUESDAY,
  bakeMs: HOUR,
  local: false,
  customers: 10,
  exposed: 0,
  held: 2,
  everybody: false,
});
const waves = [wave("Ourselves"), wave("Standard track")];
/** Ten of the second wave, two of them moved by a hold; three have the first, and one has it early. */
const view = {
  waves,
  phase: "inProgress" as const,
  starts: [
    { wave: 1, atMs: NOW + HOUR, customers: 8, held: 0 },
    { wave: 1, atMs: NOW + 3 * DAY, customers: 2, held: 2 },
  ],
  course: {
    given: [
      { wave: 0, atMs: TUESDAY, customers: 3 },
      { atMs: TUESDAY + HOUR, customers: 1 },
    ],
    killed: [],
  },
};

test("whom a hold moves rises at the end of the hold, not with the wave", () => {
  expect(courseOf(view)).toEqual([
    { fromMs: TUESDAY, untilMs: TUESDAY + HOUR, has: 3, killed: 0, ahead: 0 },
    { fromMs: TUESDAY + HOUR, untilMs: NOW + HOUR, has: 4, killed: 0, ahead: 0 },
    { fromMs: NOW + HOUR, untilMs: NOW + 3 * DAY, has: 4, killed: 0, ahead: 8 },
    { fromMs: NOW + 3 * DAY, has: 4, killed: 0, ahead: 10 },
  ]);
  expect(courseLabels(view).map(({ title, customers, kind }) => [title, customers, kind])).toEqual([
    ["Ourselves", 3, "given"],
    ["Early access", 1, "given"],
    ["Standard track", 8, "ahead"],
    ["Standard track, after a hold", 2, "ahead"],
  ]);
});

test("a kill takes it from its own instant on, from as many as it covers", () => {
  const killed = { ...view, phase: "paused" as const, course: { ...view.course, killed: [{ sinceMs: NOW - HOUR, customers: 3 }] } };
  expect(courseOf(killed).filter(({ fromMs }) => fromMs < NOW)).toEqual([
    { fromMs: TUESDAY, untilMs: TUESDAY + HOUR, has: 3, killed: 0, ahead: 0 },
    { fromMs: TUESDAY + HOUR, untilMs: NOW - HOUR, has: 4, killed: 0, ahead: 0 },
    { fromMs: NOW - HOUR, untilMs: NOW + HOUR, has: 1, killed: 3, ahead: 0 },
  ]);
  expect(courseLabels(killed).find(({ kind }) => kind === "killed")).toMatchObject({ title: "Killed", customers: 3, atMs: NOW - HOUR });
});

test("what is over has nothing ahead, what is taken back has nobody", () => {
  expect(courseOf({ ...view, phase: "cancelled" }).at(-1)).toEqual({ fromMs: TUESDAY + HOUR, has: 4, killed: 0, ahead: 0 });
  expect(courseOf({ ...view, phase: "rolledBack", endedAtMs: NOW }).at(-1)).toEqual({ fromMs: NOW, has: 0, killed: 0, ahead: 0 });
});

test("holds are shown of those whom they move, also where a person must decide or a kill paused it, and of nobody who has it", () => {
  const hold: HoldView = { id: "h", environment: "production", customers: ["a", "b", "c"], fromMs: TUESDAY, untilMs: NOW + DAY, atMs: TUESDAY };
  const moved = [{ kind: "moved" as const, by: { kind: "hold" as const, hold: "h", untilMs: NOW + DAY } }];
  const cell = (customer: string, state: Cell["state"]): Cell => ({ customer, release: "r", state, reasons: moved });
  const cells = [
    cell("a", { state: "held", atMs: NOW + DAY, untilMs: NOW + DAY }),
    cell("b", { state: "needsDecision" }),
    cell("c", { state: "on", sinceMs: TUESDAY }),
  ];
  expect(heldRows(cells, [hold]).map(({ customer }) => customer)).toEqual(["a", "b"]);
  expect(heldRows(cells, [])).toEqual([]);
});
