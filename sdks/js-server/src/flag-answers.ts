import {
  type Answer,
  asType,
  type Compiled,
  type Context,
  describe,
  evaluate,
  explain,
  type FlagForm,
  type JsonValue,
  noSnapshot,
  type Version,
} from "@sluice/evaluation";
import type { AnswerSource, FirstQuestions } from "./answer-source.ts";
import type { AskedKeys } from "./asked-keys.ts";
import { detailsOf, type FlagDetails } from "./details.ts";
import type { Warnings } from "./warnings.ts";

/** The type of a flag's value. */
type ValueType = NonNullable<FlagForm["type"]>;

const NO_CONTEXT: Context = Object.freeze({});

/** Questions about flags, as a programmer asks them. No call throws, none waits. */
export class FlagAnswers {
  readonly #source: AnswerSource;
  readonly #first: FirstQuestions;
  readonly #keys: AskedKeys;
  readonly #warnings: Warnings;

  constructor(source: AnswerSource, first: FirstQuestions, warnings: Warnings) {
    this.#source = source;
    this.#first = first;
    this.#keys = first.keys;
    this.#warnings = warnings;
  }

  /** True or false. The default is answered where the flag is unknown, of another type, or nothing was received yet. */
  getBoolean(key: string, fallback: boolean, context: Context = NO_CONTEXT): boolean {
    const { value } = this.#ask(key, context, this.#source.compiled);
    if (typeof value === "boolean") return value;
    this.#checkType(key, "boolean", value);
    return fallback;
  }

  /** A text; as `getBoolean`. */
  getString(key: string, fallback: string, context: Context = NO_CONTEXT): string {
    const { value } = this.#ask(key, context, this.#source.compiled);
    if (typeof value === "string") return value;
    this.#checkType(key, "string", value);
    return fallback;
  }

  /** A number; as `getBoolean`. */
  getNumber(key: string, fallback: number, context: Context = NO_CONTEXT): number {
    const { value } = this.#ask(key, context, this.#source.compiled);
    if (typeof value === "number") return value;
    this.#checkType(key, "number", value);
    return fallback;
  }

  /** An object or list, frozen and shared; as `getBoolean`. Its inner shape is the flag's, so check what you rely on. */
  getObject(key: string, fallback: JsonValue, context: Context = NO_CONTEXT): JsonValue {
    return this.#askTyped(key, "object", context, this.#source.compiled).value ?? fallback;
  }

  /** `getBoolean` with variant, reason, cause and version. */
  getBooleanDetails(key: string, fallback: boolean, context: Context = NO_CONTEXT): FlagDetails<boolean> {
    const { compiled } = this.#source;
    const answer = this.#askTyped(key, "boolean", context, compiled);
    return detailsOf(answer, typeof answer.value === "boolean" ? answer.value : fallback, compiled?.version);
  }

  /** `getString` with variant, reason, cause and version. */
  getStringDetails(key: string, fallback: string, context: Context = NO_CONTEXT): FlagDetails<string> {
    const { compiled } = this.#source;
    const answer = this.#askTyped(key, "string", context, compiled);
    return detailsOf(answer, typeof answer.value === "string" ? answer.value : fallback, compiled?.version);
  }

  /** `getNumber` with variant, reason, cause and version. */
  getNumberDetails(key: string, fallback: number, context: Context = NO_CONTEXT): FlagDetails<number> {
    const { compiled } = this.#source;
    const answer = this.#askTyped(key, "number", context, compiled);
    return detailsOf(answer, typeof answer.value === "number" ? answer.value : fallback, compiled?.version);
  }

  /** `getObject` with variant, reason, cause and version. */
  getObjectDetails(key: string, fallback: JsonValue, context: Context = NO_CONTEXT): FlagDetails<JsonValue> {
    const { compiled } = this.#source;
    const answer = this.#askTyped(key, "object", context, compiled);
    return detailsOf(answer, answer.value ?? fallback, compiled?.version);
  }

  /** Why a flag answers what it answers for this context: plain English, one line a step. */
  explain(key: string, context: Context = NO_CONTEXT): readonly string[] {
    const { compiled } = this.#source;
    if (compiled === undefined) return [`${key} answers the code's default: no flags were received yet.`];
    try {
      return describe(explain(compiled, key, context));
    } catch (error) {
      this.#warnings.fault("explain", error);
      return [`${key} could not be explained.`];
    }
  }

  /** What is served now; `undefined` while nothing is. */
  get version(): Version | undefined {
    return this.#source.compiled?.version;
  }

  #ask(key: string, context: Context, compiled: Compiled | undefined): Answer {
    if (compiled === undefined) return noSnapshot;
    try {
      const answer = evaluate(compiled, key, context);
      if (!this.#keys.has(key)) this.#first.note(key, answer, compiled);
      return answer;
    } catch (error) {
      this.#warnings.fault("evaluate", error);
      return noSnapshot;
    }
  }

  #askTyped(key: string, type: ValueType, context: Context, compiled: Compiled | undefined): Answer {
    const answer = this.#ask(key, context, compiled);
    this.#checkType(key, type, answer.value);
    return asType(answer, type);
  }

  #checkType(key: string, asked: ValueType, value: JsonValue | undefined): void {
    if (value === undefined) return;
    const isAsked = asked === "object" ? typeof value === "object" && value !== null : typeof value === asked;
    if (!isAsked) this.#warnings.wrongType(key, asked, describeValue(value));
  }
}

function describeValue(value: JsonValue): string {
  return value === null ? "null" : Array.isArray(value) ? "a list" : typeof value;
}
