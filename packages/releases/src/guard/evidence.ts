/**
 * Failures seen while a feature was on, and what they are held against. `expected` is how many failures would be normal, in any unit that
 * `priorExpected` shares: a number of outcomes, or of failures at each customer's own share.
 */
export interface RatioCounts {
  readonly failed: number;
  readonly expected: number;
  /** Failures without the feature, and the outcomes (or expected failures) that they came from. Above 0. */
  readonly priorFailed: number;
  readonly priorExpected: number;
}

/** How many times as bad as the margin is looked for, each as likely: from somewhat worse to a feature that hardly works. */
const TIMES: readonly number[] = [4 / 3, 2, 3, 6, 12, 30, 60];

/** The alternatives that a margin is tested against. */
export const ratiosAbove = (margin: number): readonly number[] => TIMES.map((times) => times * margin);

/**
 * Logarithm of the likelihood of `ratio` against that of `margin`: how much better "failures are `ratio` times as frequent as without the
 * feature" explains the counts than "`margin` times".
 *
 * Failures without the feature are Poisson with an unknown frequency that is Gamma(`priorFailed`, `priorExpected`); those with it are Poisson
 * with r times that. The marginal likelihood is negative binomial (Gelman et al., Bayesian Data Analysis, 3rd ed., §2.6), so the quotient is
 * (ratio/margin)^x · ((b + margin·n) / (b + ratio·n))^(a + x) with x failures of n, and (a, b) the prior. Read as a conditional binomial
 * (Przyborowski and Wilenski 1940) it is the same quotient. As a predictive likelihood ratio it is a martingale where the ratio is `margin` and
 * shrinks where it is smaller, whatever the instant it is looked at.
 */
export function logRatioEvidence(counts: RatioCounts, ratio: number, margin: number): number {
  const { failed, expected, priorFailed, priorExpected } = counts;
  const shrunk = Math.log((priorExpected + margin * expected) / (priorExpected + ratio * expected));
  return failed * Math.log(ratio / margin) + (priorFailed + failed) * shrunk;
}

/** Logarithm of the mean of numbers given by their logarithms, without overflow; −∞ of none. */
export function logMean(logs: readonly number[]): number {
  const most = Math.max(...logs);
  if (!Number.isFinite(most)) return most;
  return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0) / logs.length);
}

/**
 * Logarithm of the e-value of counts: the mean over `ratiosAbove(margin)`, which is again one (a mixture, Robbins 1970). By Ville's inequality
 * (Ville 1939) it reaches 1/α at any time with a probability of at most α where the feature is no worse than `margin` times.
 */
export const logEvidence = (counts: RatioCounts, margin: number): number =>
  logMean(ratiosAbove(margin).map((ratio) => logRatioEvidence(counts, ratio, margin)));

/** The logarithm that an e-value has to reach for an error of at most `alpha`, `tests` of them looked at together (Bonferroni). */
export const logBar = (alpha: number, tests: number): number => Math.log(Math.max(1, tests) / alpha);
