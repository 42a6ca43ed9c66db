import { FileReport } from "../diagnostic.ts";
import { parseTree } from "../yaml-tree.ts";
import type { MapTree } from "./edit-map.ts";

/** Editors on Windows begin files with a mark that is no part of the text. */
export const MARK = "\uFEFF";

export const withoutMark = (text: string): string => (text.startsWith(MARK) ? text.slice(MARK.length) : text);

/** A definition file as a map; `undefined` where it cannot be read as one. */
export function treeIn(path: string, text: string): MapTree | undefined {
  const body = withoutMark(text);
  const report = new FileReport(path, body);
  const tree = parseTree(body, report);
  return tree?.kind === "map" && !report.hasErrors ? tree : undefined;
}
