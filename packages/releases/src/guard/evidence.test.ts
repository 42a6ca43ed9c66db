import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Draws } from "../../../../bench/guard/world.ts";
import { logBar, logEvidence, logMean, logRatioEvidence, ratiosAbove, type RatioCounts } from "./evidence.ts";

type Case = RatioCounts & { readonly margin: number; readonly log: number };
const reference: {
  readonly ratios: readonly (Case & { readonly ratio: number })[];
  readonly binomials: readonly (Case & { readonly ratio: number })[];
  readonly mixtures: readonly Case[];
} = JSON.parse(readFileSync(new URL("../../../../conformance/guards/reference.json", import.meta.url), "utf8"));

const chance = (ratio: number, { expected, priorExpected }: RatioCounts): number => (ratio * expected) / (ratio * expected + priorExpected);

/** Binomial probabilities of 0 … n, by their recurrence. */
function binomial(n: number, p: number): readonly number[] {
  const all = [(1 - p) ** n];
  for (let k = 1; k <= n; k++) all.push(((all[k - 1] ?? 0) * (n - k + 1) * p) / (k * (1 - p)));
  return all;
}

describe("evidence", () => {
  test.each(["ratios", "binomials"] as const)("is the quotient of the two likelihoods that SciPy computes (%s)", (name) => {
    expect(reference[name].length).toBeGreaterThanOrEqual(40);
    for (const { log, ratio, margin, ...counts } of reference[name])
      expect(Math.abs(logRatioEvidence(counts, ratio, margin) - log), JSON.stringify(counts)).toBeLessThan(1e-7 * Math.max(1, Math.abs(log)));
  });

  test("of unknown size is the mean of the quotients that SciPy computes", () => {
    for (const { log, margin, ...counts } of reference.mixtures)
      expect(Math.abs(logEvidence(counts, margin) - log), JSON.stringify(counts)).toBeLessThan(1e-7 * Math.max(1, Math.abs(log)));
  });

  test("is one on average where the feature is exactly as bad as the margin, and less where it is better: whatever was seen", () => {
    const numbers = {
      n: fc.integer({ min: 1, max: 60 }),
      expected: fc.double({ min: 0.1, max: 50, noNaN: true }),
      share: fc.double({ min: 0.05, max: 1, noNaN: true }),
    };
    fc.assert(
      fc.property(fc.record(numbers), fc.constantFrom(1.2, 1.5, 3), ({ n, expected, share }, margin) => {
        const counts = { expected, priorExpected: 10 };
        for (const ratio of ratiosAbove(margin)) {
          const mean = (truth: number): number =>
            binomial(n, chance(truth, { ...counts, failed: 0, priorFailed: 0 })).reduce(
              (sum, p, failed) => sum + p * Math.exp(logRatioEvidence({ ...counts, failed, priorFailed: n - failed }, ratio, margin)),
              0,
            );
          expect(mean(margin)).toBeCloseTo(1, 8);
          expect(mean(margin * share)).toBeLessThanOrEqual(1 + 1e-9);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("looked at after every window, reaches 20 in at most one of twenty worlds that are exactly as bad as the margin (Ville)", () => {
    const worlds = 2_000;
    let crossed = 0;
    for (let seed = 1; seed <= worlds; seed++) {
      const draws = new Draws(seed);
      // What failed before is a draw too, from the very prior: Gamma of shape 4, mean 0.02.
      const share = 0.02 * draws.gamma(4);
      let [failed, of] = [0, 0];
      for (let window = 0; window < 100; window++) {
        [failed, of] = [failed + draws.poisson(30 * share * 1.5), of + 30];
        if (logEvidence({ failed, expected: of, priorFailed: 4, priorExpected: 200 }, 1.5) < Math.log(20)) continue;
        crossed += 1;
        break;
      }
    }
    // 5 %, and three standard deviations of so many worlds; and it is no test that never speaks.
    expect(crossed / worlds).toBeLessThanOrEqual(0.05 + 3 * Math.sqrt((0.05 * 0.95) / worlds));
    expect(crossed).toBeGreaterThan(0);
  });

  test("of more failures is never less", () => {
    const counts = fc.record({
      failed: fc.integer({ min: 0, max: 400 }),
      expected: fc.double({ min: 0.01, max: 1e5, noNaN: true }),
      priorFailed: fc.double({ min: 0.3, max: 1e4, noNaN: true }),
      priorExpected: fc.double({ min: 1, max: 1e6, noNaN: true }),
    });
    fc.assert(
      fc.property(counts, fc.constantFrom(1.2, 1.5, 4), (one, margin) => {
        expect(logEvidence({ ...one, failed: one.failed + 1 }, margin)).toBeGreaterThanOrEqual(logEvidence(one, margin) - 1e-9);
        expect(Number.isNaN(logEvidence(one, margin))).toBe(false);
      }),
    );
  });

  test("has to reach as many times more as tests are looked at together", () => {
    expect(Math.exp(logBar(0.05, 1))).toBeCloseTo(20, 9);
    expect(Math.exp(logBar(0.05, 40))).toBeCloseTo(800, 9);
    expect(logBar(0.05, 0)).toBe(logBar(0.05, 1));
    expect(logMean([Math.log(1), Math.log(3)])).toBeCloseTo(Math.log(2), 12);
    expect(logMean([2_000, 2_000])).toBe(2_000);
  });
});
