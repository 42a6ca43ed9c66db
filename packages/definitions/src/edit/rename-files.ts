import { sharesByKey } from "../alias-checks.ts";
import type { Span, TextEdit } from "../diagnostic.ts";
import { ALIASES_MAX, type FlagFile, keyOfPath } from "../flag-file.ts";
import { partPlace, partsByFlag, partsMoved, partsName } from "../environment-part.ts";
import type { ParseCache } from "../parse-cache.ts";
import { keyOfSegmentPath, type SegmentFile } from "../segment-file.ts";
import { BASELINE_FILE, readBaseline } from "../style/baseline.ts";
import { FLAG_ORDER } from "../format-file.ts";
import { MARK } from "../unread-file.ts";
import { editItems, type ItemWanted } from "./edit-list.ts";
import { putEntry } from "./edit-map.ts";
import { treeIn } from "./read-map.ts";
import { flowOf } from "./yaml-words.ts";

const PROJECT_FILE = "sluice.yaml";

/** Which definition gets which key. */
export interface KeyChange {
  readonly from: string;
  readonly to: string;
}

/** The files after a rename, and what was done to them; or why it is not done. */
export type RenamedFiles =
  | {
      readonly ok: true;
      /** Path → text of every file that is written. */
      readonly written: ReadonlyMap<string, string>;
      /** Where files stand that moved: the definition, and a flag's parts; from where each came. */
      readonly moved: ReadonlyMap<string, string>;
      /** Where the definition stands now. */
      readonly path: string;
      /** How many names were rewritten in each other file. */
      readonly references: ReadonlyMap<string, number>;
      /** The salt that was written down, so that shares stay as they are. */
      readonly salt?: string;
    }
  | { readonly ok: false; readonly code: RenameProblem["code"]; readonly message: string; readonly fix: string };

interface RenameProblem {
  readonly code: "unknown" | "taken" | "same" | "full" | "list" | "unread";
}

interface Definitions {
  readonly files: ReadonlyMap<string, string>;
  readonly cache: ParseCache;
}

/**
 * Gives a flag another key: its file moves where its key was its path's, and its parts with it; the former key is kept as an alias, shares that were counted with the
 * key go on so, and every prerequisite, expectation, trigger and entry of the style baseline that names it follows. Every other byte stays.
 */
export function renameFlagFiles({ files, cache }: Definitions, { from, to }: KeyChange): RenamedFiles {
  const flags = readFlags({ files, cache });
  const flag = flags.find(({ key }) => key === from);
  const former = flags.find(({ aliases }) => aliases.some(({ name }) => name === from));
  if (flag?.keySpan === undefined) return unknown("flag", { from, now: former?.key });
  const taken = flags.find(({ key }) => key === to) ?? flags.find((other) => other !== flag && other.aliases.some(({ name }) => name === to));
  const refusal = refuse({ from, to }, taken);
  if (refusal !== undefined) return refusal;
  const aliases = [...flag.aliases.map(({ name }) => name).filter((name) => name !== to), from];
  if (aliases.length > ALIASES_MAX)
    return {
      ok: false,
      code: "full",
      message: `${from} has ${flag.aliases.length} former keys already: ${flag.aliases.map(({ name }) => name).join(", ")}.`,
      fix: `Take those out of its file that nobody asks for any more; ${ALIASES_MAX} are answered.`,
    };
  const salt = [...flag.forms.values()].some(sharesByKey) ? from : undefined;
  const text = flagText(flag, bodyOf(files, flag.path), { to, aliases, salt });
  if (text === undefined)
    return { ok: false, code: "unread", message: `${flag.path} is written in a way that no program edits.`, fix: "Change its key by hand." };
  const places = [
    ...flags.filter((other) => other !== flag).flatMap((other) => [other, ...other.parts].map((one): Places => [one.path, namedIn(one, "flag", from)])),
    ...read(files, "tests/", (path, body) => cache.test(path, body)).map((file): Places => [
      file.path,
      file.tests.filter((test) => test.flag === from).map(({ flagSpan }) => flagSpan),
    ]),
    [
      PROJECT_FILE,
      cache
        .project(PROJECT_FILE, bodyOf(files, PROJECT_FILE))
        .armed.filter((one) => one.flag === from)
        .map(({ span }) => span),
    ] as const,
    [BASELINE_FILE, baselineSpans(bodyOf(files, BASELINE_FILE), from)] as const,
  ];
  const path = place(flag.path, { from, to, isUsual: keyOfPath(flag.path) === from });
  const stray = strayPart(files, flag, path);
  if (stray !== undefined)
    return {
      ok: false,
      code: "taken",
      message: `${stray} is there already.`,
      fix: `It would say what an environment serves of ${to}: move it away, or choose another key.`,
    };
  const parts = partsMoved(
    flag.parts.map((part) => part.path),
    { from: flag.path, to: path },
  );
  return { ...done(files, { places, to, text, own: [[flag.path, path], ...parts] }), ...(salt === undefined ? {} : { salt }) };
}

/** Gives a segment another key; flags and segments that name it follow. A segment is no name that code asks for, so nothing is left behind. */
export function renameSegmentFiles({ files, cache }: Definitions, { from, to }: KeyChange): RenamedFiles {
  const segments = read(files, "segments/", (path, text) => cache.segment(path, text));
  const segment = segments.find(({ key }) => key === from);
  if (segment?.keySpan === undefined) return unknown("segment", { from, now: undefined });
  const refusal = refuse(
    { from, to },
    segments.find(({ key }) => key === to),
  );
  if (refusal !== undefined) return refusal;
  if (segment.isRuntimeList === true)
    return {
      ok: false,
      code: "list",
      message: `${from} is a runtime list: who is in it was decided under that key, and would be left behind.`,
      fix: `Write a new segment ${to}, put its members in on the page Lists, and let the flags ask for it.`,
    };
  const text = replaced(bodyOf(files, segment.path), [{ ...segment.keySpan, text: flowOf(to) }]);
  const places = [
    ...readFlags({ files, cache }).flatMap((file) => [file, ...file.parts].map((one): Places => [one.path, namedIn(one, "segment", from)])),
    ...segments.filter((other) => other !== segment).map((file): Places => [file.path, namedIn(file, "segment", from)]),
  ];
  const path = place(segment.path, { from, to, isUsual: keyOfSegmentPath(segment.path) === from });
  return done(files, { places, to, text, own: [[segment.path, path]] });
}

/** A file that is of no flag, and would become a part of this one at its new path. */
function strayPart(files: ReadonlyMap<string, string>, flag: FlagFile, path: string): string | undefined {
  const own = new Set(flag.parts.map((part) => part.path));
  return [...files.keys()].find((one) => !own.has(one) && partPlace(one)?.flag === partsName(path));
}

function readFlags({ files, cache }: Definitions): readonly FlagFile[] {
  const parts = partsByFlag([...files.keys()].sort(), (path) => bodyOf(files, path));
  return read(files, "flags/", (path, body) => cache.flag(path, body, parts.get(partsName(path))));
}

type Places = readonly [path: string, spans: readonly Span[]];

function read<F>(files: ReadonlyMap<string, string>, folder: string, by: (path: string, text: string) => F): readonly F[] {
  return [...files].filter(([path]) => path.startsWith(folder) && /\.ya?ml$/.test(path)).map(([path]) => by(path, bodyOf(files, path)));
}

const namedIn = ({ mentions }: Pick<FlagFile | SegmentFile, "mentions">, kind: "flag" | "segment", name: string): readonly Span[] =>
  mentions.filter((mention) => mention.kind === kind && mention.name === name).map(({ span }) => span);

function baselineSpans(text: string, key: string): readonly Span[] {
  return [...readBaseline(text).entries].filter(([entry]) => entry.endsWith(` ${key}`)).map(([, span]) => span);
}

function refuse({ from, to }: KeyChange, taken: FlagFile | SegmentFile | undefined): Extract<RenamedFiles, { readonly ok: false }> | undefined {
  if (from === to) return { ok: false, code: "same", message: `${from} is called so already.`, fix: "Give another key." };
  if (taken === undefined) return undefined;
  const what = taken.key === to ? `${to} is defined in ${taken.path}.` : `${to} is a former key of ${taken.key ?? taken.path}, and code may still ask for it.`;
  return { ok: false, code: "taken", message: what, fix: "Choose a key that nothing has and nothing had." };
}

function unknown(
  what: "flag" | "segment",
  { from, now }: { readonly from: string; readonly now: string | undefined },
): Extract<RenamedFiles, { readonly ok: false }> {
  if (now !== undefined) return { ok: false, code: "unknown", message: `${from} is a former key: the flag is called ${now}.`, fix: `Rename ${now}.` };
  return { ok: false, code: "unknown", message: `There is no ${what} ${JSON.stringify(from)} here.`, fix: "Check its name: sluice validate lists mistakes." };
}

/** Where the file stands afterwards: it moves where its name was its key. */
function place(path: string, { from, to, isUsual }: KeyChange & { readonly isUsual: boolean }): string {
  if (!isUsual) return path;
  const end = path.slice(path.lastIndexOf("."));
  const folder = path.slice(0, path.indexOf("/") + 1);
  const isNested = path === `${folder}${from.replaceAll(".", "/")}${end}`;
  return `${folder}${isNested ? to.replaceAll(".", "/") : to}${end}`;
}

function flagText(
  flag: FlagFile,
  text: string,
  { to, aliases, salt }: { readonly to: string; readonly aliases: readonly string[]; readonly salt: string | undefined },
): string | undefined {
  const keyed = flag.keySpan === undefined ? text : replaced(text, [{ ...flag.keySpan, text: flowOf(to) }]);
  const named = withAliases(flag.path, keyed, aliases);
  return salt === undefined || named === undefined ? named : put(flag.path, named, { key: "salt", value: flowOf(salt) });
}

function put(path: string, text: string, { key, value }: { readonly key: (typeof FLAG_ORDER)[number]; readonly value: string }): string | undefined {
  const map = treeIn(path, text);
  const edit = map && putEntry(text, map, { key, value, after: FLAG_ORDER.slice(0, FLAG_ORDER.indexOf(key)) });
  return edit && replaced(text, [edit]);
}

/** Those that stay keep their lines, and the comments above them. */
function withAliases(path: string, text: string, aliases: readonly string[]): string | undefined {
  const known = treeIn(path, text)?.entries.find(({ key }) => key === "aliases")?.value;
  const before = known?.kind === "list" ? known.items.map((item) => (item.kind === "value" ? item.value : undefined)) : [];
  const wanted = aliases.map((name): ItemWanted => {
    const at = before.indexOf(name);
    return at < 0 ? { lines: [flowOf(name)], flow: flowOf(name) } : { keep: at };
  });
  const edit = known?.kind === "list" ? editItems(text, known, wanted) : undefined;
  return edit === undefined ? put(path, text, { key: "aliases", value: `[${aliases.map(flowOf).join(", ")}]` }) : replaced(text, [edit]);
}

interface Done {
  /** Where other files name it. */
  readonly places: readonly Places[];
  readonly to: string;
  /** What the definition's file says now. */
  readonly text: string;
  /** Where it stood and where it stands, and the same of each of its parts. */
  readonly own: readonly [definition: readonly [string, string], ...parts: readonly (readonly [string, string])[]];
}

function done(files: ReadonlyMap<string, string>, { places, to, text, own }: Done): Extract<RenamedFiles, { readonly ok: true }> {
  const named = places.filter(([, spans]) => spans.length > 0);
  const others = named.map(([other, spans]): readonly [string, string] => [
    other,
    // A file of expectations may name its flag once for all of them.
    markOf(files, other) + replaced(bodyOf(files, other), [...new Map(spans.map((span) => [span.start, { ...span, text: flowOf(to) }])).values()]),
  ]);
  const [[was, path], ...parts] = own;
  const moved = own.filter(([before, after]) => before !== after);
  const movedParts = parts.map(([before, after]) => [after, files.get(before) ?? ""] as const);
  return {
    ok: true,
    written: new Map([[path, markOf(files, was) + text], ...movedParts, ...others]),
    moved: new Map(moved.map(([before, after]) => [after, before])),
    path,
    references: new Map(named.map(([other, spans]) => [other, new Set(spans.map(({ start }) => start)).size])),
  };
}

/** The mark stays. */
const markOf = (files: ReadonlyMap<string, string>, path: string): string => (files.get(path)?.startsWith(MARK) === true ? MARK : "");
const bodyOf = (files: ReadonlyMap<string, string>, path: string): string => (files.get(path) ?? "").slice(markOf(files, path).length);

/** The text with each edit made. */
function replaced(text: string, edits: readonly TextEdit[]): string {
  return edits.toSorted((a, b) => b.start - a.start).reduce((body, { start, end, text: next }) => body.slice(0, start) + next + body.slice(end), text);
}
