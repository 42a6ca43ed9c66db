import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { findCodeReferences, grammarsFor, loadGrammars, type ParseCode } from "@sluice/code-references";
import {
  applyRepairs,
  BASELINE_FILE,
  baselineText,
  checkCode,
  type Diagnostic,
  guideOfPreset,
  isCodeEntry,
  knownFlags,
  type ParsedProject,
  readBaseline,
} from "@sluice/definitions";
import { type CodeFolder, readCodeFolder } from "./code-folder.ts";
import { CommandFailed } from "./failure.ts";
import { baselineAt } from "./git-facts.ts";

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

  #check(): Pick<CodeLook, "diagnostics" | "errors"> & { readonly count: Omit<CodeLook["count"], "mended"> } {
    const { parsed, tombstones, base } = this.#against;
    const known = knownFlags(parsed, tombstones);
    const keys = new Set([...known.flags.keys(), ...known.formerKeys.keys(), ...known.brokenKeys, ...known.tombstones.keys()]);
    const { files, count } = findCodeReferences(this.#code, { keys, code: parsed.project?.code }, this.#parse);
    const guide = parsed.project?.style ?? guideOfPreset("recommended");
    const references = files.reduce((sum, file) => sum + file.references.length, 0);
    if (guide === undefined) return { diagnostics: [], errors: new Set(), count: { ...count, references } };
    const baseline = this.#baseline();
    const baselineBefore = baseline === undefined ? undefined : baselineAt(this.#code.folder, base);
    return { ...checkCode({ guide, known, files, baseline, baselineBefore }), count: { ...count, references } };
  }
}
