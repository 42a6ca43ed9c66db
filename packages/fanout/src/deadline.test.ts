import { expect, test } from "vitest";
import { Deadlines } from "./deadline.ts";
import { RunningFanout } from "./testing/running-fanout.ts";

/** A deadline, and whether it has passed. */
function watched(deadlines: Deadlines, kind: "patient" | "after", delayMs: number): { readonly isOver: () => boolean } {
  let isOver = false;
  void deadlines[kind](delayMs).passed.then(() => (isOver = true));
  return { isOver: () => isOver };
}

test("while somebody is in a hurry, patient work has 100 ms from when it began, and the whole time when nobody is any more", async () => {
  const { world } = new RunningFanout();
  const deadlines = new Deadlines(world);
  const before = watched(deadlines, "patient", 3_000);
  await world.advance(60);
  const calm = deadlines.hurry();
  const during = watched(deadlines, "patient", 3_000);
  await world.advance(39);
  expect([before.isOver(), during.isOver()]).toEqual([false, false]);
  await world.advance(1);
  expect([before.isOver(), during.isOver()]).toEqual([true, false]);
  await world.advance(60);
  expect(during.isOver()).toBe(true);
  calm();
  const after = watched(deadlines, "patient", 3_000);
  await world.advance(2_999);
  expect(after.isOver()).toBe(false);
  await world.advance(1);
  expect(after.isOver()).toBe(true);
});

test("patient work that has had its time ends at once when somebody is in a hurry, and work that cannot wait is left alone", async () => {
  const { world } = new RunningFanout();
  const deadlines = new Deadlines(world);
  const [patient, exact] = [watched(deadlines, "patient", 3_000), watched(deadlines, "after", 250)];
  await world.advance(200);
  deadlines.hurry();
  await world.advance(0);
  expect([patient.isOver(), exact.isOver()]).toEqual([true, false]);
});
