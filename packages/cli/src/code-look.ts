import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import {
  type CodeSource,
  findCodeReferences,
  type FoundCode,
  grammarsFor,
  loadGrammars,
  type ParseCode,
  rememberingParse,
  type Wanted,
} from "@sluice/code-references";
import {
  applyRepairs,
  BASELINE_FILE,
  baselineText,
  checkCode,
  checkCodeChange,
  codeFoldersOf,
  type CodeState,
  type Diagnostic,
  everyKey,
  guideOfPreset,
  isCodeEntry,
  type KnownFlags,
  knownFlags,
  type ParsedProject,
  readBaseline,
  type StyleGuide,
} from "@sluice/definitions";
import { codeAt } from "./code-at.ts";
import { type CodeFolder, readCodeFolder } from "./code-folder.ts";
import { CommandFailed } from "./failure.ts";
import type { FilesOf } from "./flag-folder.ts";
import { baselineAt, gitFolderOf } from "./git-facts.ts";

/** The flags that code is held against. */
export interface CodeAgainst {
  readonly parsed: ParsedProject;
  /** Keys of removed flags, each with when and where. */
  readonly tombstones: ReadonlyMap<string, string>;
  /** The commit that the baseline is compared with; HEAD where none is named. */
  readonly base: string | undefined;
  /** Texts that an editor has and has not saved, by path. */
  readonly typed?: ReadonlyMap<string, string>;
}

/** Code of a folder with what the rules say of it. */
export interface CodeLook {
  readonly folder: string;
  readonly diagnostics: readonly Diagnostic[];
  /** What would stand in a baseline. */
  readonly errors: ReadonlySet<string>;
  readonly count: { readonly there: number; readonly parsed: number; readonly references: number; readonly mended: number };
  /** Files that were not read, each with the reason. */
  readonly unread: ReadonlyMap<string, string>;
  /** A file's text, for showing lines of it. */
  readonly text: (path: string) => string | undefined;
}

/** Each round of repairs ends with fewer findings; a file has no more than this many constants to import. */
const ROUNDS_MAX = 200;

/** The same findings by their paths from another folder: a report has one folder that its paths begin in. */
export function seenFrom(folder: string, { folder: own, diagnostics, text }: CodeLook): Pick<CodeLook, "diagnostics" | "text"> {
  const way = relative(folder, own).split("\\").join("/");
  const path = (file: string): string => (way === "" ? file : `${way}/${file}`);
  return {
    diagnostics: diagnostics.map((one) => ({ ...one, file: path(one.file) })),
    text: (file) => (way === "" ? text(file) : file.startsWith(`${way}/`) ? text(file.slice(way.length + 1)) : undefined),
  };
}

/** Holds the code of a folder against the rules about code. Throws `CommandFailed` where there is no such folder or no project. */
export async function lookAtCode(given: string, against: CodeAgainst): Promise<CodeLook> {
  return (await Look.open(given, against)).look(0);
}

/** What a change brings: findings at lines that it writes, and those that were not there at the commit where it began, with the flags of then. */
export async function lookAtCodeChange(given: string, against: CodeAgainst, change: CodeChange): Promise<CodeLook> {
  return (await Look.open(given, against)).lookAtChange(change);
}

/** A change of code, from where it began with the flags of then, to what stands on disk or would be committed. */
export interface CodeChange {
  readonly commit: string;
  readonly parsed: ParsedProject;
  readonly of: FilesOf;
}

/** What `--code` gives: a folder, or `true` for those that `sluice.yaml` names. */
export type GivenCode = string | true;

/** `true` where `sluice.yaml` names folders of code: commands that look at a change look there by themselves. */
export const namedCode = ({ project }: ParsedProject, source: string | undefined): true | undefined =>
  codeFoldersOf(project?.code, source).length > 0 ? true : undefined;

/**
 * The folders of code that are looked at. `folder` is that of the flags, `source` the further source that it is, where it is one.
 * Throws `CommandFailed` where nothing names one.
 */
export function codeFolders(
  given: GivenCode,
  { folder, parsed, source }: { readonly folder: string; readonly parsed: ParsedProject; readonly source: string | undefined },
): readonly string[] {
  if (given !== true) return [given];
  const named = codeFoldersOf(parsed.project?.code, source);
  const root = gitFolderOf(folder)?.root;
  if (named.length === 0 || root === undefined)
    throw new CommandFailed({
      code: "code/unnamed",
      message: named.length === 0 ? "sluice.yaml names no folder of code." : `${folder} is in no Git repository, whose folders sluice.yaml names.`,
      fix: "Name one: --code services, or in sluice.yaml, from the repository's root: code: { folders: [services] }",
      exitCode: 2,
    });
  return named.map((path) => join(root, path));
}

/** The same, after making every automatic repair. */
export async function mendCode(given: string, against: CodeAgainst): Promise<CodeLook> {
  const look = await Look.open(given, against);
  let mended = 0;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const count = look.mend();
    if (count === 0) break;
    mended += count;
  }
  look.shortenBaseline();
  return look.look(mended);
}

class Look {
  readonly #code: CodeFolder;
  readonly #against: CodeAgainst;
  readonly #parse: ParseCode;

  private constructor(code: CodeFolder, against: CodeAgainst, parse: ParseCode) {
    this.#code = code;
    this.#against = against;
    this.#parse = parse;
  }

  static async open(given: string, against: CodeAgainst): Promise<Look> {
    if (against.parsed.project === undefined)
      throw new CommandFailed({ code: "style/no-project", message: "sluice.yaml has mistakes.", fix: "Mend them: sluice validate", exitCode: 1 });
    const onDisk = readCodeFolder(given);
    const code = { ...onDisk, read: (path: string): string | undefined => against.typed?.get(path) ?? onDisk.read(path) };
    return new Look(code, against, await loadGrammars(grammarsFor(code.paths)));
  }

  look(mended: number): CodeLook {
    const { diagnostics, errors, count } = this.#check();
    const { folder, unread, read } = this.#code;
    return { folder, diagnostics, errors, count: { ...count, mended }, unread, text: read };
  }

  /** Makes what repairs can be made at once, and says how many. */
  mend(): number {
    const { folder } = this.#code;
    const { diagnostics } = this.#check();
    const paths = new Set(diagnostics.filter(({ repair }) => repair?.isAutomatic === true).map(({ file }) => file));
    const before = new Map([...paths].map((path) => [path, readFileSync(join(folder, path), "utf8")]));
    const { files, count } = applyRepairs(before, diagnostics);
    for (const [path, text] of files) if (text !== before.get(path)) writeFileSync(join(folder, path), text);
    return count;
  }

  /** Takes out of the baseline what no rule about code finds any more; entries about flag files are left alone. */
  shortenBaseline(): void {
    const text = this.#baseline();
    if (text === undefined) return;
    const { errors } = this.#check();
    const entries = [...readBaseline(text).entries.keys()];
    const left = entries.filter((entry) => !isCodeEntry(entry) || errors.has(entry));
    if (left.length < entries.length) writeFileSync(join(this.#code.folder, BASELINE_FILE), baselineText(left));
  }

  #baseline(): string | undefined {
    const path = join(this.#code.folder, BASELINE_FILE);
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  }

  lookAtChange({ commit, parsed, of }: CodeChange): CodeLook {
    const { folder, unread } = this.#code;
    const code = of === "index" ? codeAt(this.#code, "index") : this.#code;
    const { read } = code;
    const guide = this.#guide();
    const remembering = rememberingParse(this.#parse);
    const before = codeAt(this.#code, { commit });
    const now = this.#found(code, remembering);
    const count = { ...now.count, mended: 0 };
    if (guide === undefined) return { folder, diagnostics: [], errors: new Set(), count, unread, text: read };
    const old: CodeState = {
      known: knownFlags(parsed, this.#against.tombstones),
      files: findCodeReferences(before, this.#wanted(parsed), remembering).files,
      baseline: before.read(BASELINE_FILE),
    };
    const after: CodeState = { known: this.#known(), files: now.files, baseline: of === "index" ? read(BASELINE_FILE) : this.#baseline() };
    return { folder, diagnostics: checkCodeChange({ guide, before: old, after }), errors: new Set(), count, unread, text: read };
  }

  #guide(): StyleGuide | undefined {
    return this.#against.parsed.project?.style ?? guideOfPreset("recommended");
  }

  #known(): KnownFlags {
    return knownFlags(this.#against.parsed, this.#against.tombstones);
  }

  #wanted(parsed: ParsedProject): Wanted {
    return { keys: everyKey(knownFlags(parsed, this.#against.tombstones)), code: this.#against.parsed.project?.code };
  }

  #found(code: CodeSource, parse: ParseCode): Pick<FoundCode, "files"> & { readonly count: Omit<CodeLook["count"], "mended"> } {
    const { files, count } = findCodeReferences(code, this.#wanted(this.#against.parsed), parse);
    return { files, count: { ...count, references: files.reduce((sum, file) => sum + file.references.length, 0) } };
  }

  #check(): Pick<CodeLook, "diagnostics" | "errors"> & { readonly count: Omit<CodeLook["count"], "mended"> } {
    const { files, count } = this.#found(this.#code, this.#parse);
    const guide = this.#guide();
    if (guide === undefined) return { diagnostics: [], errors: new Set(), count };
    const baseline = this.#baseline();
    const baselineBefore = baseline === undefined ? undefined : baselineAt(this.#code.folder, this.#against.base);
    return { ...checkCode({ guide, known: this.#known(), files, baseline, baselineBefore }), count };
  }
}
