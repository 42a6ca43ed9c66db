import type { Baseline } from "./population.ts";
import { logBar } from "./evidence.ts";

/** What one customer reported with the feature since some window. `adjusted`: outcomes, those in a general trouble counting more. */
export interface Counts {
  failed: number;
  of: number;
  adjusted: number;
}

/**
 * Since when is counted. `whole`: since the week began. `late`: since the customer's own evidence last spoke against harm. `shared`: since that of
 * all together did.
 */
export type Span = "whole" | "late" | "shared";

export const none = (): Counts => ({ failed: 0, of: 0, adjusted: 0 });

export const spans = (): Record<Span, Counts> => ({ whole: none(), late: none(), shared: none() });

/** Counts one more window; its outcomes count `drift` times where everybody had trouble in it. */
export function addTo(counts: Counts, { failed, of }: Baseline, drift: number): void {
  counts.failed += failed;
  counts.of += of;
  counts.adjusted += of * drift;
}

/**
 * The logarithm that evidence from late on has to reach for an error of at most `alpha` within `windows` windows, `tests` of them looked at together:
 * it may begin at any of the windows, and the mean of all that have begun is at most their number.
 */
export const logLateBar = (alpha: number, tests: number, windows: number): number => logBar(alpha, tests) + Math.log(Math.max(1, windows));
