import type { ServeDraft } from "../flag-draft.ts";
import { percentagesOf } from "../percent.ts";
import { listOf } from "../record.ts";
import { operationOf } from "./condition.ts";
import { park } from "../parked.ts";
import { note, type Reading } from "./reading.ts";
import { variableOf } from "./variable.ts";

/** What a `fractional` serves, and whether it can fail to serve because nobody is named. */
export interface Fraction {
  readonly serve: ServeDraft;
  readonly needsUnit: boolean;
}

/** `{"fractional": [bucketing?, [variant, weight?]…]}`. The users of each share change: the hash is another one. */
export function fractionOf(operands: readonly unknown[], reading: Reading): Fraction {
  const [first, ...others] = operands;
  const { by, salt } = listOf(first) === undefined ? bucketing(first, reading) : { by: "targetingKey", salt: undefined };
  const weights = (listOf(first) === undefined ? others : operands).map((entry): readonly [string, number] => {
    const [variant, weight = 1, ...rest] = listOf(entry) ?? [];
    return typeof variant === "string" && typeof weight === "number" && rest.length === 0
      ? [variant, weight]
      : park('a "fractional" of anything but variants with numbers');
  });
  const found = percentagesOf(weights);
  if (found === undefined) return park('a "fractional" whose weights are negative, or all 0');
  const [only] = found.percents.keys();
  if (found.percents.size === 1 && only !== undefined) return { serve: only, needsUnit: false };
  note(reading, "rule/reshuffled", `The split by "${by}" keeps its weights, not its users.`);
  if (!found.isExact)
    note(reading, "rule/rounded", `Weights of ${[...found.percents.keys()].join(", ")} became ${[...found.percents.values()].join(", ")} percent.`);
  return { serve: { split: found.percents, by, ...(salt === undefined ? {} : { salt }) }, needsUnit: true };
}

/** Which attribute is counted. Texts beside it are a salt, so that flags that shared one still correlate. */
function bucketing(logic: unknown, { flag }: Reading): { readonly by: string; readonly salt: string | undefined } {
  const path = variableOf(logic);
  if (path !== undefined) return { by: path, salt: undefined };
  const operation = operationOf(logic);
  if (operation?.operator !== "cat") return park('a "fractional" by anything but an attribute');
  const isKey = (part: unknown): boolean => operationOf(part)?.operator === "var" && operationOf(part)?.operands[0] === "$flagd.flagKey";
  const texts = operation.operands.map((part) => (isKey(part) ? flag : typeof part === "string" ? part : undefined));
  const attributes = operation.operands.filter((_, index) => texts[index] === undefined);
  const by = attributes.length === 1 ? variableOf(attributes[0]) : undefined;
  if (by === undefined) return park('a "fractional" by more than one attribute');
  const salt = texts.filter((text) => text !== undefined).join("");
  return { by, salt: salt === flag || salt === "" ? undefined : salt };
}
