import { type Decisions, emptyDecisions, foldEvents } from "@sluice/releases";
import type { Store } from "@sluice/store";

const READ_AT_ONCE = 5_000;
/** Folds that are kept: a slider goes back and forth over one time span. They share most of their parts. */
const KEPT_MAX = 8;

/**
 * The decisions as they were at an earlier time, folded from the log: up to the last event that is not later. Costs a read of the log up to there,
 * from the nearest earlier place that was asked for lately.
 */
export class PastDecisions {
  readonly #store: Pick<Store, "lastSeqAt" | "read">;
  #kept: readonly Decisions[] = [];

  constructor(store: Pick<Store, "lastSeqAt" | "read">) {
    this.#store = store;
  }

  /** Throws `StoreUnavailable`. */
  async at(atMs: number): Promise<Decisions> {
    const until = await this.#store.lastSeqAt(atMs);
    let decisions = this.#kept.filter(({ seq }) => seq <= until).toSorted((a, b) => b.seq - a.seq)[0] ?? emptyDecisions;
    while (decisions.seq < until) {
      const events = await this.#store.read(decisions.seq, Math.min(READ_AT_ONCE, until - decisions.seq));
      if (events.length === 0) break;
      decisions = foldEvents(events, decisions);
    }
    this.#kept = [decisions, ...this.#kept.filter(({ seq }) => seq !== decisions.seq)].slice(0, KEPT_MAX);
    return decisions;
  }
}
