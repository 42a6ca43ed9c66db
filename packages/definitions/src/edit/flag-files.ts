import { partPath, partPlace, partsByFlag, partsName } from "../environment-part.ts";
import { formatFile } from "../format-file.ts";
import { sourcePlace } from "../source-path.ts";
import { editFlagText } from "./edit-flag.ts";
import { type EnvironmentText, environmentEntry, environmentText } from "./environment-text.ts";
import type { Edited, FlagEdit } from "./flag-edit.ts";
import { treeIn } from "./read-map.ts";
import { nameInFlow } from "./yaml-words.ts";

/** The files of one flag, as an edit takes them. */
export interface FlagFiles {
  /** Of the flag's own file. */
  readonly path: string;
  /** Its own file's text and those of its parts, by path. */
  readonly texts: ReadonlyMap<string, string>;
  /** Environments that stand in files of their own in the flag's source, whichever flag those are of. */
  readonly apart: ReadonlySet<string>;
}

/** What became of a flag's files: those that an edit touches, with their text; `undefined` for one that goes. */
export type EditedFiles =
  | { readonly ok: true; readonly texts: ReadonlyMap<string, string | undefined> }
  /** `twice`: what the environment serves stands here and in another file of the flag. */
  | { readonly ok: false; readonly path: string; readonly why: Extract<Edited, { readonly ok: false }>["why"] | "twice" };

/** The files of any flag among all of a project's, by the path of its own file. */
export function flagFilesIn(all: ReadonlyMap<string, string>): (path: string) => FlagFiles {
  const text = (path: string): string => all.get(path) ?? "";
  const paths = [...all.keys()].filter((path) => partPlace(path) !== undefined).sort();
  const parts = partsByFlag(paths, text);
  const apart = new Map<string | undefined, Set<string>>();
  for (const path of paths) {
    const { source } = sourcePlace(path);
    const known = apart.get(source) ?? new Set();
    known.add(partPlace(path)?.environment ?? "");
    apart.set(source, known);
  }
  return (path) => {
    const own = (parts.get(partsName(path)) ?? []).map((part) => [part.path, part.text] as const);
    return { path, texts: new Map([[path, text(path)], ...own]), apart: apart.get(sourcePlace(path).source) ?? new Set() };
  };
}

/** Where a flag says what it serves in an environment: the paths of its files that do, more than one where it is a mistake. */
export function environmentPaths({ path, texts }: FlagFiles, environment: string): readonly string[] {
  const parts = partsOf(texts).filter((part) => partPlace(part)?.environment === environment);
  const own = treeIn(path, texts.get(path) ?? "");
  return own !== undefined && environmentEntry(own, environment) !== undefined ? [path, ...parts] : parts;
}

/** What a flag's files say for an environment; `undefined` where they say nothing, or it cannot be read. */
export function environmentIn(files: FlagFiles, environment: string): EnvironmentText | undefined {
  const [path] = environmentPaths(files, environment);
  return path === undefined ? undefined : environmentText(path, files.texts.get(path) ?? "", environment);
}

/**
 * A flag's files with these edits, in order. What an environment serves is edited where it stands. One that the flag does not list yet goes into
 * a file of its own where the flag has such files, or others of its source have one for that environment: a folder may be protected, and nothing
 * is written beside it.
 */
export function editFlagFiles(files: FlagFiles, edits: readonly FlagEdit[]): EditedFiles {
  const touched = new Map<string, string | undefined>();
  let now = files;
  for (const edit of edits) {
    const place = placeOf(now, edit);
    if (!place.ok) return place;
    const { path } = place;
    const done = editOne(path, now.texts.get(path), edit);
    if (!done.ok) return { ...done, path };
    if (done.text !== now.texts.get(path)) touched.set(path, done.text);
    const texts = new Map(now.texts);
    if (done.text === undefined) texts.delete(path);
    else texts.set(path, done.text);
    now = { ...now, texts };
  }
  return { ok: true, texts: new Map([...touched].filter(([path, text]) => files.texts.get(path) !== text)) };
}

function placeOf(files: FlagFiles, edit: FlagEdit): { readonly ok: true; readonly path: string } | Extract<EditedFiles, { readonly ok: false }> {
  const { path, texts, apart } = files;
  if (edit.kind === "facts" || edit.kind === "variants") return { ok: true, path };
  const [known, other] = environmentPaths(files, edit.environment);
  if (other !== undefined) return { ok: false, path: other, why: "twice" };
  if (known !== undefined) return { ok: true, path: known };
  const isApart = partsOf(texts).length > 0 || apart.has(edit.environment);
  return { ok: true, path: isApart ? partPath(path, edit.environment) : path };
}

/** A part begins with its default, and goes with what it says. One that stood in the usual form still does. */
function editOne(
  path: string,
  text: string | undefined,
  edit: FlagEdit,
): Extract<Edited, { readonly ok: false }> | { readonly ok: true; readonly text?: string } {
  if (partPlace(path) === undefined) return text === undefined ? { ok: false, why: "unread" } : editFlagText(path, text, [edit]);
  if (edit.kind === "environmentOf" && edit.said === undefined) return { ok: true };
  const usual = edit.kind === "serving" ? edit.default : "off";
  if (text === undefined && usual === undefined) return { ok: false, why: "notTouched" };
  const before = text ?? `default: ${nameInFlow(usual ?? "off")}\n`;
  const done = editFlagText(path, before, [edit]);
  return done.ok && formatFile(path, before).outcome === "same" ? { ok: true, text: formatFile(path, done.text).text } : done;
}

const partsOf = (texts: FlagFiles["texts"]): readonly string[] => [...texts.keys()].filter((path) => partPlace(path) !== undefined);
