import type { Answer, Context } from "./answer.ts";
import { compileRead, type Read } from "./attribute.ts";
import type { Plan, Step } from "./draft.ts";

/** Decides a flag; never without an answer. */
export type Decision = (context: Context) => Answer;

/** A plan as one closure. `constant` is set where every context gets the same answer. */
export interface Fused {
  readonly decide: Decision;
  readonly constant?: Answer;
}

/** What is asked where a part has no answer: further parts, or nothing but one answer for everybody. */
type Rest = { readonly decide: Decision } | { readonly answer: Answer };

/** Answers first where it can, else asks the rest. */
type Part = (rest: Rest) => Decision;

/** More parts than this are asked in a loop; fewer become nested closures, which cost one call less each but use stack. */
const NESTED_MAX = 8;

/**
 * Makes one closure of a plan. Steps behind one that always answers are dropped, and neighbouring equality rules on one attribute
 * become one look-up. Nothing is allocated when it runs, but for what an operator itself needs.
 */
export function fuse(plan: Plan): Fused {
  const parts: Part[] = [];
  let last = plan.last;
  for (let at = 0; at < plan.steps.length;) {
    const step = plan.steps[at];
    if (step?.kind === "fixed" && step.when === true) {
      last = step.answer;
      break;
    }
    const end = endOfRun(plan.steps, at);
    if (end > at) parts.push(equalities(plan.steps.slice(at, end)));
    else if (step !== undefined) parts.push(...single(step));
    at = Math.max(end, at + 1);
  }
  if (parts.length === 0) return { decide: () => last, constant: last };
  return { decide: chain(parts, last) };
}

function single(step: Step): readonly Part[] {
  switch (step.kind) {
    case "skipped":
      return [];
    case "decided": {
      const { decide } = step;
      return [
        withRest(
          (rest) => (context) => decide(context) ?? rest(context),
          (last) => (context) => decide(context) ?? last,
        ),
      ];
    }
    case "fixed": {
      const { when, answer } = step;
      if (typeof when === "boolean") return [];
      return [
        withRest(
          (rest) => (context) => (when(context) ? answer : rest(context)),
          (last) => (context) => (when(context) ? answer : last),
        ),
      ];
    }
  }
}

/** End of the run of equality rules that starts here, or the start itself where there is none. Skipped steps inside do not end it: they match nobody. */
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

function equalities(steps: readonly Step[]): Part {
  const answers = new Map<unknown, Answer>();
  let path = "";
  for (const step of steps) {
    if (step.kind !== "fixed" || step.equality === undefined) continue;
    path = step.equality.path;
    for (const value of step.equality.values) if (!answers.has(value)) answers.set(value, step.answer);
  }
  const [only] = answers;
  if (path.includes(".")) return lookUpNested(compileRead(path), answers);
  return only !== undefined && answers.size === 1 ? compareOne(path, only) : lookUp(path, answers);
}

/** A last answer is said and not asked for: one call less. */
function withRest(asking: (rest: Decision) => Decision, saying: (last: Answer) => Decision): Part {
  return (rest) => ("answer" in rest ? saying(rest.answer) : asking(rest.decide));
}

function lookUpNested(read: Read, answers: ReadonlyMap<unknown, Answer>): Part {
  return withRest(
    (rest) => (context) => answers.get(read(context)) ?? rest(context),
    (last) => (context) => answers.get(read(context)) ?? last,
  );
}

function compareOne(path: string, [value, answer]: readonly [unknown, Answer]): Part {
  return withRest(
    (rest) => (context) => {
      try {
        if (context[path] === value && Object.hasOwn(context, path)) return answer;
      } catch {
        // The context's own getter threw: the attribute is missing, and equality with a missing attribute is false.
      }
      return rest(context);
    },
    (last) => (context) => {
      try {
        return context[path] === value && Object.hasOwn(context, path) ? answer : last;
      } catch {
        return last;
      }
    },
  );
}

function lookUp(path: string, answers: ReadonlyMap<unknown, Answer>): Part {
  return withRest(
    (rest) => (context) => {
      try {
        const answer = answers.get(context[path]);
        if (answer !== undefined && Object.hasOwn(context, path)) return answer;
      } catch {
        // As in compareOne.
      }
      return rest(context);
    },
    (last) => (context) => {
      try {
        const answer = answers.get(context[path]);
        return answer !== undefined && Object.hasOwn(context, path) ? answer : last;
      } catch {
        return last;
      }
    },
  );
}

function chain(parts: readonly Part[], last: Answer): Decision {
  if (parts.length <= NESTED_MAX) return nested(parts, last);
  // Marks "not this part" in the loop; never handed out.
  const none: Answer = Object.freeze({ reason: "ERROR", cause: "default" });
  const asks = parts.map((part) => part({ answer: none }));
  return (context) => {
    for (let at = 0; at < asks.length; at += 1) {
      const answer = asks[at]?.(context) ?? none;
      if (answer !== none) return answer;
    }
    return last;
  };
}

function nested(parts: readonly Part[], last: Answer): Decision {
  const [first, ...others] = parts;
  if (first === undefined) return () => last;
  return first(others.length === 0 ? { answer: last } : { decide: nested(others, last) });
}
