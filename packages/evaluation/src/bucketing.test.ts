import { describe, expect, it } from "vitest";
import { algorithmOf, algorithms, customerHash, slot, slotsOf, unitText } from "./bucketing.ts";
import { hashAfter, murmur3first64, murmur3of32, prefixOf } from "./murmur3.ts";
import * as fc from "fast-check";

describe("murmur3", () => {
  // Expected values were computed with the Python package mmh3 5 (its C code is Appleby's own).
  it.each([
    ["", 0, "00000000000000000000000000000000"],
    ["a", 1009084850, "a794933c5556b01b5556b01b5556b01b"],
    ["ab", 2613040991, "158451df25be301025be301025be3010"],
    ["abc", 3017643002, "75cdc6d1a2b006a5a2b006a5a2b006a5"],
    ["abcd", 1139631978, "96b6ccaa45afc62e45afc62e45afc62e"],
    ["hello", 613153351, "2b2444a0db91def79adb31b69adb31b6"],
    ["hello, world", 345750399, "8b21605cb9b98a1e93273a83eb5957c7"],
    ["The quick brown fox jumps over the lazy dog", 776992547, "2f1583c3ecee2c675d7bf66ce5e91d2c"],
    ["\u00e9", 269551495, "b2013c81e6cec69ce6cec69ce6cec69c"],
    ["\u65e5\u672c", 3302619458, "c2d3315b51fce20eb225bb74b225bb74"],
    ["\ud83d\ude00", 3199479546, "f0e2fa84701463f2701463f2701463f2"],
    ["salt:\u00e9\u65e5\u672c\ud83d\ude00", 4241174965, "78fa5c716fb74c93ab263d8ec4a81bba"],
    ["\u0000", 1364076727, "88c4adec54d201b954d201b954d201b9"],
    ["x\u0000y", 3646850690, "256ac49df7dea650f7dea650f7dea650"],
    ["0123456789abcdef", 919068895, "fb7d440936aed30a48ad1d9b572b3bfd"],
    ["0123456789abcdefg", 3803014761, "7f1f9836516b3876ac29c030f9d6f374"],
    ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 3605985107, "eb6d150ed5dec82565a84b08d1e80db7"],
  ] as const)("hashes %j as the reference implementation does", (text, of32, of128) => {
    expect(murmur3of32(text)).toBe(of32);
    expect(murmur3first64(text)).toBe(of128.slice(0, 16));
  });

  it("counts a lone surrogate as U+FFFD", () => {
    for (const lone of ["\ud800", "\udfff"]) expect(murmur3of32(`a${lone}b`)).toBe(murmur3of32("a\ufffdb"));
  });

  it("hashes a prefix and a text as the whole, wherever the cut is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
        expect(hashAfter(prefixOf(`${a}:`, 0), b)).toBe(murmur3of32(`${a}:${b}`));
      }),
    );
  });
});

describe("slots", () => {
  it("cuts the hash range into 100,000 equal parts", () => {
    // mmh3.hash("hello", 0, signed=False) * 100000 >> 32, with the text split at a colon: "salt:é日本😀".
    expect(slot("salt", "é日本😀")).toBe(98_747);
    expect(slotsOf("salt")("é日本😀")).toBe(98_747);
  });

  // These are in Unleash's own client tests: normalizedStrategyValue and normalizedVariantValue of 123 in gr1 and 999 in groupX.
  it.each([
    ["gr1", "123", 72_000],
    ["groupX", "999", 24_000],
  ])("places %s:%s in the share as Unleash's clients do", (salt, unit, place) => {
    expect(algorithms.get("unleash-v1")?.share(salt)(unit)).toBe(place);
  });

  it("places variants of Unleash with a seed of their own, in steps of a thousandth", () => {
    const { share, variant, weightSteps } = algorithms.get("unleash-v1") ?? {};
    // normalizedVariantValue("123", "gr1", 100) is 96 there, so the same hash modulo 1,000 ends in 95.
    expect((variant?.("gr1")("123") ?? 0) % 10_000).toBe(9_500);
    expect((variant?.("groupX")("999") ?? 0) % 10_000).toBe(5_900);
    expect(weightSteps).toBe(1_000);
    expect(variant?.("gr1")("123")).not.toBe(share?.("gr1")("123"));
  });

  // normalizedVariantValue of 123 in gr1 and 999 in groupX, of 100, in Unleash's own client tests: 96 and 60.
  it("counts variants of Unleash up to the sum of their weights", () => {
    expect(algorithmOf("unleash-v1/100")?.variant("gr1")("123")).toBe(95_000);
    expect(algorithmOf("unleash-v1/100")?.variant("groupX")("999")).toBe(59_000);
    expect(algorithmOf("unleash-v1/1000")?.variant("gr1")("123")).toBe(algorithmOf("unleash-v1")?.variant("gr1")("123"));
  });

  it.each(["unleash-v1/0", "unleash-v1/007", "unleash-v1/100001", "unleash-v1/1.5", "unleash-v1/", "unleash-v2/2", "sluice-v1/2", "constructor"])(
    "knows no algorithm %s",
    (id) => expect(algorithmOf(id)).toBeUndefined(),
  );

  it("hashes customer keys with the salt in front", () => {
    // First half of mmh3.hash128("salt:é日本😀", x64arch=False).
    expect(customerHash("salt", "é日本😀")).toBe("78fa5c716fb74c93");
  });

  it.each([
    ["u1", "u1"],
    ["", ""],
    [7, "7"],
    [-0, "0"],
    [-12, "-12"],
    [2 ** 53, "9007199254740992"],
    [2 ** 53 + 2, undefined],
    [1.5, undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [true, undefined],
    [null, undefined],
    [["u1"], undefined],
  ])("reads the unit %j as %j", (value, text) => {
    expect(unitText(value)).toBe(text);
  });
});
