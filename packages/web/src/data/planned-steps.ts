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

/** Those who come after the steps that a sentence tells one by one. */
export interface LaterSteps {
  readonly customers: number;
  /** Those of them whom a hold moves. */
  readonly held: number;
  readonly lastAtMs: number;
  /** All of them get it at that one instant. */
  readonly atOnce: boolean;
}

/** Of the next `wavesMax` waves: who gets it at the start, and apart from them those whom a hold moves, in the order in which they come. */
export function plannedSteps({ starts }: Pick<ReleaseView, "starts">, wavesMax: number): readonly PlannedStep[] {
  return wavesAhead(starts)
    .slice(0, wavesMax)
    .flatMap((wave) => {
      const own = starts.filter((start) => start.wave === wave);
      const open = own.map(({ atMs, customers, held }) => ({ atMs, customers: customers - held }));
      const moved = own.map(({ atMs, held }) => ({ atMs, customers: held }));
      return [...together(open).map((step) => ({ ...step, wave, isHeld: false })), ...together(moved).map((step) => ({ ...step, wave, isHeld: true }))];
    })
    .toSorted((a, b) => a.atMs - b.atMs);
}

const wavesAhead = (starts: ReleaseView["starts"]): readonly number[] => [...new Set(starts.map(({ wave }) => wave))].toSorted((a, b) => a - b);

/** Whom the waves behind the next `wavesMax` reach, so that a sentence that tells these can account for everybody. */
export function laterSteps({ starts }: Pick<ReleaseView, "starts">, wavesMax: number): LaterSteps | undefined {
  const later = wavesAhead(starts).slice(wavesMax);
  const own = starts.filter(({ wave }) => later.includes(wave));
  if (own.length === 0) return undefined;
  const instants = own.map(({ atMs }) => atMs);
  const lastAtMs = Math.max(...instants);
  const sum = (part: "customers" | "held"): number => own.reduce((sofar, start) => sofar + start[part], 0);
  return { customers: sum("customers"), held: sum("held"), lastAtMs, atOnce: Math.min(...instants) === lastAtMs };
}

/** All of them at once, at the first instant that has anybody; none where nobody is left. */
function together(starts: readonly Pick<PlannedStep, "atMs" | "customers">[]): readonly Pick<PlannedStep, "atMs" | "customers" | "isFirstOf">[] {
  const some = starts.filter(({ customers }) => customers > 0);
  const [first] = some;
  if (first === undefined) return [];
  return [{ atMs: first.atMs, customers: some.reduce((sum, { customers }) => sum + customers, 0), isFirstOf: some.length > 1 }];
}
