import type { ConditionDraft } from "../flag-draft.ts";
import { listOf, own, recordOf } from "../record.ts";
import { affix, equality, membership, order, truth } from "./comparison.ts";
import { park } from "../parked.ts";
import type { Reading } from "./reading.ts";
import { variableOf } from "./variable.ts";
import { versionTest } from "./version.ts";

/** JsonLogic nested deeper than this is parked: a flag file nests two levels for each, and ends at 40. */
const NESTING_MAX = 12;

/** A JsonLogic operation; undefined for values. An operator without a list has that one operand. */
export function operationOf(logic: unknown): { readonly operator: string; readonly operands: readonly unknown[] } | undefined {
  const record = recordOf(logic);
  const [operator, ...more] = record === undefined ? [] : Object.keys(record);
  if (record === undefined || operator === undefined || more.length > 0) return undefined;
  const given = own(record, operator);
  return { operator, operands: listOf(given) ?? [given] };
}

/** Follows `{"$ref": name}` to what the file's `$evaluators` say. */
export function resolve(logic: unknown, reading: Reading): unknown {
  let found = logic;
  for (let steps = 0; steps <= NESTING_MAX; steps += 1) {
    const operation = operationOf(found);
    if (operation?.operator !== "$ref") return found;
    const [name] = operation.operands;
    if (typeof name !== "string" || !Object.hasOwn(reading.evaluators, name)) return park(`the evaluator ${JSON.stringify(name)}, which is not there`);
    found = own(reading.evaluators, name);
  }
  return park("evaluators that refer to each other in a circle");
}

/** The condition that is true exactly when JsonLogic counts `logic` as true. Parks what has no equal. */
export function conditionOf(logic: unknown, reading: Reading, nesting = 0): ConditionDraft {
  if (nesting > NESTING_MAX) return park(`conditions nested more than ${NESTING_MAX} deep`);
  const resolved = resolve(logic, reading);
  if (typeof resolved === "boolean") return resolved ? { all: [] } : { any: [] };
  const path = variableOf(resolved);
  if (path !== undefined) return truth(path, reading);
  const operation = operationOf(resolved);
  if (operation === undefined) return park(`${JSON.stringify(resolved)?.slice(0, 60) ?? "nothing"} as a condition`);
  const { operator, operands } = operation;
  switch (operator) {
    case "and":
    case "or":
      if (operands.length === 0) return park(`"${operator}" of nothing`);
      return { [operator === "and" ? "all" : "any"]: operands.map((part) => conditionOf(part, reading, nesting + 1)) };
    case "!":
    case "!!":
      if (operands.length !== 1) return park(`"${operator}" of ${operands.length} values`);
      return operator === "!!" ? conditionOf(operands[0], reading, nesting + 1) : negation(conditionOf(operands[0], reading, nesting + 1));
    default:
      return comparison(operator, operands, reading);
  }
}

function comparison(operator: string, operands: readonly unknown[], reading: Reading): ConditionDraft {
  switch (operator) {
    case "==":
    case "===":
      return equality(operator, operands, reading);
    case "!=":
    case "!==":
      // A missing attribute differs from every value there, so this is the negation and not our notEquals.
      return negation(equality(operator === "!=" ? "==" : "===", operands, reading));
    case "<":
    case "<=":
    case ">":
    case ">=":
      return order(operator, operands, reading);
    case "in":
      return membership(operands, reading);
    case "starts_with":
    case "ends_with":
      return affix(operator, operands);
    case "sem_ver":
      return versionTest(operands, reading);
    default:
      return park(`the operator "${operator}"`);
  }
}

const negation = (condition: ConditionDraft): ConditionDraft => ({ not: condition });
