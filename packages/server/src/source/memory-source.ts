import { createHash } from "node:crypto";
import { isDefinitionPath } from "@sluice/definitions";
import type { FileChange } from "@sluice/releases";
import { type CommitStory, type PastCommit, type Source, type SourceTree, SourceUnreachable } from "./source.ts";

const utf8 = new TextEncoder();

/** Git's own id of a content: SHA-1 over its header and bytes (git-scm.com/book, Git Objects). */
function blobId(bytes: Uint8Array): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

/** A repository in memory, for tests and for the simulation. */
export class MemorySource implements Source {
  /** While set, the remote does not answer. */
  down = false;
  readonly #commits = new Map<string, { readonly files: readonly FileChange[]; readonly story: CommitStory }>();
  readonly #blobs = new Map<string, Uint8Array>();
  #tip: string | undefined;
  #count = 0;

  /** Makes a commit with exactly these files and moves the branch to it. */
  commit(files: ReadonlyMap<string, string>, story: CommitStory): string {
    const changes: FileChange[] = [];
    for (const [path, text] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (!isDefinitionPath(path)) continue;
      const bytes = utf8.encode(text);
      const id = blobId(bytes);
      this.#blobs.set(id, bytes);
      changes.push([path, id]);
    }
    const commit = createHash("sha1")
      .update(`${++this.#count} ${JSON.stringify(changes)} ${JSON.stringify(story)}`)
      .digest("hex");
    this.#commits.set(commit, { files: changes, story });
    this.#tip = commit;
    return commit;
  }

  /** Moves the branch, as a force-push does; `undefined` deletes it. */
  moveTo(commit: string | undefined): void {
    this.#tip = commit;
  }

  #reach(): void {
    if (this.down) throw new SourceUnreachable("the repository does not answer");
  }

  async fetch(): Promise<string | undefined> {
    this.#reach();
    return this.#tip;
  }

  async tree(commit: string): Promise<SourceTree> {
    return { files: this.#commits.get(commit)?.files ?? [] };
  }

  async blobs(ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    return new Map(ids.flatMap((id) => (this.#blobs.has(id) ? [[id, this.#blobs.get(id) ?? new Uint8Array()] as const] : [])));
  }

  async story(commit: string): Promise<CommitStory | undefined> {
    return this.#commits.get(commit)?.story;
  }

  /** Commits follow one another in the order in which they were made; names that a file had before are not known. */
  async past(commit: string, paths: readonly string[], max: number): Promise<readonly PastCommit[]> {
    this.#reach();
    const changed: PastCommit[] = [];
    let before = "";
    for (const [made, { files, story }] of this.#commits) {
      const now = JSON.stringify(files.filter(([path]) => paths.includes(path)));
      if (now !== before && !(before === "" && now === "[]")) changed.unshift({ commit: made, ...story });
      before = now;
      if (made === commit) return changed.slice(0, max);
    }
    throw new SourceUnreachable(`there is no commit ${commit}`);
  }

  async pin(): Promise<void> {}
}
