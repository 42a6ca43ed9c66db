import { type JsonValue, nearestNames } from "@sluice/evaluation";
import type { FileReport, Span } from "./diagnostic.ts";
import type { Entry, Tree } from "./yaml-tree.ts";

/** What a tree is, in words, for messages. */
export function wordFor(tree: Tree): string {
  if (tree.kind === "map") return "a map";
  if (tree.kind === "list") return "a list";
  if (tree.value === null) return "nothing";
  return typeof tree.value === "string"
    ? `the text "${tree.value.slice(0, 40)}"`
    : typeof tree.value === "number"
      ? `the number ${tree.value}`
      : String(tree.value);
}

/** Names in a sentence: `a`, `b` or `c`; cut after eight. */
export function listWords(names: readonly string[]): string {
  const shown = names.slice(0, 8);
  const more = names.length > shown.length ? ", and more" : "";
  return shown.length <= 1 ? (shown[0] ?? "nothing") : `${shown.slice(0, -1).join(", ")} or ${shown.at(-1) ?? ""}${more}`;
}

/** The nearest of the right names, where one is near. */
export const nearest = (name: string, names: Iterable<string>): string | undefined => nearestNames(name, names, 1)[0];

/** A whole number from 1 to `max`; undefined, with a report, for anything else. */
export function readCountUpTo(
  max: number,
  tree: Tree,
  { report, field, fix }: { readonly report: FileReport; readonly field: string; readonly fix: string },
): number | undefined {
  const value = tree.kind === "value" ? tree.value : undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= max) return value;
  report.add(tree.span, { code: "field/value", message: `"${field}" is ${wordFor(tree)}.`, expected: `a whole number from 1 to ${max}`, fix });
  return undefined;
}

/** Fields of a map that are looked through one by one; a flag has at most 26. */
const ENTRIES_MAX = 40;

/** Reads the fields of one map and reports what is missing, unknown or of the wrong kind. */
export class Fields {
  readonly span: Span;
  readonly #report: FileReport;
  readonly #entries: readonly Entry[];
  /** Of a map with more fields than any file has by rights: looking through them would cost their square. */
  readonly #byKey: ReadonlyMap<string, Entry> | undefined;
  readonly #known: readonly string[];

  private constructor(report: FileReport, tree: Extract<Tree, { readonly kind: "map" }>, known: readonly string[]) {
    this.#report = report;
    this.span = tree.span;
    this.#entries = tree.entries;
    this.#byKey = tree.entries.length > ENTRIES_MAX ? new Map(tree.entries.map((entry) => [entry.key, entry])) : undefined;
    this.#known = known;
    for (const { key, keySpan } of tree.entries) {
      if (known.includes(key)) continue;
      const near = nearest(
        key,
        known.filter((name) => this.tree(name) === undefined),
      );
      report.add(keySpan, {
        code: "field/unknown",
        message: `There is no field "${key}" here.`,
        expected: listWords(known),
        nearest: near,
        fix: near === undefined ? "Delete it." : `Write "${near}" instead of "${key}".`,
      });
    }
  }

  /** The fields of a whole file; undefined, with a report, where it is no map. */
  static ofFile(report: FileReport, tree: Tree, known: readonly string[]): Fields | undefined {
    if (tree.kind === "map") return new Fields(report, tree, known);
    report.add(
      { start: tree.span.start, end: tree.span.start + 1 },
      {
        code: "file/not-a-map",
        message: `The file is ${wordFor(tree)}, where a map belongs.`,
        expected: `a map with ${listWords(known)}`,
        fix:
          tree.kind === "list"
            ? `Take the "- " away: one file defines one thing, and begins with ${known[0] ?? "key"}:`
            : `Begin the file with ${known[0] ?? "key"}:`,
      },
    );
    return undefined;
  }

  /** The fields of a map; undefined, with a report, for anything else. */
  static of(report: FileReport, tree: Tree, known: readonly string[], what: string): Fields | undefined {
    if (tree.kind === "map") return new Fields(report, tree, known);
    report.add(tree.span, {
      code: "field/type",
      message: `${what} is ${wordFor(tree)}, where a map belongs.`,
      expected: `a map with ${listWords(known)}`,
      fix: `Write ${known[0] ?? "key"}: … on lines of their own.`,
    });
    return undefined;
  }

  tree(name: string): Tree | undefined {
    if (this.#byKey !== undefined) return this.#byKey.get(name)?.value;
    for (const entry of this.#entries) if (entry.key === name) return entry.value;
    return undefined;
  }

  /** True where a misspelt relative of the field stands instead: that was reported already. */
  #isMisspelt(name: string): boolean {
    return this.#entries.some(({ key }) => !this.#known.includes(key) && nearest(key, [name]) === name);
  }

  required(name: string, example: string): Tree | undefined {
    const tree = this.tree(name);
    if (tree !== undefined && !(tree.kind === "value" && tree.value === null)) return tree;
    if (!this.#isMisspelt(name))
      this.#report.add(
        { start: this.span.start, end: this.span.start + 1 },
        { code: "field/missing", message: `The field "${name}" is missing.`, expected: `${name}: ${example}`, fix: `Add ${name}: ${example}` },
      );
    return undefined;
  }

  text(name: string, tree: Tree | undefined = this.tree(name)): string | undefined {
    if (tree === undefined) return undefined;
    if (tree.kind === "value" && typeof tree.value === "string") return tree.value;
    this.#report.add(tree.span, {
      code: "field/type",
      message: `"${name}" is ${wordFor(tree)}, where a text belongs.`,
      expected: "a text",
      fix: tree.kind === "value" && tree.value !== null ? `Put it in quotes: ${name}: "${String(tree.value)}"` : `Write ${name}: some text`,
    });
    return undefined;
  }

  oneOf<T extends string>(name: string, values: readonly T[], tree: Tree | undefined = this.tree(name)): T | undefined {
    const text = this.text(name, tree);
    if (text === undefined || tree === undefined) return undefined;
    const found = values.find((value) => value === text);
    if (found !== undefined) return found;
    const near = nearest(text, values);
    this.#report.add(tree.span, {
      code: "field/value",
      message: `"${text}" is not one of the values of "${name}".`,
      expected: listWords(values),
      nearest: near,
      fix: `Write ${name}: ${near ?? values[0] ?? ""}`,
    });
    return undefined;
  }

  boolean(name: string): boolean | undefined {
    const tree = this.tree(name);
    if (tree === undefined) return undefined;
    if (tree.kind === "value" && typeof tree.value === "boolean") return tree.value;
    this.#report.add(tree.span, {
      code: "field/type",
      message: `"${name}" is ${wordFor(tree)}, where true or false belongs.`,
      expected: "true or false",
      fix: `Write ${name}: true or ${name}: false`,
    });
    return undefined;
  }

  /** A date of the calendar, as its text. */
  date(name: string): string | undefined {
    const tree = this.tree(name);
    const text = this.text(name, tree);
    if (text === undefined || tree === undefined) return undefined;
    if (isDate(text)) return text;
    this.#report.add(tree.span, {
      code: "field/date",
      message: `"${text}" is not a date of the calendar.`,
      expected: "a date such as 2026-12-31",
      fix: "Write year, month and day: 2026-12-31",
    });
    return undefined;
  }

  items(name: string): readonly Tree[] {
    const tree = this.tree(name);
    if (tree === undefined) return [];
    if (tree.kind === "list") return tree.items;
    this.#report.add(tree.span, {
      code: "field/type",
      message: `"${name}" is ${wordFor(tree)}, where a list belongs.`,
      expected: "a list",
      fix: `Begin each item with "- " on a line below ${name}:`,
    });
    return [];
  }

  entries(name: string): readonly Entry[] {
    const tree = this.tree(name);
    if (tree === undefined) return [];
    if (tree.kind === "map") return tree.entries;
    this.#report.add(tree.span, {
      code: "field/type",
      message: `"${name}" is ${wordFor(tree)}, where a map belongs.`,
      expected: "a map",
      fix: `Write names with values on lines below ${name}:`,
    });
    return [];
  }
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** `YYYY-MM-DD` in the proleptic Gregorian calendar. */
export function isDate(text: string): boolean {
  if (!DATE.test(text)) return false;
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8))];
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 && isLeap ? 29 : (DAYS[month - 1] ?? 0);
  return day >= 1 && day <= days;
}

/** A tree as plain JSON. */
export function jsonOf(tree: Tree): JsonValue {
  switch (tree.kind) {
    case "value":
      return tree.value;
    case "list":
      return tree.items.map(jsonOf);
    case "map":
      return Object.fromEntries(tree.entries.map(({ key, value }) => [key, jsonOf(value)]));
  }
}
