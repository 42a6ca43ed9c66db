import { seeded } from "../worlds.ts";

/** What is drawn in one trial: everything follows from the seed. */
export class Draw {
  readonly #unit: () => number;

  constructor(seed: number) {
    // Neighbouring seeds must not begin alike: the golden ratio of 2³² spreads them.
    this.#unit = seeded(Math.imul(seed, 0x9e3779b1));
  }

  chance(probability: number): boolean {
    return this.#unit() < probability;
  }

  /** 0 to `end` - 1. */
  below(end: number): number {
    return Math.floor(this.#unit() * end);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  shuffled<T>(items: readonly T[]): T[] {
    const mixed = [...items];
    for (let at = mixed.length - 1; at > 0; at--) {
      const other = this.below(at + 1);
      [mixed[at], mixed[other]] = [mixed[other] as T, mixed[at] as T];
    }
    return mixed;
  }
}
