import { spawnSync } from "node:child_process";
import { type CodeSource, codeText, grammarsFor } from "@sluice/code-references";
import { BASELINE_FILE } from "@sluice/definitions";
import type { CodeFolder } from "./code-folder.ts";

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
  const isRead = (path: string): boolean => path === BASELINE_FILE || grammarsFor([path]).length > 0;
  const old = blobs(
    folder,
    [...ids].filter(([path]) => changed.has(path) && isRead(path)),
  );
  return { paths: [...ids.keys()].sort(), read: (path) => (changed.has(path) ? old.get(path) : ids.has(path) ? read(path) : undefined) };
}

function git(folder: string, args: readonly string[], input?: string): Buffer | undefined {
  const { status, stdout } = spawnSync("git", ["-C", folder, ...args], { maxBuffer: OUTPUT_BYTES_MAX, ...(input === undefined ? {} : { input }) });
  return status === 0 ? stdout : undefined;
}

/** Texts by path; what is none that somebody wrote is left out. */
function blobs(folder: string, wanted: readonly (readonly [path: string, id: string])[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const output = wanted.length === 0 ? undefined : git(folder, ["cat-file", "--batch"], wanted.map(([, id]) => `${id}\n`).join(""));
  let at = 0;
  for (const [path] of output === undefined ? [] : wanted) {
    const end = output?.indexOf(10, at) ?? -1;
    const size = Number(output?.toString("latin1", at, end).split(" ")[2]);
    if (output === undefined || end < 0 || !Number.isSafeInteger(size)) break;
    const { text } = codeText(output.subarray(end + 1, end + 1 + size));
    if (text !== undefined) texts.set(path, text);
    at = end + size + 2;
  }
  return texts;
}
