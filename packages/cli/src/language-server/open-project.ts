import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type Diagnostic, isDefinitionPath, ParseCache, type ParsedProject, parseProject, type StyleFacts, withoutMark } from "@sluice/definitions";
import { factsFor, readFlagFolder, textAt } from "../flag-folder.ts";

/** Folders above a file that are looked at for sluice.yaml. */
const LEVELS_MAX = 64;

/** The nearest folder above a file that has a `sluice.yaml`. */
export function folderAbove(path: string): string | undefined {
  let folder = dirname(path);
  for (let level = 0; level < LEVELS_MAX; level += 1, folder = dirname(folder)) {
    if (existsSync(join(folder, "sluice.yaml"))) return folder;
    if (dirname(folder) === folder) break;
  }
  return undefined;
}

/** The folder whose `sluice.yaml` a file belongs to; undefined for a file of no project, or one that no project reads. */
export function projectFolderOf(path: string): string | undefined {
  const folder = folderAbove(path);
  return folder !== undefined && isDefinitionPath(pathWithin(folder, path)) ? folder : undefined;
}

/** A file's path below a project's folder, with `/`. */
export const pathWithin = (folder: string, path: string): string => relative(folder, path).split("\\").join("/");

/** One project as an editor has it: the files of the disk, with the texts of open documents in their place. */
export class OpenProject {
  /** Absolute. */
  readonly folder: string;
  readonly #cache = new ParseCache();
  readonly #onDisk: Map<string, string>;
  readonly #inEditor = new Map<string, string>();
  #facts: StyleFacts | undefined;
  #parsed: ParsedProject | undefined;

  /** Reads the folder. Throws `CommandFailed` where it has no `sluice.yaml`. */
  constructor(folder: string) {
    this.folder = folder;
    this.#onDisk = new Map(readFlagFolder(folder).files);
    this.askGit();
  }

  /** What Git says is asked again: when something was saved, for that is when commits happen. */
  askGit(): void {
    this.#facts = factsFor({ folder: this.folder, files: this.#files() }, undefined, this.#cache);
    this.#parsed = undefined;
  }

  /** An open document's text, not saved yet. */
  edit(path: string, text: string): void {
    this.#inEditor.set(path, text);
    this.#parsed = undefined;
  }

  /** A document that is closed is what the disk says. */
  close(path: string): void {
    this.#inEditor.delete(path);
    this.#parsed = undefined;
  }

  /** A file of the disk was changed, added or removed by somebody else. */
  reread(path: string): void {
    if (!isDefinitionPath(path)) return;
    const text = textAt(this.folder, path);
    if (text !== undefined) this.#onDisk.set(path, text);
    else this.#onDisk.delete(path);
    this.#parsed = undefined;
  }

  /** A file's text as the editor has it, without a byte-order mark: what places and edits count in. */
  text(path: string): string | undefined {
    const text = this.#inEditor.get(path) ?? this.#onDisk.get(path);
    return text === undefined ? undefined : withoutMark(text);
  }

  /** Of every file of the project. */
  get paths(): readonly string[] {
    return [...this.#files().keys()];
  }

  /** Every mistake of every file, as `sluice validate` tells it. */
  get diagnostics(): readonly Diagnostic[] {
    return this.parsed.diagnostics;
  }

  /** The whole project as it is now. */
  get parsed(): ParsedProject {
    const facts = this.#facts === undefined ? {} : { facts: this.#facts };
    return (this.#parsed ??= parseProject({ files: this.#files() }, { cache: this.#cache, ...facts }));
  }

  /** Keys of removed flags, each with when and where; none where Git was not asked. */
  get tombstones(): ReadonlyMap<string, string> {
    return this.#facts?.tombstones ?? new Map();
  }

  #files(): ReadonlyMap<string, string> {
    return new Map([...this.#onDisk, ...this.#inEditor]);
  }
}
