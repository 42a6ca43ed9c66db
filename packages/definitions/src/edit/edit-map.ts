import type { Span, TextEdit } from "../diagnostic.ts";
import type { Entry, Tree } from "../yaml-tree.ts";

export type MapTree = Extract<Tree, { readonly kind: "map" }>;

/** Where something of a block ends: behind its last line end the parser counts on, and that belongs to what follows. */
export function contentEnd(text: string, { start, end }: Span): number {
  return start + text.slice(start, end).trimEnd().length;
}

/** Where a line ends, its line end not counted. */
export function lineEndAt(text: string, offset: number): number {
  const at = text.indexOf("\n", offset);
  const end = at < 0 ? text.length : at;
  return text[end - 1] === "\r" && end > offset ? end - 1 : end;
}

export const lineStartAt = (text: string, offset: number): number => text.lastIndexOf("\n", offset - 1) + 1;

/** What ends lines here: as the line itself, and where it is the last, as the one before. */
export function lineEndOf(text: string, offset: number): string {
  const at = text.indexOf("\n", offset);
  const end = at < 0 ? text.lastIndexOf("\n", offset) : at;
  return text[end - 1] === "\r" ? "\r\n" : "\n";
}

/** Spaces before a key that stands first on its line; undefined where something else stands before it. */
export function indentOf(text: string, offset: number): string | undefined {
  const before = text.slice(lineStartAt(text, offset), offset);
  return /^ *$/.test(before) ? before : undefined;
}

const isFlow = (text: string, { span }: MapTree): boolean => text[span.start] === "{";
const isNothing = ({ value }: Entry): boolean => value.kind === "value" && value.value === null;
/** A colon, and the spaces around it, between a key and its value. */
const COLON = /^["']?[ \t]*:[ \t]*/;

/** Where an entry's value ends; of one without a value, behind its colon. */
export function entryEnd(text: string, entry: Entry): number {
  const { keySpan, value } = entry;
  const colon = COLON.exec(text.slice(keySpan.end))?.[0].trimEnd().length ?? 0;
  return isNothing(entry) && value.span.end <= keySpan.end + colon ? keySpan.end + colon : contentEnd(text, { start: keySpan.end, end: value.span.end });
}

/**
 * The edit that gives an entry of a map this value, written on one line, or puts the entry behind the last of `after` that is there, else
 * behind the last of all. `undefined` where the map is written in a way that this does not touch, such as with comments between brackets.
 */
export function putEntry(text: string, map: MapTree, { key, value, after = [] }: NewEntry): TextEdit | undefined {
  const known = map.entries.find((entry) => entry.key === key);
  if (known !== undefined) return replaceValue(text, known, value);
  const before = map.entries.findLast((entry) => after.includes(entry.key)) ?? map.entries.at(-1);
  if (isFlow(text, map)) {
    if (before === undefined) return { start: map.span.start, end: map.span.end, text: `{ ${key}: ${value} }` };
    const at = entryEnd(text, before);
    return { start: at, end: at, text: `, ${key}: ${value}` };
  }
  const indent = before && indentOf(text, before.keySpan.start);
  if (before === undefined || indent === undefined) return undefined;
  const at = lineEndAt(text, entryEnd(text, before));
  return { start: at, end: at, text: `${lineEndOf(text, at)}${indent}${key}:${/^\r?\n/.test(value) ? "" : " "}${value}` };
}

/** An entry as it shall stand in a map. */
export interface NewEntry {
  readonly key: string;
  /** YAML behind the colon; its first line end where it begins on a line of its own. */
  readonly value: string;
  /** Keys that stand before it. */
  readonly after?: readonly string[];
}

function replaceValue(text: string, entry: Entry, value: string): TextEdit {
  const end = entryEnd(text, entry);
  const colon = COLON.exec(text.slice(entry.keySpan.end))?.[0].trimEnd().length ?? 0;
  const start = entry.value.span.start;
  const gap = text.slice(entry.keySpan.end + colon, Math.min(start, end));
  if (start < end && !gap.includes("\n")) return { start, end, text: value };
  // A value on lines of its own moves up to its key, before a comment that stands there.
  const comment = gap.slice(0, Math.max(0, gap.search(/\r?\n|$/)));
  return { start: entry.keySpan.end + colon, end, text: ` ${value}${comment.trim() === "" ? "" : comment}` };
}

/** The edit that takes an entry away, with what stands on its lines; `undefined` where it is not written so that this could be done. */
export function removeEntry(text: string, map: MapTree, key: string): TextEdit | undefined {
  const index = map.entries.findIndex((entry) => entry.key === key);
  const entry = map.entries[index];
  if (entry === undefined) return { start: map.span.end, end: map.span.end, text: "" };
  const end = entryEnd(text, entry);
  if (isFlow(text, map)) {
    const [before, next] = [map.entries[index - 1], map.entries[index + 1]];
    const gap =
      next !== undefined
        ? { start: entry.keySpan.start, end: next.keySpan.start }
        : { start: before === undefined ? entry.keySpan.start : entryEnd(text, before), end };
    return text.slice(gap.start, gap.end).includes("#") ? undefined : { ...gap, text: "" };
  }
  if (indentOf(text, entry.keySpan.start) === undefined) return undefined;
  return removeLines(text, entry.keySpan.start, end);
}

/** Takes away whole lines; where they are the last of the file and it ends without a line end, it still does. */
export function removeLines(text: string, from: number, to: number): TextEdit {
  const [start, end] = [lineStartAt(text, from), lineEndAt(text, to)];
  if (end < text.length) return { start, end: text.indexOf("\n", end) + 1, text: "" };
  const before = text[start - 2] === "\r" ? start - 2 : Math.max(0, start - 1);
  return { start: before, end, text: "" };
}
