import { type JsonValue, SLOTS } from "@sluice/evaluation";
import { park } from "../parked.ts";
import { all, any, fraction, isBoolean, isList, isNumber, isPresent, isText, type Logic, not, same, unitIsThere } from "./logic.ts";

type Write = (value: Logic, operand: JsonValue, operands: readonly JsonValue[]) => Logic;

/** What each operator is in flagd's JsonLogic; one that is not here has no equal there. */
const writers: ReadonlyMap<string, Write> = new Map<string, Write>([
  ["equals", same],
  ["notEquals", (value, operand) => all([isLike(value, operand), not(same(value, operand))])],
  ["in", (value, _, operands) => ({ in: [value, operands] })],
  ["notIn", (value, _, operands) => all([any([isText(value), isNumber(value), isBoolean(value)]), not({ in: [value, operands] })])],
  // flagd-core takes an empty text for an empty list, in which nothing is.
  ["contains", (value, _, operands) => all([isText(value), any(operands.map((text): Logic => text === "" || { in: [text, value] }))])],
  ["startsWith", (value, _, operands) => any(operands.map((text): Logic => ({ starts_with: [value, text] })))],
  ["endsWith", (value, _, operands) => any(operands.map((text): Logic => ({ ends_with: [value, text] })))],
  ["lessThan", (value, operand) => all([isNumber(value), { "<": [value, operand] }])],
  ["lessOrEqual", (value, operand) => all([isNumber(value), { "<=": [value, operand] }])],
  ["greaterThan", (value, operand) => all([isNumber(value), { ">": [value, operand] }])],
  ["greaterOrEqual", (value, operand) => all([isNumber(value), { ">=": [value, operand] }])],
  ["exists", (value, operand) => (operand === true ? isPresent(value) : not(isPresent(value)))],
  ["includes", (value, _, operands) => all([isList(value), { some: [value, { in: [{ var: "" }, operands] }] }])],
  ["slots", slots],
]);

/** One operator over one attribute. Parks what flagd has no equal for. */
export function leaf(operator: string, value: Logic, operand: JsonValue = null): Logic {
  const write = writers.get(operator) ?? park(`the operator "${operator}"`);
  return write(value, operand, Array.isArray(operand) ? operand : [operand]);
}

function isLike(value: Logic, operand: JsonValue): Logic {
  return typeof operand === "string" ? isText(value) : typeof operand === "number" ? isNumber(value) : isBoolean(value);
}

function slots(value: Logic, _: JsonValue, [salt, from, to]: readonly JsonValue[]): Logic {
  if (typeof salt !== "string" || typeof from !== "number" || typeof to !== "number") return park('an operand of "slots"');
  const parts = [["below", from] as const, ["in", to - from] as const, ["above", SLOTS - to] as const];
  return all([unitIsThere(value), same(fraction(salt, value, parts), "in")]);
}
