import type { ReleaseView } from "./release-data.ts";

/** Customers who get it together, for a sentence. */
export interface PlannedStep {
  readonly wave: number;
  readonly customers: number;
  readonly atMs: number;
  /** A hold moved them here. */
  readonly isHeld: boolean;
  /** It is only the first instant of several. */
  readonly isFirstOf: boolean;
}

/** Of the next `wavesMax` waves: who gets it at the start, and apart from them those whom a hold moves, in the order in which they come. */
export function plannedSteps({ starts }: Pick<ReleaseView, "starts">, wavesMax: number): readonly PlannedStep[] {
  const told = [...new Set(starts.map(({ wave }) => wave))].toSorted((a, b) => a - b).slice(0, wavesMax);
  return told
    .flatMap((wave) => {
      const own = starts.filter((start) => start.wave === wave);
      const open = own.map(({ atMs, customers, held }) => ({ atMs, customers: customers - held }));
      const moved = own.map(({ atMs, held }) => ({ atMs, customers: held }));
      return [...together(open).map((step) => ({ ...step, wave, isHeld: false })), ...together(moved).map((step) => ({ ...step, wave, isHeld: true }))];
    })
    .toSorted((a, b) => a.atMs - b.atMs);
}

/** All of them at once, at the first instant that has anybody; none where nobody is left. */
function together(starts: readonly Pick<PlannedStep, "atMs" | "customers">[]): readonly Pick<PlannedStep, "atMs" | "customers" | "isFirstOf">[] {
  const some = starts.filter(({ customers }) => customers > 0);
  const [first] = some;
  if (first === undefined) return [];
  return [{ atMs: first.atMs, customers: some.reduce((sum, { customers }) => sum + customers, 0), isFirstOf: some.length > 1 }];
}
