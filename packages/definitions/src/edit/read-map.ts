import { FileReport } from "../diagnostic.ts";
import { withoutMark } from "../unread-file.ts";
import { parseTree } from "../yaml-tree.ts";
import type { MapTree } from "./edit-map.ts";

/** A definition file as a map; `undefined` where it cannot be read as one. */
export function treeIn(path: string, text: string): MapTree | undefined {
  const body = withoutMark(text);
  const report = new FileReport(path, body);
  const tree = parseTree(body, report);
  return tree?.kind === "map" && !report.hasErrors ? tree : undefined;
}
