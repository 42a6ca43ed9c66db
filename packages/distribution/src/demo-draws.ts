import { slot, SLOTS } from "@sluice/evaluation";

/** A number from 0 up to 1 for a name: the same in every run, and no draw moves when another is added. */
export type Draw = (name: string) => number;

export const drawsOf =
  (seed: string): Draw =>
  (name) =>
    slot(seed, name) / SLOTS;

/** A measured distribution: how much lies below a share of all, rising; the first share is 0 and the last is 1. */
type Quantiles = readonly (readonly [share: number, value: number])[];

/**
 * Measured over the public histories of 4,066 real flags: lives of removed flags at Unleash, NHS, Wellcome and sequencescape (medians of 50,
 * 56, 43 and 37 days), ramps and pauses at DuckDuckGo (178 ramps: 7 days and 3 steps in the median, 40 days at the 90th percentile, most 10
 * steps; 278 internal phases: 14 days; 160 pauses: 190 hours, a quarter within a day).
 */
export const measured: Readonly<Record<"lifeDays" | "internalDays" | "rampDays" | "rampSteps" | "pauseHours", Quantiles>> = {
  lifeDays: [
    [0, 4],
    [0.1, 15],
    [0.25, 29],
    [0.5, 50],
    [0.75, 95],
    [0.9, 160],
    [1, 300],
  ],
  internalDays: [
    [0, 1],
    [0.25, 6],
    [0.5, 14],
    [0.75, 27],
    [1, 60],
  ],
  rampDays: [
    [0, 0.2],
    [0.25, 3],
    [0.5, 7],
    [0.75, 17],
    [0.9, 40],
    [1, 60],
  ],
  rampSteps: [
    [0, 1],
    [0.25, 2],
    [0.5, 3],
    [0.75, 5],
    [0.9, 7],
    [1, 10],
  ],
  pauseHours: [
    [0, 0.5],
    [0.25, 24],
    [0.5, 190],
    [0.75, 420],
    [1, 1_000],
  ],
};

/** The value below which this share lies, between two measured ones in proportion. */
export function quantile(of: Quantiles, share: number): number {
  let [[fromShare, from] = [0, 0]] = of;
  for (const [toShare, to] of of) {
    if (share <= toShare) return toShare === fromShare ? to : from + ((share - fromShare) / (toShare - fromShare)) * (to - from);
    [fromShare, from] = [toShare, to];
  }
  return from;
}

/** One of these. */
export function pick<T>(from: readonly [T, ...T[]], share: number): T {
  return from[Math.floor(share * from.length)] ?? from[0];
}
