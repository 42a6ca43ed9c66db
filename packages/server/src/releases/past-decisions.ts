import { type Decisions, emptyDecisions, foldEvents, type LoggedEvent } from "@sluice/releases";
import type { Store } from "@sluice/store";

const READ_AT_ONCE = 5_000;
/** Folds that are kept: a slider goes back and forth over one time span. They share most of their parts. */
const KEPT_MAX = 8;

interface Fold {
  /** Of the last event in it. */
  readonly atMs: number;
  readonly decisions: Decisions;
}

/**
 * The decisions as they were at an earlier time, folded from the log: up to the first event that is later. Costs a read of the log up to then,
 * from the nearest earlier time that was asked for lately.
 */
export class PastDecisions {
  readonly #store: Pick<Store, "read">;
  #kept: readonly Fold[] = [];

  constructor(store: Pick<Store, "read">) {
    this.#store = store;
  }

  /** Throws `StoreUnavailable`. */
  async at(atMs: number): Promise<Decisions> {
    const start = this.#kept.filter((fold) => fold.atMs <= atMs).toSorted((a, b) => b.decisions.seq - a.decisions.seq)[0];
    let fold: Fold = start ?? { atMs: 0, decisions: emptyDecisions };
    for (;;) {
      const events = await this.#store.read(fold.decisions.seq, READ_AT_ONCE);
      const later = events.findIndex((event) => event.atMs > atMs);
      const until = later < 0 ? events : events.slice(0, later);
      fold = folded(fold, until);
      if (later >= 0 || events.length < READ_AT_ONCE) break;
    }
    this.#kept = [fold, ...this.#kept.filter((each) => each.decisions.seq !== fold.decisions.seq)].slice(0, KEPT_MAX);
    return fold.decisions;
  }
}

function folded(fold: Fold, events: readonly LoggedEvent[]): Fold {
  const last = events.at(-1);
  return last === undefined ? fold : { atMs: Math.max(fold.atMs, last.atMs), decisions: foldEvents(events, fold.decisions) };
}
