import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileBytesMax } from "@sluice/definitions";
import type { FileChange } from "@sluice/releases";
import { type CommitStory, FILES_MAX, isDefinition, refusedContent, type Source, SourceRefused, type SourceTree, SourceUnreachable } from "../source.ts";

/** Folders that hold definitions; nothing else of the project is looked at. */
const FOLDERS = ["flags", "segments", "audiences", "plans", "policies", "tests"];
/** Trees remembered for reverting to, while developing. */
const TREES_MAX = 200;

const sha1 = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash("sha1");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
};

/** A working folder as it is on disk, committed or not: what `sluice dev` serves. Its "commit" is the hash of its content. */
export class FolderSource implements Source {
  readonly #folder: string;
  readonly #trees = new Map<string, { readonly files: readonly FileChange[]; readonly atMs: number }>();
  readonly #blobs = new Map<string, Uint8Array>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async fetch(): Promise<string | undefined> {
    let files: readonly FileChange[];
    let newestMs = 0;
    try {
      files = this.#paths()
        .filter(isDefinition)
        .sort()
        .map((path): FileChange => {
          const status = lstatSync(join(this.#folder, path));
          newestMs = Math.max(newestMs, status.mtimeMs);
          return [path, this.#take(path, status)];
        });
    } catch (error) {
      throw new SourceUnreachable(`${this.#folder} could not be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
    if (files.length > FILES_MAX) throw new SourceRefused(`${this.#folder} has more than ${FILES_MAX} definition files`);
    if (files.length === 0) return undefined;
    const commit = sha1(JSON.stringify(files));
    if (!this.#trees.has(commit)) {
      if (this.#trees.size >= TREES_MAX) this.#trees.clear();
      this.#trees.set(commit, { files, atMs: Math.round(newestMs) });
    }
    return commit;
  }

  #paths(): string[] {
    const paths = ["sluice.yaml", "style-baseline.yaml"].filter((path) => lstatSync(join(this.#folder, path), { throwIfNoEntry: false }) !== undefined);
    for (const folder of FOLDERS) {
      if (lstatSync(join(this.#folder, folder), { throwIfNoEntry: false })?.isDirectory() !== true) continue;
      for (const entry of readdirSync(join(this.#folder, folder), { recursive: true, withFileTypes: true })) {
        if (entry.isDirectory()) continue;
        paths.push(
          join(entry.parentPath, entry.name)
            .slice(this.#folder.length + 1)
            .split("\\")
            .join("/"),
        );
      }
    }
    return paths;
  }

  #take(path: string, status: { readonly size: number; isSymbolicLink(): boolean; isFile(): boolean }): string {
    const why = status.isSymbolicLink()
      ? "symbolic links are not followed"
      : !status.isFile()
        ? "this is not a file"
        : status.size > fileBytesMax(path)
          ? `the file has ${status.size} bytes, ${fileBytesMax(path)} are allowed`
          : undefined;
    const bytes = why === undefined ? new Uint8Array(readFileSync(join(this.#folder, path))) : refusedContent(why);
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
