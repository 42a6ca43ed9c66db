import { printedBlobs } from "../../source/adapters/git-blobs.ts";
import { runGit } from "../../source/adapters/run-git.ts";
import type { CodeReader } from "../look-at-code.ts";

const TIMEOUT_MS = 30_000;
const ID = /^[0-9a-f]{40,64}$/;

/** The code of commits in a bare mirror, read as data: nothing is checked out, followed or run. Throws `SourceUnreachable`. */
export class GitCode implements CodeReader {
  readonly #mirror: string;

  constructor(mirror: string) {
    this.#mirror = mirror;
  }

  #git(args: readonly string[], input?: string): Promise<Buffer> {
    return runGit({ folder: this.#mirror, args, timeoutMs: TIMEOUT_MS, ...(input === undefined ? {} : { input }) });
  }

  async entries(commit: string, folder: string, isWanted: (path: string) => boolean): Promise<ReadonlyMap<string, string>> {
    const listed = await this.#git(["ls-tree", "-r", "-z", "--full-tree", commit, ...(folder === "" ? [] : ["--", `${folder}/`])]);
    const found = new Map<string, string>();
    for (const line of listed.toString("utf8").split("\0")) {
      // A link has the mode 120000, a submodule is no blob.
      const [, id = "", whole = ""] = /^100\d{3} blob ([0-9a-f]{40,64})\t(.+)$/s.exec(line) ?? [];
      const path = folder === "" ? whole : whole.slice(folder.length + 1);
      if (path !== "" && isWanted(path)) found.set(path, id);
    }
    return found;
  }

  async sizes(ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (ids.length === 0) return new Map();
    const printed = (await this.#git(["cat-file", "--batch-check"], linesOf(ids))).toString("latin1");
    const sizes = printed.split("\n").map((line) => line.split(" "));
    return new Map(sizes.flatMap(([id = "", kind, size]) => (kind === "blob" ? [[id, Number(size)] as const] : [])));
  }

  async blobs(ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    return ids.length === 0 ? new Map() : new Map(printedBlobs(await this.#git(["cat-file", "--batch"], linesOf(ids))));
  }
}

const linesOf = (ids: readonly string[]): string =>
  ids
    .filter((id) => ID.test(id))
    .map((id) => `${id}\n`)
    .join("");
