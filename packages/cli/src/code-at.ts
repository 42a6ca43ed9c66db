import { spawnSync } from "node:child_process";
import { type CodeSource, codeText, isLookedAt } from "@sluice/code-references";
import type { CodeFolder } from "./code-folder.ts";
import { blobContents } from "./git-blobs.ts";

const OUTPUT_BYTES_MAX = 512 * 2 ** 20;

/** A commit, or what would be committed. */
export type CodeState = { readonly commit: string } | "index";

/** The code of a folder as Git has it: what stands otherwise on disk is read from Git, and the rest from there. Nothing of a commit that is not known. */
export function codeAt({ folder, read }: CodeFolder, state: CodeState): CodeSource {
  const listed = git(folder, state === "index" ? ["ls-files", "--stage", "-z", "--", "."] : ["ls-tree", "-r", "-z", state.commit]);
  const ids = new Map<string, string>();
  for (const line of listed?.toString("utf8").split("\0") ?? []) {
    // A path in conflict has several stages; ours stands for it.
    const [, inTree, inIndex, path] = /^100\d{3} (?:blob ([0-9a-f]+)|([0-9a-f]+) [02])\t(.+)$/s.exec(line) ?? [];
    const id = inTree ?? inIndex;
    if (id !== undefined && path !== undefined) ids.set(path, id);
  }
  const against = state === "index" ? [] : [state.commit];
  const differing = git(folder, ["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--relative", ...against, "--", "."]);
  const changed = new Set(differing?.toString("utf8").split("\0"));
  const differ = [...ids].flatMap(([path, id]) => (changed.has(path) && isLookedAt(path) ? [{ path, id }] : []));
  // What is no text that somebody wrote is left out.
  const old = new Map([...blobContents(folder, differ)].map(([path, bytes]) => [path, codeText(bytes).text]));
  return { paths: [...ids.keys()].sort(), read: (path) => (changed.has(path) ? old.get(path) : ids.has(path) ? read(path) : undefined) };
}

function git(folder: string, args: readonly string[]): Buffer | undefined {
  const { status, stdout } = spawnSync("git", ["-C", folder, ...args], { maxBuffer: OUTPUT_BYTES_MAX });
  return status === 0 ? stdout : undefined;
}
