import type { Answer } from "./answer.ts";
import { SLOTS } from "./bucketing.ts";
import type { ConditionTrace, ShareTrace, StepTrace, Trace } from "./explain.ts";

/** Longest piece of a value that a line shows, in code units. */
const SHOWN_LENGTH_MAX = 60;

/** Lists as people call them; others by their own names. */
const LISTS: Readonly<Record<string, string>> = {
  hashes: "the lists kept at run time",
  customers: "the kill's customers",
  keys: "the customers who have it",
  except: "the customers who wait",
};

/** Who decided what a step names, and when, for those who know the decision log: `by Ana on 24 November, 03:12: wrong totals`. */
export type WhoDecided = (step: StepTrace) => string | undefined;

/** A trace in plain English, one line a step; lines of conditions are indented by two spaces a level. */
export function describe(trace: Trace, whoDecided: WhoDecided = () => undefined): string[] {
  const { flag, version, answer } = trace;
  const head = `${flag} answers ${describeAnswer(answer)} (snapshot ${version.epoch}:${version.seq}).`;
  return [head, ...trace.steps.flatMap((step) => describeStep(step, whoDecided(step)))];
}

function describeAnswer(answer: Answer): string {
  if (answer.cause === "unknownFlag") return "the caller's default: there is no such flag";
  if (answer.variant === undefined) return "the caller's default, because of an error";
  return `${answer.variant} = ${show(answer.value)}, reason ${answer.reason}`;
}

function describeStep(step: StepTrace, who: string | undefined): string[] {
  const problem = step.problem === undefined ? "" : ` Problem: ${step.problem}.`;
  const conditions = step.condition === undefined ? [] : describeCondition(step.condition, 1);
  const shares = step.share === undefined ? [] : [`  ${describeShare(step.share)}`];
  return [`${sentence(step)}${who === undefined ? "" : ` Decided ${who}.`}${problem}`, ...conditions, ...shares];
}

function describeShare({ path, input, slot, share }: ShareTrace): string {
  const who = `${path} (${input === undefined ? "missing" : show(input)})`;
  const first = `the first ${inPercent(share)}`;
  if (slot === undefined) return `${who} is nobody who can be counted: not in ${first}`;
  return `${who} is at ${inPercent(slot)}: ${slot < share ? "in" : "not in"} ${first}`;
}

function inPercent(slots: number): string {
  return `${(100 * slots) / SLOTS} %`;
}

function sentence(step: StepTrace): string {
  const by = step.by ?? "";
  if (step.outcome === "skipped") return `${step.cause} ${by} is skipped.`.replace("  ", " ");
  const decided = step.outcome === "decided";
  switch (step.cause) {
    case "kill":
      return decided ? `Kill ${by} switches it off.` : `Kill ${by} does not cover this context.`;
    case "prerequisite":
      return decided ? `Prerequisite ${by} is not met.` : `Prerequisite ${by} is met.`;
    case "ineligible":
      return decided ? "Not eligible." : "Eligible.";
    case "pin":
      return decided ? `Pinned by ${by}.` : `Not pinned by ${by}.`;
    case "exposure":
      return decided ? "The customer has the released value." : "The customer does not have the released value.";
    case "rule":
      return decided ? `Rule ${by} decides.` : `Rule ${by} does not apply.`;
    case "default":
      return "Nothing else decided, so the default is served.";
    case "unknownFlag":
    case "wrongType":
    case "noSnapshot":
      return "The caller's default is served.";
  }
}

function describeCondition(trace: ConditionTrace, level: number): string[] {
  const indent = "  ".repeat(level);
  if (trace.parts !== undefined || trace.operator === "segment") {
    const head = trace.operator === "segment" ? `in segment ${trace.path ?? "?"}` : trace.operator;
    return [`${indent}${head}: ${trace.outcome}`, ...(trace.parts ?? []).flatMap((part) => describeCondition(part, level + 1))];
  }
  const input = trace.input === undefined ? "missing" : show(trace.input);
  if (trace.operator === "serves") return [`${indent}${trace.path ?? "?"} answers ${input}, needed ${show(trace.operand)}: ${trace.outcome}`];
  if (trace.operator.startsWith("in ")) {
    const list = LISTS[trace.operator.slice(3)] ?? trace.operator.slice(3);
    return [`${indent}${trace.path ?? "?"} (${input}) is one of the ${String(trace.operand)} in ${list}: ${trace.outcome}`];
  }
  return [`${indent}${trace.path ?? "?"} (${input}) ${trace.operator} ${show(trace.operand)}: ${trace.outcome}`];
}

/** Values come from the caller's context, so even showing them must not throw. */
function show(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? "missing";
  } catch {
    text = "(cannot be shown)";
  }
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text;
}
