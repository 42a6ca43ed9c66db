/** A pending event of the simulated world. */
interface Event {
  readonly at: number;
  /** Breaks ties at random, so that no order of simultaneous events is relied on. */
  readonly key: number;
  readonly id: number;
  run: (() => void) | undefined;
}

const before = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && (a.key < b.key || (a.key === b.key && a.id < b.id)));

/** Mulberry32: 32 bits of state are enough for a world of minutes, and one seed is one number to write down. */
export function seededUnit(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Virtual time: a heap of events ordered by time and chance. After each event everything that is ready to run runs
 * (promises settle), so ordinary async code is simulated without being told.
 */
export class Scheduler {
  /** Milliseconds since the world began. */
  now = 0;
  events = 0;
  readonly unit: () => number;
  readonly #heap: Event[] = [];
  #ids = 0;

  constructor(seed: number) {
    this.unit = seededUnit(seed);
  }

  /** A whole number in [low, high]. */
  between(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.between(0, items.length - 1)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }

  after(delayMs: number, run: () => void): { cancel(): void } {
    const event: Event = { at: this.now + Math.max(0, delayMs), key: this.unit(), id: this.#ids++, run };
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || before(above, event)) break;
      heap[index] = above;
      heap[parent] = event;
      index = parent;
    }
    return {
      cancel: () => {
        event.run = undefined;
      },
    };
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, resolve);
    });
  }

  async runUntil(end: number): Promise<void> {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.at > end) break;
      this.#takeFirst();
      if (first.run === undefined) continue;
      this.now = first.at;
      this.events++;
      first.run();
      // One turn of the real event loop empties the whole queue of settled promises, however deep they chain.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    this.now = end;
  }

  #takeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      let least = index;
      let leastEvent = last;
      const leftEvent = heap[left];
      if (leftEvent !== undefined && before(leftEvent, leastEvent)) {
        least = left;
        leastEvent = leftEvent;
      }
      const rightEvent = heap[right];
      if (rightEvent !== undefined && before(rightEvent, leastEvent)) {
        least = right;
        leastEvent = rightEvent;
      }
      heap[index] = leastEvent;
      if (least === index) return;
      index = least;
    }
  }
}
