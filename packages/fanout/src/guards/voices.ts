/** Customers that a single process can have switched off at a time, where others report the same outcome and say nothing bad of them. */
export const ONE_VOICE_CUSTOMERS_MAX = 50;
/** Windows for which it is remembered who spoke: the most that a guard may look at, and those in which evidence gathers. */
const WINDOWS = 60;

/** Failures with the feature that one process reported of one customer. */
export interface Complaint {
  readonly customer: string;
  readonly instance: string;
}

interface Heard {
  /** The process that spoke of this customer; undefined: several did. */
  readonly instance: string | undefined;
  readonly window: number;
}

/**
 * Who reports one outcome, and whose word alone it is that a customer is harmed. A process that lies, or that is broken itself, must not speak for
 * everybody: what it alone says of many customers counts for a few of them.
 */
export class Voices {
  readonly #complaints = new Map<string, Heard>();
  /** Newest last. */
  readonly #reporting = new Map<string, number>();
  #window = 0;

  /** Ends a window: who reported the outcome in it, and what was bad. */
  close(reporting: ReadonlySet<string>, complaints: readonly Complaint[]): void {
    this.#window += 1;
    for (const instance of reporting) this.#reporting.set(instance, this.#window);
    for (const { customer, instance } of complaints) {
      const known = this.#complaints.get(customer);
      const isSame = known === undefined || known.instance === instance;
      this.#complaints.set(customer, { instance: isSame ? instance : undefined, window: this.#window });
    }
    const isOld = (window: number): boolean => this.#window - window >= WINDOWS;
    for (const [instance, window] of this.#reporting) if (isOld(window)) this.#reporting.delete(instance);
    for (const [customer, { window }] of this.#complaints) if (isOld(window)) this.#complaints.delete(customer);
  }

  /** Of these customers those for whom something may be done: of those of whom one process alone complains, a few for each such process. */
  bounded(customers: readonly string[]): readonly string[] {
    if (this.#reporting.size < 2) return customers;
    const counts = new Map<string, number>();
    return customers.filter((customer) => {
      const instance = this.#complaints.get(customer)?.instance;
      if (instance === undefined) return true;
      const count = (counts.get(instance) ?? 0) + 1;
      counts.set(instance, count);
      return count <= ONE_VOICE_CUSTOMERS_MAX;
    });
  }
}
