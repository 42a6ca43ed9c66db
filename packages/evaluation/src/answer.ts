import type { JsonValue } from "./snapshot-form.ts";

/** OpenFeature's reason names, as far as Sluice uses them. */
export type Reason = "DISABLED" | "TARGETING_MATCH" | "SPLIT" | "STATIC" | "DEFAULT" | "ERROR";

/** The exact step of the precedence that decided, in that order; `unknownFlag` and `wrongType` come with reason ERROR. */
export type Cause = "kill" | "prerequisite" | "ineligible" | "pin" | "exposure" | "rule" | "default" | "unknownFlag" | "wrongType" | "noSnapshot";

/**
 * What one flag answers for one context. Made once when the flag is compiled and frozen: never change or keep per-call data in it
 * (who counts answers has a place beside it: `placeOf`).
 * `variant` and `value` are absent only with reason ERROR, where the caller's default is the value.
 */
export interface Answer {
  readonly value?: JsonValue;
  readonly variant?: string;
  readonly reason: Reason;
  readonly cause: Cause;
  /** Rule id (or `#n`, counted from 1, where the rule has none), kill id, or the prerequisite's flag key: whatever `cause` names. */
  readonly by?: string;
  /** What was skipped because this evaluator could not read it, e.g. `rule staff: unknown operator "near"`. */
  readonly problems?: readonly string[];
}

/**
 * The person and customer a question is about. `targetingKey` is the user. Other attributes may be nested or flattened (`"plan.tier"`);
 * a flattened name wins over a nested one. Strings, finite numbers, booleans, lists of these and plain objects count; anything else is missing.
 */
export interface Context {
  readonly targetingKey?: string | number;
  readonly [attribute: string]: unknown;
}

/** The process that asks: what an SDK was configured with. Kill scopes may name it. */
export interface Asker {
  readonly service?: string;
  readonly version?: string;
}
