import type { Answer, Cause, Context } from "./answer.ts";
import { compileRead } from "./attribute.ts";
import type { Compiled } from "./compile.ts";
import { compileCondition, type SegmentTests } from "./condition.ts";
import type { Step } from "./draft.ts";
import { unknownFlag } from "./evaluate.ts";
import { listPart } from "./flag-form.ts";
import { isPresent } from "./operators.ts";
import { isRecord, ownValue } from "./shape.ts";
import type { Version } from "./snapshot-form.ts";

/** One condition with what it was asked about. `input` is absent where the attribute is missing or the condition is a group. */
export interface ConditionTrace {
  /** `all`, `any`, `not`, `segment` or an operator. */
  readonly operator: string;
  /** Attribute path, or segment id. */
  readonly path?: string;
  readonly operand?: unknown;
  readonly input?: unknown;
  readonly outcome: "true" | "false" | "broken";
  readonly parts?: readonly ConditionTrace[];
}

/** One step of the precedence, in order, up to the one that decided. */
export interface StepTrace {
  readonly cause: Cause;
  /** Rule id, kill id, prerequisite: whatever the cause names. */
  readonly by?: string;
  readonly condition?: ConditionTrace;
  readonly problem?: string;
  readonly outcome: "decided" | "passed" | "skipped";
}

/** Why a flag answers what it answers for one context. `answer` is what `evaluate` gives. */
export interface Trace {
  readonly flag: string;
  readonly version: Version;
  readonly steps: readonly StepTrace[];
  readonly answer: Answer;
}

/** Conditions below this level are not traced in parts; conditions are broken there anyway. */
const PARTS_DEPTH_MAX = 64;

/**
 * Asks a flag step by step and writes down each step until one decides. Walks the plan that `evaluate` was made from, but not its closure,
 * so that the two can be held against each other. Total; costs far more than `evaluate`.
 */
export function explain(compiled: Compiled, flag: string, context: Context): Trace {
  const { tables, version } = compiled;
  const plan = tables.planOf(flag);
  if (plan === undefined) return { flag, version, steps: [], answer: unknownFlag };
  const steps: StepTrace[] = [];
  const segments: SegmentTests = (id) => tables.segmentOf(id).test;
  for (const step of plan.steps) {
    const answer = ask(step, context);
    steps.push(traceStep(step, answer, (condition) => traceCondition(condition, context, segments), tables.formOf(flag)));
    if (answer !== undefined) return { flag, version, steps, answer };
  }
  steps.push({ cause: "default", outcome: "decided" });
  return { flag, version, steps, answer: plan.last };
}

function ask(step: Step, context: Context): Answer | undefined {
  switch (step.kind) {
    case "skipped":
      return undefined;
    case "decided":
      return step.decide(context);
    case "fixed":
      return step.when === true || (step.when !== false && step.when(context)) ? step.answer : undefined;
  }
}

function traceStep(step: Step, answer: Answer | undefined, trace: (condition: unknown) => ConditionTrace, form: unknown): StepTrace {
  const { cause, by } = step.label;
  const condition = conditionOf(step, form);
  const problem = step.kind === "decided" ? undefined : step.problem;
  return {
    cause,
    ...(by === undefined ? {} : { by }),
    ...(condition === undefined ? {} : { condition: trace(condition) }),
    ...(problem === undefined ? {} : { problem }),
    outcome: step.kind === "skipped" ? "skipped" : answer === undefined ? "passed" : "decided",
  };
}

function conditionOf({ label }: Step, form: unknown): unknown {
  if (!isRecord(form)) return undefined;
  if (label.cause === "ineligible") return ownValue(form, "eligible");
  if (label.cause !== "rule" || label.at === undefined) return undefined;
  const rule = listPart(form, "rules")?.[label.at];
  return isRecord(rule) ? ownValue(rule, "if") : undefined;
}

function traceCondition(condition: unknown, context: Context, segments: SegmentTests, depth = 0): ConditionTrace {
  const compiled = compileCondition(condition, segments, depth);
  const outcome = compiled.ok ? (compiled.value(context) ? "true" : "false") : "broken";
  if (!Array.isArray(condition) || depth > PARTS_DEPTH_MAX) return { operator: "?", outcome };
  const [tag, ...rest] = condition as readonly unknown[];
  const operator = typeof tag === "string" ? tag : "?";
  if (operator === "all" || operator === "any" || operator === "not") {
    return { operator, outcome, parts: rest.map((part) => traceCondition(part, context, segments, depth + 1)) };
  }
  const [path, operand] = rest;
  if (typeof path !== "string") return { operator, outcome };
  if (operator === "segment") return { operator, path, outcome };
  const input = compileRead(path)(context);
  return { operator, path, operand, ...(isPresent(input) ? { input } : {}), outcome };
}
