import { SLOTS, slotsOf, unitText } from "./bucketing.ts";
import { compileBlock, parseAddress } from "./cidr.ts";
import { compileGlob } from "./glob.ts";
import { parseInstant } from "./instant.ts";
import { compileSemVerRange } from "./semver.ts";
import type { Result } from "./result.ts";
import { isCount } from "./shape.ts";

/** What an operator may be asked about; anything else is false. `any` sees missing attributes too. */
export type AttributeType = "string" | "number" | "boolean" | "list" | "any";

/** What an operator may be given. A scalar is a string, a finite number or a boolean. */
export type OperandShape =
  | "scalar"
  | "scalars"
  | "scalarOrScalars"
  | "text"
  | "texts"
  | "textOrTexts"
  | "number"
  | "boolean"
  | "semverRange"
  | "instant"
  | "blockOrBlocks"
  | "slotRange";

/** Answers for one attribute value; `undefined` is a missing one. Total for primitive values; a hostile list may throw, which its caller counts as false. */
export type Predicate = (value: unknown) => boolean;

/** One operator: what it applies to, what it needs, and how its operand becomes a predicate. */
export interface Operator {
  readonly attributes: readonly AttributeType[];
  readonly operand: OperandShape;
  /** It only asks whether values are equal: hashes of the value and of what stands in the operand say as much. */
  readonly asksEquality?: true;
  /** Whom it holds for when the list in its operand gets longer; absent where the operand is no list. For judging changes by structure. */
  readonly longer?: "more" | "fewer";
  /** Undefined where the operand is not of the stated shape. */
  readonly compile: (operand: unknown) => Predicate | undefined;
}

export type OperatorName =
  | "equals"
  | "notEquals"
  | "in"
  | "notIn"
  | "contains"
  | "startsWith"
  | "endsWith"
  | "glob"
  | "lessThan"
  | "lessOrEqual"
  | "greaterThan"
  | "greaterOrEqual"
  | "semver"
  | "before"
  | "after"
  | "exists"
  | "cidr"
  | "includes"
  | "includesIgnoreCase"
  | "slots"
  | "equalsIgnoreCase"
  | "notEqualsIgnoreCase"
  | "inIgnoreCase"
  | "notInIgnoreCase"
  | "containsIgnoreCase"
  | "startsWithIgnoreCase"
  | "endsWithIgnoreCase"
  | "globIgnoreCase";

type Scalar = string | number | boolean;

const SCALARS: readonly AttributeType[] = ["string", "number", "boolean"];
const TEXT: readonly AttributeType[] = ["string"];

/** All operators. The meaning of each is the table in docs/conditions.md; a new one is one entry here. */
export const operators: Readonly<Record<OperatorName, Operator>> = {
  equals: { attributes: SCALARS, operand: "scalar", asksEquality: true, compile: compileEquals },
  notEquals: { attributes: SCALARS, operand: "scalar", asksEquality: true, compile: compileNotEquals },
  in: { attributes: SCALARS, operand: "scalars", asksEquality: true, longer: "more", compile: compileIn },
  notIn: { attributes: SCALARS, operand: "scalars", asksEquality: true, longer: "fewer", compile: compileNotIn },
  contains: ofTexts((text) => (value) => value.includes(text)),
  startsWith: ofTexts((text) => (value) => value.startsWith(text)),
  endsWith: ofTexts((text) => (value) => value.endsWith(text)),
  glob: ofTexts(compileGlob),
  lessThan: ofNumber((limit) => (value) => value < limit),
  lessOrEqual: ofNumber((limit) => (value) => value <= limit),
  greaterThan: ofNumber((limit) => (value) => value > limit),
  greaterOrEqual: ofNumber((limit) => (value) => value >= limit),
  semver: { attributes: TEXT, operand: "semverRange", compile: compileSemVer },
  before: ofInstant((limit) => (value) => value < limit),
  after: ofInstant((limit) => (value) => value > limit),
  exists: { attributes: ["any"], operand: "boolean", asksEquality: true, compile: compileExists },
  cidr: { attributes: TEXT, operand: "blockOrBlocks", longer: "more", compile: compileCidr },
  slots: { attributes: ["string", "number"], operand: "slotRange", compile: compileSlots },
  includes: { attributes: ["list"], operand: "scalarOrScalars", asksEquality: true, longer: "more", compile: compileIncludes },
  includesIgnoreCase: { attributes: ["list"], operand: "textOrTexts", longer: "more", compile: compileIncludesIgnoreCase },
  equalsIgnoreCase: { attributes: TEXT, operand: "text", compile: compileEqualsIgnoreCase },
  notEqualsIgnoreCase: { attributes: TEXT, operand: "text", compile: opposite(compileEqualsIgnoreCase) },
  inIgnoreCase: { attributes: TEXT, operand: "texts", longer: "more", compile: compileInIgnoreCase },
  notInIgnoreCase: { attributes: TEXT, operand: "texts", longer: "fewer", compile: opposite(compileInIgnoreCase) },
  containsIgnoreCase: ignoringCase((text) => (value) => value.includes(text)),
  startsWithIgnoreCase: ignoringCase((text) => (value) => value.startsWith(text)),
  endsWithIgnoreCase: ignoringCase((text) => (value) => value.endsWith(text)),
  globIgnoreCase: ignoringCase(compileGlob),
};

/** Says in words what an operand of a shape is, for problem texts. */
export const operandWords: Readonly<Record<OperandShape, string>> = {
  scalar: "a string, number or boolean",
  scalars: "a list of strings, numbers or booleans",
  scalarOrScalars: "a string, number or boolean, or a list of these",
  text: "a string",
  texts: "a list of strings",
  textOrTexts: "a string or a list of strings",
  number: "a number",
  boolean: "true or false",
  semverRange: 'a version range such as ">=1.2.0 <2.0.0"',
  instant: 'an RFC 3339 time with zone such as "2026-11-02T00:00:00Z"',
  blockOrBlocks: 'an address block such as "10.0.0.0/8", or a list of blocks',
  slotRange: "[salt, from, to] with whole numbers from 0 to 100000, from not above to",
};

/** True for the names in `operators`, and for nothing that objects inherit. */
export function isOperatorName(name: string): name is OperatorName {
  return Object.hasOwn(operators, name);
}

/** Compiles one operator with its operand, or says in one phrase why it cannot. Cost grows with the operand. */
export function compileOperator(name: string, operand: unknown): Result<Predicate, string> {
  if (!isOperatorName(name)) return { ok: false, problem: `unknown operator "${name}"` };
  const operator = operators[name];
  const predicate = operator.compile(operand);
  if (predicate === undefined) return { ok: false, problem: `operand of "${name}" is not ${operandWords[operator.operand]}` };
  return { ok: true, value: predicate };
}

/** What is wrong with an operand, as evaluation itself would find; undefined where nothing is. For validation before anything is served. */
export function checkOperand(name: string, operand: unknown): string | undefined {
  const compiled = compileOperator(name, operand);
  return compiled.ok ? undefined : compiled.problem;
}

/** False for what counts as missing: undefined, null, NaN, ±Infinity, functions, symbols and bigints. */
export function isPresent(value: unknown): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value);
    case "object":
      return value !== null;
    case "undefined":
    case "function":
    case "symbol":
    case "bigint":
      return false;
  }
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function listOf<T>(value: unknown, isItem: (item: unknown) => item is T): readonly T[] | undefined {
  return Array.isArray(value) && value.every(isItem) ? value : undefined;
}

function oneOrListOf<T>(value: unknown, isItem: (item: unknown) => item is T): readonly T[] | undefined {
  return isItem(value) ? [value] : listOf(value, isItem);
}

function compileEquals(operand: unknown): Predicate | undefined {
  return isScalar(operand) ? (value) => value === operand : undefined;
}

function compileNotEquals(operand: unknown): Predicate | undefined {
  if (!isScalar(operand)) return undefined;
  const type = typeof operand;
  return (value) => typeof value === type && value !== operand && isScalar(value);
}

function compileIn(operand: unknown): Predicate | undefined {
  const items = listOf(operand, isScalar);
  if (items === undefined) return undefined;
  const set: ReadonlySet<unknown> = new Set(items);
  return (value) => set.has(value);
}

function compileNotIn(operand: unknown): Predicate | undefined {
  const items = listOf(operand, isScalar);
  if (items === undefined) return undefined;
  const set: ReadonlySet<unknown> = new Set(items);
  return (value) => isScalar(value) && !set.has(value);
}

/** Any of one or more texts; `one` compiles each. */
function ofTexts(one: (text: string) => (value: string) => boolean): Operator {
  return {
    attributes: TEXT,
    operand: "textOrTexts",
    longer: "more",
    compile: (operand) => {
      const tests = oneOrListOf(operand, isText)?.map(one);
      if (tests === undefined) return undefined;
      const [first] = tests;
      if (first !== undefined && tests.length === 1) return (value) => isText(value) && first(value);
      return (value) => isText(value) && tests.some((test) => test(value));
    },
  };
}

function ignoringCase(one: (text: string) => (value: string) => boolean): Operator {
  return ofTexts((text) => {
    const test = one(foldCase(text));
    return (value) => test(foldCase(value));
  });
}

function ofNumber(one: (limit: number) => (value: number) => boolean): Operator {
  return {
    attributes: ["number"],
    operand: "number",
    compile: (operand) => {
      if (typeof operand !== "number" || !Number.isFinite(operand)) return undefined;
      const test = one(operand);
      return (value) => typeof value === "number" && Number.isFinite(value) && test(value);
    },
  };
}

function ofInstant(one: (limit: number) => (value: number) => boolean): Operator {
  return {
    attributes: ["string", "number"],
    operand: "instant",
    compile: (operand) => {
      const limit = isText(operand) ? parseInstant(operand) : undefined;
      if (limit === undefined) return undefined;
      const test = one(limit);
      return (value) => {
        const at = isText(value) ? parseInstant(value) : value;
        return typeof at === "number" && Number.isFinite(at) && test(at);
      };
    },
  };
}

function compileSemVer(operand: unknown): Predicate | undefined {
  const range = isText(operand) ? compileSemVerRange(operand) : undefined;
  return range === undefined ? undefined : (value) => isText(value) && range(value);
}

function compileExists(operand: unknown): Predicate | undefined {
  return typeof operand === "boolean" ? (value) => isPresent(value) === operand : undefined;
}

function compileCidr(operand: unknown): Predicate | undefined {
  const blocks = oneOrListOf(operand, isText)?.map(compileBlock);
  if (blocks === undefined || blocks.includes(undefined)) return undefined;
  return (value) => {
    const address = isText(value) ? parseAddress(value) : undefined;
    return address !== undefined && blocks.some((block) => block?.(address) === true);
  };
}

/** The part of all units whose slot is in `from` ≤ slot < `to`: parts of one salt that do not overlap exclude each other. */
function compileSlots(operand: unknown): Predicate | undefined {
  if (!Array.isArray(operand) || operand.length !== 3) return undefined;
  const [salt, from, to] = operand as readonly unknown[];
  if (!isText(salt) || !isCount(from, SLOTS) || !isCount(to, SLOTS) || from > to) return undefined;
  const slotOf = slotsOf(salt);
  return (value) => {
    const unit = unitText(value);
    if (unit === undefined) return false;
    const slot = slotOf(unit);
    return slot >= from && slot < to;
  };
}

function compileIncludes(operand: unknown): Predicate | undefined {
  const items = oneOrListOf(operand, isScalar);
  if (items === undefined) return undefined;
  const set: ReadonlySet<unknown> = new Set(items);
  return hasItem((item) => set.has(item));
}

function compileIncludesIgnoreCase(operand: unknown): Predicate | undefined {
  const texts = oneOrListOf(operand, isText);
  if (texts === undefined) return undefined;
  const set: ReadonlySet<string> = new Set(texts.map(foldCase));
  return hasItem((item) => isText(item) && set.has(foldCase(item)));
}

/** Whether a list has an item of its own that passes. */
function hasItem(passes: (item: unknown) => boolean): Predicate {
  return (value) => {
    if (!Array.isArray(value)) return false;
    for (let at = 0; at < value.length; at += 1) if (passes(value[at]) && Object.hasOwn(value, at)) return true;
    return false;
  };
}

function compileEqualsIgnoreCase(operand: unknown): Predicate | undefined {
  if (!isText(operand)) return undefined;
  const folded = foldCase(operand);
  return (value) => isText(value) && foldCase(value) === folded;
}

function compileInIgnoreCase(operand: unknown): Predicate | undefined {
  const items = listOf(operand, isText);
  if (items === undefined) return undefined;
  const set: ReadonlySet<string> = new Set(items.map(foldCase));
  return (value) => isText(value) && set.has(foldCase(value));
}

/** Of texts: a text that the other operator does not hold for. What is no text, or is missing, holds for neither. */
function opposite(compile: (operand: unknown) => Predicate | undefined): (operand: unknown) => Predicate | undefined {
  return (operand) => {
    const predicate = compile(operand);
    return predicate && ((value) => isText(value) && !predicate(value));
  };
}

/** Maps A–Z to a–z and nothing else, because other case mappings differ between languages. */
function foldCase(text: string): string {
  return text.replace(/[A-Z]+/g, (upper) => upper.toLowerCase());
}
