/** One instant of a plan, and the customers who get it then. */
export interface PlanStep {
  readonly atMs: number;
  readonly customers: readonly string[];
}

/** What another plan does to the start of each customer, counted. */
export interface PlanMoves {
  readonly earlier: number;
  readonly later: number;
  /** Have no start now, and would have one. */
  readonly gain: number;
  /** Have a start now, and would have none. */
  readonly lose: number;
  readonly same: number;
}

const startsOf = (steps: readonly PlanStep[]): ReadonlyMap<string, number> =>
  new Map(steps.toSorted((a, b) => b.atMs - a.atMs).flatMap(({ atMs, customers }) => customers.map((customer) => [customer, atMs] as const)));

/** Each customer's first start by one plan, held against that by the other. */
export function planMoves(now: readonly PlanStep[], then: readonly PlanStep[]): PlanMoves {
  const [has, would] = [startsOf(now), startsOf(then)];
  const moves = { earlier: 0, later: 0, gain: 0, lose: 0, same: 0 };
  for (const customer of new Set([...has.keys(), ...would.keys()])) {
    const [from, to] = [has.get(customer), would.get(customer)];
    if (from === undefined) moves.gain += 1;
    else if (to === undefined) moves.lose += 1;
    else moves[to < from ? "earlier" : to > from ? "later" : "same"] += 1;
  }
  return moves;
}
