import type { Answer, Context } from "./answer.ts";
import type { Compiled } from "./compile.ts";
import type { FlagForm, JsonValue } from "./snapshot-form.ts";

/** There is no such flag: the caller's default. */
export const unknownFlag: Answer = Object.freeze({ reason: "ERROR", cause: "unknownFlag" });

/** The flag's value is not of the type that was asked for: the caller's default. */
export const wrongType: Answer = Object.freeze({ reason: "ERROR", cause: "wrongType" });

/** Nothing was received yet: the caller's default. */
export const noSnapshot: Answer = Object.freeze({ reason: "ERROR", cause: "noSnapshot" });

/**
 * Answers one flag for one context. Total: it never throws, whatever the context holds, and reads no clock and no randomness.
 * Allocates nothing but what an operator needs (a version parse, a case mapping). The answer is shared and frozen.
 */
export function evaluate(compiled: Compiled, key: string, context: Context): Answer {
  const { tables } = compiled;
  const decide = tables.decisions.get(key) ?? tables.decisionOf(key);
  return decide === undefined ? unknownFlag : decide(context);
}

/** The hash of the customer that a context names, as kills and exposure hold it; undefined where it names none. Never throws. */
export const customerHashOf = ({ tables }: Compiled, context: Context): string | undefined => tables.customerHash(context);

/** The answer as it is where its value has the asked type (`object` takes lists too), `wrongType` where not; errors pass. */
export function asType(answer: Answer, type: NonNullable<FlagForm["type"]>): Answer {
  return answer.value === undefined || isOfType(answer.value, type) ? answer : wrongType;
}

/** Whether a value is of the type that is asked for; `object` takes lists too. */
export function isOfType(value: JsonValue, type: NonNullable<FlagForm["type"]>): boolean {
  return type === "object" ? typeof value === "object" && value !== null : typeof value === type;
}
