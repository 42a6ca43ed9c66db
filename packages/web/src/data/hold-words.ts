import type { HoldView } from "./release-data.ts";

/** " by Jonas Weber: Payroll week"; nothing where that was erased. */
export function holdWords({ who, reason }: Pick<HoldView, "who" | "reason">): string {
  const by = who === undefined ? "" : ` by ${who}`;
  return reason === undefined ? by : `${by}: ${reason}`;
}

/** Finds one of these holds by its id. */
export function holdFinder(holds: readonly HoldView[]): (id: string) => HoldView | undefined {
  const known = new Map(holds.map((hold) => [hold.id, hold]));
  return (id) => known.get(id);
}
