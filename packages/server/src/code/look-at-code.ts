import {
  CODE_FILE_BYTES_MAX,
  type CodeSource,
  codeText,
  findCodeReferences,
  grammarsFor,
  isLookedAt,
  loadGrammars,
  type ParseCode,
  rememberingParse,
  TOO_LARGE,
} from "@sluice/code-references";
import {
  BASELINE_FILE,
  checkCodeChange,
  type CodeSection,
  type CodeState,
  type Diagnostic,
  everyKey,
  guideOfPreset,
  type KnownFlags,
  parseProject,
} from "@sluice/definitions";
import { mergedFiles } from "@sluice/snapshot";
import { CODE_BYTES_MAX, CODE_FILES_MAX, CODE_FINDINGS_MAX, type CodeAnswer, type CodeQuestion, flagsOfSent } from "./code-question.ts";

/** Where the code of commits is read. */
export interface CodeReader {
  /** Files of a folder that `isWanted`, by their path in it, each with the id of its content; no link and no submodule. */
  entries(commit: string, folder: string, isWanted: (path: string) => boolean): Promise<ReadonlyMap<string, string>>;
  /** Bytes of each content. */
  sizes(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  blobs(ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
}

/** How much is looked at; smaller in tests alone. */
export interface CodeLimits {
  readonly files: number;
  readonly bytes: number;
}

const USUAL: CodeLimits = { files: CODE_FILES_MAX, bytes: CODE_BYTES_MAX };
/** Contents that are read at once. */
const CHUNK_BYTES = 16 * 2 ** 20;
/** Files that were not read are named up to this many, and counted beyond. */
const UNREAD_NAMED_MAX = 5;

/** Holds the code of a change against the rules about code, before it and after it, and says what it brings. Throws nothing for what the code holds. */
export async function lookAtCode(question: CodeQuestion, reader: CodeReader, limits: CodeLimits = USUAL): Promise<CodeAnswer> {
  const { project } = parseProject({ files: new Map([["sluice.yaml", question.settings]]) });
  const guide = project === undefined ? undefined : (project.style ?? guideOfPreset("recommended"));
  // What is wrong with sluice.yaml is told there.
  if (guide === undefined) return { diagnostics: [], texts: [], isTouched: false, notes: [] };
  const { code } = project ?? {};
  const answers: CodeAnswer[] = [];
  let left = limits;
  for (const folder of question.folders) {
    const two = await TwoStates.read(reader, { question, folder, code }, left);
    left = two.left;
    const isSame = two.changed.length === 0 && JSON.stringify(question.before) === JSON.stringify(question.after);
    const parse = rememberingParse(await loadGrammars(grammarsFor(two.paths)));
    const state = (side: Side): CodeState => two.state(side, flagsOfSent(question[side], question.tombstones), { code, parse });
    const found = isSame ? [] : checkCodeChange({ guide, before: state("before"), after: state("after") });
    answers.push({
      diagnostics: found.map((one) => ({ ...one, file: within(folder, one.file) })),
      texts: [...new Set(found.map(({ file }) => file))].flatMap((path) => two.changedText(path)),
      isTouched: two.changed.length > 0,
      notes: two.notes,
    });
  }
  return together(answers);
}

function together(answers: readonly CodeAnswer[]): CodeAnswer {
  const all = answers.flatMap(({ diagnostics }) => diagnostics);
  const weight = ({ severity }: Diagnostic): number => (severity === "error" ? 0 : 1);
  const told = all.length <= CODE_FINDINGS_MAX ? all : all.toSorted((a, b) => weight(a) - weight(b)).slice(0, CODE_FINDINGS_MAX);
  const more = all.length - told.length;
  return {
    diagnostics: told,
    texts: answers.flatMap(({ texts }) => texts),
    isTouched: answers.some(({ isTouched }) => isTouched),
    notes: [
      ...answers.flatMap(({ notes }) => notes),
      ...(more > 0 ? [`${more} more findings about code are not told here: sluice review --code tells all.`] : []),
    ],
  };
}

type Side = "before" | "after";
const within = (folder: string, path: string): string => (folder === "" ? path : `${folder}/${path}`);

interface Looked {
  readonly question: CodeQuestion;
  readonly folder: string;
  readonly code: CodeSection | undefined;
}

/** The code of one folder where the change is to be merged, and as it would be then. */
class TwoStates {
  readonly #ids: Readonly<Record<Side, ReadonlyMap<string, string>>>;
  readonly #texts: ReadonlyMap<string, string>;
  readonly #folder: string;
  /** Paths that are looked at, sorted. */
  readonly paths: readonly string[];
  /** Paths that the change writes or removes. */
  readonly changed: readonly string[];
  readonly notes: readonly string[];
  /** What of the limits is left for other folders. */
  readonly left: CodeLimits;

  private constructor(
    parts: Pick<TwoStates, "paths" | "changed" | "notes" | "left"> & {
      ids: Record<Side, ReadonlyMap<string, string>>;
      texts: ReadonlyMap<string, string>;
      folder: string;
    },
  ) {
    this.#ids = parts.ids;
    this.#texts = parts.texts;
    this.#folder = parts.folder;
    this.paths = parts.paths;
    this.changed = parts.changed;
    this.notes = parts.notes;
    this.left = parts.left;
  }

  static async read(reader: CodeReader, { question: { commits }, folder, code }: Looked, limits: CodeLimits): Promise<TwoStates> {
    const exclude = code?.exclude ?? [];
    const isWanted = (path: string): boolean => isLookedAt(path) && !exclude.some((matches) => matches(path));
    const at = (commit: string): Promise<ReadonlyMap<string, string>> => reader.entries(commit, folder, isWanted);
    const base = await at(commits.base);
    const began = commits.began === commits.base ? base : await at(commits.began);
    const { files: after, changed } = mergedFiles({ base, began, ended: await at(commits.head) });
    const ids = { before: base, after };
    const written = new Set(changed);
    const all = [...new Set([...base.keys(), ...after.keys()])].sort();
    // What the change writes is looked at whatever else there is.
    const inOrder = [...all.filter((path) => written.has(path)), ...all.filter((path) => !written.has(path))];
    const picked = await pick(reader, { paths: inOrder, ids, limits });
    const { texts, unread } = await textsOf(reader, picked.wanted);
    const reasons = new Map([...picked.unread, ...unread]);
    const notRead = changed.flatMap((path) => {
      const why = reasons.get(after.get(path) ?? "");
      return why === undefined ? [] : [`${within(folder, path)} (${why})`];
    });
    const isShort = picked.paths.length < all.length;
    const notes = [
      ...(all.length === 0 ? [`There is no code in ${folder === "" ? "the repository" : folder}, which sluice.yaml names under code: folders.`] : []),
      ...(isShort
        ? [
            `Of ${all.length} files of code in ${folder === "" ? "the repository" : folder} ${picked.paths.length} were looked at, those that the change writes first: the limits are ${CODE_FILES_MAX} files and ${CODE_BYTES_MAX / 2 ** 20} MiB.`,
          ]
        : []),
      ...(notRead.length === 0 ? [] : [`Not looked at: ${named(notRead)}.`]),
    ];
    const left = { files: limits.files - picked.paths.length, bytes: limits.bytes - picked.bytes };
    return new TwoStates({ ids, texts, folder, paths: picked.paths.toSorted(), changed, notes, left });
  }

  state(side: Side, known: KnownFlags, { code, parse }: { readonly code: CodeSection | undefined; readonly parse: ParseCode }): CodeState {
    const ids = this.#ids[side];
    const source: CodeSource = { paths: this.paths.filter((path) => ids.has(path)), read: (path) => this.#texts.get(ids.get(path) ?? "") };
    const { files } = findCodeReferences(source, { keys: everyKey(known), code }, parse);
    return { known, files, baseline: this.#texts.get(ids.get(BASELINE_FILE) ?? "") };
  }

  /** The text that a file would have, where the change writes it. */
  changedText(path: string): readonly (readonly [string, string])[] {
    const text = this.changed.includes(path) ? this.#texts.get(this.#ids.after.get(path) ?? "") : undefined;
    return text === undefined ? [] : [[within(this.#folder, path), text]];
  }
}

function named(all: readonly string[]): string {
  const more = all.length - UNREAD_NAMED_MAX;
  return `${all.slice(0, UNREAD_NAMED_MAX).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

interface Picked {
  /** Paths within the limits, in the order given. */
  readonly paths: readonly string[];
  /** Contents to read, each with its bytes. */
  readonly wanted: ReadonlyMap<string, number>;
  /** Contents that are too large, with the reason. */
  readonly unread: ReadonlyMap<string, string>;
  readonly bytes: number;
}

/** Takes files, in order, for as long as the limits hold. */
async function pick(
  reader: CodeReader,
  { paths, ids, limits }: { readonly paths: readonly string[]; readonly ids: Readonly<Record<Side, ReadonlyMap<string, string>>>; readonly limits: CodeLimits },
): Promise<Picked> {
  const some = paths.slice(0, Math.max(0, limits.files));
  const contentsOf = (path: string): readonly string[] => [ids.before.get(path), ids.after.get(path)].flatMap((id) => id ?? []);
  const sizes = await reader.sizes([...new Set(some.flatMap(contentsOf))]);
  const [wanted, unread] = [new Map<string, number>(), new Map<string, string>()];
  let bytes = 0;
  let taken = 0;
  for (const path of some) {
    const news = [...new Set(contentsOf(path))].filter((id) => !wanted.has(id) && !unread.has(id));
    const small = news.filter((id) => (sizes.get(id) ?? 0) <= CODE_FILE_BYTES_MAX);
    const size = small.reduce((sum, id) => sum + (sizes.get(id) ?? 0), 0);
    if (bytes + size > limits.bytes) break;
    bytes += size;
    taken += 1;
    for (const id of small) wanted.set(id, sizes.get(id) ?? 0);
    for (const id of news) if (!wanted.has(id)) unread.set(id, TOO_LARGE);
  }
  return { paths: some.slice(0, taken), wanted, unread, bytes };
}

/** Texts by the id of their content; the reason for what is no text that somebody wrote. */
async function textsOf(
  reader: CodeReader,
  sizes: ReadonlyMap<string, number>,
): Promise<{ readonly texts: ReadonlyMap<string, string>; readonly unread: ReadonlyMap<string, string> }> {
  const [texts, unread] = [new Map<string, string>(), new Map<string, string>()];
  for (const ids of chunksOf(sizes))
    for (const [id, bytes] of await reader.blobs(ids)) {
      const read = codeText(bytes);
      if ("why" in read) unread.set(id, read.why);
      else texts.set(id, read.text);
    }
  return { texts, unread };
}

function* chunksOf(sizes: ReadonlyMap<string, number>): Generator<readonly string[]> {
  let chunk: string[] = [];
  let bytes = 0;
  for (const [id, size] of sizes) {
    if (bytes + size > CHUNK_BYTES && chunk.length > 0) {
      yield chunk;
      [chunk, bytes] = [[], 0];
    }
    chunk.push(id);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}
