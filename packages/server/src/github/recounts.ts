import type { Timers } from "@sluice/ports";
import type { Facts } from "@sluice/releases";

/** Decisions come in bursts, such as a wave of customers: they are counted together. */
const DELAY_MS = 60_000;
/** Between two counts of everything: GitHub allows 5,000 requests an hour, and a pull request is some ten. */
const REST_MS = 5 * 60_000;
/** Pull requests whose report is remembered: those reviewed last. */
const REPORTED_MAX = 200;
/** Pull requests counted at once: the others have their turn after the next rest. */
const AT_ONCE_MAX = 50;

/** What was said of a pull request, and of what. */
export interface Reported {
  readonly head: string;
  readonly isTrusted: boolean;
  /** What was found, without what is known at GitHub alone. */
  readonly says: string;
}

/** What no plan is made of: how releases are planned and agreed to, accounts, and what only waits. */
const UNCOUNTED: ReadonlySet<Facts["kind"]> = new Set([
  "projectCreated",
  "commitHeld",
  "liftAsked",
  "liftRefused",
  "killKept",
  "ownersTold",
  "listChangeAsked",
  "revertAsked",
  "epochStarted",
  "accountChanged",
  "sdkKeyChanged",
  "releaseApproved",
  "releaseChangeAsked",
  "releaseTakenOver",
  "waveMoved",
  "freezeDeclared",
  "freezeEnded",
  "deploymentRecorded",
]);

/**
 * When what was said of open pull requests is worked out again: a minute after the branch moved or somebody decided what plans count, at most every
 * five minutes, and of at most 50 pull requests at once. So is, once, what an earlier process said of pull requests that are open still.
 */
export class Recounts {
  readonly #timers: Timers;
  readonly #begin: () => void;
  /** `undefined`: an earlier process said it, and what it said is not known here. */
  readonly #reported = new Map<number, Reported | undefined>();
  /** How many are to be counted still. */
  #left = 0;
  #isWaiting = false;

  /** `begin` is told when it is time for `turn`. */
  constructor(timers: Timers, begin: () => void) {
    this.#timers = timers;
    this.#begin = begin;
  }

  /** An event of the decision log. */
  note({ kind }: Pick<Facts, "kind">): void {
    if (UNCOUNTED.has(kind) || this.#reported.size === 0) return;
    this.#left = this.#reported.size;
    this.#later(DELAY_MS);
  }

  #later(delayMs: number): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#timers.after(delayMs, () => {
      this.#isWaiting = false;
      if (this.#left === 0) return;
      this.#begin();
      this.#later(REST_MS);
    });
  }

  /** Remembers what was said; the newest last. */
  reported(pull: number, said: Reported): void {
    this.#remember(pull, said);
    const [oldest] = this.#reported.keys();
    if (oldest !== undefined && this.#reported.size > REPORTED_MAX) this.#reported.delete(oldest);
  }

  /** One that is open and was told of by an earlier process: decisions were made since, or may have been. */
  found(pull: number): void {
    if (this.#reported.has(pull) || this.#reported.size >= REPORTED_MAX) return;
    this.#reported.set(pull, undefined);
    this.#left = this.#reported.size;
    this.#later(DELAY_MS);
  }

  forget(pull: number): void {
    this.#reported.delete(pull);
  }

  #remember(pull: number, said: Reported | undefined): void {
    this.#reported.delete(pull);
    this.#reported.set(pull, said);
  }

  /** Those to count now, the longest not counted first; where some are left, they come after the next rest. */
  turn(): readonly (readonly [pull: number, said: Reported | undefined])[] {
    const now = [...this.#reported].slice(0, Math.min(this.#left, AT_ONCE_MAX));
    this.#left -= now.length;
    // Whoever has had a turn is last in the next.
    for (const [pull, said] of now) this.#remember(pull, said);
    return now;
  }
}
