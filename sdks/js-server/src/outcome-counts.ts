/** Counts of one flag's variant, outcome and customer since they were last sent. */
export interface OutcomeCount {
  readonly flag: string;
  readonly variant: string;
  readonly outcome: string;
  /** The customer's hash, as snapshots hold it: names do not travel. */
  readonly customer: string;
  readonly ok: number;
  readonly failed: number;
}

/** What one batch holds; `dropped` had no room. */
interface TakenOutcomes {
  readonly outcomes: readonly OutcomeCount[];
  readonly dropped: number;
}

/** Different counts held at once, about 300 bytes each: a host that makes names up from data fills no memory. */
const COUNTS_MAX = 2_000;
/** Counts of one batch, so that its body stays below the server's 256 KiB. */
const COUNTS_PER_BATCH_MAX = 500;
const NAME_CHARS_MAX = 200;
/** Names of outcomes, as guards name them. */
const OUTCOME_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** How often what a flag is about went well or failed, by customer: counts alone, in fixed memory. */
export class OutcomeCounts {
  #counts = new Map<string, { flag: string; variant: string; outcome: string; customer: string; ok: number; failed: number }>();
  #dropped = 0;

  /** Counts one; what has no room is counted as dropped. False where the name is none. */
  note({ flag, variant, outcome, customer }: Omit<OutcomeCount, "ok" | "failed">, hasFailed: boolean): boolean {
    if (!OUTCOME_NAME.test(outcome) || flag.length > NAME_CHARS_MAX || variant.length > NAME_CHARS_MAX) return false;
    const name = `${customer}${outcome}\n${variant}\n${flag}`;
    let count = this.#counts.get(name);
    if (count === undefined) {
      if (this.#counts.size >= COUNTS_MAX) {
        this.#dropped += 1;
        return true;
      }
      this.#counts.set(name, (count = { flag, variant, outcome, customer, ok: 0, failed: 0 }));
    }
    if (hasFailed) count.failed += 1;
    else count.ok += 1;
    return true;
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0 && this.#dropped === 0;
  }

  /** What was counted, as much as one batch holds; it is forgotten. */
  take(): TakenOutcomes {
    const taken = [...this.#counts].slice(0, COUNTS_PER_BATCH_MAX);
    for (const [name] of taken) this.#counts.delete(name);
    const dropped = this.#dropped;
    this.#dropped = 0;
    return { outcomes: taken.map(([, count]) => count), dropped };
  }
}
