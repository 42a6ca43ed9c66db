import { compileAttributeTest, compileRead, type Test } from "./attribute.ts";
import { compileOperator } from "./operators.ts";
import type { Result } from "./result.ts";

/** Conditions nested deeper than this are broken: people do not write them, and recursion must end. */
const NESTING_MAX = 64;

/** Gives the membership test of a segment, or why there is none. */
export type SegmentTests = (id: string) => Result<Test, string>;

/**
 * Compiles a condition to one closure. Whatever cannot be read inside it, also under `not`, makes the whole a problem,
 * because half a condition is a different condition.
 */
export function compileCondition(condition: unknown, segments: SegmentTests, nesting = 0): Result<Test, string> {
  if (nesting > NESTING_MAX) return broken(`condition nested deeper than ${NESTING_MAX}`);
  if (!Array.isArray(condition)) return broken("condition is not a list");
  const [tag, ...rest] = condition as readonly unknown[];
  if (typeof tag !== "string") return broken("condition does not begin with an operator");
  switch (tag) {
    case "all":
    case "any":
      return compileGroup(tag, rest, (part) => compileCondition(part, segments, nesting + 1));
    case "not":
      return rest.length === 1 ? negate(compileCondition(rest[0], segments, nesting + 1)) : broken('"not" needs exactly one condition');
    case "segment": {
      const [id] = rest;
      return rest.length === 1 && typeof id === "string" ? segments(id) : broken('"segment" needs exactly one segment id');
    }
    default:
      return compileLeaf(tag, rest);
  }
}

function broken(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem };
}

function compileLeaf(operator: string, rest: readonly unknown[]): Result<Test, string> {
  const [path, operand] = rest;
  const predicate = compileOperator(operator, operand);
  if (!predicate.ok) return predicate;
  if (rest.length !== 2 || typeof path !== "string") return broken(`"${operator}" needs an attribute path and an operand`);
  if (operator === "exists") {
    const read = compileRead(path);
    return { ok: true, value: (context) => predicate.value(read(context)) };
  }
  return { ok: true, value: compileAttributeTest(path, predicate.value) };
}

function negate(inner: Result<Test, string>): Result<Test, string> {
  if (!inner.ok) return inner;
  const test = inner.value;
  return { ok: true, value: (context) => !test(context) };
}

function compileGroup(tag: "all" | "any", parts: readonly unknown[], compile: (part: unknown) => Result<Test, string>): Result<Test, string> {
  const tests: Test[] = [];
  for (const part of parts) {
    const compiled = compile(part);
    if (!compiled.ok) return compiled;
    tests.push(compiled.value);
  }
  return { ok: true, value: tag === "all" ? all(tests) : any(tests) };
}

function all(tests: readonly Test[]): Test {
  const [a, b] = tests;
  if (a === undefined) return () => true;
  if (b === undefined) return a;
  if (tests.length === 2) return (context) => a(context) && b(context);
  return (context) => {
    for (const test of tests) if (!test(context)) return false;
    return true;
  };
}

function any(tests: readonly Test[]): Test {
  const [a, b] = tests;
  if (a === undefined) return () => false;
  if (b === undefined) return a;
  if (tests.length === 2) return (context) => a(context) || b(context);
  return (context) => {
    for (const test of tests) if (test(context)) return true;
    return false;
  };
}

/** Ids of the segments that a condition names, as far as it can be read. */
export function segmentsIn(condition: unknown, nesting = 0): readonly string[] {
  if (!Array.isArray(condition) || nesting > NESTING_MAX) return [];
  const [tag, ...rest] = condition as readonly unknown[];
  if (tag === "segment") return typeof rest[0] === "string" ? [rest[0]] : [];
  if (tag !== "all" && tag !== "any" && tag !== "not") return [];
  return rest.flatMap((part) => segmentsIn(part, nesting + 1));
}
