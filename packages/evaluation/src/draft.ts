import type { Answer, Cause, Context, Reason } from "./answer.ts";
import { compiledAnswer } from "./answer-place.ts";
import type { SegmentTests } from "./condition.ts";
import type { FlagBasics } from "./flag-form.ts";
import type { Coverage, HashOf } from "./kill.ts";
import type { JsonValue } from "./snapshot-form.ts";

/** Decides a flag for a context, or `undefined`: the next step is asked. */
export type Decide = (context: Context) => Answer | undefined;

/** One step of the precedence as compiled. `when` true means always; `fixed` answers the same to all whom it covers. */
export type Step =
  | {
      readonly kind: "fixed";
      readonly label: Label;
      readonly when: Coverage;
      readonly answer: Answer;
      readonly equality?: Equality;
      readonly problem?: string;
    }
  | { readonly kind: "decided"; readonly label: Label; readonly decide: Decide }
  | { readonly kind: "skipped"; readonly label: Label; readonly problem: string };

/** Where a step comes from: its cause, what the cause names, and its place in the form's list, counted from 0. */
export interface Label {
  readonly cause: Cause;
  readonly by?: string;
  readonly at?: number;
}

/** Set where a step's whole condition is that one attribute is one of some values: neighbours of this kind become one look-up. */
export interface Equality {
  readonly path: string;
  readonly values: readonly unknown[];
}

/** A flag as steps in the order of precedence; `last` answers where no step did. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly last: Answer;
}

/** A kill in force on a flag. */
export interface KillOnFlag {
  readonly id: string;
  readonly coverage: Coverage;
}

/** Why a prerequisite cannot be asked, or the parent's own decision; `constant` where it answers everybody the same. */
export type Parent =
  | { readonly ok: true; readonly decide: (context: Context) => Answer; readonly constant?: Answer }
  | { readonly ok: false; readonly problem: string };

/** Everything a flag is compiled against. */
export interface FlagSurroundings {
  readonly segments: SegmentTests;
  /** In force on this flag, sorted by id in byte order. */
  readonly kills: readonly KillOnFlag[];
  readonly parent: (flag: string) => Parent;
  readonly customerHash: HashOf;
  readonly userHash: HashOf;
  readonly customer: (context: Context) => unknown;
}

/** Collects steps and the problems that later answers carry. */
export interface Draft {
  readonly basics: FlagBasics;
  readonly around: FlagSurroundings;
  readonly steps: Step[];
  readonly problems: string[];
}

/** Makes a frozen answer for a variant; undefined where the flag lacks it. */
export function serve(draft: Draft, variant: unknown, reason: Reason, label: Label): Answer | undefined {
  const { variants } = draft.basics;
  if (typeof variant !== "string" || !Object.hasOwn(variants, variant)) return undefined;
  return compiledAnswer({
    value: freezeValue(variants[variant] as JsonValue),
    variant,
    reason,
    cause: label.cause,
    ...(label.by === undefined ? {} : { by: label.by }),
    ...problemsPart(draft.problems),
  });
}

/** Leaves a step out and says so in every later answer. */
export function skip(draft: Draft, label: Label, problem: string): void {
  draft.steps.push({ kind: "skipped", label, problem: note(draft, label, problem) });
}

/** Says a problem in every later answer; gives the text, which begins with the step. */
export function note(draft: Draft, label: Label, problem: string): string {
  const text = `${[label.cause, label.by].filter((part) => part !== undefined).join(" ")}: ${problem}`;
  draft.problems.push(text);
  return text;
}

/** Makes the answer of a step that must answer: where the flag lacks the variant, the caller's default with reason ERROR. */
export function serveOrError(draft: Draft, variant: string, reason: Reason, label: Label): Answer {
  const name = label.cause === "default" ? "default" : "off";
  return serve(draft, variant, reason, label) ?? errorAnswer(label, [...draft.problems, `${name}: no variant "${variant}"`]);
}

/** Answers the caller's default. */
export function errorAnswer(label: Label, problems: readonly string[]): Answer {
  return compiledAnswer({
    reason: "ERROR",
    cause: label.cause,
    ...(label.by === undefined ? {} : { by: label.by }),
    ...problemsPart(problems),
  });
}

function problemsPart(problems: readonly string[]): Pick<Answer, "problems"> {
  return problems.length === 0 ? {} : { problems: Object.freeze([...problems]) };
}

/** Values nested deeper than this are left unfrozen below it, so that recursion ends. */
const FREEZE_DEPTH_MAX = 64;

/** Values are shared by all answers, so nobody may change them. */
function freezeValue(value: JsonValue, depth = 0): JsonValue {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value) && depth < FREEZE_DEPTH_MAX) {
    Object.freeze(value);
    for (const inner of Object.values<JsonValue>(value)) freezeValue(inner, depth + 1);
  }
  return value;
}

/** A name for a problem text, whatever stands in its place. */
export function quote(name: unknown): string {
  return typeof name === "string" ? `"${name}"` : `of type ${typeof name}`;
}
