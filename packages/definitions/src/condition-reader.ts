import { checkOperand, type Condition, isOperatorName, operators, operandWords } from "@sluice/evaluation";
import type { FileReport, Span } from "./diagnostic.ts";
import { jsonOf, listWords, nearest, wordFor } from "./fields.ts";
import type { Entry, Tree } from "./yaml-tree.ts";

/** A name that only the whole project can check. */
export interface Mention {
  readonly kind: "attribute" | "segment" | "environment" | "owner" | "flag";
  readonly name: string;
  readonly span: Span;
  /** Of a prerequisite: the variants of that flag that let this one go on. */
  readonly serves?: readonly { readonly name: string; readonly span: Span }[];
  /** Of an attribute: what it is compared with. */
  readonly uses?: readonly AttributeUse[];
}

/** An operator over an attribute, with the single values of its operand. */
export interface AttributeUse {
  readonly operator: string;
  readonly operatorSpan: Span;
  readonly values: readonly { readonly value: string | number | boolean; readonly span: Span }[];
}

function useOf({ key, keySpan, value }: Entry): AttributeUse {
  const items = value.kind === "list" ? value.items : [value];
  return {
    operator: key,
    operatorSpan: keySpan,
    values: items.flatMap((item) => (item.kind === "value" && item.value !== null ? [{ value: item.value, span: item.span }] : [])),
  };
}

/** Where conditions report to, and where they note what they mention. */
export interface Reading {
  readonly report: FileReport;
  readonly mentions: Mention[];
}

const operatorNames = Object.keys(operators);

/** A condition in its wire form; undefined, with a report, where it cannot be read. */
export function readCondition(tree: Tree, reading: Reading): Condition | undefined {
  if (tree.kind !== "map" || tree.entries.length === 0) {
    reading.report.add(tree.span, {
      code: "condition/shape",
      message: tree.kind === "map" ? "A condition is empty: it says nothing about whom it matches." : `A condition is ${wordFor(tree)}, where a map belongs.`,
      expected: "{ attribute: { operator: value } }, { all: […] }, { any: […] }, { not: {…} } or { segment: name }",
      fix: "Write for example { country: { in: [AU, NZ] } }",
    });
    return undefined;
  }
  const parts = tree.entries.map(({ key, keySpan, value }) => readPart({ key, keySpan, value }, reading));
  const whole = parts.filter((part) => part !== undefined);
  if (whole.length < parts.length) return undefined;
  const [only] = whole;
  return whole.length === 1 ? only : ["all", ...whole];
}

function readPart(entry: { readonly key: string; readonly keySpan: Span; readonly value: Tree }, reading: Reading): Condition | undefined {
  const { key, value } = entry;
  switch (key) {
    case "all":
    case "any":
      return readList(key, value, reading);
    case "not": {
      const inner = readCondition(value, reading);
      return inner && ["not", inner];
    }
    case "segment":
      return readSegment(value, reading);
    default:
      return readAttribute(entry, reading);
  }
}

function readList(tag: "all" | "any", value: Tree, reading: Reading): Condition | undefined {
  if (value.kind !== "list") {
    reading.report.add(value.span, {
      code: "condition/shape",
      message: `"${tag}" is ${wordFor(value)}, where a list of conditions belongs.`,
      expected: `${tag}: [ {…}, {…} ]`,
      fix: `Write ${tag}: and each condition as an item.`,
    });
    return undefined;
  }
  const parts = value.items.map((item) => readCondition(item, reading));
  const whole = parts.filter((part) => part !== undefined);
  return whole.length === parts.length ? [tag, ...whole] : undefined;
}

function readSegment(value: Tree, reading: Reading): Condition | undefined {
  if (value.kind === "value" && typeof value.value === "string") {
    reading.mentions.push({ kind: "segment", name: value.value, span: value.span });
    return ["segment", value.value];
  }
  reading.report.add(value.span, {
    code: "condition/shape",
    message: `"segment" is ${wordFor(value)}, where a segment's key belongs.`,
    expected: "segment: name",
    fix: "Name one segment; several go into any: or all:",
  });
  return undefined;
}

function readAttribute(
  { key, keySpan, value }: { readonly key: string; readonly keySpan: Span; readonly value: Tree },
  reading: Reading,
): Condition | undefined {
  reading.mentions.push({ kind: "attribute", name: key, span: keySpan, ...(value.kind === "map" ? { uses: value.entries.map(useOf) } : {}) });
  if (value.kind !== "map" || value.entries.length === 0) {
    const example = value.kind === "value" ? `{ equals: ${JSON.stringify(value.value)} }` : "{ equals: … }";
    reading.report.add(value.span, {
      code: "condition/shape",
      message: `"${key}" is compared with ${wordFor(value)}, without an operator.`,
      expected: `${key}: { operator: value }`,
      fix: `Write ${key}: ${example}`,
    });
    return undefined;
  }
  const tests = value.entries.map((entry) => readOperator(key, entry, reading));
  const whole = tests.filter((test) => test !== undefined);
  if (whole.length < tests.length) return undefined;
  const [only] = whole;
  return whole.length === 1 ? only : ["all", ...whole];
}

function readOperator(
  attribute: string,
  entry: { readonly key: string; readonly keySpan: Span; readonly value: Tree },
  { report }: Reading,
): Condition | undefined {
  const { key, keySpan, value } = entry;
  if (!isOperatorName(key)) {
    const near = nearest(key, operatorNames);
    report.add(keySpan, {
      code: "condition/unknown-operator",
      message: `There is no operator "${key}".`,
      expected: listWords(operatorNames),
      nearest: near,
      fix: near === undefined ? "Choose one of the operators." : `Write "${near}".`,
    });
    return undefined;
  }
  const operand = jsonOf(value);
  const problem = checkOperand(key, operand);
  if (problem !== undefined) {
    report.add(value.span, {
      code: "condition/operand",
      message: `"${key}" is given ${wordFor(value)}.`,
      expected: operandWords[operators[key].operand],
      fix: `Give "${key}" ${operandWords[operators[key].operand]}.`,
    });
    return undefined;
  }
  return [key, attribute, operand];
}
