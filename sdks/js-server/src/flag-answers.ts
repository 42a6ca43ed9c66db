import {
  type Answer,
  asType,
  type Compiled,
  type Context,
  customerHashOf,
  describe,
  evaluate,
  explain,
  type FlagForm,
  isOfType,
  type JsonValue,
  noSnapshot,
  type Version,
} from "@sluice/evaluation";
import { type AnswerCounts, countAgain } from "./answer-counts.ts";
import type { AnswerSource, FirstQuestions } from "./answer-source.ts";
import type { AskedKeys } from "./asked-keys.ts";
import { detailsOf, type FlagDetails, knownDetails } from "./details.ts";
import type { FlagKey } from "./flag-key.ts";
import { type Handover, handoverOf } from "./handover.ts";
import type { Samples } from "./samples.ts";
import type { Warnings } from "./warnings.ts";

/** The type of a flag's value. */
type ValueType = NonNullable<FlagForm["type"]>;

const NO_CONTEXT: Context = Object.freeze({});

/** What is noted beside the answers of one client, whichever version they are from. */
export interface Notes {
  readonly first: FirstQuestions;
  readonly counts: AnswerCounts;
  readonly warnings: Warnings;
  readonly samples: Samples;
  /** Flags whose answers are counted by customer; absent: none. */
  readonly countCustomersOf?: ReadonlySet<string> | undefined;
}

/** Questions about flags, as a programmer asks them. No call throws, none waits. */
export class FlagAnswers {
  readonly #source: AnswerSource;
  readonly #first: FirstQuestions;
  readonly #keys: AskedKeys;
  readonly #warnings: Warnings;
  readonly #samples: Samples;
  readonly #counts: AnswerCounts;
  readonly #countCustomersOf: ReadonlySet<string> | undefined;

  constructor(source: AnswerSource, { first, counts, warnings, samples, countCustomersOf }: Notes) {
    this.#source = source;
    this.#countCustomersOf = countCustomersOf;
    this.#counts = counts;
    this.#first = first;
    this.#keys = first.keys;
    this.#warnings = warnings;
    this.#samples = samples;
  }

  /** True or false. The default is answered where the flag is unknown, of another type, or nothing was received yet. */
  getBoolean(key: FlagKey<boolean>, fallback: boolean, context: Context = NO_CONTEXT): boolean {
    const { value } = this.#ask(key, context, this.#source.compiled);
    if (typeof value === "boolean") return value;
    this.#checkType(key, "boolean", value);
    return fallback;
  }

  /** A text; as `getBoolean`. */
  getString(key: FlagKey<string>, fallback: string, context: Context = NO_CONTEXT): string {
    const { value } = this.#ask(key, context, this.#source.compiled);
    if (typeof value === "string") return value;
    this.#checkType(key, "string", value);
    return fallback;
  }

  /** A number; as `getBoolean`. */
  getNumber(key: FlagKey<number>, fallback: number, context: Context = NO_CONTEXT): number {
    const { value } = this.#ask(key, context, this.#source.compiled);
    if (typeof value === "number") return value;
    this.#checkType(key, "number", value);
    return fallback;
  }

  /** An object or list, frozen and shared; as `getBoolean`. Its inner shape is the flag's, so check what you rely on. */
  getObject(key: FlagKey<object>, fallback: JsonValue, context: Context = NO_CONTEXT): JsonValue {
    return this.#askTyped(key, "object", context, this.#source.compiled).value ?? fallback;
  }

  /** `getBoolean` with variant, reason, cause and version. */
  getBooleanDetails(key: FlagKey<boolean>, fallback: boolean, context: Context = NO_CONTEXT): FlagDetails<boolean> {
    return this.#details(key, "boolean", fallback, context);
  }

  /** `getString` with variant, reason, cause and version. */
  getStringDetails(key: FlagKey<string>, fallback: string, context: Context = NO_CONTEXT): FlagDetails<string> {
    return this.#details(key, "string", fallback, context);
  }

  /** `getNumber` with variant, reason, cause and version. */
  getNumberDetails(key: FlagKey<number>, fallback: number, context: Context = NO_CONTEXT): FlagDetails<number> {
    return this.#details(key, "number", fallback, context);
  }

  /** `getObject` with variant, reason, cause and version. */
  getObjectDetails(key: FlagKey<object>, fallback: JsonValue, context: Context = NO_CONTEXT): FlagDetails<JsonValue> {
    return this.#details(key, "object", fallback, context);
  }

  /** Why a flag answers what it answers for this context: plain English, one line a step. */
  explain(key: FlagKey, context: Context = NO_CONTEXT): readonly string[] {
    const { compiled } = this.#source;
    if (compiled === undefined) return [`${key} answers the code's default: no flags were received yet.`];
    try {
      return describe(explain(compiled, key, context));
    } catch (error) {
      this.#warnings.fault("explain", error);
      return [`${key} could not be explained.`];
    }
  }

  /**
   * What a page of this context begins with: the answers of the flags that say `expose: [browser]`, for `handoverHtml` and `withHandover` of
   * `@sluice/browser/handover`. Of the same context as the page's token. `undefined` while nothing was received, and where the context is too
   * large for a token, with the reason in the log: the page then begins as one that no server rendered.
   */
  handover(context: Context): Handover | undefined {
    const { compiled } = this.#source;
    if (compiled === undefined) return undefined;
    try {
      const made = handoverOf(compiled, context);
      if (made.ok) return made.value;
      this.#warnings.fault("handover", made.problem);
    } catch (error) {
      this.#warnings.fault("handover", error);
    }
    return undefined;
  }

  /** What is served now; `undefined` while nothing is. */
  get version(): Version | undefined {
    return this.#source.compiled?.version;
  }

  /** The environment whose flags are served; `undefined` while none are. */
  get environment(): string | undefined {
    return this.#source.compiled?.environment;
  }

  #ask(key: string, context: Context, compiled: Compiled | undefined): Answer {
    if (compiled === undefined) return this.#nothingYet(key);
    const answer = this.#evaluate(key, context, compiled);
    // What was counted before was noted before.
    if (!countAgain(answer)) this.#note(key, answer, compiled);
    if (this.#countCustomersOf !== undefined && this.#countCustomersOf.has(key)) this.#noteCustomer(key, answer, { context, compiled });
    return answer;
  }

  #nothingYet(key: string): Answer {
    if (typeof key === "string") this.#counts.defaulted(key, "noSnapshot");
    return noSnapshot;
  }

  #evaluate(key: string, context: Context, compiled: Compiled): Answer {
    if (--this.#samples.countdown === 0) this.#samples.look(context);
    try {
      return evaluate(compiled, key, context);
    } catch (error) {
      this.#warnings.fault("evaluate", error);
      return noSnapshot;
    }
  }

  /** Whatever a host passes as a key: what cannot be noted is still answered. */
  #note(key: string, answer: Answer, compiled: Compiled): void {
    if (answer === noSnapshot) return;
    try {
      if (answer.cause === "unknownFlag") this.#counts.defaulted(String(key), "unknownFlag");
      else this.#counts.add(key, answer);
      if (!this.#keys.has(key)) this.#first.note(key, answer, compiled);
    } catch (error) {
      this.#warnings.fault("note", error);
    }
  }

  #noteCustomer(key: string, answer: Answer, { context, compiled }: { readonly context: Context; readonly compiled: Compiled }): void {
    try {
      const customer = answer.variant === undefined ? undefined : customerHashOf(compiled, context);
      if (customer !== undefined) this.#counts.ofCustomer(key, answer, customer);
    } catch (error) {
      this.#warnings.fault("countCustomersOf", error);
    }
  }

  #askTyped(key: string, type: ValueType, context: Context, compiled: Compiled | undefined): Answer {
    const answer = this.#ask(key, context, compiled);
    this.#checkType(key, type, answer.value);
    return asType(answer, type);
  }

  #details<T extends JsonValue>(key: string, type: ValueType, fallback: T, context: Context): FlagDetails<T> {
    const { compiled } = this.#source;
    if (compiled === undefined) return detailsOf(this.#nothingYet(key), fallback, undefined);
    const answer = this.#ask(key, context, compiled);
    const known = knownDetails(answer, compiled.version);
    // What is known is of the type that is asked for, as is its value.
    if (known !== undefined && isOfType(known.value, type)) return known as FlagDetails<T>;
    this.#checkType(key, type, answer.value);
    const typed = asType(answer, type);
    return detailsOf(typed, (typed.value as T | undefined) ?? fallback, compiled.version);
  }

  #checkType(key: string, asked: ValueType, value: JsonValue | undefined): void {
    if (value === undefined || isOfType(value, asked)) return;
    this.#counts.defaulted(key, "wrongType");
    this.#warnings.wrongType(key, asked, describeValue(value));
  }
}

function describeValue(value: JsonValue): string {
  return value === null ? "null" : Array.isArray(value) ? "a list" : typeof value;
}
