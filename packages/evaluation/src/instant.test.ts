import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseInstant } from "./instant.ts";

describe("parseInstant", () => {
  it("agrees with the platform's calendar on every day of 0001 to 9999", () => {
    const [low, high] = [new Date("0001-01-01T00:00:00Z"), new Date("9999-12-31T23:59:59.999Z")];
    fc.assert(
      fc.property(fc.date({ min: low, max: high, noInvalidDate: true }), (date) => {
        expect(parseInstant(date.toISOString())).toBe(date.getTime());
      }),
    );
  });

  it.each([
    ["1970-01-01t00:00:00z", 0],
    ["1969-12-31T23:59:59.9999Z", -1],
    ["2000-02-29T12:00:00-05:30", 951_845_400_000],
    ["0000-01-01T00:00:00Z", -62_167_219_200_000],
    ["1900-02-29T00:00:00Z", undefined],
    ["2026-13-01T00:00:00Z", undefined],
    ["2026-00-01T00:00:00Z", undefined],
    ["2026-01-01T24:00:00Z", undefined],
    ["2026-01-01T00:00:60Z", undefined],
    ["2026-01-01T00:00:00", undefined],
    ["2026-01-01 00:00:00Z", undefined],
    ["2026-01-01T00:00:00.Z", undefined],
    ["2026-01-01T00:00:00+24:00", undefined],
    ["2026-01-01T00:00:00+0100", undefined],
    ["2026-01-01T00:00:00Z\n", undefined],
  ])("reads %j as %j", (text, ms) => {
    expect(parseInstant(text)).toBe(ms);
  });
});
