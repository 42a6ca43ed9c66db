import { expect, test } from "vitest";
import { laterSteps, plannedSteps } from "./planned-steps.ts";

const HOUR = 3_600_000;
test("who gets it at the start is told apart from those whom a hold moves, in the order in which they come", () => {
  const starts = [
    { wave: 0, atMs: HOUR, customers: 23, held: 0 },
    { wave: 0, atMs: 90 * HOUR, customers: 1, held: 1 },
    { wave: 1, atMs: 100 * HOUR, customers: 7, held: 1 },
    { wave: 0, atMs: 120 * HOUR, customers: 1, held: 1 },
    { wave: 2, atMs: 200 * HOUR, customers: 9, held: 0 },
  ];
  expect(plannedSteps({ starts }, 2)).toEqual([
    { wave: 0, customers: 23, atMs: HOUR, isHeld: false, isFirstOf: false },
    { wave: 0, customers: 2, atMs: 90 * HOUR, isHeld: true, isFirstOf: true },
    { wave: 1, customers: 6, atMs: 100 * HOUR, isHeld: false, isFirstOf: false },
    { wave: 1, customers: 1, atMs: 100 * HOUR, isHeld: true, isFirstOf: false },
  ]);
  expect(plannedSteps({ starts }, 3).map(({ wave, customers }) => [wave, customers])).toEqual([
    [0, 23],
    [0, 2],
    [1, 6],
    [1, 1],
    [2, 9],
  ]);
  expect(plannedSteps({ starts: [] }, 3)).toEqual([]);
});

test("whoever comes after the waves that a sentence tells is counted, with the last instant", () => {
  const starts = [
    { wave: 0, atMs: HOUR, customers: 7, held: 0 },
    { wave: 1, atMs: 2 * HOUR, customers: 3, held: 1 },
    { wave: 3, atMs: 9 * HOUR, customers: 11, held: 2 },
    { wave: 2, atMs: 4 * HOUR, customers: 22, held: 0 },
  ];
  expect(laterSteps({ starts }, 2)).toEqual({ customers: 33, held: 2, lastAtMs: 9 * HOUR, atOnce: false });
  expect(laterSteps({ starts }, 3)).toEqual({ customers: 11, held: 2, lastAtMs: 9 * HOUR, atOnce: true });
  expect(laterSteps({ starts }, 4)).toBeUndefined();
});
