import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DEFINITION_FOLDERS, isOfProject, type ProjectEntry, unreadEntry } from "@sluice/definitions";
import type { FileChange } from "@sluice/releases";
import { type CommitStory, mustNotBeTooMany, type Source, type SourceTree, SourceUnreachable } from "../source.ts";

/** Trees remembered for reverting to, while developing. */
const TREES_MAX = 200;

const sha1 = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash("sha1");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
};

/** The files and folders beside sluice.yaml that are a project's, whatever the case of their names. */
const topPaths = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => name === "sluice.yaml" || name === "style-baseline.yaml" || DEFINITION_FOLDERS.includes(name.toLowerCase()));

/** What stands at a path and below it; links and submodules are not followed. */
function* entriesAt(folder: string, path: string): Generator<{ readonly entry: ProjectEntry; readonly atMs: number }> {
  const status = lstatSync(join(folder, path), { throwIfNoEntry: false });
  const isSubmodule = status?.isDirectory() === true && existsSync(join(folder, path, ".git"));
  if (status?.isDirectory() === true && !isSubmodule) {
    for (const name of readdirSync(join(folder, path))) yield* entriesAt(folder, `${path}/${name}`);
    return;
  }
  const kind = isSubmodule ? "submodule" : status?.isSymbolicLink() === true ? "link" : status?.isFile() === true ? "file" : "other";
  yield { entry: { path, kind, bytes: kind === "file" ? (status?.size ?? 0) : 0 }, atMs: status?.mtimeMs ?? 0 };
}

/** A working folder as it is on disk, committed or not: what `sluice dev` serves. Its "commit" is the hash of its content. */
export class FolderSource implements Source {
  readonly #folder: string;
  readonly #trees = new Map<string, { readonly files: readonly FileChange[]; readonly atMs: number }>();
  readonly #blobs = new Map<string, Uint8Array>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async fetch(): Promise<string | undefined> {
    const files: FileChange[] = [];
    let newestMs = 0;
    try {
      for (const path of topPaths(this.#folder)) {
        for (const { entry, atMs } of entriesAt(this.#folder, path)) {
          if (!isOfProject(entry)) continue;
          newestMs = Math.max(newestMs, atMs);
          files.push([entry.path, this.#take(entry)]);
        }
      }
    } catch (error) {
      throw new SourceUnreachable(`${this.#folder} could not be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
    files.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    mustNotBeTooMany(files.length);
    if (files.length === 0) return undefined;
    const commit = sha1(JSON.stringify(files));
    if (!this.#trees.has(commit)) {
      if (this.#trees.size >= TREES_MAX) this.#trees.clear();
      this.#trees.set(commit, { files, atMs: Math.round(newestMs) });
    }
    return commit;
  }

  #take(entry: ProjectEntry): string {
    const unread = unreadEntry(entry);
    const bytes = unread === undefined ? new Uint8Array(readFileSync(join(this.#folder, entry.path))) : new TextEncoder().encode(unread);
    const id = sha1(`blob ${bytes.length}\0`, bytes);
    this.#blobs.set(id, bytes);
    return id;
  }

  async tree(commit: string): Promise<SourceTree> {
    return { files: this.#trees.get(commit)?.files ?? [] };
  }

  async blobs(ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    return new Map(ids.flatMap((id) => (this.#blobs.has(id) ? [[id, this.#blobs.get(id) ?? new Uint8Array()] as const] : [])));
  }

  async story(commit: string): Promise<CommitStory | undefined> {
    const tree = this.#trees.get(commit);
    return tree && { author: "this folder", subject: "as saved on disk", atMs: tree.atMs };
  }

  async past(): Promise<undefined> {
    return undefined;
  }

  async pin(): Promise<void> {}
}
