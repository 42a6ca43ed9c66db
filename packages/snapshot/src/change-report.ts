import { type Diagnostic, type ParsedProject, pathFromRoot, plainMarkdown, quotedMarkdown } from "@sluice/definitions";
import { type HeldCommit, heldWords } from "@sluice/releases";
import type { PlannedChange } from "./commit-plan.ts";

/** One change, with how many are on hold and the page where it is decided where a server was asked. */
export type ToldChange = Omit<PlannedChange, "counts"> & {
  readonly counts?: (NonNullable<PlannedChange["counts"]> & { readonly onHold?: number; readonly unknown?: readonly string[] | undefined }) | undefined;
  /** Of the contexts that applications ask with, as far as they are sampled; absent where none is. */
  readonly samples?: SampledCounts | undefined;
  readonly link?: string;
};

/** Of sampled contexts: how many would get something else, of how many that was not to be told, and by what else it goes. */
type SampledCounts = NonNullable<PlannedChange["counts"]> & { readonly untold: number; readonly unknown?: readonly string[] | undefined };

/** Why a commit would wait as a whole. */
type WholeHeld = Pick<HeldCommit, "removed" | "of" | "moves">;

/** What a change means, and by what it was found: a plan must say how much it knows. */
export interface ToldPlan {
  readonly changes: readonly ToldChange[];
  /** What changes beyond single flags, in sentences. */
  readonly project: readonly string[];
  /** In a sentence, who was counted. */
  readonly basis: string;
  readonly asked?: number;
  /** Days within which the sampled contexts were seen; absent where none was asked. */
  readonly sampledDays?: number | undefined;
  readonly commit?: string | undefined;
  /** The commit would remove so much that it waits as a whole. */
  readonly held?: WholeHeld | undefined;
}

/** A server's answer to what a change would mean (`POST /api/plan`). */
export interface ServerPlan {
  readonly commit?: string | undefined;
  readonly customers: number;
  readonly sampledDays?: number | undefined;
  readonly changes: readonly (Omit<ToldChange, "link"> & { readonly page: string })[];
  /** Absent from a server of an earlier version. */
  readonly project?: readonly string[] | undefined;
  readonly held?: WholeHeld | undefined;
}

/** What a server at `url` answered, with the pages where each change is seen or decided. */
export function planOfServer({ changes, customers, sampledDays, commit, held, project = [] }: ServerPlan, url: string): ToldPlan {
  return {
    project,
    changes: changes.map(({ page, ...change }) => ({ ...change, ...(change.isSame ? {} : { link: url + page }) })),
    asked: customers,
    commit,
    ...(held === undefined ? {} : { held }),
    ...(sampledDays === undefined ? {} : { sampledDays }),
    basis: basisOf(customers, sampledDays, url),
  };
}

function basisOf(customers: number, sampledDays: number | undefined, url: string): string {
  const sampled = sampledDays === undefined ? "" : `contexts that applications asked with in the last ${sampledDays} days, sampled as sluice.yaml declares`;
  if (customers > 0) {
    const beside = sampled === "" ? "" : ` Beside them ${sampled}: contexts that are alike in that count once.`;
    return `Counted over the ${customers} customers of ${url}, by their key alone: what is not known of them is named.${beside}`;
  }
  return sampled === ""
    ? `Nobody was counted: ${url} knows no customer yet, so this is by the flags' rules and what people have decided.`
    : `No customer was counted: ${url} knows none yet. Counted are ${sampled}: contexts that are alike in that count once.`;
}

/** Mistakes that the report lists; annotations and files name all. */
const LISTED_MAX = 50;

/** "1 mistake", "82 mistakes". */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** Lines of the whole plan; where Markdown is meant, no text from a file becomes a link, a picture or a mention. */
export function planLines({ changes, project, basis, held }: ToldPlan, isMarkdown: boolean): readonly string[] {
  const whole = [
    ...(held === undefined ? [] : [`It ${heldWords(held).join(", and ")}: as a whole it waits until an engineer or an admin lets the commit through.`]),
    ...project.map((line) => (isMarkdown ? `- ⚠️ ${plainMarkdown(line)}` : line)),
  ];
  const lines = changes.flatMap((change) => {
    const { environment, flag, notes, waits, samples, link } = change;
    const where = isMarkdown ? `- **${quotedMarkdown(flag)}** in ${environment}` : `${flag} in ${environment}`;
    const words = isMarkdown ? plainMarkdown(wordsOf(change)) : wordsOf(change);
    const more = [
      ...(samples === undefined ? [] : [sampleWords(samples)]),
      ...(waits.length === 0 ? [] : ["Waits for a person to decide."]),
      ...waits,
      ...notes,
      ...(link === undefined ? [] : [link]),
    ];
    return [`${where}: ${words}`, ...more.map((line) => (isMarkdown ? `  - ${line === link ? line : plainMarkdown(line)}` : `    ${line}`))];
  });
  if (!changes.every(({ isSame }) => isSame)) return [...whole, ...lines, basis];
  return [...whole, ...lines, project.length === 0 ? "No one changes." : "No flag says anything else."];
}

function wordsOf({ how, isSame, counts }: ToldChange): string {
  if (isSame) return "no one changes.";
  if (counts === undefined || counts.asked === 0) {
    const said = { comes: "it is new.", goes: "it goes.", changes: "who gets what may change.", follows: "who gets what may change." } as const;
    return said[how];
  }
  const { asked, changes, gets, onHold = 0, unknown = [] } = counts;
  const more =
    unknown.length === 0 ? "" : ` More may: it goes by ${namesOf(unknown)} too, which ${unknown.length === 1 ? "is" : "are"} not known of customers.`;
  if (changes === 0)
    return more === ""
      ? `none of the ${asked} asked would get anything else.`
      : `none of the ${asked} asked would get anything else by their key alone.${more}`;
  const held = onHold === 0 ? "" : ` ${onHold} of them ${onHold === 1 ? "is" : "are"} on hold.`;
  return `${changes} of ${asked} would get something else: ${gets.map(([variant, count]) => `${count} ${variant}`).join(", ")}.${held}${more}`;
}

function sampleWords({ asked, changes, gets, untold, unknown = [] }: SampledCounts): string {
  const told =
    changes === 0
      ? `None of ${counted(asked, "sampled context")} would get anything else.`
      : `About ${changes} of ${counted(asked, "sampled context")} would get something else: ${gets.map(([variant, count]) => `${count} ${variant}`).join(", ")}.`;
  const more = unknown.length === 0 ? "" : ` More may: it goes by ${namesOf(unknown)} too, which ${unknown.length === 1 ? "is" : "are"} not sampled.`;
  return `${told}${untold === 0 ? "" : ` Of ${untold} more it cannot be told: a value that it goes by is known as a hash alone.`}${more}`;
}

/** Attributes that a sentence names; the rest is counted. */
const NAMED_MAX = 4;
function namesOf(all: readonly string[]): string {
  const told = [...all.slice(0, NAMED_MAX), ...(all.length > NAMED_MAX ? [`${all.length - NAMED_MAX} more`] : [])].map((path) =>
    path === "targetingKey" ? "the user" : path,
  );
  return told.length === 1 ? String(told[0]) : `${told.slice(0, -1).join(", ")} and ${told.at(-1) ?? ""}`;
}

/** Whether every flag of a project can be read: what a change means is not said while one would stay as it is served. */
export const isWhole = ({ brokenFlags, unreadable }: ParsedProject): boolean => brokenFlags.length + unreadable.length === 0;

/** A change of definition files as it is reviewed: what was found in the files as they would be, and what it means where that can be said. */
export interface ReviewedChange {
  readonly parsed: ParsedProject;
  readonly plan: ToldPlan | undefined;
  /** The project's folder in its repository (`infra/flags/`, or empty). */
  readonly prefix: string;
  /** Further parts of the report, in Markdown, each with its heading. */
  readonly parts?: readonly string[];
}

/** What the review comes to, in a line: "no mistakes, 2 warnings, 1 change waits for a person". */
export function reviewTitle({ parsed: { diagnostics, tests }, plan }: ReviewedChange): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const waits = plan?.changes.filter((change) => change.waits.length > 0).length ?? 0;
  const passed = tests.results.filter(({ outcome }) => outcome === "passed").length;
  return [
    errors === 0 ? "no mistakes" : counted(errors, "mistake"),
    ...(diagnostics.length > errors ? [counted(diagnostics.length - errors, "warning")] : []),
    ...(tests.results.length === 0 ? [] : [`${passed} of ${counted(tests.results.length, "expectation")} hold`]),
    ...(waits === 0 ? [] : [`${counted(waits, "change")} ${waits === 1 ? "waits" : "wait"} for a person`]),
  ].join(", ");
}

/** Everything about a change, in Markdown in which nothing from a file becomes a link, a picture or a mention. */
export function reviewReport(review: ReviewedChange): string {
  const { parsed, plan, prefix, parts = [] } = review;
  const { diagnostics } = parsed;
  const more = diagnostics.length - LISTED_MAX;
  return [
    `## Flags: ${reviewTitle(review)}`,
    ...(diagnostics.length === 0 ? [] : ["", "### Mistakes and warnings", "", ...diagnostics.slice(0, LISTED_MAX).map((one) => lineOf(one, prefix))]),
    ...(more > 0 ? [`- and ${more} more`] : []),
    "",
    "### What it means",
    "",
    ...(plan === undefined ? ["Not said while a file has mistakes that keep its flag as it is served."] : planLines(plan, true)),
    ...parts.flatMap((part) => ["", part]),
  ].join("\n");
}

function lineOf({ severity, file, line, code, message, fix }: Diagnostic, prefix: string): string {
  return `- ${severity === "error" ? "❌" : "⚠️"} ${quotedMarkdown(`${pathFromRoot(prefix, file)}:${line}`)} ${plainMarkdown(message)} ${plainMarkdown(fix)} (${quotedMarkdown(code)})`;
}
