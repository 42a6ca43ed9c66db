import { expect, test } from "vitest";
import { planMoves } from "./plan-moves.ts";

const HOUR = 3_600_000;
const step = (hours: number, ...customers: readonly string[]) => ({ atMs: hours * HOUR, customers });

test("each customer's first start by one plan is held against that by the other", () => {
  const now = [step(1, "a", "b"), step(5, "c", "d"), step(9, "e", "a")];
  const then = [step(5, "a", "d"), step(2, "c"), step(1, "b"), step(7, "f", "g")];
  expect(planMoves(now, then)).toEqual({ earlier: 1, later: 1, gain: 2, lose: 1, same: 2 });
  expect(planMoves(then, now)).toEqual({ earlier: 1, later: 1, gain: 1, lose: 2, same: 2 });
});
