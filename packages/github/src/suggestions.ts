import { type Diagnostic, formatFile, isFormatted, plainMarkdown, quotedMarkdown, type Repair, repairOffers } from "@sluice/definitions";

/** Whole lines of a file, and what may stand there instead: what a reviewer commits with one click. Lines count from 1. */
export interface Suggestion {
  /** From the repository's root. */
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  /** Markdown, with the suggestion as GitHub reads it. */
  readonly body: string;
}

/** A file of a change, as it would be. */
export interface SuggestedFile {
  /** In the project's folder. */
  readonly file: string;
  readonly text: string;
}

/** Longer ones are no suggestion that anybody reads. */
const LINES_MAX = 60;
/** Begins every suggestion, so that one that stands there is not made again. */
export const SUGGESTION_MARK = "<!-- sluice suggestion -->";

interface Lines {
  readonly startLine: number;
  readonly endLine: number;
  readonly text: string;
}

/**
 * What a machine can mend in a file, as suggestions that do not touch one another: what `sluice validate --fix` and an editor's quick fixes do, and
 * where there is nothing to mend what `sluice fmt` does. A file with Windows line ends or a byte-order mark has none: GitHub would mix both.
 */
export function suggestionsOf({ file, text }: SuggestedFile, diagnostics: readonly Diagnostic[], prefix: string): readonly Suggestion[] {
  if (text.includes("\r") || text.startsWith("\uFEFF")) return [];
  const own = diagnostics.filter((one) => one.file === file);
  const found: Suggestion[] = [];
  const add = (lines: Lines | undefined, words: string): void => {
    if (lines === undefined || lines.endLine - lines.startLine >= LINES_MAX) return;
    if (found.some((one) => lines.startLine <= one.endLine && one.startLine <= lines.endLine)) return;
    found.push({ path: prefix + file, startLine: lines.startLine, endLine: lines.endLine, body: `${SUGGESTION_MARK}\n${words}\n\n${blockOf(lines.text)}` });
  };
  for (const diagnostic of own) {
    const [repair] = repairOffers(diagnostic, text);
    if (repair?.moveTo === undefined && repair !== undefined)
      add(mended(text, repair), `${plainMarkdown(diagnostic.message)} ${plainMarkdown(diagnostic.fix)} (${quotedMarkdown(diagnostic.code)})`);
  }
  if (own.length > 0 || !isFormatted(file)) return found;
  const formatted = formatFile(file, text);
  if (formatted.outcome === "changed") add(differing(text, formatted.text), "In the order that `sluice fmt` gives every file.");
  return found;
}

/** A fence that no line of the text can end. */
function blockOf(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}suggestion\n${text}${text === "" ? "" : "\n"}${fence}`;
}

/** The whole lines that a repair touches, as they would be. */
function mended(text: string, { edits }: Repair): Lines | undefined {
  if (edits.length === 0) return undefined;
  const first = Math.min(...edits.map(({ start }) => start));
  const last = Math.max(...edits.map(({ end }) => end));
  const from = text.lastIndexOf("\n", first - 1) + 1;
  // An edit that ends with a line's end touches no character of the next.
  const lastTouched = Math.max(first, last > first && text[last - 1] === "\n" ? last - 1 : last);
  const end = text.indexOf("\n", lastTouched);
  const to = end < 0 ? text.length : end + 1;
  let region = text.slice(from, to);
  for (const { start, end: stop, text: put } of edits.toSorted((a, b) => b.start - a.start))
    region = region.slice(0, start - from) + put + region.slice(stop - from);
  return { startLine: lineOf(text, from), endLine: lineOf(text, to - 1), text: region.replace(/\n$/, "") };
}

const lineOf = (text: string, offset: number): number => text.slice(0, Math.max(0, offset)).split("\n").length;

/** The lines between what two texts begin and end with alike; one line at least, for GitHub suggests nothing between two lines. */
function differing(before: string, after: string): Lines | undefined {
  const [old, now] = [before.replace(/\n$/, "").split("\n"), after.replace(/\n$/, "").split("\n")];
  let start = 0;
  while (start < old.length - 1 && start < now.length - 1 && old[start] === now[start]) start += 1;
  let [oldEnd, nowEnd] = [old.length, now.length];
  while (oldEnd > start + 1 && nowEnd > start + 1 && old[oldEnd - 1] === now[nowEnd - 1]) [oldEnd, nowEnd] = [oldEnd - 1, nowEnd - 1];
  // Only line ends at the end of the file differ: no line does.
  if (old.slice(start, oldEnd).join("\n") === now.slice(start, nowEnd).join("\n")) return undefined;
  return { startLine: start + 1, endLine: oldEnd, text: now.slice(start, nowEnd).join("\n") };
}

/** Lines of the new side that a patch of GitHub's shows: comments can stand beside these alone. */
export function linesShown(patch: string): ReadonlySet<number> {
  const shown = new Set<number>();
  let line = 0;
  for (const text of patch.split("\n")) {
    const hunk = /^@@ -\S+ \+(\d+)(?:,\d+)? @@/.exec(text)?.[1];
    if (hunk !== undefined) line = Number(hunk);
    else if (text.startsWith("+") || text.startsWith(" ")) {
      shown.add(line);
      line += 1;
    }
  }
  return shown;
}
