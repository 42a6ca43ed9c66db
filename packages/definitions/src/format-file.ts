import { canonicalJson } from "@sluice/evaluation";
import { FileReport } from "./diagnostic.ts";
import { jsonOf } from "./fields.ts";
import type { ENVIRONMENT_FIELDS, FLAG_FIELDS } from "./flag-file.ts";
import { PROJECT_FIELDS } from "./project-file.ts";
import { SEGMENT_FIELDS } from "./segment-file.ts";
import { parseTree, type Tree } from "./yaml-tree.ts";

/** A file in its usual form; `unread` where it is no YAML that can be put in order, and then the text is as it was. */
export interface FormattedFile {
  readonly text: string;
  readonly outcome: "same" | "changed" | "unread";
}

/** What it is, whose it is, how long it lives; then what it serves and to whom. */
export const FLAG_ORDER: readonly (typeof FLAG_FIELDS)[number][] = [
  "key",
  "aliases",
  "description",
  "kind",
  "owner",
  "ticket",
  "tags",
  "created",
  "expires",
  "extensions",
  "permanent",
  "reviewBy",
  "type",
  "schema",
  "variants",
  "off",
  "codeDefault",
  "salt",
  "expose",
  "eligible",
  "exclusion",
  "environments",
  "guards",
];

const ENVIRONMENT_ORDER: readonly (typeof ENVIRONMENT_FIELDS)[number][] = ["prerequisites", "rules", "default"];
/** Whether a file says what an environment serves, and nothing else. */
export const isPart = ({ entries }: Extract<Tree, { readonly kind: "map" }>): boolean =>
  entries.every(({ key }) => ENVIRONMENT_ORDER.some((field) => field === key));

/** Files that have a usual form. */
export const isFormatted = (path: string): boolean => path === "sluice.yaml" || /^(?:flags|environments|segments|tests)\//.test(path);

function orderFor(path: string): readonly string[] {
  if (path.startsWith("flags/")) return FLAG_ORDER;
  if (path.startsWith("segments/")) return SEGMENT_FIELDS;
  if (path.startsWith("environments/")) return ENVIRONMENT_ORDER;
  return path.startsWith("tests/") ? ["flag", "environment", "tests"] : PROJECT_FIELDS;
}

/**
 * Puts a file's fields into their order and its lines into shape: no spaces at their ends, one empty line at most, one line end at the last.
 * A comment above a field goes with it; one at the top or the bottom of the file stays there. Texts of several lines are not touched. What it
 * means and every comment is kept; that is checked, and a file that would lose anything is left as it was. Never throws.
 */
export function formatFile(path: string, text: string): FormattedFile {
  const before = readTree(path, text);
  // Another tool may keep files of its own in these folders.
  if (path.startsWith("environments/") && before?.kind === "map" && !isPart(before)) return { text, outcome: "same" };
  if (before?.kind !== "map" || /^(?:---|\.\.\.|%)/m.test(text) || text.startsWith("\uFEFF")) return { text, outcome: "unread" };
  const starts = before.entries.map(({ keySpan }) => keySpan.start);
  // Fields between brackets stand on one line, or are no lines that could be moved.
  if (starts.some((start) => start > 0 && text[start - 1] !== "\n")) return { text, outcome: "unread" };
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  const formatted = `${tidied(ordered(before, text, orderFor(path))).join(lineEnd)}${lineEnd}`;
  if (formatted === text) return { text, outcome: "same" };
  return keepsAll(path, { before, text, formatted }) ? { text: formatted, outcome: "changed" } : { text, outcome: "unread" };
}

function readTree(path: string, text: string): Tree | undefined {
  const report = new FileReport(path, text);
  const tree = parseTree(text, report);
  return report.hasErrors ? undefined : tree;
}

interface Line {
  readonly text: string;
  /** Part of a text of several lines: its spaces and empty lines are what it says. */
  readonly isFixed: boolean;
}

interface Block {
  readonly key: string;
  readonly lines: readonly Line[];
}

/** All lines, with the fields in their order; those that are not in it come last, as they stood. */
function ordered(tree: Extract<Tree, { readonly kind: "map" }>, text: string, order: readonly string[]): readonly Line[] {
  const lines = linesOf(text, fixedSpans(tree, text));
  const starts = tree.entries.map(({ keySpan }) => text.slice(0, keySpan.start).split("\n").length - 1);
  const above = starts.map((start, at) => commentsAbove(lines, start, at === 0 ? headerEnd(lines, start) : (starts[at - 1] ?? 0) + 1));
  const footer = footerStart(lines, starts.at(-1) ?? 0);
  const blocks = tree.entries.map(({ key }, at): Block => ({ key, lines: lines.slice(above[at], above[at + 1] ?? footer) }));
  const rank = ({ key }: Block): number => (order.includes(key) ? order.indexOf(key) : order.length);
  const sorted = blocks.toSorted((a, b) => rank(a) - rank(b));
  return [...lines.slice(0, above[0]), ...sorted.flatMap((block) => block.lines), ...lines.slice(footer)];
}

function linesOf(text: string, fixed: readonly { readonly start: number; readonly end: number }[]): readonly Line[] {
  let offset = 0;
  return text.split("\n").map((line) => {
    const [start, end] = [offset, offset + line.length];
    offset = end + 1;
    return { text: line.replace(/\r$/, ""), isFixed: fixed.some((span) => span.start < end + 1 && start < span.end) };
  });
}

function fixedSpans(tree: Tree, text: string): readonly { readonly start: number; readonly end: number }[] {
  switch (tree.kind) {
    case "map":
      return tree.entries.flatMap(({ value }) => fixedSpans(value, text));
    case "list":
      return tree.items.flatMap((item) => fixedSpans(item, text));
    case "value":
      return text.slice(tree.span.start, tree.span.end).trimEnd().includes("\n") || /^[|>]/.test(text.slice(tree.span.start, tree.span.start + 1))
        ? [tree.span]
        : [];
  }
}

const isBlank = ({ text, isFixed }: Line | undefined = { text: "x", isFixed: true }): boolean => !isFixed && text.trim() === "";
const isComment = ({ text, isFixed }: Line | undefined = { text: "x", isFixed: true }): boolean => !isFixed && text.startsWith("#");

/** The first line that goes with a field: comments and empty lines right above it, at the margin. */
function commentsAbove(lines: readonly Line[], start: number, from: number): number {
  let first = start;
  while (first > from && (isComment(lines[first - 1]) || isBlank(lines[first - 1]))) first -= 1;
  return first;
}

/** The top of a file: what stands above an empty line, and the line that editors read. */
function headerEnd(lines: readonly Line[], firstKey: number): number {
  let end = 0;
  for (let at = 0; at < firstKey; at += 1) if (isBlank(lines[at]) || lines[at]?.text.startsWith("# yaml-language-server:") === true) end = at + 1;
  return end;
}

/** Where comments at the margin below the last field begin. */
function footerStart(lines: readonly Line[], lastKey: number): number {
  let first = lines.length;
  while (first > lastKey + 1 && (isComment(lines[first - 1]) || isBlank(lines[first - 1]))) first -= 1;
  return first;
}

function tidied(lines: readonly Line[]): readonly string[] {
  const kept: string[] = [];
  let wasBlank = true;
  for (const line of lines) {
    const blank = isBlank(line);
    if (blank && wasBlank) continue;
    kept.push(line.isFixed ? line.text : line.text.trimEnd());
    wasBlank = blank;
  }
  while (kept.at(-1)?.trim() === "") kept.pop();
  return kept;
}

function keepsAll(path: string, { before, text, formatted }: { readonly before: Tree; readonly text: string; readonly formatted: string }): boolean {
  const after = readTree(path, formatted);
  const content = (all: string): string =>
    all
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "")
      .sort()
      .join("\n");
  return after !== undefined && canonicalJson(jsonOf(after)) === canonicalJson(jsonOf(before)) && content(text) === content(formatted);
}
