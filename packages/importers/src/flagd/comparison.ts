import { checkOperand, type OperatorName } from "@sluice/evaluation";
import type { ConditionDraft, Yaml } from "../flag-draft.ts";
import { listOf } from "../record.ts";
import { park } from "../parked.ts";
import { note, type Reading } from "./reading.ts";
import { isLiteral, type Literal, variableOf } from "./variable.ts";

/** One test of one attribute; parks an operand that evaluation would not read. */
export function test(path: string, operator: OperatorName, operand: Yaml): ConditionDraft {
  const problem = checkOperand(operator, operand);
  return problem === undefined ? { [path]: { [operator]: operand } } : park(problem);
}

/** `==`, `===`: one side an attribute, the other a literal. With null it asks whether the attribute is there. */
export function equality(operator: string, operands: readonly unknown[], reading: Reading): ConditionDraft {
  const { path, literal } = attributeAndLiteral(operator, operands);
  if (operator.length === 2) {
    // Measured: flagd-core 4.0.1 for JavaScript takes a missing attribute for equal to false and 0, reference JsonLogic does not.
    const isZero = literal === false || literal === 0 || literal === null;
    const also = isZero ? `; some flagd evaluators also take missing, false and 0 for equal` : "";
    note(reading, "rule/coercion", `"${operator}" compares "${path}" with ${JSON.stringify(literal)} of the same type only${also}.`);
  }
  return literal === null ? test(path, "exists", false) : test(path, "equals", literal);
}

function attributeAndLiteral(operator: string, operands: readonly unknown[]): { readonly path: string; readonly literal: Literal } {
  const [left, right] = operands;
  const [path, literal] = [variableOf(left) ?? variableOf(right), isLiteral(right) ? right : left];
  if (operands.length !== 2 || path === undefined || !isLiteral(literal)) return park(`"${operator}" of anything but an attribute and a value`);
  return { path, literal };
}

const orders: Readonly<Record<string, { readonly operator: OperatorName; readonly turned: string; readonly holds: (a: number, b: number) => boolean }>> = {
  "<": { operator: "lessThan", turned: ">", holds: (a, b) => a < b },
  "<=": { operator: "lessOrEqual", turned: ">=", holds: (a, b) => a <= b },
  ">": { operator: "greaterThan", turned: "<", holds: (a, b) => a > b },
  ">=": { operator: "greaterOrEqual", turned: "<=", holds: (a, b) => a >= b },
};

/** `<`, `<=`, `>`, `>=` of an attribute and a number, and `low < attribute < high`. */
export function order(sign: string, operands: readonly unknown[], reading: Reading): ConditionDraft {
  const [first, second, third] = operands;
  if (operands.length === 3 && sign.startsWith("<")) return { all: [order(sign, [first, second], reading), order(sign, [second, third], reading)] };
  const { path, literal } = attributeAndLiteral(sign, operands);
  const ordered = orders[isLiteral(operands[0]) ? (orders[sign]?.turned ?? sign) : sign];
  if (ordered === undefined || typeof literal !== "number") return park(`"${sign}" with anything but a number`);
  note(reading, "rule/coercion", `"${sign}" compares "${path}" with ${literal} where it is a number only.`);
  const here = test(path, ordered.operator, literal);
  // JsonLogic counts a missing attribute as 0.
  return ordered.holds(0, literal) ? { any: [here, test(path, "exists", false)] } : here;
}

/** `in`: an attribute in a list of values, or a value in an attribute that is a text or a list. */
export function membership(operands: readonly unknown[], reading: Reading): ConditionDraft {
  const [item, container] = operands;
  const list = listOf(container);
  if (operands.length === 2 && list !== undefined) {
    const path = variableOf(item);
    const values = list.filter((value) => isLiteral(value) && value !== null).filter(isLiteral);
    if (path === undefined || values.length < list.length) return park('"in" of anything but an attribute and a list of values');
    return test(path, "in", values);
  }
  const path = variableOf(container);
  if (operands.length !== 2 || path === undefined || !isLiteral(item) || item === null || item === "")
    return park('"in" of anything but a value and an attribute');
  if (typeof item === "string") return { any: [test(path, "contains", item), test(path, "includes", item)] };
  note(reading, "rule/coercion", `"in" looks for ${String(item)} in "${path}" where it is a list only, not in a text.`);
  return test(path, "includes", item);
}

/** `starts_with`, `ends_with` of an attribute and a text. */
export function affix(operator: "starts_with" | "ends_with", operands: readonly unknown[]): ConditionDraft {
  const [left, right] = operands;
  const path = variableOf(left);
  if (operands.length !== 2 || path === undefined || typeof right !== "string") return park(`"${operator}" of anything but an attribute and a text`);
  return test(path, operator === "starts_with" ? "startsWith" : "endsWith", right);
}

/** Whether an attribute counts as true: exact for texts, numbers and booleans. */
export function truth(path: string, reading: Reading): ConditionDraft {
  note(reading, "rule/truthiness", `"${path}" is used as a condition of its own.`);
  return { any: [test(path, "equals", true), test(path, "notEquals", 0), test(path, "notEquals", "")] };
}
