import type { JsonValue } from "@sluice/evaluation";
import { partPlace } from "../environment-part.ts";
import { jsonOf } from "../fields.ts";
import { withoutMark } from "../unread-file.ts";
import type { Entry } from "../yaml-tree.ts";
import { contentEnd, entryEnd, indentOf, lineStartAt, type MapTree } from "./edit-map.ts";
import { treeIn } from "./read-map.ts";
import { flowOf, nameInFlow } from "./yaml-words.ts";

/** What one environment serves of a flag, as it is written in the flag's file or in a file of its own. */
export interface EnvironmentText {
  readonly value: JsonValue;
  /** What stands behind the environment's key, colon and all; absent where it is a file of its own. */
  readonly entry?: string;
  /** As a file of its own says it: lines at the margin, without the last line end. */
  readonly lines: string;
}

/** The environment's entry in the map of a flag's file. */
export function environmentEntry(file: MapTree, environment: string): Entry | undefined {
  const places = file.entries.find(({ key }) => key === "environments")?.value;
  return places?.kind === "map" ? places.entries.find(({ key }) => key === environment) : undefined;
}

/** What a file says for an environment: a flag's file under its key, a part in all of it. `undefined` where it says nothing, or cannot be read. */
export function environmentText(path: string, text: string, environment: string): EnvironmentText | undefined {
  const tree = treeIn(path, text);
  if (tree === undefined) return undefined;
  const body = withoutMark(text);
  const place = partPlace(path);
  if (place !== undefined) {
    if (place.environment !== environment) return undefined;
    const own = body.slice(headerEnd(body, tree), contentEnd(body, tree.span));
    return { value: jsonOf(tree), lines: atMargin(own, columnOf(body, tree)) };
  }
  const found = environmentEntry(tree, environment);
  if (found === undefined) return undefined;
  const entry = body.slice(found.keySpan.end, entryEnd(body, found));
  const column = found.value.kind === "map" ? columnOf(body, found.value) : 0;
  return { value: jsonOf(found.value), entry, lines: atMargin(entry.replace(/^["']?[ \t]*:[ \t]*(?:\r?\n)?/, ""), column) };
}

/**
 * The top of a file that holds one environment: what stands above an empty line, and the line that editors read. It is about the file, so it
 * stays where what the environment serves is written anew.
 */
export function headerEnd(body: string, tree: MapTree): number {
  const first = lineStartAt(body, tree.span.start);
  let end = 0;
  for (let at = 0; at < first;) {
    const next = body.indexOf("\n", at) + 1;
    if (/^(?:\s*|# yaml-language-server:.*)$/.test(body.slice(at, next))) end = next;
    at = next;
  }
  return end;
}

/** Ways to write it as a file of its own, the one that keeps most first. What the file then says is checked by whoever takes one. */
export function asPart({ value, lines }: EnvironmentText): readonly string[] {
  const isOneLine = lines.startsWith("{") && !lines.includes("\n");
  return isOneLine ? [plainLines(value), lines] : [lines, plainLines(value)];
}

/** Ways to write it behind a key whose own entries would stand at `column`. */
export function asEntry({ value, entry, lines }: EnvironmentText, column: number): readonly string[] {
  const inside = lines
    .split("\n")
    .map((line) => (line.trim() === "" ? line.trim() : " ".repeat(column) + line))
    .join("\n");
  const laidOut = lines.startsWith("{") ? `: ${inside.trimStart()}` : `:\n${inside}`;
  return [...(entry === undefined ? [] : [entry]), laidOut, `: ${flowOf(value)}`];
}

/** One field a line. */
function plainLines(value: JsonValue): string {
  const entries = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  return entries.map(([key, one]) => `${nameInFlow(key)}: ${flowOf(one)}`).join("\n");
}

/** How far in the entries of a map stand that are lines of their own. */
export const columnOf = (body: string, map: MapTree): number => indentOf(body, map.span.start)?.length ?? 0;

/** Lines moved to the margin, by the spaces that all of them have; a comment may have fewer. */
function atMargin(text: string, column: number): string {
  return text
    .split("\n")
    .map((line) => line.replace(new RegExp(`^ {0,${column}}`), ""))
    .join("\n")
    .replaceAll("\r", "");
}
