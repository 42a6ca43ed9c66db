import type { Reading } from "./condition-reader.ts";
import type { FileReport } from "./diagnostic.ts";
import { Fields, readCountUpTo, wordFor } from "./fields.ts";
import { readPercent } from "./serve-reader.ts";
import type { Entry, Tree } from "./yaml-tree.ts";

/** What a guard does by itself when it finds harm. All are written down and told. */
export const GUARD_REACTIONS = ["announce", "pause", "kill"] as const;
export type GuardReaction = (typeof GUARD_REACTIONS)[number];

/** A guard of one flag: what is watched while customers get it, and what happens when that shows harm. */
export interface FlagGuard {
  /** Stands in sentences and, as `guard:<name>`, in the log. */
  readonly name: string;
  readonly environment: string;
  readonly watches: GuardedOutcome | GuardedQuery;
  /** Windows of a minute, of the last `of`, that must be bad. */
  readonly bad: number;
  readonly of: number;
  readonly reaction: GuardReaction;
  /** Kills and pauses within one day; beyond them it only announces. */
  readonly perDay: number;
}

/** An outcome that SDKs report: `client.track("export", …)`. */
export interface GuardedOutcome {
  readonly kind: "outcome";
  readonly outcome: string;
  /** How many times its share of failures without the feature a customer's share may be. */
  readonly margin: number;
  /** Outcomes that a customer must have reported. */
  readonly minimum: number;
  /** A share of failures that is harm whatever it was before, 0 to 1. */
  readonly above?: number;
}

/** A query of Prometheus, asked once a minute. */
export interface GuardedQuery {
  readonly kind: "query";
  readonly query: string;
  /** A value above it is bad. */
  readonly above: number;
  /** The label that holds the customer's key; without it the query speaks of everybody. */
  readonly customer?: string;
}

export const GUARD_FIELDS = [
  "environment",
  "outcome",
  "margin",
  "minimum",
  "abovePercent",
  "query",
  "customer",
  "above",
  "windows",
  "reaction",
  "perDay",
] as const;
export const GUARD_NAME: RegExp = /^[a-z0-9][a-z0-9-]{0,49}$/;
export const OUTCOME_NAME: RegExp = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
/** The label names of Prometheus' data model. */
export const LABEL_NAME: RegExp = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/;
export const WINDOWS: RegExp = /^([1-9]\d?) of ([1-9]\d?)$/;
/** Guards of one flag: what nobody can keep in mind guards nothing. */
export const GUARDS_MAX = 5;
export const GUARD_WINDOWS_MAX = 30;
export const GUARD_PER_DAY_MAX = 24;
export const GUARD_MARGIN_MAX = 100;
export const GUARD_MINIMUM_MAX = 100_000;
export const QUERY_CHARS_MAX = 2_000;
const PER_DAY_USUAL = 3;
const MARGIN_USUAL = 1.5;
const MINIMUM_USUAL = 20;
const WINDOWS_USUAL = { bad: 2, of: 5 };

/** Reads `guards:` of a flag, by name. One with a mistake keeps the flag at its last good form, like any other mistake of its file. */
export function readGuards(fields: Fields, kind: string | undefined, reading: Reading): readonly FlagGuard[] {
  const entries = fields.entries("guards");
  if (entries.length > GUARDS_MAX)
    reading.report.add(fields.tree("guards")?.span ?? fields.span, {
      code: "field/value",
      message: `There are ${entries.length} guards; a flag may have ${GUARDS_MAX}.`,
      fix: "Keep those that somebody would be woken for.",
    });
  return entries.slice(0, GUARDS_MAX).flatMap((entry) => readGuard(entry, kind, reading));
}

function readGuard({ key: name, keySpan, value }: Entry, kind: string | undefined, { report, mentions }: Reading): readonly FlagGuard[] {
  const isNamed = GUARD_NAME.test(name);
  if (!isNamed)
    report.add(keySpan, {
      code: "field/value",
      message: `"${name.slice(0, 100)}" is not the name of a guard.`,
      expected: "small letters, digits and dashes, at most 50",
      fix: "Rename it: it stands in sentences such as “the guard errors”.",
    });
  const one = Fields.of(report, value, GUARD_FIELDS, `The guard ${name.slice(0, 100)}`);
  if (one === undefined) return [];
  const environmentTree = one.tree("environment");
  const environment = environmentTree === undefined ? "production" : one.text("environment", environmentTree);
  if (environment !== undefined) mentions.push({ kind: "environment", name: environment, span: environmentTree?.span ?? keySpan });
  const reactionTree = one.required("reaction", "kill");
  const reaction = reactionTree && one.oneOf("reaction", GUARD_REACTIONS, reactionTree);
  const watches = readWatched(one, report);
  const windows = readWindows(one, report);
  const perDay = countOf(one, { name: "perDay", max: GUARD_PER_DAY_MAX, usual: PER_DAY_USUAL }, report);
  if (reaction !== undefined && reactionTree !== undefined) checkReaction({ reaction, kind, watches, tree: reactionTree }, report);
  if (!isNamed || environment === undefined || reaction === undefined || watches === undefined || windows === undefined || perDay === undefined) return [];
  return [{ name, environment, watches, ...windows, reaction, perDay }];
}

/** What may not be done by itself: to what a company runs on, and to customers whom nobody can name. */
function checkReaction(
  {
    reaction,
    kind,
    watches,
    tree,
  }: { readonly reaction: GuardReaction; readonly kind: string | undefined; readonly watches: FlagGuard["watches"] | undefined; readonly tree: Tree },
  report: FileReport,
): void {
  if (reaction !== "announce" && (kind === "ops" || kind === "permission"))
    report.add(tree.span, {
      code: "guard/reaction",
      message: `The flag is of kind ${kind}, which nothing but an engineer switches off.`,
      expected: "reaction: announce",
      fix: "Write reaction: announce",
    });
  else if (reaction === "kill" && watches?.kind === "query" && watches.customer === undefined)
    report.add(tree.span, {
      code: "guard/reaction",
      message: "A guard kills for the customers that are harmed, and this query does not say who they are.",
      expected: "customer: <the label that holds the customer's key>, or reaction: pause",
      fix: "Add customer: with the label that holds the customer's key, or write reaction: pause",
    });
}

function readWatched(one: Fields, report: FileReport): FlagGuard["watches"] | undefined {
  const [outcome, query] = [one.tree("outcome"), one.tree("query")];
  if ((outcome === undefined) === (query === undefined)) {
    report.add(query?.span ?? { start: one.span.start, end: one.span.start + 1 }, {
      code: "guard/source",
      message: outcome === undefined ? "The guard does not say what it watches." : "The guard watches an outcome and a query.",
      expected: "outcome: <what SDKs report>, or query: <PromQL>",
      fix: outcome === undefined ? "Add outcome: with the name that client.track() is called with." : "Make two guards of it.",
    });
    return undefined;
  }
  const foreign = outcome === undefined ? (["margin", "minimum", "abovePercent"] as const) : (["customer", "above"] as const);
  for (const name of foreign) {
    const tree = one.tree(name);
    if (tree === undefined) continue;
    report.add(tree.span, {
      code: "guard/source",
      message: `"${name}" belongs to a guard that watches ${outcome === undefined ? "an outcome" : "a query"}.`,
      expected: outcome === undefined ? "above and customer" : "margin, minimum and abovePercent",
      fix: name === "above" ? "Write abovePercent, in percent of the outcomes." : name === "abovePercent" ? "Write above, a value of the query." : "Delete it.",
    });
  }
  return outcome === undefined ? readQuery(one, report) : readOutcome(one, report);
}

function readOutcome(one: Fields, report: FileReport): GuardedOutcome | undefined {
  const outcome = matching(one, { name: "outcome", pattern: OUTCOME_NAME, expected: "letters, digits, dots, dashes and underscores, at most 100" }, report);
  const margin = numberOf(
    one,
    { name: "margin", isRight: (value) => value > 1 && value <= GUARD_MARGIN_MAX, expected: `a number above 1, at most ${GUARD_MARGIN_MAX}` },
    report,
  );
  const minimum = countOf(one, { name: "minimum", max: GUARD_MINIMUM_MAX, usual: MINIMUM_USUAL }, report);
  const aboveTree = one.tree("abovePercent");
  const above = aboveTree && readPercent(aboveTree, "abovePercent", report);
  if (outcome === undefined || margin === "wrong" || minimum === undefined || (aboveTree !== undefined && above === undefined)) return undefined;
  return { kind: "outcome", outcome, margin: margin ?? MARGIN_USUAL, minimum, ...(above === undefined ? {} : { above: above / 100_000 }) };
}

function readQuery(one: Fields, report: FileReport): GuardedQuery | undefined {
  const tree = one.tree("query");
  const query = one.text("query", tree);
  if (query !== undefined && tree !== undefined && (query.trim() === "" || query.length > QUERY_CHARS_MAX))
    report.add(tree.span, {
      code: "field/value",
      message: `The query has ${query.trim().length} characters.`,
      expected: `1 to ${QUERY_CHARS_MAX}`,
      fix: "Put what is long into a recording rule of Prometheus, and ask for that.",
    });
  one.required("above", "0.05");
  const above = numberOf(one, { name: "above", isRight: Number.isFinite, expected: "a number" }, report);
  const customer =
    one.tree("customer") === undefined ? undefined : matching(one, { name: "customer", pattern: LABEL_NAME, expected: "the name of a label" }, report);
  if (query === undefined || above === undefined || above === "wrong" || (one.tree("customer") !== undefined && customer === undefined)) return undefined;
  return { kind: "query", query, above, ...(customer === undefined ? {} : { customer }) };
}

function readWindows(one: Fields, report: FileReport): { readonly bad: number; readonly of: number } | undefined {
  const tree = one.tree("windows");
  if (tree === undefined) return WINDOWS_USUAL;
  const found = tree.kind === "value" && typeof tree.value === "string" ? WINDOWS.exec(tree.value) : null;
  const [bad, of] = [Number(found?.[1]), Number(found?.[2])];
  if (found !== null && bad <= of && of <= GUARD_WINDOWS_MAX) return { bad, of };
  report.add(tree.span, {
    code: "field/value",
    message: `"windows" is ${wordFor(tree)}.`,
    expected: `how many of how many minutes must be bad, such as 2 of 5, at most ${GUARD_WINDOWS_MAX}`,
    fix: "Write windows: 2 of 5",
  });
  return undefined;
}

function matching(
  one: Fields,
  { name, pattern, expected }: { readonly name: string; readonly pattern: RegExp; readonly expected: string },
  report: FileReport,
): string | undefined {
  const tree = one.tree(name);
  const text = one.text(name, tree);
  if (text === undefined || tree === undefined || pattern.test(text)) return text;
  report.add(tree.span, { code: "field/value", message: `"${name}" is ${wordFor(tree)}.`, expected, fix: `Write ${name}: and ${expected}.` });
  return undefined;
}

function numberOf(
  one: Fields,
  { name, isRight, expected }: { readonly name: string; readonly isRight: (value: number) => boolean; readonly expected: string },
  report: FileReport,
): number | "wrong" | undefined {
  const tree = one.tree(name);
  if (tree === undefined) return undefined;
  if (tree.kind === "value" && typeof tree.value === "number" && isRight(tree.value)) return tree.value;
  report.add(tree.span, { code: "field/value", message: `"${name}" is ${wordFor(tree)}.`, expected, fix: `Write ${name}: and ${expected}.` });
  return "wrong";
}

function countOf(
  one: Fields,
  { name, max, usual }: { readonly name: string; readonly max: number; readonly usual: number },
  report: FileReport,
): number | undefined {
  const tree = one.tree(name);
  return tree === undefined ? usual : readCountUpTo(max, tree, { report, field: name, fix: `Write ${name}: ${usual}` });
}

/** How much all guards of a project may do by themselves. */
export interface GuardLimits {
  /** Kills and pauses of all guards within one day; beyond them they only announce. */
  readonly perDay: number;
  /** For so long after somebody has lifted a guard's kill, or resumed what it paused, that guard only announces. */
  readonly quietHours: number;
}

export const GUARD_LIMIT_FIELDS = ["perDay", "quietHours"] as const;
export const ALL_GUARDS_PER_DAY_MAX = 200;
export const QUIET_HOURS_MAX = 720;
export const USUAL_GUARD_LIMITS: GuardLimits = { perDay: 10, quietHours: 24 };

/** Reads `guards:` of `sluice.yaml`. What is wrong there is told, and the usual number holds. */
export function readGuardLimits(fields: Fields, report: FileReport): GuardLimits {
  const tree = fields.tree("guards");
  const one = tree && Fields.of(report, tree, GUARD_LIMIT_FIELDS, "guards");
  if (one === undefined) return USUAL_GUARD_LIMITS;
  const { perDay, quietHours } = USUAL_GUARD_LIMITS;
  return {
    perDay: countOf(one, { name: "perDay", max: ALL_GUARDS_PER_DAY_MAX, usual: perDay }, report) ?? perDay,
    quietHours: countOf(one, { name: "quietHours", max: QUIET_HOURS_MAX, usual: quietHours }, report) ?? quietHours,
  };
}
