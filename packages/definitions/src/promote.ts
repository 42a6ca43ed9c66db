import { environmentIn, editFlagFiles, environmentPaths, type FlagFiles } from "./edit/flag-files.ts";
import { treeIn } from "./edit/read-map.ts";

/** What became of the files of one flag. */
export type Promotion =
  /** Those that change, by path, with their text. */
  | { readonly outcome: "changed" | "same"; readonly texts: ReadonlyMap<string, string> }
  /** `nothing`: they say nothing for the environment that is copied. */
  | { readonly outcome: "nothing" }
  /** `unread`: the file has mistakes, or is written in a way that no program edits. `twice`: another one says what the same environment serves. */
  | { readonly outcome: "unread" | "twice"; readonly path: string };

/**
 * The files of a flag with what they say for `from` in `to`, too, as it is written there: rules, comments between them and all. It is written
 * where `to` stands; every byte outside that stays, and so does the top of a file that holds `to` alone. Where the flag does not have it, it is
 * put behind `from`, or into a file of its own as `editFlagFiles` says.
 */
export function promoteFlag(files: FlagFiles, { from, to }: { readonly from: string; readonly to: string }): Promotion {
  const { path, texts } = files;
  if (treeIn(path, texts.get(path) ?? "") === undefined) return { outcome: "unread", path };
  const [source, other] = environmentPaths(files, from);
  if (source === undefined) return { outcome: "nothing" };
  if (other !== undefined) return { outcome: "twice", path: other };
  const said = environmentIn(files, from);
  if (said === undefined) return { outcome: "unread", path: source };
  const done = editFlagFiles(files, [{ kind: "environmentOf", environment: to, said, after: [from] }]);
  if (!done.ok) return { outcome: done.why === "twice" ? "twice" : "unread", path: done.path };
  const changed = new Map([...done.texts].flatMap(([one, text]) => (text === undefined ? [] : [[one, text] as const])));
  return { outcome: changed.size === 0 ? "same" : "changed", texts: changed };
}
