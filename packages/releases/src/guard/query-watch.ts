/** What a query said of one customer, or of everybody where it names none. */
export interface QuerySample {
  readonly customer?: string;
  readonly value: number;
}

/** When a query's values are harm. */
export interface QueryRule {
  readonly above: number;
  /** Windows, of the last `of`, that must be bad. */
  readonly bad: number;
  readonly of: number;
}

/** What is harm. `customers` is absent where the query speaks of everybody. */
export interface QueryHarm {
  readonly customers?: readonly string[];
  /** The largest value of the last window, of these of them; of all where none are named. */
  readonly most: (customers?: readonly string[]) => number;
}

const EVERYBODY = "";
/** Customers that are kept in mind: those with a bad window alone. */
const CUSTOMERS_MAX = 5_000;

/**
 * A plain threshold with hysteresis: harm is where at least `bad` of the last `of` windows were above it, the last one included. A window without
 * data says nothing, in neither direction: it is none of them.
 */
export class QueryWatch {
  readonly #rule: QueryRule;
  /** Windows, newest last, in which a customer was bad (1) or not (0). */
  readonly #windows = new Map<string, readonly number[]>();

  constructor(rule: QueryRule) {
    this.#rule = rule;
  }

  take(samples: readonly QuerySample[]): QueryHarm | undefined {
    const { above, bad, of } = this.#rule;
    // Of several series of one customer, as by pod, the worst speaks.
    const now = new Map<string, number>();
    for (const { customer = EVERYBODY, value } of samples) now.set(customer, Math.max(now.get(customer) ?? Number.NEGATIVE_INFINITY, value));
    for (const customer of new Set([...this.#windows.keys(), ...now.keys()])) {
      // A customer of whom a query that has data says nothing has nothing bad.
      const isBad = (now.get(customer) ?? Number.NEGATIVE_INFINITY) > above;
      const windows = [...(this.#windows.get(customer) ?? []), isBad ? 1 : 0].slice(-of);
      if (!windows.includes(1)) this.#windows.delete(customer);
      else if (this.#windows.has(customer) || this.#windows.size < CUSTOMERS_MAX) this.#windows.set(customer, windows);
    }
    const harmed = [...this.#windows]
      .filter(([, windows]) => windows.at(-1) === 1 && windows.filter((is) => is === 1).length >= bad)
      .map(([customer]) => customer);
    if (harmed.length === 0) return undefined;
    const most: QueryHarm["most"] = (customers = harmed) => customers.reduce((largest, customer) => Math.max(largest, now.get(customer) ?? above), above);
    return harmed.includes(EVERYBODY) ? { most } : { customers: harmed.sort(), most };
  }

  /** Begins anew: what was found was acted upon. */
  forget(): void {
    this.#windows.clear();
  }
}
