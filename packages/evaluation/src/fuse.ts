import type { Answer, Context } from "./answer.ts";
import { compileRead } from "./attribute.ts";
import type { Decide, Plan, Step } from "./draft.ts";

/** Decides a flag; never without an answer. */
export type Decision = (context: Context) => Answer;

/** A plan as one closure. `constant` is set where every context gets the same answer. */
export interface Fused {
  readonly decide: Decision;
  readonly constant?: Answer;
}

/** More steps than this are asked in a loop; fewer become nested closures, which cost one call less each but use stack. */
const NESTED_MAX = 4;

/**
 * Makes one closure of a plan. Steps behind one that always answers are dropped, and neighbouring equality rules on one attribute
 * become one look-up. Nothing is allocated when it runs, but for what an operator itself needs.
 */
export function fuse(plan: Plan): Fused {
  const parts: Decide[] = [];
  let last = plan.last;
  for (let at = 0; at < plan.steps.length; ) {
    const step = plan.steps[at];
    if (step?.kind === "fixed" && step.when === true) {
      last = step.answer;
      break;
    }
    const end = endOfRun(plan.steps, at);
    if (end - at > 1) parts.push(lookUp(plan.steps.slice(at, end)));
    else if (step !== undefined) parts.push(...single(step));
    at = Math.max(end, at + 1);
  }
  if (parts.length === 0) return { decide: () => last, constant: last };
  return { decide: chain(parts, last) };
}

function single(step: Step): readonly Decide[] {
  switch (step.kind) {
    case "skipped":
      return [];
    case "decided":
      return [step.decide];
    case "fixed": {
      const { when, answer } = step;
      return typeof when === "boolean" ? [] : [(context) => (when(context) ? answer : undefined)];
    }
  }
}

/** Skipped steps inside a run do not end it: they match nobody, and the answers already carry their problems. */
function endOfRun(steps: readonly Step[], start: number): number {
  const first = steps[start];
  if (first?.kind !== "fixed" || first.equality === undefined) return start;
  let end = start + 1;
  for (let at = start + 1; at < steps.length; at += 1) {
    const step = steps[at];
    if (step?.kind === "skipped") continue;
    if (step?.kind !== "fixed" || step.equality?.path !== first.equality.path) break;
    end = at + 1;
  }
  return end;
}

function lookUp(steps: readonly Step[]): Decide {
  const answers = new Map<unknown, Answer>();
  let path = "";
  for (const step of steps) {
    if (step.kind !== "fixed" || step.equality === undefined) continue;
    path = step.equality.path;
    for (const value of step.equality.values) if (!answers.has(value)) answers.set(value, step.answer);
  }
  if (path.includes(".")) {
    const read = compileRead(path);
    return (context) => answers.get(read(context));
  }
  return (context) => {
    try {
      const answer = answers.get(context[path]);
      return answer !== undefined && Object.hasOwn(context, path) ? answer : undefined;
    } catch {
      // The context's own getter threw: the attribute is missing, and equality with a missing attribute is false.
      return undefined;
    }
  };
}

function chain(parts: readonly Decide[], last: Answer): Decision {
  const [a, b] = parts;
  if (a === undefined) return () => last;
  if (b === undefined) return (context) => a(context) ?? last;
  if (parts.length <= NESTED_MAX) {
    const rest = chain(parts.slice(1), last);
    return (context) => a(context) ?? rest(context);
  }
  return (context) => {
    for (let at = 0; at < parts.length; at += 1) {
      const answer = parts[at]?.(context);
      if (answer !== undefined) return answer;
    }
    return last;
  };
}
