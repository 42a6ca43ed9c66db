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

  test("names a person of a role that only a newer version knows: that one is left out, and everybody else may sign in", () => {
    const one = { hash: "aa", id: "ada", name: "Ada", role: "engineer", expiresAtMs: 5 };
    const newer = { ...one, hash: "bb", id: "sue", role: "steward" };
    const admits = { kind: "admits", hops: 0, operators: ["cc"], people: [one, newer], secrets: { production: ["s"] }, origins: [], relayKeys: [] };
    expect(parseFeedMessage(JSON.stringify(admits))).toEqual({ ...admits, people: [one] });
    for (const role of [undefined, 1, null]) expect(parseFeedMessage(JSON.stringify({ ...admits, people: [{ ...one, role }] }))).toBe("broken");
  });

  test("names a guard that only a newer version knows: it guards nothing, and its flag stands in the list", () => {
    const guard = { name: "errors", environment: "production", bad: 3, of: 5, reaction: "pause", perDay: 1 };
    const known = { ...guard, watches: { kind: "query", query: "up", above: 1 } };
    const newer = [
      { ...known, reaction: "page" },
      { ...guard, watches: { kind: "trace", span: "x" } },
    ];
    const catalogue = (guards: readonly object[]): object => {
      const flag = { key: "pins", kind: "release", type: "boolean", variants: ["off", "on"], dependants: [], environments: {}, guards };
      return { kind: "catalogue", flags: [flag, { ...flag, guards: undefined }], environments: [] };
    };
    expect(parseFeedMessage(JSON.stringify(catalogue([newer[0] ?? {}, known, newer[1] ?? {}])))).toEqual(catalogue([known]));
    // What this version knows must be whole.
    expect(parseFeedMessage(JSON.stringify(catalogue([{ ...guard, watches: { kind: "query", query: "up" } }])))).toBe("broken");
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
