import { describe, expect, test } from "vitest";
import { parseFeedMessage } from "./feed.ts";

const snapshot = {
  format: 1,
  environment: "production",
  epoch: "e1",
  seq: 3,
  salt: "s",
  kills: { k1: { flags: ["pins"] } },
  flags: { pins: { rules: [{ serve: "on" }], later: "field" } },
  alsoLater: [1],
};
const whole: readonly unknown[] = [
  { kind: "snapshot", environment: "production", snapshot, folded: 3 },
  { kind: "patch", environment: "production", patch: { epoch: "e1", base: 3, to: 4, drop: { kills: ["k1"] } }, folded: 4 },
  { kind: "unchanged", environment: "production", folded: 5 },
  {
    kind: "catalogue",
    flags: [{ key: "pins", kind: "release", type: "boolean", variants: ["off", "on"], dependants: [], environments: { production: { state: "on" } } }],
    environments: [{ key: "production", name: "Production", protected: true }],
  },
  { kind: "sdkKeys", keys: [{ hash: "00", environment: "production", name: "x" }] },
  { kind: "sessionsEnded", hashes: ["00"] },
  { kind: "health", source: { commit: "c", problems: [{ message: "m", file: "f", line: 1, column: 2 }] } },
  { kind: "ping", atMs: 5 },
];

describe("a line of the feed", () => {
  test("is given on as it came, with fields that only a newer version knows", () => {
    for (const message of whole) expect(parseFeedMessage(JSON.stringify(message))).toEqual(message);
  });

  test("of a kind that only a newer version knows is passed over", () => {
    expect(parseFeedMessage('{"kind":"exposure","keys":[]}')).toBe("unknown");
  });

  test("is broken wherever it was cut off", () => {
    for (const message of whole) {
      const line = JSON.stringify(message);
      for (let length = 0; length < line.length; length++) expect(parseFeedMessage(line.slice(0, length))).toBe("broken");
    }
  });

  test("is broken when a field that counts is missing or of another type", () => {
    for (const message of whole.slice(0, -1)) {
      for (const field of Object.keys(message as object)) {
        for (const value of [undefined, null, -1.5, true]) {
          const spoilt = { ...(message as object), [field]: value };
          expect(parseFeedMessage(JSON.stringify(spoilt)), JSON.stringify(spoilt)).toBe("broken");
        }
      }
    }
    // Half a list of kills would switch things on.
    expect(parseFeedMessage(JSON.stringify({ kind: "snapshot", environment: "production", folded: 3, snapshot: { ...snapshot, kills: { k1: {} } } }))).toBe(
      "broken",
    );
    for (const line of ["null", "[]", "1", '"ping"', "{}", '{"kind":1}']) expect(parseFeedMessage(line)).toBe("broken");
  });
});
