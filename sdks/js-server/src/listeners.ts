import type { Warnings } from "./warnings.ts";

/** Listeners of one client: far more than anybody needs, few enough that a leak in the host is noticed. */
const LISTENERS_MAX = 1_000;

/** Functions of the host that are told something. What they throw, or reject what they promised with, stays theirs: it is logged once. */
export class Listeners<T> {
  readonly #warnings: Warnings;
  readonly #name: string;
  readonly #listeners = new Set<(value: T) => unknown>();

  constructor(warnings: Warnings, name: string) {
    this.#warnings = warnings;
    this.#name = name;
  }

  /** Adds one; the function that comes back takes it away again. */
  add(listener: (value: T) => void): () => void {
    // A wrapper, so that the same function added twice is called twice and taken away one by one.
    const own = (value: T): unknown => listener(value);
    if (this.#listeners.size < LISTENERS_MAX) this.#listeners.add(own);
    else this.#warnings.fault(this.#name, new Error(`there are more than ${LISTENERS_MAX} of them`));
    return () => {
      this.#listeners.delete(own);
    };
  }

  /** Calls all, in the order they were added. */
  call(value: T): void {
    for (const listener of this.#listeners) {
      try {
        const promised = listener(value);
        // Unheard, it would end the host's process.
        if (promised instanceof Promise) promised.catch((error: unknown) => this.#warnings.fault(this.#name, error));
      } catch (error) {
        this.#warnings.fault(this.#name, error);
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}
