import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { BASELINE_FILE, ParseCache, type ParsedProject, parseProject, type Project, type StyleFacts } from "@sluice/definitions";
import { CommandFailed } from "./failure.ts";
import { gitFacts, LINK_TEXT, stagedFiles } from "./git-facts.ts";
import { styleModules } from "./style-modules.ts";

const FOLDERS = ["flags", "segments", "audiences", "plans", "policies", "tests"];

/** Whether a path below a project's folder is one of its files. */
export const isProjectFile = (path: string): boolean =>
  path === "sluice.yaml" || path === BASELINE_FILE || (/\.ya?ml$/.test(path) && FOLDERS.includes(path.split("/")[0] ?? ""));

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
    if (existsSync(join(folder, "sluice.yaml"))) return { folder, files: of === "disk" ? readFiles(folder) : readStaged(folder) };
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
  const files = stagedFiles(folder, ["sluice.yaml", BASELINE_FILE, ...FOLDERS]);
  return new Map([...files].filter(([path]) => isProjectFile(path)));
}

function readFiles(folder: string): ReadonlyMap<string, string> {
  const files = new Map([["sluice.yaml", readFileSync(join(folder, "sluice.yaml"), "utf8")]]);
  if (existsSync(join(folder, BASELINE_FILE))) files.set(BASELINE_FILE, readFileSync(join(folder, BASELINE_FILE), "utf8"));
  for (const name of FOLDERS) {
    if (lstatSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() !== true) continue;
    for (const entry of readdirSync(join(folder, name), { recursive: true, withFileTypes: true })) {
      if (entry.isDirectory() || !/\.ya?ml$/.test(entry.name)) continue;
      const path = join(entry.parentPath, entry.name);
      // A link or a device is refused by the validator, by the same words as on the server.
      const text = entry.isFile() ? readFileSync(path, "utf8") : LINK_TEXT;
      files.set(relative(folder, path).split("\\").join("/"), text);
    }
  }
  return files;
}

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
}

/** The folder with every finding. Throws `CommandFailed`. */
export function parseFolder(start: string, { base, of, runsModules = false }: Look = {}): ParsedFolder {
  const read = readFlagFolder(start, of);
  const cache = new ParseCache();
  const asked = factsFor(read, base, cache);
  const facts = asked && { ...asked, ...(runsModules ? { modules: styleModules(read.folder, projectOf(read, cache)) } : {}) };
  return { ...read, parsed: parseProject({ files: read.files }, { cache, ...(facts === undefined ? {} : { facts }) }) };
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
