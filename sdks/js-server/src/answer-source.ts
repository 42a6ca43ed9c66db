import { type Answer, type Compiled, flagKeysOf, hold } from "@sluice/evaluation";
import type { Clock } from "@sluice/ports";
import type { AskedKeys } from "./asked-keys.ts";
import type { Warnings } from "./warnings.ts";

/** A request is answered from one version for so long. Whoever forgets to let go of one must not outlive a kill. */
const REQUEST_MS_MAX = 30_000;

/** What answers are made from, read anew for each question. */
export interface AnswerSource {
  readonly compiled: Compiled | undefined;
}

/** Hears of the first question about each key. */
export class FirstQuestions {
  /** Those that were asked for; looked into on the hot path. */
  readonly keys: AskedKeys;
  readonly #warnings: Warnings;
  /** Hears that a key was asked for that was not before. */
  noted: () => void = () => {};

  constructor(keys: AskedKeys, warnings: Warnings) {
    this.keys = keys;
    this.#warnings = warnings;
  }

  note(key: string, answer: Answer, compiled: Compiled): void {
    const isKnown = answer.cause !== "unknownFlag";
    if (!isKnown) this.#warnings.unknownKey(key, compiled.environment, () => flagKeysOf(compiled));
    this.keys.note(key, isKnown);
    this.noted();
  }
}

/** The flags of the moment it was made, for one request; the newest again once the request has taken too long. */
export class FlagsOfOneRequest implements AnswerSource {
  readonly #newest: AnswerSource;
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #untilMs: number;
  #held: Compiled | undefined;
  #isOver = false;

  constructor(newest: AnswerSource, clock: Pick<Clock, "monotonicMs">) {
    this.#newest = newest;
    this.#clock = clock;
    this.#untilMs = clock.monotonicMs() + REQUEST_MS_MAX;
    this.#held = newest.compiled === undefined ? undefined : hold(newest.compiled);
  }

  get compiled(): Compiled | undefined {
    if (!this.#isOver && this.#clock.monotonicMs() >= this.#untilMs) {
      this.#isOver = true;
      this.#held = undefined;
    }
    return this.#isOver ? this.#newest.compiled : this.#held;
  }
}
