import { Temporal } from "temporal-polyfill";
import { expect, test } from "vitest";
import { instantAt, wallOf } from "./zone-clock.ts";

const HOUR = 3_600_000;
const ZONES = ["UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo"];

test("a clock shows, and an instant is found from it, as the library of the server says, in every zone and over every change of clocks", () => {
  for (const zone of ZONES)
    // Every seven hours of two years: 3 changes of half an hour or an hour in most, and a hidden one where it is night.
    for (let atMs = Date.UTC(2026, 0, 1); atMs < Date.UTC(2028, 0, 1); atMs += 7 * HOUR) {
      const { year, month, day, hour, minute } = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone);
      expect(wallOf(atMs, zone), `${zone} ${atMs}`).toEqual({ year, month, day, hour, minute });
      const first = Temporal.PlainDateTime.from({ year, month, day, hour, minute }).toZonedDateTime(zone).epochMilliseconds;
      expect(instantAt({ year, month, day, hour, minute }, zone), `${zone} ${atMs}`).toBe(first);
    }
});

test("a time that is skipped is as much later as was skipped, one that comes twice is the first", () => {
  const at = (text: string, zone: string): string => {
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = text.split(/\D/).map(Number);
    return new Date(instantAt({ year, month, day, hour, minute }, zone)).toISOString();
  };
  // By hand: Berlin goes from 02:00 to 03:00 on 29 March 2026, and from 03:00 back to 02:00 on 25 October.
  expect(at("2026-03-29 02:30", "Europe/Berlin")).toBe("2026-03-29T01:30:00.000Z");
  expect(at("2026-10-25 02:30", "Europe/Berlin")).toBe("2026-10-25T00:30:00.000Z");
  // Half an hour on Lord Howe Island, on 4 October 2026 at 02:00.
  expect(at("2026-10-04 02:15", "Australia/Lord_Howe")).toBe("2026-10-03T15:45:00.000Z");
  expect(at("2026-12-32 09:00", "UTC")).toBe("2027-01-01T09:00:00.000Z");
});
