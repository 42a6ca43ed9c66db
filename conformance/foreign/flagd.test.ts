import type { FlagForm, Snapshot } from "@sluice/evaluation";
import { exportFlagd } from "@sluice/importers";
import { describe, expect, test } from "vitest";
import { compareFlagd, snapshotOf, variantByFlagd } from "./flagd.ts";

describe("flags exported for flagd-core 4.0.1", () => {
  test("answer as they do here, over random worlds and ASCII contexts", () => {
    const { wrong, questions, flags, refusedFlags } = compareFlagd(400, 20_261_128);
    console.log(`flagd: ${questions} questions, ${wrong.length} answered otherwise; ${refusedFlags} of ${flags} flags refused by name.`);
    expect(wrong).toEqual([]);
    expect(refusedFlags).toBeLessThan(flags / 2);
    expect(questions).toBeGreaterThan(10_000);
  });

  test("share and split 2,000 users as here", () => {
    const of = [["red", 33_333] as const, ["green", 66_667] as const];
    const flag: FlagForm = { type: "string", variants: { red: "r", green: "g", off: "" }, rules: [{ serve: { share: 60_000, of } }] };
    // Expected parts of 2,000: 40 % off, 20 % red, 40 % green, each within five standard deviations.
    const counts = new Map<string | undefined, number>();
    const snapshot = snapshotOf(flag);
    for (let at = 0; at < 2_000; at += 1) {
      const variant = variantByFlagd(snapshot, { targetingKey: `user-${at}` });
      counts.set(variant, (counts.get(variant) ?? 0) + 1);
    }
    for (const [variant, expected] of [
      ["off", 800],
      ["red", 400],
      ["green", 800],
    ] as const)
      expect(Math.abs((counts.get(variant) ?? 0) - expected)).toBeLessThan(110);
  });

  test("are ENABLED with their off variant while they are killed: DISABLED would be the code's default", () => {
    const { text } = exportFlagd(snapshotOf({ default: "on", rules: [{ if: ["equals", "plan", "pro"], serve: "on" }] }, { kills: { k: { flags: ["f"] } } }));
    expect(JSON.parse(text)).toEqual({ flags: { f: { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: "off" } } });
  });

  test.each<[string, FlagForm, Partial<Snapshot>, string]>([
    ["a version range", { rules: [{ if: ["semver", "v", ">1.0.0"], serve: "on" }] }, {}, 'the operator "semver"'],
    ["an address block", { rules: [{ if: ["not", ["cidr", "ip", "10.0.0.0/8"]], serve: "on" }] }, {}, 'the operator "cidr"'],
    ["a nested attribute", { rules: [{ if: ["equals", "user.plan", "pro"], serve: "on" }] }, {}, 'the attribute "user.plan"'],
    ["pins", { pins: [["user", "0123456789abcdef", "on"]] }, {}, "pins, whose users are known by hash only"],
    [
      "a wave of a release",
      { exposure: { serve: "on", keys: ["0123456789abcdef"] } },
      {},
      "a release that not everybody has, whose customers are known by hash only",
    ],
    ["a foreign algorithm", { rules: [{ serve: { share: 50_000, of: "on", algorithm: "unleash-v1" } }] }, {}, "the bucketing algorithm unleash-v1"],
    ["a prerequisite that is missing", { prerequisites: [{ flag: "gone", serves: ["on"] }] }, {}, 'the prerequisite "gone", which is missing'],
    ["a circle", { prerequisites: [{ flag: "f", serves: ["on"] }] }, {}, "prerequisites more than 8 deep"],
    [
      "members of a list",
      { rules: [{ if: ["segment", "s"], serve: "on" }] },
      { segments: { s: { hashes: ["0123456789abcdef"] } } },
      'the segment "s", whose members are known by hash only',
    ],
    [
      "a kill for a customer",
      {},
      { kills: { k: { flags: ["f"], scope: { customers: ["0123456789abcdef"] } } } },
      "a kill for some customers, who are known by hash only",
    ],
  ])("are refused by name for %s, and the others are exported", (_, flag, more, why) => {
    const { text, flags, refused } = exportFlagd(snapshotOf(flag, { ...more, flags: { plain: { default: "on" } } }));
    expect(refused).toEqual([{ flag: "f", why }]);
    expect([flags, Object.keys((JSON.parse(text) as { flags: object }).flags)]).toEqual([1, ["plain"]]);
  });
});
