import type { Answer, Context } from "./answer.ts";
import { flagKeysOf, type Compiled } from "./compile.ts";
import { canonicalJson } from "./encode.ts";
import { evaluate } from "./evaluate.ts";
import { explain, type Trace } from "./explain.ts";
import { compareBytes } from "./shape.ts";

/** One flag that answers one context otherwise in the later snapshot. `unknownFlag` stands for a flag that is not there. */
export interface AnswerChange {
  readonly flag: string;
  readonly before: Answer;
  readonly after: Answer;
}

/** Somebody, and whom the questions about them are asked for. */
export interface Asked {
  readonly name: string;
  readonly context: Context;
}

/** A flag with those for whom it changes, in the order they were given. `asked` is how many were asked in all. */
export interface FlagChange {
  readonly flag: string;
  readonly asked: number;
  readonly who: readonly (AnswerChange & { readonly name: string })[];
}

/** Whether the application notices: another value or variant, or none any more. A change of the cause alone is none. */
export function isOtherAnswer(before: Answer, after: Answer): boolean {
  if (before.variant !== after.variant || (before.reason === "ERROR") !== (after.reason === "ERROR")) return true;
  return before.value !== after.value && canonicalJson(before.value ?? null) !== canonicalJson(after.value ?? null);
}

/** Flags of either snapshot, in byte order. */
function keysOfBoth(before: Compiled, after: Compiled): readonly string[] {
  return [...new Set([...flagKeysOf(before), ...flagKeysOf(after)])].sort(compareBytes);
}

/** What changes for one person or customer between two snapshots of an environment. Cost: every flag is asked twice. */
export function changesFor(before: Compiled, after: Compiled, context: Context): readonly AnswerChange[] {
  return keysOfBoth(before, after)
    .map((flag) => ({ flag, before: evaluate(before, flag, context), after: evaluate(after, flag, context) }))
    .filter((change) => isOtherAnswer(change.before, change.after));
}

/** Who changes between two snapshots: the flags that change for anybody asked, with everybody they change for. Cost: flags × asked × 2. */
export function whoChanges(before: Compiled, after: Compiled, everybody: readonly Asked[]): readonly FlagChange[] {
  return keysOfBoth(before, after).flatMap((flag) => {
    const who = everybody.flatMap(({ name, context }) => {
      const [was, is] = [evaluate(before, flag, context), evaluate(after, flag, context)];
      return isOtherAnswer(was, is) ? [{ name, flag, before: was, after: is }] : [];
    });
    return who.length === 0 ? [] : [{ flag, asked: everybody.length, who }];
  });
}

/** One change with both traces: why it was so, and why it is so. */
export function explainChange(
  before: Compiled,
  after: Compiled,
  { flag, context }: { readonly flag: string; readonly context: Context },
): { readonly before: Trace; readonly after: Trace } {
  return { before: explain(before, flag, context), after: explain(after, flag, context) };
}

/** A change in one sentence. */
export function describeChange({ flag, before, after }: AnswerChange): string {
  // Where the variant's name is the same, its value is what changes.
  const showsValue = before.variant === after.variant;
  return `${flag}: ${inWords(before, showsValue)} before, ${inWords(after, showsValue)} after.`;
}

/** Longest value that a sentence shows, in code units. */
const SHOWN_LENGTH_MAX = 60;

function inWords(answer: Answer, showsValue: boolean): string {
  const why = `${answer.cause}${answer.by === undefined ? "" : ` ${answer.by}`}`;
  if (answer.variant === undefined) return answer.cause === "unknownFlag" ? "not there" : `the caller's default (${why})`;
  const value = showsValue ? ` = ${JSON.stringify(answer.value).slice(0, SHOWN_LENGTH_MAX)}` : "";
  return `${answer.variant}${value} (${why})`;
}
