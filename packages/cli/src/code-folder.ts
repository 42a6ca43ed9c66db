import { spawnSync } from "node:child_process";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { CODE_FILE_BYTES_MAX, type CodeSource, codeText, TOO_LARGE } from "@sluice/code-references";
import { CommandFailed } from "./failure.ts";

/** Code of an application, as its folder has it. */
export interface CodeFolder extends CodeSource {
  /** Absolute. */
  readonly folder: string;
  /** Files that were asked for and not read, each with the reason. */
  readonly unread: ReadonlyMap<string, string>;
}

/** Paths of the largest monorepos; beyond it nobody waits for the answer. */
const FILES_MAX = 500_000;
const OUTPUT_BYTES_MAX = 512 * 2 ** 20;
/** Where there is no Git to say what is somebody else's. */
const SKIPPED = new Set(["node_modules", "vendor", "dist", "build", "target", "__pycache__", "venv"]);

/** The files of a folder that Git knows or would take: what is ignored is left out. Throws `CommandFailed` where there is no such folder. */
export function readCodeFolder(given: string): CodeFolder {
  const folder = resolve(given);
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new CommandFailed({ code: "code/missing", message: `There is no folder ${folder}.`, fix: "Name the folder that has the code.", exitCode: 2 });
  const paths = listedByGit(folder) ?? [...listedByHand(folder, "")];
  if (paths.length > FILES_MAX)
    throw new CommandFailed({
      code: "code/too-many",
      message: `${folder} has ${paths.length} files; ${FILES_MAX} are looked through.`,
      fix: "Name a folder within it.",
      exitCode: 2,
    });
  const unread = new Map<string, string>();
  return { folder, paths: paths.sort(), unread, read: (path) => readText(folder, path, unread) };
}

function listedByGit(folder: string): string[] | undefined {
  const result = spawnSync("git", ["-C", folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    encoding: "utf8",
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  return result.status === 0 ? [...new Set(result.stdout.split("\0").filter((path) => path !== ""))] : undefined;
}

function* listedByHand(folder: string, below: string): Generator<string> {
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isFile()) yield path;
    else if (entry.isDirectory() && !SKIPPED.has(entry.name) && !entry.name.startsWith(".")) yield* listedByHand(folder, path);
  }
}

/** Undefined, with the reason noted, for what is no text that somebody wrote. */
function readText(folder: string, path: string, unread: Map<string, string>): string | undefined {
  const file = join(folder, path);
  const status = lstatSync(file, { throwIfNoEntry: false });
  // Deleted and not committed yet, a link, a submodule: nothing of this folder's own.
  if (status?.isFile() !== true) return undefined;
  const read = status.size > CODE_FILE_BYTES_MAX ? { why: TOO_LARGE } : codeText(readFileSync(file));
  if (!("why" in read)) return read.text;
  unread.set(path, read.why);
  return undefined;
}
