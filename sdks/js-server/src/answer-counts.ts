import { type Answer, type AnswerCounter, type Cause, placeOf, type Reason } from "@sluice/evaluation";

/** How often one answer was given since the client was made. Without a variant it was the code's default, and `cause` says why. */
export interface AnswerCount {
  readonly flag: string;
  readonly variant?: string;
  readonly reason: Reason;
  readonly cause?: Cause;
  readonly count: number;
}

/** The same of one customer, by its hash: what a batch says beside the counts of everybody else. */
interface ToldCount extends AnswerCount {
  readonly customer?: string;
}

/** What one batch holds. */
interface TakenAnswers {
  readonly answers: readonly ToldCount[];
  readonly dropped: number;
}

/** Counts of a client; `dropped` answers were given beyond what is counted apart. */
export interface GivenAnswers {
  readonly answers: readonly AnswerCount[];
  readonly dropped: number;
}

/** Different answers counted apart, about 200 bytes each; what is beyond is counted together. 10,000 flags with two variants fit. */
const COUNTERS_MAX = 20_000;
/** A host that makes keys up from data must not grow this for ever. */
const DEFAULTS_MAX = 1_000;
const KEY_CHARS_MAX = 200;
/** Different counts of customers that wait to be told, about 300 bytes each; an answer beyond them counts for nobody in particular. */
const CUSTOMER_COUNTS_MAX = 2_000;
/** Those of one batch, and characters that one has beside its names. */
const CUSTOMERS_PER_BATCH_MAX = 500;
const CUSTOMER_CHARS = 30;
/** Answers of one batch, and characters of their names, so that its body stays below the server's 256 KiB. */
const PER_BATCH_MAX = 1_000;
const CHARS_PER_BATCH_MAX = 50_000;
interface Counter extends AnswerCounter {
  told: number;
}

/** How often one customer was given what a counter counts, since it was last told. */
interface OfCustomer {
  readonly of: Omit<ToldCount, "count">;
  readonly counter: Counter;
  count: number;
}

/** Counts an answer that was counted before, the way of nearly every one; false where it was not: `add` does then. */
export function countAgain(answer: Answer): boolean {
  const counter = placeOf(answer)?.counter;
  if (counter === undefined) return false;
  counter.value++;
  return true;
}

/** Has fixed memory: a counter for each flag, variant and reason that was answered, and for each default, up to a limit. */
export class AnswerCounts {
  readonly #counters = new Map<string, Omit<AnswerCount, "count"> & Counter>();
  readonly #dropped: Counter = { value: 0, told: 0 };
  readonly #customers = new Map<string, OfCustomer>();
  #defaults = 0;

  /** Counts a compiled answer for the first time; every further one is counted at its place, by `countAgain`. */
  add(key: string, answer: Answer): void {
    const { variant, reason } = answer;
    const counter = this.#counter({ flag: key, ...(variant === undefined ? {} : { variant }), reason });
    counter.value++;
    const place = placeOf(answer);
    if (place !== undefined) place.counter = counter;
  }

  #counter(of: Omit<AnswerCount, "count">): Counter {
    const name = `${of.reason}\n${of.variant ?? ""}\n${of.flag}`;
    const counter = this.#counters.get(name);
    if (counter !== undefined) return counter;
    if (this.#counters.size - this.#defaults >= COUNTERS_MAX || of.flag.length > KEY_CHARS_MAX) return this.#dropped;
    const made = { ...of, value: 0, told: 0 };
    this.#counters.set(name, made);
    return made;
  }

  /** Counts a code's default: the flag is unknown or of another type, or nothing was received yet. */
  defaulted(flag: string, cause: "unknownFlag" | "wrongType" | "noSnapshot"): void {
    const name = `${cause}\n${flag}`;
    const counter = this.#counters.get(name);
    if (counter !== undefined) {
      counter.value++;
    } else if (this.#defaults >= DEFAULTS_MAX || flag === "" || flag.length > KEY_CHARS_MAX) {
      this.#dropped.value++;
    } else {
      this.#defaults++;
      this.#counters.set(name, { flag, reason: "ERROR", cause, value: 1, told: 0 });
    }
  }

  /** An answer that was counted was one customer's, named by a hash. What has no room is told without a customer. */
  ofCustomer(flag: string, { variant, reason }: Answer, customer: string): void {
    const name = `${customer}${reason}\n${variant ?? ""}\n${flag}`;
    const known = this.#customers.get(name);
    if (known !== undefined) {
      known.count++;
    } else if (this.#customers.size < CUSTOMER_COUNTS_MAX) {
      const of = { flag, ...(variant === undefined ? {} : { variant }), reason };
      this.#customers.set(name, { of: { ...of, customer }, counter: this.#counter(of), count: 1 });
    }
  }

  /** What was counted since it was last taken, as much as one batch holds. */
  take(): TakenAnswers {
    const answers: ToldCount[] = [];
    let chars = 0;
    for (const [name, { of, counter, count }] of this.#customers) {
      chars += of.flag.length + (of.variant ?? "").length + CUSTOMER_CHARS;
      if (answers.length === CUSTOMERS_PER_BATCH_MAX || chars > CHARS_PER_BATCH_MAX) break;
      this.#customers.delete(name);
      // Told here, it is not told again without the customer.
      counter.told += count;
      answers.push({ ...of, count });
    }
    const waiting = new Map<Counter, number>();
    for (const { counter, count } of this.#customers.values()) waiting.set(counter, (waiting.get(counter) ?? 0) + count);
    for (const counter of this.#counters.values()) {
      const { value, told, ...of } = counter;
      // What the next batch says of customers waits for it.
      const grown = value - told - (waiting.get(counter) ?? 0);
      if (grown === 0) continue;
      chars += of.flag.length + (of.variant ?? "").length;
      if (answers.length === PER_BATCH_MAX || chars > CHARS_PER_BATCH_MAX) break;
      counter.told += grown;
      answers.push({ ...of, count: grown });
    }
    const dropped = this.#dropped.value - this.#dropped.told;
    this.#dropped.told = this.#dropped.value;
    return { answers, dropped };
  }

  /** True where nothing was counted since it was last taken. */
  get isTold(): boolean {
    for (const { value, told } of this.#counters.values()) if (value !== told) return false;
    return this.#dropped.value === this.#dropped.told;
  }

  /** All counts since the client was made. */
  given(): GivenAnswers {
    return { answers: [...this.#counters.values()].map(({ value, told: _told, ...of }) => ({ ...of, count: value })), dropped: this.#dropped.value };
  }
}
