import type { Answer, JsonValue } from "@sluice/browser";
import type { ReportingClient, Tracked } from "@sluice/browser/reports";
import { meant } from "../question-check.ts";

/** Flags of a test, by key; only those that there are, where a module of `sluice codegen ts` says which. */
export type FlagValues = keyof SluiceFlagTypes extends never
  ? Readonly<Record<string, JsonValue>>
  : { readonly [K in keyof SluiceFlagTypes]?: SluiceFlagTypes[K] extends string | number | boolean ? SluiceFlagTypes[K] : JsonValue };

/** `fails`: asking for a flag that the test does not name throws, with the nearest name. `default`: it answers the code's default. */
export type UnknownFlags = "fails" | "default";

/** What was tracked: the outcome's name, and what was said of it. */
export type TestedOutcome = Tracked & { readonly outcome: string };

/** A client whose flags are the test's; nothing is fetched or sent. */
export interface InMemoryClient extends ReportingClient {
  /** What was tracked so far, the oldest first. */
  readonly outcomes: readonly TestedOutcome[];
  /** These flags answer from now on, and no others. Inside `act`, where components listen. */
  set(flags: FlagValues): void;
}

const DONE = Promise.resolve();

/** A client for tests that answers these flags, each with the variant `test`. */
export function inMemoryClient(flags: FlagValues, unknown: UnknownFlags = "fails"): InMemoryClient {
  const listeners = new Set<(keys: readonly string[]) => void>();
  let answers = answersOf(flags);
  const get = (key: string): Answer | undefined => {
    const answer = answers.get(key);
    if (answer === undefined && unknown === "fails") throw new Error(`The test has no flag "${key}".${meant(key, [...answers.keys()])} Name it in its flags.`);
    return answer;
  };
  const outcomes: TestedOutcome[] = [];
  const typed = (key: string): JsonValue | undefined => get(key)?.value;
  return {
    getBoolean: (key, fallback) => (typeof typed(key) === "boolean" ? typed(key) === true : fallback),
    getString: (key, fallback) => ofType(typed(key), fallback),
    getNumber: (key, fallback) => ofType(typed(key), fallback),
    getObject: (key, fallback) => ofType(typed(key), fallback),
    getDetails: get,
    keys: () => [...answers.keys()],
    ready: () => DONE,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    identify: () => DONE,
    close: () => listeners.clear(),
    outcomes,
    track: (outcome, about) => {
      get(about.flag);
      outcomes.push({ outcome, ...about });
    },
    set: (next) => {
      const before = answers;
      answers = answersOf(next);
      const keys = [...new Set([...before.keys(), ...answers.keys()])].filter((key) => JSON.stringify(before.get(key)) !== JSON.stringify(answers.get(key)));
      if (keys.length) for (const listener of listeners) listener(keys);
    },
  };
}

function ofType<T extends JsonValue>(value: JsonValue | undefined, fallback: T): T {
  return typeof value === typeof fallback && value !== null ? (value as T) : fallback;
}

function answersOf(flags: Readonly<Record<string, JsonValue>>): ReadonlyMap<string, Answer> {
  return new Map(Object.entries(flags).map(([key, value]) => [key, Object.freeze({ value, variant: "test", reason: "STATIC" })]));
}
