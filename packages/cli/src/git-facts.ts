import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import {
  BASELINE_FILE,
  CODE_OWNERS_PATHS,
  codeOwnerTeams,
  COMMITTERS_LOG,
  committerWords,
  dateAt,
  flagsBefore,
  isOfProject,
  type ParseCache,
  type ProjectEntry,
  readBaseline,
  REMOVED_FLAGS_LOG,
  removedFlags,
  type StyleFacts,
  textOfFile,
  unreadEntry,
} from "@sluice/definitions";
import { mergedFiles } from "@sluice/snapshot";
import { CommandFailed } from "./failure.ts";
import { blobContents } from "./git-blobs.ts";

/** What Git may print: the flags of the largest project. */
const OUTPUT_BYTES_MAX = 512 * 2 ** 20;

/** A project's folder in its repository. */
export interface GitFolder {
  /** Below the repository's root, with `/` at its end; empty for the root itself. */
  readonly prefix: string;
  readonly root: string;
}

/** Where a folder stands in Git; undefined outside any repository, or without Git. */
export function gitFolderOf(folder: string): GitFolder | undefined {
  const root = git(folder, ["rev-parse", "--show-toplevel"])?.trim();
  if (root === undefined) return undefined;
  const prefix = git(folder, ["rev-parse", "--show-prefix"])?.trim() ?? relative(root, folder);
  return { root, prefix };
}

/**
 * What rules of style ask and files do not say: today, the flags at a base commit (HEAD where none is named), keys of removed flags, who
 * commits here, CODEOWNERS. Outside Git only the day is known. Throws `CommandFailed` where a base is named that Git does not know.
 */
export function gitFacts(folder: string, base: string | undefined, cache: ParseCache): StyleFacts {
  const today = dateAt(Date.now());
  const place = gitFolderOf(folder);
  const commit = place && git(folder, ["rev-parse", "--verify", "--quiet", `${base ?? "HEAD"}^{commit}`])?.trim();
  if (place === undefined || commit === undefined) {
    if (base === undefined) return { today };
    throw new CommandFailed({
      code: "validate/base",
      message: place === undefined ? `${folder} is in no Git repository, so there is no ${base} to compare with.` : `Git knows no commit ${base} here.`,
      fix: "Fetch it (git fetch origin main), or leave --base away.",
      exitCode: 2,
    });
  }
  const baseline = git(folder, ["show", `${commit}:${place.prefix}${BASELINE_FILE}`]);
  return {
    today,
    before: flagsBefore(filesAt(folder, { commit, paths: ["flags/", "environments/"] }), cache),
    baselineBefore: new Set(readBaseline(baseline ?? "").entries.keys()),
    tombstones: removedFlags(git(folder, [...REMOVED_FLAGS_LOG, "--", "flags/"]) ?? ""),
    people: committerWords(git(folder, COMMITTERS_LOG) ?? ""),
    codeOwners: codeOwnerTeams(codeOwnersFile(place.root)?.text ?? ""),
  };
}

/** Keys of flags that were removed from a folder, each with when and where; empty outside Git. */
export const tombstonesOf = (folder: string): ReadonlyMap<string, string> => removedFlags(git(folder, [...REMOVED_FLAGS_LOG, "--", "flags/"]) ?? "");

/** Entries of a folder's baseline at a commit (HEAD where none is named); undefined where Git knows none there: the first is no growth. */
export function baselineAt(folder: string, name: string | undefined): ReadonlySet<string> | undefined {
  const commit = git(folder, ["rev-parse", "--verify", "--quiet", `${name ?? "HEAD"}^{commit}`])?.trim();
  if (commit === undefined) return undefined;
  const prefix = git(folder, ["rev-parse", "--show-prefix"])?.trim() ?? "";
  const text = git(folder, ["show", `${commit}:${prefix}${BASELINE_FILE}`]);
  return text === undefined ? undefined : new Set(readBaseline(text).entries.keys());
}

/** Undefined where Git ends with an error: the question was about something that is not there. */
function git(folder: string, args: readonly string[], input?: string): string | undefined {
  const result = spawnSync("git", ["-C", folder, ...args], { encoding: "utf8", maxBuffer: OUTPUT_BYTES_MAX, ...(input === undefined ? {} : { input }) });
  return result.status === 0 ? result.stdout : undefined;
}

/** What decides what flags answer. */
const ANSWERING = ["sluice.yaml", "flags/", "environments/", "segments/"];

/**
 * The definition files of a folder at a commit, and as they would be there with what this folder changes since it parted from it. Where Git knows no
 * parting, the folder's own. Throws `CommandFailed` where Git does not know the commit.
 */
export function changeUpon(
  folder: string,
  name: string,
  ended: ReadonlyMap<string, string>,
): { readonly old: ReadonlyMap<string, string>; readonly files: ReadonlyMap<string, string> } {
  const isRepository = git(folder, ["rev-parse", "--git-dir"]) !== undefined;
  const commit = git(folder, ["rev-parse", "--verify", "--quiet", `${name}^{commit}`])?.trim();
  if (commit === undefined)
    throw new CommandFailed({
      code: "plan/base",
      message: isRepository ? `Git knows no commit ${name} here.` : `${folder} is in no Git repository, so there is no ${name} to compare with.`,
      fix:
        isRepository && name !== "HEAD"
          ? "Fetch it (git fetch origin main), or name a folder with --before."
          : "Commit what is served now, or name its folder with --before.",
      exitCode: 2,
    });
  const old = filesAt(folder, { commit, paths: ANSWERING });
  const parting = git(folder, ["merge-base", commit, "HEAD"])?.trim();
  if (parting === undefined || parting === commit) return { old, files: ended };
  return { old, files: mergedFiles({ base: old, began: filesAt(folder, { commit: parting, paths: ANSWERING }), ended }).files };
}

/** The definition files of a folder at a commit; undefined where Git does not know it here, as after a forced push or in a shallow checkout. */
export function filesAtCommit(folder: string, name: string): ReadonlyMap<string, string> | undefined {
  const commit = git(folder, ["rev-parse", "--verify", "--quiet", `${name}^{commit}`])?.trim();
  return commit === undefined ? undefined : filesAt(folder, { commit, paths: ANSWERING });
}

/** Where a folder's branch parted from a commit, and the commit itself where Git knows no parting. */
export const partingFrom = (folder: string, commit: string): string => git(folder, ["merge-base", commit, "HEAD"])?.trim() ?? commit;

/** Texts of a project's files as they would be committed. Throws `CommandFailed` outside a repository. */
export function stagedFiles(folder: string): ReadonlyMap<string, string> {
  const listed = git(folder, ["ls-files", "--stage", "-z", "--", "."])?.split("\0");
  if (listed === undefined)
    throw new CommandFailed({
      code: "validate/staged",
      message: `${folder} is in no Git repository, so nothing is staged.`,
      fix: "Leave --staged away.",
      exitCode: 2,
    });
  const entries = listed.flatMap((line) => {
    // A path in conflict has several stages; ours stands for it, with its merge markers or without.
    const [, mode, id, path] = /^(\d{6}) ([0-9a-f]+) [02]\t(.+)$/s.exec(line) ?? [];
    if (mode === undefined || id === undefined || path === undefined) return [];
    const entry: ProjectEntry = { path, kind: mode === "160000" ? "submodule" : mode === "120000" ? "link" : "file", bytes: 0 };
    return isOfProject(entry) ? [{ entry, id, path }] : [];
  });
  const texts = blobTexts(
    folder,
    entries.filter(({ entry }) => unreadEntry(entry) === undefined),
  );
  return new Map(entries.map(({ entry, path }) => [path, texts.get(path) ?? unreadEntry(entry) ?? ""]));
}

/** Texts of files at a commit, in two calls of Git however many there are. */
function filesAt(folder: string, { commit, paths }: { readonly commit: string; readonly paths: readonly string[] }): ReadonlyMap<string, string> {
  const listed = git(folder, ["ls-tree", "-r", "-z", commit, "--", ...paths])?.split("\0") ?? [];
  const blobs = listed.flatMap((line) => {
    const found = /^100\d{3} blob ([0-9a-f]+)\t(.+\.ya?ml)$/s.exec(line);
    // ls-tree answers with paths below the folder it runs in.
    return found?.[1] === undefined || found[2] === undefined ? [] : [{ id: found[1], path: found[2] }];
  });
  return blobTexts(folder, blobs);
}

function blobTexts(folder: string, blobs: readonly { readonly id: string; readonly path: string }[]): ReadonlyMap<string, string> {
  const contents = [...blobContents(folder, blobs)];
  return new Map(contents.map(([path, bytes]) => [path, unreadEntry({ path, kind: "file", bytes: bytes.length }) ?? textOfFile(bytes)]));
}

/** The first CODEOWNERS file that a Git host reads, by its path from the repository's root. */
export function codeOwnersFile(root: string): { readonly path: string; readonly text: string } | undefined {
  const path = CODE_OWNERS_PATHS.find((name) => existsSync(join(root, name)));
  return path === undefined ? undefined : { path, text: readFileSync(join(root, path), "utf8") };
}
