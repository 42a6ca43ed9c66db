import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import {
  BASELINE_FILE,
  DEFINITION_FOLDERS,
  isOfProject,
  ParseCache,
  type ParsedProject,
  parseProject,
  projectPath,
  type Project,
  type ProjectEntry,
  type StyleFacts,
  textOfFile,
  unreadEntry,
} from "@sluice/definitions";
import { CommandFailed } from "./failure.ts";
import { gitFacts, stagedFiles } from "./git-facts.ts";
import { ownPart, type ProjectPart, wholeOf } from "./project-part.ts";
import { styleModules } from "./style-modules.ts";

/** A project's folder as the validator takes it. */
export interface FlagFolder {
  /** Absolute. */
  readonly folder: string;
  readonly files: ReadonlyMap<string, string>;
}

/** `disk`: files as they stand. `index`: as they would be committed. */
export type FilesOf = "disk" | "index";

/** The folder that has `sluice.yaml`: the given one, or the nearest above it. Throws `CommandFailed`. */
export function readFlagFolder(start: string, of: FilesOf = "disk"): FlagFolder {
  const given = resolve(start);
  // Going up from a misspelt folder would find another project's flags and call them well.
  if (!existsSync(given))
    throw new CommandFailed({
      code: "project/missing",
      message: `There is no folder ${given}.`,
      fix: "Check its name; without one it is the current folder.",
      exitCode: 2,
    });
  for (let folder = given; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "sluice.yaml")))
      return {
        folder,
        files: of === "disk" ? filesBelow(folder) : readStaged(folder),
      };
    if (dirname(folder) === folder) break;
  }
  throw new CommandFailed({
    code: "project/missing",
    message: `There is no sluice.yaml in ${given} or above it.`,
    fix: "Go to the folder that has it, or begin with: sluice init",
    exitCode: 2,
  });
}

function readStaged(folder: string): ReadonlyMap<string, string> {
  return stagedFiles(folder);
}

/** Files of a folder that has `flags/`, `segments/` or `tests/`, and need have no `sluice.yaml`. Throws `CommandFailed`. */
export function readSourceFolder(start: string): ReadonlyMap<string, string> {
  const folder = resolve(start);
  if (["flags", "segments", "tests"].some((name) => existsSync(join(folder, name)))) return filesBelow(folder);
  throw new CommandFailed({
    code: "source/folder",
    message: `There is no flags/, segments/ or tests/ in ${folder}.`,
    fix: "Name the folder that has them; a source without any flag yet begins with: mkdir flags",
    exitCode: 2,
  });
}

/** The files of a project that stand in a folder on disk. */
function filesBelow(folder: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const { name } of readdirSync(folder, { withFileTypes: true })) {
    if (name !== "sluice.yaml" && name !== BASELINE_FILE && !DEFINITION_FOLDERS.includes(name.toLowerCase())) continue;
    // What is not read is refused by the validator, by the same words as on the server.
    for (const entry of entriesAt(folder, name)) if (isOfProject(entry)) files.set(entry.path, unreadEntry(entry) ?? readOne(folder, entry));
  }
  return files;
}

/** The text of one path of a project as it stands on disk; undefined where there is none of its files. */
export function textAt(folder: string, path: string): string | undefined {
  const [entry] = entriesAt(folder, path);
  return entry !== undefined && isOfProject(entry) ? (unreadEntry(entry) ?? readOne(folder, entry)) : undefined;
}

function readOne(folder: string, { path, kind }: ProjectEntry): string {
  const bytes = readFileSync(join(folder, path));
  return unreadEntry({ path, kind, bytes: bytes.length }) ?? textOfFile(bytes);
}

/** What stands at a path and below it, without the sizes of files; links and submodules are not followed. */
function* entriesAt(folder: string, path: string): Generator<ProjectEntry> {
  const status = lstatSync(join(folder, path), { throwIfNoEntry: false });
  if (status === undefined) return;
  const kind = kindOf(status);
  if (kind !== "folder") return yield { path, kind, bytes: 0 };
  const entries = readdirSync(join(folder, path), { withFileTypes: true });
  if (entries.some(({ name }) => name === ".git")) return yield { path, kind: "submodule", bytes: 0 };
  for (const entry of entries) {
    const below = `${path}/${entry.name}`;
    const own = kindOf(entry);
    if (own === "folder") yield* entriesAt(folder, below);
    else yield { path: below, kind: own, bytes: 0 };
  }
}

interface Status {
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isFile(): boolean;
}

const kindOf = (status: Status): ProjectEntry["kind"] | "folder" =>
  status.isDirectory() ? "folder" : status.isSymbolicLink() ? "link" : status.isFile() ? "file" : "other";

/** A project's folder, read. */
export interface ParsedFolder extends FlagFolder {
  readonly parsed: ParsedProject;
}

/** How a folder is looked at. */
export interface Look {
  /** The commit that rules of style compare with; HEAD where none is named. */
  readonly base?: string | undefined;
  readonly of?: FilesOf;
  /** Runs the modules of the project's own rules. */
  readonly runsModules?: boolean;
  /** The folder is one source of a project; absent where it is a whole one. */
  readonly part?: ProjectPart | undefined;
}

/** The folder with every finding. Throws `CommandFailed`. */
export function parseFolder(start: string, { base, of, runsModules = false, part }: Look = {}): ParsedFolder {
  if (part !== undefined) return parsePart(part, start, { base, of: of ?? "disk" });
  const read = readFlagFolder(start, of);
  const cache = new ParseCache();
  const asked = factsFor(read, base, cache);
  const parsedWith = (facts: StyleFacts | undefined): ParsedFolder => ({
    ...read,
    parsed: parseProject({ files: read.files }, { cache, ...(facts === undefined ? {} : { facts }) }),
  });
  if (asked === undefined || !runsModules) return parsedWith(asked);
  const { modules, stop } = styleModules(read.folder, projectOf(read, cache));
  try {
    return parsedWith({ ...asked, modules });
  } finally {
    stop();
  }
}

/** Modules of the project's rules are code of its main source, so they are run there. */
function parsePart(part: ProjectPart, start: string, { base, of }: Look): ParsedFolder {
  const folder = resolve(start);
  const files = of === "index" ? readStaged(folder) : readSourceFolder(folder);
  const cache = new ParseCache();
  const whole = wholeOf(part, files);
  const asked = factsFor({ folder, files: whole }, base, cache);
  // Git tells where flags were by their path in the folder.
  const before = asked?.before && new Map([...asked.before].map(([key, one]) => [key, { ...one, path: projectPath(part.source, one.path) ?? one.path }]));
  const facts = asked && {
    ...asked,
    ...(before === undefined ? {} : { before }),
  };
  const parsed = parseProject({ files: whole }, { cache, ...(facts === undefined ? {} : { facts }) });
  return { folder, files, parsed: ownPart(part, parsed) };
}

const projectOf = ({ files }: FlagFolder, cache: ParseCache): Project | undefined => cache.project("sluice.yaml", files.get("sluice.yaml") ?? "").project;

/** What Git knows of a folder; undefined where neither a rule of style nor the caller asks. Throws `CommandFailed`. */
export function factsFor(read: FlagFolder, base: string | undefined, cache: ParseCache): StyleFacts | undefined {
  return projectOf(read, cache)?.style !== undefined || base !== undefined ? gitFacts(read.folder, base, cache) : undefined;
}

/** Brings a folder's files from one state to another: writes what differs, removes what is gone, touches nothing else. */
export function writeFiles(folder: string, before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): void {
  for (const [path, text] of after) {
    if (before.get(path) === text) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  for (const path of before.keys()) if (!after.has(path)) rmSync(join(folder, path));
}
