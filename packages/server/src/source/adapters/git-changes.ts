import { CODE_OWNERS_PATHS, COMMITTERS_LOG, REMOVED_FLAGS_LOG, textOfFile } from "@sluice/definitions";
import { askCodeProcess } from "../../code/adapters/code-process.ts";
import type { CodeAnswer, CodeQuestion } from "../../code/code-question.ts";
import type { ChangeHistory, ChangeSource, CodeOwnersFile } from "../change-source.ts";
import { folderOf, SourceUnreachable } from "../source.ts";
import { signedInEnvironment } from "./git-sign-in.ts";
import type { GitSource, GitSourceOptions } from "./git-source.ts";
import { FETCH, refsIn, runGit } from "./run-git.ts";

const FETCH_TIMEOUT_MS = 60_000;
const LOCAL_TIMEOUT_MS = 30_000;
const COMMIT = /^[0-9a-f]{40,64}$/;
/** Refs that a review asks for: of pull requests and merge queues, and branches. Nothing that Git could take for an option or a pattern. */
const REF = /^refs\/(?:pull\/\d+\/(?:head|merge)|heads\/[\w./+@=-]+)$/;

/** Changes of the repository that `source` mirrors, read from the same mirror: nothing is checked out, no hook or filter of anybody runs. */
export class GitChanges implements ChangeSource {
  readonly #source: GitSource;
  readonly #options: GitSourceOptions;

  constructor(source: GitSource, options: GitSourceOptions) {
    this.#source = source;
    this.#options = options;
  }

  get #folder(): string {
    return folderOf(this.#options);
  }

  async #git(args: readonly string[], timeoutMs = LOCAL_TIMEOUT_MS): Promise<string> {
    return (await runGit({ folder: this.#options.mirror, args, timeoutMs })).toString("utf8");
  }

  async bring(refs: readonly string[]): Promise<ReadonlyMap<string, string>> {
    for (const ref of refs) if (!REF.test(ref) || ref.includes("..")) throw new SourceUnreachable(`"${ref}" is no ref of a change`);
    await this.#source.ready();
    // Where two histories part can be told only of whole ones.
    await this.#source.whole();
    const { mirror, url } = this.#options;
    const env = await signedInEnvironment(this.#options);
    const ask = (args: readonly string[]): Promise<Buffer> => runGit({ folder: mirror, args, timeoutMs: FETCH_TIMEOUT_MS, env });
    const listed = refsIn(await ask(["ls-remote", "--", url, ...refs]), refs);
    const found = new Map([...listed].filter(([, commit]) => COMMIT.test(commit)));
    const missing = (await this.#lacking([...found])).map(([ref]) => ref);
    // No ref of ours keeps them: what nobody asks for again is gone from the mirror after two weeks, as git collects it (gc.pruneExpire).
    if (missing.length > 0) await ask([...FETCH, "--force", "--", url, ...missing]);
    if ((await this.#lacking([...found])).length > 0) throw new SourceUnreachable("a branch moved while it was fetched");
    return found;
  }

  /** Those whose commit the mirror does not have. */
  async #lacking(found: readonly (readonly [ref: string, commit: string])[]): Promise<readonly (readonly [string, string])[]> {
    if (found.length === 0) return [];
    const input = found.map(([, commit]) => `${commit}\n`).join("");
    const said = await runGit({ folder: this.#options.mirror, args: ["cat-file", "--batch-check"], timeoutMs: LOCAL_TIMEOUT_MS, input });
    const lines = said.toString("utf8").split("\n");
    return found.filter((_, index) => (lines[index] ?? "").endsWith(" missing"));
  }

  async parting(a: string, b: string): Promise<string | undefined> {
    for (const one of [a, b]) if (!COMMIT.test(one)) throw new SourceUnreachable(`"${one}" is no commit`);
    try {
      return (await this.#git(["merge-base", a, b])).trim();
    } catch (error) {
      if (error instanceof SourceUnreachable) return undefined;
      throw error;
    }
  }

  async files(commit: string): Promise<ReadonlyMap<string, string>> {
    const { files } = await this.#source.tree(commit);
    const blobs = await this.#source.blobs([...new Set(files.map(([, id]) => id))]);
    return new Map(files.map(([path, id]) => [path, textOfFile(blobs.get(id) ?? new Uint8Array())]));
  }

  async history(commit: string): Promise<ChangeHistory> {
    if (!COMMIT.test(commit)) throw new SourceUnreachable(`"${commit}" is no commit`);
    const folder = this.#folder;
    // A bare mirror has no folder to stand in: paths from the root lose the project's part here.
    const removed = await this.#git([...REMOVED_FLAGS_LOG.filter((one) => one !== "--relative"), commit, "--", folder === "" ? "flags/" : `${folder}/flags/`]);
    const removals = folder === "" ? removed : removed.replaceAll(`\n${folder}/`, "\n");
    return { removals, committers: await this.#git([...COMMITTERS_LOG, commit]) };
  }

  async codeOwners(commit: string): Promise<CodeOwnersFile | undefined> {
    if (!COMMIT.test(commit)) throw new SourceUnreachable(`"${commit}" is no commit`);
    const listed = await this.#git(["ls-tree", "-z", "--full-tree", "--format=%(objectname) %(path)", commit, "--", ...CODE_OWNERS_PATHS]);
    const found = new Map(listed.split("\0").flatMap((line) => (line === "" ? [] : [[line.slice(line.indexOf(" ") + 1), line.split(" ")[0] ?? ""] as const])));
    const path = CODE_OWNERS_PATHS.find((one) => found.has(one));
    return path === undefined ? undefined : { path, text: await this.#git(["cat-file", "blob", found.get(path) ?? ""]) };
  }

  async folderIds(commit: string, folders: readonly string[]): Promise<readonly string[]> {
    if (!COMMIT.test(commit)) throw new SourceUnreachable(`"${commit}" is no commit`);
    const input = folders.map((folder) => `${commit}${folder === "" ? "^{tree}" : `:${folder}`}\n`).join("");
    const said = await runGit({ folder: this.#options.mirror, args: ["cat-file", "--batch-check"], timeoutMs: LOCAL_TIMEOUT_MS, input });
    const lines = said.toString("utf8").split("\n");
    return folders.map((_, index) => /^([0-9a-f]{40,64}) tree \d+$/.exec(lines[index] ?? "")?.[1] ?? "");
  }

  code(question: CodeQuestion): Promise<CodeAnswer> {
    return askCodeProcess(this.#options.mirror, question);
  }
}
