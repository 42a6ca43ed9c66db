import type { Timer, World } from "@sluice/ports";

/** A moment after which something is no longer waited for. */
export interface Deadline {
  readonly passed: Promise<"passed">;
  cancel(): void;
}

/** What patient work has, from when it began, while somebody who is in a hurry waits for it: many times what a healthy store takes. */
const HURRIED_MS = 100;

interface Patient {
  readonly beganMs: number;
  readonly pass: () => void;
  hurried?: Timer;
}

/** Deadlines of one queue of work: those of patient work come sooner while somebody who is in a hurry waits. */
export class Deadlines {
  readonly #world: Pick<World, "clock" | "timers">;
  readonly #patient = new Set<Patient>();
  #waiting = 0;

  constructor(world: Pick<World, "clock" | "timers">) {
    this.#world = world;
  }

  /** `delayMs` from now. */
  after(delayMs: number): Deadline {
    const { passed, pass } = pending();
    const timer = this.#world.timers.after(delayMs, pass);
    return { passed, cancel: () => timer.cancel() };
  }

  /** `delayMs` from now, or, while somebody is in a hurry, 100 ms from now. */
  patient(delayMs: number): Deadline {
    const { passed, pass } = pending();
    const timer = this.#world.timers.after(delayMs, pass);
    const patient: Patient = { beganMs: this.#world.clock.monotonicMs(), pass };
    this.#patient.add(patient);
    if (this.#waiting > 0) this.#hurry(patient);
    return {
      passed,
      cancel: () => {
        timer.cancel();
        patient.hurried?.cancel();
        this.#patient.delete(patient);
      },
    };
  }

  /**
   * Somebody is in a hurry until the returned function is called: patient work ends when it has had its 100 ms, that which begins meanwhile
   * too. It is not ended at once, or among many who are in a hurry nothing patient would ever be done.
   */
  hurry(): () => void {
    this.#waiting += 1;
    for (const patient of this.#patient) this.#hurry(patient);
    return () => {
      this.#waiting -= 1;
    };
  }

  #hurry(patient: Patient): void {
    const leftMs = patient.beganMs + HURRIED_MS - this.#world.clock.monotonicMs();
    if (leftMs <= 0) patient.pass();
    else patient.hurried ??= this.#world.timers.after(leftMs, patient.pass);
  }
}

function pending(): { readonly passed: Promise<"passed">; readonly pass: () => void } {
  let pass = (): void => {};
  const passed = new Promise<"passed">((resolve) => {
    pass = () => resolve("passed");
  });
  return { passed, pass };
}
