import { checkOperand, type OperatorName, parseInstant, parseSemVer } from "@sluice/evaluation";
import type { ConditionDraft, Yaml } from "../flag-draft.ts";
import { park } from "../parked.ts";
import { listOf, own, recordOf, textOf } from "../record.ts";
import { readPattern } from "./finite-pattern.ts";
import type { Reading } from "./reading.ts";

/** Whom a constraint lets through. */
export type Test = ConditionDraft | "always" | "never";

interface Constraint {
  readonly field: string;
  readonly values: readonly string[];
  readonly value: string;
  readonly ignoresCase: boolean;
  readonly isInverted: boolean;
}

/** Letters whose other case is not found by mapping A–Z alone: k and s have a third form (K and ſ). */
const ONLY_ASCII_CASE = /^[\x20-\x7e]*$/;
const THIRD_FORM = /[ks]/i;

/** Undefined where nothing about it is known: the source takes that for false, inverted or not. */
type Translation = (constraint: Constraint, reading: Reading) => Test;

const comparisons = {
  NUM_EQ: "equals",
  NUM_GT: "greaterThan",
  NUM_GTE: "greaterOrEqual",
  NUM_LT: "lessThan",
  NUM_LTE: "lessOrEqual",
} as const;
const versions = { SEMVER_EQ: "=", SEMVER_GT: ">", SEMVER_GTE: ">=", SEMVER_LT: "<", SEMVER_LTE: "<=" } as const;

const translations: ReadonlyMap<string, Translation> = new Map<string, Translation>([
  ["IN", membership],
  ["NOT_IN", (constraint, reading) => opposite(membership(constraint, reading))],
  ["STR_STARTS_WITH", ofTexts("startsWith", "startsWithIgnoreCase")],
  ["STR_ENDS_WITH", ofTexts("endsWith", "endsWithIgnoreCase")],
  ["STR_CONTAINS", ofTexts("contains", "containsIgnoreCase")],
  ...Object.entries(comparisons).map(([name, operator]) => [name, ofNumber(operator)] as const),
  ["DATE_AFTER", ofDate("after")],
  ["DATE_BEFORE", ofDate("before")],
  ...Object.entries(versions).map(([name, sign]) => [name, ofVersion(sign)] as const),
  ["REGEX", pattern],
  ["IN_CIDR", ({ field, values }, reading) => addresses(field, values, reading)],
]);

/** One constraint of a strategy or segment. Parks what has no exact equal. */
export function constraintOf(data: unknown, reading: Reading): Test {
  const record = recordOf(data) ?? {};
  const translate = translations.get(textOf(record, "operator") ?? "");
  // Unleash's clients answer false for an operator they do not know, inverted or not.
  if (translate === undefined) return "never";
  const constraint: Constraint = {
    field: textOf(record, "contextName") ?? park("a constraint without a context field"),
    values: (listOf(own(record, "values")) ?? []).map((value) => (typeof value === "string" ? value : park("a constraint with a value that is no text"))),
    value: textOf(record, "value") ?? "",
    ignoresCase: own(record, "caseInsensitive") === true,
    isInverted: own(record, "inverted") === true,
  };
  const test = translate(constraint, reading);
  return constraint.isInverted ? opposite(test) : test;
}

/** Addresses and blocks as Unleash has them: one alone is a block of itself, what is neither is left out. */
export function addresses(field: string, values: readonly string[], { attributes }: Reading): Test {
  const blocks = values
    .map((value) => (value.includes("/") ? value : `${value}/${value.includes(":") ? 128 : 32}`))
    .filter((value) => checkOperand("cidr", value) === undefined);
  return blocks.length === 0 ? "never" : test(attributes.path(field, "string"), "cidr", blocks);
}

/** The test of one attribute; parks an operand that evaluation would not read. */
export function test(path: string, operator: OperatorName, operand: Yaml): ConditionDraft {
  const problem = checkOperand(operator, operand);
  return problem === undefined ? { [path]: { [operator]: operand } } : park(problem);
}

function opposite(of: Test): Test {
  return of === "always" ? "never" : of === "never" ? "always" : { not: of };
}

function membership({ field, values }: Constraint, { attributes }: Reading): Test {
  // Clients differ on whether a missing field is the empty text.
  if (values.includes("")) return park('a list with the text ""');
  return values.length === 0 ? "never" : test(attributes.path(field, "string"), "in", values);
}

function ofTexts(exactly: OperatorName, ignoringCase: OperatorName): Translation {
  return ({ field, values, ignoresCase }, reading) => {
    if (values.includes("")) return park('a comparison with the text ""');
    if (values.length === 0) return "never";
    if (ignoresCase) noteCase(values, field, reading);
    return test(reading.attributes.path(field, "string"), ignoresCase ? ignoringCase : exactly, values);
  };
}

function noteCase(values: readonly string[], field: string, { flag, report }: Reading): void {
  if (!values.every((value) => ONLY_ASCII_CASE.test(value))) park("a comparison that ignores the case of letters beyond A–Z");
  report.add(flag, "rule/case", `Texts in "${field}" are compared without regard to the case of A–Z; Unleash maps other letters too.`);
}

function ofNumber(operator: OperatorName): Translation {
  return ({ field, value }, { attributes }) => {
    const number = value === "" ? Number.NaN : Number(value);
    return Number.isFinite(number) ? test(attributes.path(field, "number"), operator, number) : "never";
  };
}

function ofDate(operator: OperatorName): Translation {
  return ({ field, value }, { attributes }) =>
    parseInstant(value) === undefined
      ? park(`the time ${JSON.stringify(value)}, which is not RFC 3339`)
      : test(attributes.path(field, "date"), operator, value);
}

function ofVersion(sign: string): Translation {
  return ({ field, value }, { attributes }) =>
    parseSemVer(value) === undefined ? "never" : test(attributes.path(field, "string"), "semver", `${sign}${value}`);
}

function pattern({ field, value, ignoresCase, isInverted }: Constraint, { attributes }: Reading): Test {
  const read = readPattern(value);
  if (read.kind === "refused") return isInverted ? park("the opposite of a regular expression that Unleash refuses") : "never";
  if (read.kind === "other" || read.texts.includes(""))
    return park(`the regular expression ${JSON.stringify(value)}, which stands for more than a list of texts`);
  const path = attributes.path(field, "string");
  if (!ignoresCase && !read.ignoresCase) return test(path, "in", read.texts);
  const isSafe = read.texts.every((text) => ONLY_ASCII_CASE.test(text) && !THIRD_FORM.test(text));
  return isSafe ? test(path, "inIgnoreCase", read.texts) : park(`the regular expression ${JSON.stringify(value)}, which ignores the case of more than A–Z`);
}

/** All of the tests as conditions; undefined where one of them never holds. */
export function allTests(tests: readonly Test[]): readonly ConditionDraft[] | undefined {
  return tests.includes("never") ? undefined : tests.filter((each) => typeof each === "object");
}
