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

/** Waves that one sentence tells. */
const WAVES_TOLD = 2;

/** The next waves, and those of them whom a hold moves, in the order in which they come; as the plan has them where nothing is planned yet. */
export function plannedSteps({ waves, starts }: Pick<ReleaseView, "waves" | "starts">): readonly PlannedStep[] {
  if (starts.length === 0)
    return waves
      .flatMap(({ phase, customers, startsAtMs, local }, wave) =>
        phase === "pending" && customers > 0 ? [{ wave, customers, atMs: startsAtMs, isHeld: false, isFirstOf: local }] : [],
      )
      .slice(0, WAVES_TOLD);
  const told = [...new Set(starts.map(({ wave }) => wave))].toSorted((a, b) => a - b).slice(0, WAVES_TOLD);
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
