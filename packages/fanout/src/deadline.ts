import type { Timers } from "@sluice/ports";

/** A moment after which something is no longer waited for. */
export interface Deadline {
  readonly passed: Promise<"passed">;
  cancel(): void;
}

/** Deadlines of one queue of work: those of patient work can be brought forward when somebody who is in a hurry comes. */
export class Deadlines {
  readonly #timers: Timers;
  readonly #patient = new Set<() => void>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** `delayMs` from now. */
  after(delayMs: number): Deadline {
    const { passed, pass } = pending();
    const timer = this.#timers.after(delayMs, pass);
    return { passed, cancel: () => timer.cancel() };
  }

  /** `delayMs` from now, or when `hurry` is called. */
  patient(delayMs: number): Deadline {
    const { passed, pass } = pending();
    const timer = this.#timers.after(delayMs, pass);
    this.#patient.add(pass);
    return {
      passed,
      cancel: () => {
        timer.cancel();
        this.#patient.delete(pass);
      },
    };
  }

  /** Lets every patient deadline pass now. */
  hurry(): void {
    for (const pass of this.#patient) pass();
  }
}

function pending(): { readonly passed: Promise<"passed">; readonly pass: () => void } {
  let pass = (): void => {};
  const passed = new Promise<"passed">((resolve) => {
    pass = () => resolve("passed");
  });
  return { passed, pass };
}
