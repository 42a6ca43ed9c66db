import type { TextEdit } from "../diagnostic.ts";
import type { Tree } from "../yaml-tree.ts";
import { contentEnd, lineEndAt, lineEndOf, lineStartAt } from "./edit-map.ts";

type ListTree = Extract<Tree, { readonly kind: "list" }>;

/** An item of the list as it shall be: one that is there, with its comments, by its place; or new lines of YAML, the first without its dash. */
export type ItemWanted = { readonly keep: number } | { readonly lines: readonly string[]; readonly flow: string };

/**
 * The edit that makes a list of these items. Items that stay keep every byte of theirs, the comments above them too. `undefined` where the list
 * is empty, would be, or is written in a way that this does not touch.
 */
export function editItems(text: string, list: ListTree, wanted: readonly ItemWanted[]): TextEdit | undefined {
  if (list.items.length === 0 || wanted.length === 0) return undefined;
  return text[list.span.start] === "[" ? editFlow(text, list, wanted) : editBlock(text, list, wanted);
}

function editFlow(text: string, { items, span }: ListTree, wanted: readonly ItemWanted[]): TextEdit | undefined {
  const [first, last] = [items[0], items.at(-1)];
  if (first === undefined || last === undefined || text.slice(span.start, span.end).includes("#")) return undefined;
  const written = items.map((item) => text.slice(item.span.start, contentEnd(text, item.span)));
  const text_ = wanted.map((item) => ("keep" in item ? (written[item.keep] ?? "") : item.flow)).join(", ");
  return { start: first.span.start, end: contentEnd(text, last.span), text: text_ };
}

function editBlock(text: string, list: ListTree, wanted: readonly ItemWanted[]): TextEdit | undefined {
  const starts = dashes(text, list);
  const column = starts[0] === undefined ? "" : text.slice(lineStartAt(text, starts[0]), starts[0]);
  if (starts.length !== list.items.length || !/^ *$/.test(column)) return undefined;
  const ends = list.items.map((item) => lineEndAt(text, contentEnd(text, item.span)));
  const start = firstLine(text, lineStartAt(text, starts[0] ?? 0));
  const end = ends.at(-1) ?? start;
  const lineEnd = lineEndOf(text, start);
  const chunks = ends.map((to, at) => text.slice(at === 0 ? start : nextLine(text, ends[at - 1] ?? 0), to));
  const made = wanted.map((item) =>
    "keep" in item ? (chunks[item.keep] ?? "") : item.lines.map((line, at) => `${column}${at === 0 ? "- " : "  "}${line}`).join(lineEnd),
  );
  return { start, end, text: made.join(lineEnd) };
}

/** Comments and empty lines above the first item are its own, as those above any other. */
function firstLine(text: string, start: number): number {
  for (let at = start; at > 0;) {
    const above = lineStartAt(text, at - 1);
    if (!/^[ \t]*(?:#.*)?\r?$/.test(text.slice(above, at - 1))) return at;
    at = above;
  }
  return start;
}

const nextLine = (text: string, end: number): number => (text[end] === "\r" ? end + 2 : end + 1);

/** Where each item's dash stands: between two items there is exactly one that begins a line and is no comment's. */
function dashes(text: string, { items, span }: ListTree): readonly number[] {
  return items.flatMap((item, at) => {
    const before = items[at - 1];
    if (before === undefined) return text[span.start] === "-" ? [span.start] : [];
    const from = contentEnd(text, before.span);
    const found = /\n[ \t]*-(?=[ \t\r\n])/.exec(text.slice(from, item.span.start));
    return found === null ? [] : [from + found.index + found[0].length - 1];
  });
}
