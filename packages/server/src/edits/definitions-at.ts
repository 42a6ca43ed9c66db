import type { EditableFlag, Problem, SourceProblem } from "@sluice/contract";
import {
  BASELINE_FILE,
  dateAt,
  type Diagnostic,
  editFlagFiles,
  environmentIn,
  type FlagEdit,
  type FlagFiles,
  flagFilesIn,
  flagsBefore,
  keyOfPath,
  lowerFlag,
  ParseCache,
  type ParsedProject,
  parseProject,
  partPath,
  partPlace,
  readBaseline,
  sourcePlace,
} from "@sluice/definitions";
import { canonicalJson, type FlagForm, type Result } from "@sluice/evaluation";
import type { FileChange } from "@sluice/releases";
import { underKey } from "@sluice/snapshot";
import type { ControlPlane } from "../control-plane.ts";
import { type Source, SourceUnreachable } from "../source/source.ts";
import type { EditPlace } from "./edit-places.ts";
import { editableFlag } from "./editable-flag.ts";
import { refuse, unreadFile } from "./refusal.ts";
import type { FormWish, Wish } from "./wishes.ts";

/** Mistakes told of one change. */
const TOLD_MAX = 20;

/** Every definition file of one commit, and the project they make with what is adopted of the other sources. */
export interface DefinitionsAt {
  readonly commit: string;
  /** Where it was read. */
  readonly source: Source;
  /** Id by path in the project, of this source's files; a file that must not be read has an id of its own. */
  readonly ids: ReadonlyMap<string, string>;
  readonly texts: ReadonlyMap<string, string>;
  readonly parsed: ParsedProject;
}

/** A content as it stood and as it would stand; absent where there is no such file. */
export interface FileEdit {
  readonly path: string;
  readonly before?: Uint8Array;
  readonly after?: Uint8Array;
}

const encoder = new TextEncoder();
/** A byte-order mark is part of the text here: what is written back must have it. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A text whose bytes are exactly this file's; `undefined` where it is not UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Reads commits of the source and makes edits of them. Files that did not change since the last look cost nothing. */
export class DefinitionFiles {
  readonly #plane: Pick<ControlPlane, "adoption" | "texts">;
  readonly #cache = new ParseCache();

  constructor(plane: Pick<ControlPlane, "adoption" | "texts">) {
    this.#plane = plane;
  }

  /** Throws `SourceUnreachable` and `SourceRefused`. */
  async at({ name, source }: Pick<EditPlace, "name" | "source">, commit: string): Promise<DefinitionsAt> {
    const { adoption, texts: known } = this.#plane;
    const { files } = await source.tree(commit);
    const missing = files.flatMap(([, id]) => (known.has(id) ? [] : [id]));
    if (missing.length > 0) known.add(await source.blobs(missing));
    const own = files.map(([path, id]) => [path, known.text(id) ?? ""] as const);
    const texts = new Map([...(await adoption.textsBeside(name)), ...own]);
    return { commit, source, ids: new Map(files), texts, parsed: parseProject({ files: texts }, { cache: this.#cache }) };
  }

  /** The bytes of some of a commit's files, by path. Throws `SourceUnreachable`. */
  async bytes({ ids, commit, source }: DefinitionsAt, paths: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const wanted = paths.flatMap((path) => ids.get(path) ?? []);
    const found = await source.blobs(wanted);
    return new Map(
      paths.map((path) => {
        const bytes = found.get(ids.get(path) ?? "");
        if (bytes === undefined) throw new SourceUnreachable(`${path} of ${commit.slice(0, 7)} is not there any more`);
        return [path, bytes];
      }),
    );
  }

  /** What may be changed of a flag. Problems: unknownFlag, changeRefused. */
  editable(at: DefinitionsAt, flag: string): Result<EditableFlag, Problem> {
    const file = pathOf(at, flag);
    if (file === undefined) return unknownFlag(at, flag);
    return editableFlag(flagFilesIn(at.texts)(file), at.parsed.project);
  }

  /** What each file that changes would be. Problems: unknownFlag, changeRefused. Throws `SourceUnreachable`. */
  async edited(at: DefinitionsAt, wishes: readonly Wish[]): Promise<Result<readonly FileEdit[], Problem>> {
    const filesOf = flagFilesIn(at.texts);
    const now = new Map<string, FlagFiles>();
    const before = new Map<string, Uint8Array>();
    for (const flag of new Set(wishes.map((wish) => wish.flag))) {
      const path = pathOf(at, flag);
      if (path === undefined) return unknownFlag(at, flag);
      const files = filesOf(path);
      const read = await this.#exactly(at, files);
      if (!read.ok) return read;
      for (const [one, bytes] of read.value) before.set(one, bytes);
      now.set(flag, { ...files, texts: new Map([...read.value].map(([one, bytes]) => [one, textOf(bytes) ?? ""])) });
    }
    const after = new Map<string, string | undefined>();
    for (const { flag, edit } of wishes) {
      const files = now.get(flag);
      if (files === undefined) continue;
      const done = edit.kind === "form" ? await this.#asServed(at, files, { wish: edit, flag }) : edited(files, [edit]);
      if (!done.ok) return done;
      for (const [path, text] of done.value) after.set(path, text);
      now.set(flag, { ...files, texts: withTexts(files.texts, done.value) });
    }
    const edits = [...after]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, text]): FileEdit => {
        const was = before.get(path);
        return { path, ...(was === undefined ? {} : { before: was }), ...(text === undefined ? {} : { after: encoder.encode(text) }) };
      });
    return { ok: true, value: edits };
  }

  /** A flag's files byte for byte. Problem: changeRefused, of one that is no text. Throws `SourceUnreachable`. */
  async #exactly(at: DefinitionsAt, { texts }: FlagFiles): Promise<Result<ReadonlyMap<string, Uint8Array>, Problem>> {
    const paths = [...texts.keys()];
    const refused = paths.find((path) => at.ids.get(path)?.startsWith("refused-") === true);
    if (refused !== undefined) return refuse("changeRefused", `${refused} is no regular file of a size that is read.`, "Mend it in Git.");
    const bytes = await this.bytes(at, paths);
    const strange = paths.find((path) => textOf(bytes.get(path) ?? new Uint8Array()) === undefined);
    return strange === undefined
      ? { ok: true, value: bytes }
      : refuse("changeRefused", `${strange} is not UTF-8.`, "Save it as UTF-8 in Git; then it can be edited here.");
  }

  /** The environment as it was adopted then; all of the flag's files, where more of them is what is served. */
  async #asServed(
    at: DefinitionsAt,
    files: FlagFiles,
    { wish, flag }: { readonly wish: FormWish; readonly flag: string },
  ): Promise<Result<ReadonlyMap<string, string | undefined>, Problem>> {
    const { blobs, environment } = wish;
    const old = new Map(await Promise.all(blobs.map(async (blob) => [blob[0], await this.#textOf(blob)] as const)));
    const { flags } = parseProject({ files: old }, { isOneForm: true });
    // It may be called otherwise by now: of one flag's files there is one flag.
    const served = flags.get(flag) ?? [...flags.values()].at(0);
    const was = served && flagFilesIn(old)(served.path);
    if (served === undefined || was === undefined)
      return refuse("changeRefused", `The form of ${flag} that is served cannot be read from Git.`, "Put it into the file by hand.");
    const said = environmentIn(was, environment);
    const own = editFlagFiles(
      files,
      said === undefined && environmentIn(files, environment) === undefined ? [] : [{ kind: "environmentOf", environment, said }],
    );
    const form = lowerFlag(served, environment);
    const wanted = form && underKey(form, { own: served.key, key: flag });
    if (own.ok && isForm(this.formWith(at, withTexts(files.texts, own.texts), { flag, environment }), wanted)) return { ok: true, value: own.texts };
    if (served.key !== flag)
      return refuse("changeRefused", `The form that is served is of ${served.key}, as ${flag} was called then.`, "Put what it serves into the file by hand.");
    return { ok: true, value: asItWas(files, was) };
  }

  /** Of a file of any source that was adopted once. */
  async #textOf([path, id]: FileChange): Promise<string> {
    const found = await this.#plane.adoption.source(sourcePlace(path).source).blobs([id]);
    return textOf(found.get(id) ?? new Uint8Array()) ?? "";
  }

  /** What a flag would be in an environment, with these texts instead of the commit's own; `undefined` for a file that goes. */
  formWith(
    at: DefinitionsAt,
    texts: ReadonlyMap<string, string | undefined>,
    { flag, environment }: { readonly flag: string; readonly environment: string },
  ): FlagForm | undefined {
    const found = parseProject({ files: withTexts(at.texts, texts) }, { cache: this.#cache }).flags.get(flag);
    return found && lowerFlag(found, environment);
  }

  /** Mistakes that the edits bring, and what the style guide says of the flags that they touch; what was there before is not told. */
  judged(
    at: DefinitionsAt,
    edits: readonly FileEdit[],
    nowMs: number,
  ): { readonly refusals: readonly SourceProblem[]; readonly warnings: readonly SourceProblem[] } {
    const baseline = at.texts.get(BASELINE_FILE);
    const facts = {
      today: dateAt(nowMs),
      before: flagsBefore(at.texts, this.#cache),
      ...(baseline === undefined ? {} : { baselineBefore: new Set(readBaseline(baseline).entries.keys()) }),
    };
    const told = (files: ReadonlyMap<string, string>): readonly Diagnostic[] => parseProject({ files }, { cache: this.#cache, facts }).diagnostics;
    const known = new Set(told(at.texts).map(nameOf));
    const touched = new Set(edits.map(({ path }) => path));
    const next = told(withTexts(at.texts, new Map(edits.map(({ path, after }) => [path, after && (textOf(after) ?? "")]))));
    const fresh = next.filter((one) => !known.has(nameOf(one)));
    return {
      refusals: fresh
        .filter(({ severity }) => severity === "error")
        .slice(0, TOLD_MAX)
        .map(shown),
      warnings: next
        .filter(({ severity, file }) => severity === "warning" && touched.has(file))
        .slice(0, TOLD_MAX)
        .map(shown),
    };
  }
}

/** Lines move with an edit: a mistake is the same where its words are. */
const nameOf = ({ file, code, message }: Diagnostic): string => `${file}\n${code}\n${message}`;
const shown = ({ code, severity, message, file, line, column, fix }: Diagnostic): SourceProblem => ({ code, severity, message, file, line, column, fix });
const isForm = (a: FlagForm | undefined, b: FlagForm | undefined): boolean =>
  a !== undefined && b !== undefined && canonicalJson({ ...a }) === canonicalJson({ ...b });

function pathOf({ parsed, ids }: DefinitionsAt, flag: string): string | undefined {
  const valid = parsed.flags.get(flag)?.path;
  return valid !== undefined && ids.has(valid) ? valid : parsed.flagFiles.find((path) => ids.has(path) && keyOfPath(path) === flag);
}

const unknownFlag = ({ commit }: DefinitionsAt, flag: string): Result<never, Problem> =>
  refuse("unknownFlag", `There is no file of ${flag} at ${commit.slice(0, 7)}.`, "Look at Flags for those that there are.");

/** Texts with some of them changed; `undefined` for one that goes. */
function withTexts(texts: ReadonlyMap<string, string>, changed: ReadonlyMap<string, string | undefined>): ReadonlyMap<string, string> {
  const next = new Map(texts);
  for (const [path, text] of changed) {
    if (text === undefined) next.delete(path);
    else next.set(path, text);
  }
  return next;
}

/** A flag's files with all that they said before: parts stand where they do now, and one that there was not goes. */
function asItWas({ path, texts }: FlagFiles, was: FlagFiles): ReadonlyMap<string, string | undefined> {
  const placeNow = (old: string): string => {
    const environment = partPlace(old)?.environment;
    if (environment === undefined) return path;
    return [...texts.keys()].find((one) => partPlace(one)?.environment === environment) ?? partPath(path, environment);
  };
  const old = new Map([...was.texts].map(([one, text]) => [placeNow(one), text] as const));
  return new Map([...new Set([...texts.keys(), ...old.keys()])].filter((one) => texts.get(one) !== old.get(one)).map((one) => [one, old.get(one)]));
}

function edited(files: FlagFiles, edits: readonly FlagEdit[]): Result<ReadonlyMap<string, string | undefined>, Problem> {
  const done = editFlagFiles(files, edits);
  if (done.ok) return { ok: true, value: done.texts };
  const { path } = done;
  switch (done.why) {
    case "unread":
      return unreadFile(path);
    case "notTouched":
      return refuse(
        "changeRefused",
        `${path} is written in a way that an edit here could lose something of.`,
        "Edit it in Git, or write that part of it plainly first.",
      );
    case "unknownRule":
      return refuse("changeRefused", `${path} has no rule at one of these places any more.`, "Look at the flag again.");
    case "twice":
      return refuse("changeRefused", `What ${path} says stands in another file of the flag too.`, "Delete one of the two in Git; then it can be edited here.");
  }
}
