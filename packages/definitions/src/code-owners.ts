import { quotedMarkdown } from "./markdown-text.ts";
import type { ParsedProject } from "./project.ts";

const BEGIN = "# sluice:begin, made by `sluice codeowners --write` from each flag's owner: change that instead";
const END = "# sluice:end";

/** What CODEOWNERS should say of a project's flags. */
export interface CodeOwners {
  /** In the order of their paths; no line's pattern covers what another one names. */
  readonly lines: readonly string[];
  /** Teams that own flags and have no `github:` in sluice.yaml: nobody can be asked for these. */
  readonly withoutHandle: readonly string[];
}

/** What stands for files that nobody at the Git host owns. */
const NOBODY = "";

/**
 * CODEOWNERS lines (GitHub's and GitLab's form) for a project's flag files: one for a folder whose flags all have one owner, otherwise one for each
 * file. `prefix` is the project's folder in its repository (`infra/flags/`, or empty).
 */
export function codeOwnersOf({ flags, project }: Pick<ParsedProject, "flags" | "project">, prefix: string): CodeOwners {
  const handles = project?.handles ?? new Map<string, readonly string[]>();
  const owned = [...flags.values()].map(({ path, owner = "" }) => [path, (handles.get(owner) ?? []).join(" ")] as const);
  const without = [...flags.values()].flatMap(({ owner = "" }) => (owner === "" || handles.has(owner) ? [] : [owner]));
  return { lines: linesIn("", owned.toSorted(byPath)).map((line) => `/${escaped(prefix)}${line}`), withoutHandle: [...new Set(without)].sort() };
}

type Owned = readonly (readonly [path: string, owners: string])[];

const byPath = ([a]: Owned[number], [b]: Owned[number]): number => (a < b ? -1 : 1);
const escaped = (path: string): string => path.replaceAll(" ", "\\ ");

function linesIn(folder: string, files: Owned): readonly string[] {
  const owners = new Set(files.map(([, own]) => own));
  const [only] = owners;
  // The root folder is never one line: sluice.yaml and whatever else stands there has no owner by a flag.
  if (folder !== "" && owners.size === 1) return only === undefined || only === NOBODY ? [] : [`${escaped(folder)} ${only}`];
  const parts = new Map<string, (readonly [string, string])[]>();
  for (const file of files) {
    const rest = file[0].slice(folder.length);
    const name = rest.includes("/") ? rest.slice(0, rest.indexOf("/") + 1) : rest;
    parts.set(name, [...(parts.get(name) ?? []), file]);
  }
  return [...parts].flatMap(([name, inside]) => {
    if (name.endsWith("/")) return linesIn(folder + name, inside);
    const [, own = NOBODY] = inside[0] ?? [];
    return own === NOBODY ? [] : [`${escaped(folder + name)} ${own}`];
  });
}

/** The file with these lines between our two marks; every byte outside them stays. Lines without marks are added at its end, for the last match counts. */
export function withCodeOwners(text: string, lines: readonly string[]): string {
  const block = [BEGIN, ...lines, END].join("\n");
  const [start, end] = marksIn(text);
  if (start === undefined) return `${text}${text === "" || text.endsWith("\n\n") ? "" : text.endsWith("\n") ? "\n" : "\n\n"}${block}\n`;
  return text.slice(0, start) + block + text.slice(end);
}

/** Whether CODEOWNERS says it. `absent`: it has no lines of ours, and nobody asked for them. */
export function codeOwnersState(text: string, lines: readonly string[]): "current" | "stale" | "absent" {
  if (marksIn(text)[0] === undefined) return "absent";
  return withCodeOwners(text, lines) === text ? "current" : "stale";
}

/** Where our lines begin and end; a file whose second mark is gone ends with them. */
function marksIn(text: string): readonly [start: number | undefined, end: number] {
  const start = /^# sluice:begin\b.*$/m.exec(text)?.index;
  if (start === undefined) return [undefined, text.length];
  const end = /^# sluice:end$/m.exec(text.slice(start));
  return [start, end === null ? text.length : start + end.index + END.length];
}

/** For a report: that CODEOWNERS is not what the flags say, and what to do. */
export const staleCodeOwners = (path: string): string => `${quotedMarkdown(path)} is not what the flags' owners say: run \`sluice codeowners --write\`.`;
