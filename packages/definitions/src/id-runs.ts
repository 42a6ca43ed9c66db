import type { Tree } from "./yaml-tree.ts";

/**
 * Long runs of plain ids in a list, one a line, are read without the YAML parser, which takes 40 µs for each: a segment of 200,000 ids
 * would hold up everybody for seconds. Only lines that can mean one thing are taken: a dash at the same place as the line before, and a word
 * or whole number that YAML's core schema reads as it stands.
 */
export interface CutText {
  /** The text with these lines blank, everything else at its place. */
  readonly text: string;
  readonly runs: IdRuns;
  /** Characters that are blank now. */
  readonly cutChars: number;
}

/** By the offset of the id in the line before the run: what was cut. */
export type IdRuns = ReadonlyMap<number, readonly Tree[]>;

/** Shorter runs are the parser's: its time does not matter there. */
const RUN_LINES_MIN = 100;

const LINE = /^( *- )([A-Za-z_][\w.@+-]*|[1-9]\d{0,14}|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\r?$/;
/** Words that the core schema reads as something else. */
const NOT_TEXT = /^(?:true|false|null)$/i;

interface Line {
  readonly dash: string;
  readonly value: string | number;
  readonly start: number;
  readonly end: number;
}

/** Cuts the runs of a text; the same text and no run where there is none. */
export function cutIdRuns(text: string): CutText {
  const runs = new Map<number, readonly Tree[]>();
  const kept: string[] = [];
  let open: Line[] = [];
  let [from, cutChars] = [0, 0];
  const close = (): void => {
    const [first, second] = open;
    // The last line stays: what is indented deeper behind it is part of that id.
    const last = open.at(-2);
    if (open.length >= RUN_LINES_MIN && first !== undefined && second !== undefined && last !== undefined) {
      runs.set(first.start, open.slice(1, -1).map(treeOf));
      const lineStart = second.start - second.dash.length;
      kept.push(
        text.slice(from, lineStart),
        text.slice(lineStart, last.end).replace(/[^\n]+/g, (line) => " ".repeat(line.length)),
      );
      cutChars += last.end - lineStart;
      from = last.end;
    }
    open = [];
  };
  for (let at = 0; at < text.length;) {
    const end = endOfLine(text, at);
    const line = lineAt(text, at, end);
    if (line === undefined || line.dash !== open[0]?.dash) close();
    if (line !== undefined) open.push(line);
    at = end + 1;
  }
  close();
  return runs.size === 0 ? { text, runs, cutChars } : { text: [...kept, text.slice(from)].join(""), runs, cutChars };
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

/** Characters of the longest line that is looked at: ids are shorter. */
const LINE_CHARS_MAX = 300;

function lineAt(text: string, at: number, end: number): Line | undefined {
  if (end - at > LINE_CHARS_MAX) return undefined;
  const [, dash, word] = LINE.exec(text.slice(at, end)) ?? [];
  if (dash === undefined || word === undefined || NOT_TEXT.test(word)) return undefined;
  const start = at + dash.length;
  return { dash, value: /^\d+$/.test(word) ? Number(word) : word, start, end: start + word.length };
}

const treeOf = ({ value, start, end }: Line): Tree => ({ kind: "value", span: { start, end }, value });
