import type { Diagnostic, Repair, TextEdit } from "../diagnostic.ts";
import { partPlace, partsMoved } from "../environment-part.ts";
import { MARK } from "../unread-file.ts";

/** What mending changed. */
export interface Repaired {
  /** All files, changed and unchanged, by their new paths. */
  readonly files: ReadonlyMap<string, string>;
  /** Old path → new path. */
  readonly moved: ReadonlyMap<string, string>;
  readonly count: number;
}

/**
 * Makes every automatic repair of the diagnostics; a flag's parts go with its file. Where two touch the same characters the first is made, and the next look finds the other.
 * Every byte outside the edits stays, a byte-order mark and line ends among them.
 */
export function applyRepairs(files: ReadonlyMap<string, string>, diagnostics: readonly Diagnostic[]): Repaired {
  const changed = new Map(files);
  const moved = new Map<string, string>();
  const parts = [...files.keys()].filter((path) => partPlace(path) !== undefined);
  let count = 0;
  for (const [path, repairs] of repairsByFile(diagnostics)) {
    const text = files.get(path);
    if (text === undefined || moved.has(path)) continue;
    const taken: TextEdit[] = [];
    let target = path;
    for (const { edits, moveTo } of repairs) {
      const isFree = edits.every((edit) => taken.every((other) => edit.end < other.start || edit.start > other.end));
      const places = [moveTo, ...partsMoved(parts, { from: path, to: moveTo ?? path }).values()];
      const canMove = moveTo === undefined || moveTo === path || (target === path && !places.some((one) => one !== undefined && changed.has(one)));
      if (!isFree || !canMove) continue;
      taken.push(...edits);
      target = moveTo ?? target;
      count += 1;
    }
    for (const [part, place] of partsMoved(parts, { from: path, to: target })) {
      changed.set(place, changed.get(part) ?? "");
      changed.delete(part);
      moved.set(part, place);
    }
    changed.delete(path);
    changed.set(target, edited(text, taken));
    if (target !== path) moved.set(path, target);
  }
  return { files: changed, moved, count };
}

function repairsByFile(diagnostics: readonly Diagnostic[]): ReadonlyMap<string, readonly Repair[]> {
  const found = new Map<string, Repair[]>();
  for (const { file, repair } of diagnostics) {
    if (repair?.isAutomatic !== true) continue;
    const repairs = found.get(file);
    if (repairs === undefined) found.set(file, [repair]);
    else repairs.push(repair);
  }
  return found;
}

/** Edits are over the text without its byte-order mark. A file with Windows line ends gets those in what is put in. */
function edited(text: string, edits: readonly TextEdit[]): string {
  const mark = text.startsWith(MARK) ? MARK : "";
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  let result = text.slice(mark.length);
  for (const { start, end, text: put } of edits.toSorted((a, b) => b.start - a.start))
    result = result.slice(0, start) + put.replaceAll("\n", lineEnd) + result.slice(end);
  return mark + result;
}
