/** Outcomes of one customer without the feature: `failed` of `of`. Not whole numbers where older ones count less. */
export interface Baseline {
  readonly failed: number;
  readonly of: number;
}

/** How often outcomes fail over all customers: a Gamma distribution of shares with this shape and rate; the mean is shape ÷ rate. */
export interface Population {
  readonly shape: number;
  readonly rate: number;
}

/** Customers are never thought more alike, or more different, than this, and their mean is never thought known better than all failures tell it. */
const SHAPE_MIN = 0.3;
const SHAPE_MAX = 50;

/**
 * Population that customers come from, by the method of moments of the Gamma–Poisson model with unequal numbers of outcomes (Böhning 2000,
 * "Computer-Assisted Analysis of Mixtures", empirical Bayes of rates): the mean is all failures over all outcomes, the variance what the
 * squared deviations are beyond Poisson's own. Half a failure is added (Jeffreys), so that "none so far" is not "never".
 */
export function populationOf(baselines: Iterable<Baseline>): Population {
  let [failed, of, squares, beyond] = [0.5, 1, 0, 0];
  const all = [...baselines].filter((one) => one.of > 0);
  for (const one of all) [failed, of] = [failed + one.failed, of + one.of];
  const mean = failed / of;
  for (const one of all) {
    beyond += (one.failed - one.of * mean) ** 2 - one.of * mean;
    squares += one.of ** 2;
  }
  const variance = squares === 0 ? 0 : beyond / squares;
  const alike = variance <= 0 ? SHAPE_MAX : Math.max(SHAPE_MIN, mean ** 2 / variance);
  const shape = Math.min(SHAPE_MAX, alike, failed);
  return { shape, rate: shape / mean };
}

/** A customer's share as its own outcomes and the population say it: Gamma with this shape and rate (conjugate to Poisson). */
export const customerShare = ({ shape, rate }: Population, { failed, of }: Baseline): Population => ({ shape: shape + failed, rate: rate + of });
