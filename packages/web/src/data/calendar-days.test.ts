import { describe, expect, test } from "vitest";
import { dayOfInstant, daysOf, daysTouched, freeParts, sameTimeOn, stepFrom } from "./calendar-days.ts";

const HOUR = 3_600_000;
const ZONE = "Europe/Berlin";
const iso = (atMs: number | undefined): string => new Date(atMs ?? Number.NaN).toISOString();

describe("days of a calendar, in Berlin", () => {
  test("a week begins on Monday, on a Sunday too", () => {
    for (const day of ["2026-11-30T08:00:00Z", "2026-12-02T12:00:00Z", "2026-12-06T22:30:00Z"])
      expect(
        daysOf("week", Date.parse(day), ZONE).map(({ startMs }) => iso(startMs).slice(0, 16)),
        day,
      ).toEqual(["2026-11-29T23:00", "2026-11-30T23:00", "2026-12-01T23:00", "2026-12-02T23:00", "2026-12-03T23:00", "2026-12-04T23:00", "2026-12-05T23:00"]);
  });

  test("a month has its own days, and each ends where the next begins", () => {
    for (const [at, length] of [
      ["2026-02-10", 28],
      ["2028-02-10", 29],
      ["2026-12-31", 31],
    ] as const) {
      const days = daysOf("month", Date.parse(`${at}T12:00:00Z`), ZONE);
      expect(days.length, at).toBe(length);
      expect(days.slice(1).map(({ startMs }) => startMs)).toEqual(days.slice(0, -1).map(({ endMs }) => endMs));
    }
  });

  test("a day on which the clock is changed has 23 or 25 hours", () => {
    const hours = (at: string): number => {
      const [day] = daysOf("week", Date.parse(at), ZONE).slice(-1);
      return ((day?.endMs ?? 0) - (day?.startMs ?? 0)) / HOUR;
    };
    expect([hours("2026-03-29T12:00:00Z"), hours("2026-10-25T12:00:00Z"), hours("2026-12-06T12:00:00Z")]).toEqual([23, 25, 24]);
  });

  test("the week or month after, and before", () => {
    expect(iso(stepFrom("week", Date.parse("2026-12-28T12:00:00Z"), { by: 1, zone: ZONE }))).toBe("2027-01-03T23:00:00.000Z");
    expect(iso(stepFrom("month", Date.parse("2026-01-31T12:00:00Z"), { by: 1, zone: ZONE }))).toBe("2026-01-31T23:00:00.000Z");
    expect(iso(stepFrom("month", Date.parse("2026-01-31T12:00:00Z"), { by: -1, zone: ZONE }))).toBe("2025-11-30T23:00:00.000Z");
  });

  test("midnight belongs to the day that begins, and a stretch does not touch the day at whose midnight it ends", () => {
    const days = daysOf("week", Date.parse("2026-12-02T12:00:00Z"), ZONE);
    expect(dayOfInstant(days, Date.parse("2026-12-01T23:00:00Z"))).toBe(2);
    expect(dayOfInstant(days, Date.parse("2026-12-06T23:00:00Z"))).toBeUndefined();
    expect(daysTouched(days, Date.parse("2026-12-01T10:00:00Z"), Date.parse("2026-12-03T23:00:00Z"))).toEqual([1, 3]);
    expect(daysTouched(days, 0, Date.parse("2027-12-01T10:00:00Z"))).toEqual([0, 6]);
    expect(daysTouched(days, 0, Date.parse("2026-11-29T23:00:00Z"))).toBeUndefined();
    expect(daysTouched(days, Date.parse("2026-12-06T23:00:00Z"), Date.parse("2027-01-01T00:00:00Z"))).toBeUndefined();
  });

  test("a start keeps its time of day over a change of the clock", () => {
    const nine = Date.parse("2026-10-23T07:00:00Z");
    const days = daysOf("month", nine, ZONE);
    expect(iso(sameTimeOn(days[29]?.startMs ?? 0, nine, ZONE))).toBe("2026-10-30T08:00:00.000Z");
  });
});

test("a bar leaves free what lies before its beginning and after its end, in parts of the days that it touches", () => {
  const week = daysOf("week", Date.UTC(2026, 11, 2, 12), ZONE);
  const at = (day: number, hours: number): number => (week[day]?.startMs ?? 0) + hours * HOUR;
  // Saturday 12:00 to 18:00: half of the day before it, a quarter after it.
  expect(freeParts(week, { fromMs: at(5, 12), untilMs: at(5, 18) }, [5, 5])).toEqual({ before: 0.5, after: 0.25 });
  // Tuesday 06:00 to Wednesday 12:00: a quarter of the first of two days, half of the second.
  expect(freeParts(week, { fromMs: at(1, 6), untilMs: at(2, 12) }, [1, 2])).toEqual({ before: 0.125, after: 0.25 });
  // From before the week until after it: nothing.
  expect(freeParts(week, { fromMs: at(0, -30), untilMs: at(6, 90) }, [0, 6])).toEqual({ before: 0, after: 0 });
});
