/** Shares and weights are written in percent with three decimals: this many parts make the whole. */
const PARTS = 100_000;
const PARTS_PER_PERCENT = 1_000;

/** Weights in percent, in the order given, adding up to exactly 100. */
export interface Percentages {
  readonly percents: ReadonlyMap<string, number>;
  /** False where three decimals could not hold them. */
  readonly isExact: boolean;
}

/**
 * Relative weights as percentages; equal names are added up, weights of 0 are left out.
 * What rounding leaves over goes to the largest remainders, the earlier first. Undefined where a weight is negative or not finite, or all are 0.
 */
export function percentagesOf(weights: readonly (readonly [name: string, weight: number])[]): Percentages | undefined {
  const sums = new Map<string, number>();
  for (const [name, weight] of weights) {
    if (!Number.isFinite(weight) || weight < 0) return undefined;
    if (weight > 0) sums.set(name, (sums.get(name) ?? 0) + weight);
  }
  const total = [...sums.values()].reduce((sum, weight) => sum + weight, 0);
  if (total === 0 || !Number.isFinite(total * PARTS)) return undefined;
  const exact = [...sums].map(([name, weight], index) => ({ name, index, parts: (weight * PARTS) / total }));
  const whole = exact.map(({ parts }) => Math.floor(parts));
  let left = PARTS - whole.reduce((sum, parts) => sum + parts, 0);
  const byRemainder = exact.toSorted((a, b) => (b.parts % 1) - (a.parts % 1) || a.index - b.index);
  for (const { index } of byRemainder) {
    if (left === 0) break;
    whole[index] = (whole[index] ?? 0) + 1;
    left -= 1;
  }
  return {
    percents: new Map(exact.map(({ name, index }) => [name, (whole[index] ?? 0) / PARTS_PER_PERCENT])),
    isExact: exact.every(({ parts }) => Number.isInteger(parts)),
  };
}
