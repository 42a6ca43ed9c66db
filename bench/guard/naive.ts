import type { CustomerOutcomes } from "@sluice/releases";

/** Upper 5 % point of the normal distribution: what an alert written by hand looks at. */
const Z = 1.645;
/** A rate over fewer outcomes is not looked at. */
const OUTCOMES_MIN = 50;

/**
 * The threshold that people write: after each window, are those who have the feature worse than those who do not, by the two-proportion z-test
 * at 5 %, over all that was seen so far? It forgets that it has looked before, and that customers differ.
 */
export class NaiveThreshold {
  #on = { failed: 0, of: 0 };
  #off = { failed: 0, of: 0 };

  take(outcomes: readonly CustomerOutcomes[]): boolean {
    for (const { on, off } of outcomes) {
      this.#on = { failed: this.#on.failed + on.failed, of: this.#on.of + on.of };
      this.#off = { failed: this.#off.failed + off.failed, of: this.#off.of + off.of };
    }
    const [a, b] = [this.#on, this.#off];
    if (a.of < OUTCOMES_MIN || b.of < OUTCOMES_MIN) return false;
    const pooled = (a.failed + b.failed) / (a.of + b.of);
    return a.failed / a.of - b.failed / b.of > Z * Math.sqrt(pooled * (1 - pooled) * (1 / a.of + 1 / b.of));
  }
}
