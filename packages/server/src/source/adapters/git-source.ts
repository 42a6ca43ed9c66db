import { createHash } from "node:crypto";
import { mkdirSync, existsSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { isOfProject, type ProjectEntry, unreadEntry } from "@sluice/definitions";
import { type CommitStory, folderOf, mustNotBeTooMany, type PastCommit, type Source, SourceRefused, type SourceTree, SourceUnreachable } from "../source.ts";
import { FetchLine } from "./fetch-line.ts";
import { type GitAccess, signedInEnvironment } from "./git-sign-in.ts";
import { CommitSignatures, type TrustedSigners } from "./commit-signatures.ts";
import { printedBlobs } from "./git-blobs.ts";
import { FETCH, refsIn, runGit, tryGit } from "./run-git.ts";

const ASK_TIMEOUT_MS = 10_000;
const FETCH_TIMEOUT_MS = 60_000;
const LOCAL_TIMEOUT_MS = 30_000;
/** History comes while everything is served already. */
const DEEPEN_TIMEOUT_MS = 600_000;
const TIP = "refs/sluice/tip";
/** Fetches: a hundred of them leave some hundreds of loose objects, and git tidies up at thousands. */
const TIDIED_EVERY = 100;
const STORIES_MAX = 2_000;
/** A page waits for this: a file of a repository with 100,000 commits is found in under a second. */
const PAST_TIMEOUT_MS = 5_000;
/** Histories remembered: what led to a commit never changes. */
const PASTS_MAX = 500;
/** Commit, author, seconds, subject. */
const PAST_FIELDS = 4;
const SUBJECT_CHARS_MAX = 500;
/** What stands for files that are not read, besides those of the newest tree, which puts its own in. */
const REFUSED_MAX = 10_000;

/** `url`: any remote that the git binary understands, or a path. Without a sign-in it has what the URL, or SSH, has. */
export interface GitSourceOptions extends GitAccess {
  readonly branch: string;
  /** Folder of the repository that holds `sluice.yaml`; empty for its root. */
  readonly folder: string;
  /** Where the bare mirror is kept. */
  readonly mirror: string;
  /** Only commits that one of these has signed are taken; absent where anybody's are. */
  readonly signers?: TrustedSigners | undefined;
}

/** The remote as git takes it; a path from the root. Throws `SourceRefused` for what git would take for an option. */
export function remoteOf({ url, branch }: Pick<GitSourceOptions, "url" | "branch">): string {
  if (url.startsWith("-") || branch.startsWith("-") || /[\s~^:?*[\\]|\.\./.test(branch))
    throw new SourceRefused(`"${url}" branch "${branch}" is not a repository and a branch`);
  const isRemote = /^[a-z][a-z0-9+.-]*:\/\//i.test(url) || /^[^/]+@[^/]+:/.test(url);
  return isRemote || isAbsolute(url) ? url : resolve(url);
}

/** A branch of a Git repository through a bare mirror: no work tree, no hooks, nothing checked out. */
export class GitSource implements Source {
  readonly #options: GitSourceOptions;
  readonly #url: string;
  readonly #signatures: CommitSignatures | undefined;
  #fetches = 0;
  readonly #line: FetchLine;
  readonly #stories = new Map<string, CommitStory>();
  readonly #pasts = new Map<string, readonly PastCommit[]>();
  readonly #refused = new Map<string, string>();

  /** `line`: of the sources that share this mirror, which are folders of one branch; absent where there is but one. */
  constructor(options: GitSourceOptions, line: FetchLine = new FetchLine()) {
    this.#options = options;
    this.#line = line;
    this.#url = remoteOf(options);
    this.#signatures = options.signers && new CommitSignatures(options.mirror, options.signers);
  }

  #git(args: readonly string[], timeoutMs: number, input?: string): Promise<Buffer> {
    return runGit({ folder: this.#options.mirror, args, timeoutMs, ...(input === undefined ? {} : { input }) });
  }

  /** Asks the remote. Throws `SourceUnreachable`. */
  async #ask(args: readonly string[], timeoutMs: number): Promise<Buffer> {
    return runGit({ folder: this.#options.mirror, args, timeoutMs, env: await signedInEnvironment({ ...this.#options, url: this.#url }) });
  }

  /** Makes the mirror where there is none. */
  async ready(): Promise<void> {
    const { mirror } = this.#options;
    if (existsSync(join(mirror, "HEAD"))) return;
    mkdirSync(mirror, { recursive: true, mode: 0o700 });
    await this.#git(["init", "--quiet", "--bare", "."], LOCAL_TIMEOUT_MS);
  }

  async fetch(): Promise<string | undefined> {
    const commit = await this.#line.next(() => this.#fetchTip());
    if (commit !== undefined) await this.#signatures?.mustBeSigned(commit);
    return commit;
  }

  async #fetchTip(): Promise<string | undefined> {
    await this.ready();
    const ref = `refs/heads/${this.#options.branch}`;
    const commit = refsIn(await this.#ask(["ls-remote", "--", this.#url, ref], ASK_TIMEOUT_MS), [ref]).get(ref);
    if (commit === undefined) return undefined;
    const tip = commit === this.#line.tip ? commit : await this.#bring(ref);
    this.#line.tip = tip;
    this.#deepen(ref);
    return tip;
  }

  /** Fetches the branch and gives its newest commit; the first time that commit alone, because a start must not wait for years of history. */
  async #bring(ref: string): Promise<string> {
    const isFirst =
      this.#line.tip === undefined &&
      (await tryGit({ folder: this.#options.mirror, args: ["rev-parse", "--verify", "--quiet", TIP], timeoutMs: LOCAL_TIMEOUT_MS })).code !== 0;
    // Asking each time whether the mirror needs tidying costs a fifth of a fetch.
    const tidying = this.#fetches++ % TIDIED_EVERY === 0 ? [] : ["--no-auto-maintenance"];
    const fetch = (...depth: readonly string[]): Promise<Buffer> =>
      this.#ask([...FETCH, ...tidying, "--force", ...depth, "--", this.#url, `+${ref}:${TIP}`], FETCH_TIMEOUT_MS);
    try {
      await fetch(...(isFirst ? ["--depth=1"] : []));
    } catch (error) {
      // A plain web server gives all or nothing.
      if (!isFirst || !(error instanceof SourceUnreachable) || !error.message.includes("shallow")) throw error;
      await fetch();
    }
    return (await this.#git(["rev-parse", "--verify", TIP], LOCAL_TIMEOUT_MS)).toString("utf8").trim();
  }

  /** Fetches the history that is not here yet, while what it led to is served. What fails is tried again with the next look. */
  #deepen(ref: string): void {
    if (this.#line.deepening !== undefined || this.#isWhole()) return;
    this.#line.deepening = this.#ask([...FETCH, "--unshallow", "--", this.#url, ref], DEEPEN_TIMEOUT_MS)
      .then(
        () => {},
        // Whoever asks for history is told that it is not here.
        () => {},
      )
      .finally(() => (this.#line.deepening = undefined));
  }

  /** Git keeps a file of the commits whose parents it lacks. */
  #isWhole(): boolean {
    return !existsSync(join(this.#options.mirror, "shallow"));
  }

  /** Resolves when all history is here. Throws `SourceUnreachable` where it does not come within some seconds. */
  async whole(): Promise<void> {
    if (this.#line.deepening !== undefined) await Promise.race([this.#line.deepening, new Promise((resolve) => setTimeout(resolve, PAST_TIMEOUT_MS).unref())]);
    if (!this.#isWhole()) throw new SourceUnreachable("the repository's history is still being fetched");
  }

  async tree(commit: string): Promise<SourceTree> {
    const folder = folderOf(this.#options);
    const args = ["ls-tree", "-r", "-z", "--long", "--full-tree", commit, ...(folder === "" ? [] : ["--", `${folder}/`])];
    const listed = (await this.#git(args, LOCAL_TIMEOUT_MS)).toString("utf8");
    const files = new Map<string, string>();
    if (this.#refused.size > REFUSED_MAX) this.#refused.clear();
    for (const line of listed.split("\0")) {
      const found = /^(\d{6}) (\w+) ([0-9a-f]{40,64}) +(\d+|-)\t(.+)$/s.exec(line);
      if (!found) continue;
      const [, mode = "", kind = "", id = "", size = "", whole = ""] = found;
      const path = folder === "" ? whole : whole.slice(folder.length + 1);
      const entry: ProjectEntry = { path, kind: kind === "commit" ? "submodule" : mode === "120000" ? "link" : "file", bytes: Number(size) || 0 };
      if (isOfProject(entry)) files.set(path, this.#refusedId(entry) ?? id);
    }
    mustNotBeTooMany(files.size);
    return { files: [...files] };
  }

  /** The id of what stands in the place of an entry that is not read: of nothing but what it says, as Git's own ids are. */
  #refusedId(entry: ProjectEntry): string | undefined {
    const text = unreadEntry(entry);
    if (text === undefined) return undefined;
    const id = `refused-${createHash("sha1").update(text).digest("hex")}`;
    this.#refused.set(id, text);
    return id;
  }

  async blobs(ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>();
    for (const id of ids) {
      const text = this.#refused.get(id);
      if (text !== undefined) found.set(id, new TextEncoder().encode(text));
    }
    const wanted = ids.filter((id) => /^[0-9a-f]{40,64}$/.test(id));
    if (wanted.length === 0) return found;
    const output = await this.#git(["cat-file", "--batch"], LOCAL_TIMEOUT_MS, `${wanted.join("\n")}\n`);
    // Copied: one small file that is kept must not keep all that was printed.
    for (const [id, bytes] of printedBlobs(output)) found.set(id, new Uint8Array(bytes));
    return found;
  }

  async story(commit: string): Promise<CommitStory | undefined> {
    const known = this.#stories.get(commit);
    if (known !== undefined) return known;
    if (!/^[0-9a-f]{40,64}$/.test(commit)) return undefined;
    try {
      const [author = "", seconds = "0", subject = ""] = (
        await this.#git(["show", "-s", "--no-show-signature", "--format=%an%x00%ct%x00%s", commit], LOCAL_TIMEOUT_MS)
      )
        .toString("utf8")
        .trimEnd()
        .split("\0");
      const story = { author, subject, atMs: Number(seconds) * 1000 };
      if (this.#stories.size >= STORIES_MAX) this.#stories.clear();
      this.#stories.set(commit, story);
      return story;
    } catch (error) {
      if (error instanceof SourceUnreachable) return undefined;
      throw error;
    }
  }

  async past(commit: string, paths: readonly string[], max: number): Promise<readonly PastCommit[]> {
    if (!/^[0-9a-f]{40,64}$/.test(commit)) throw new SourceUnreachable(`"${commit}" is no commit`);
    const folder = folderOf(this.#options);
    const whole = paths.map((path) => (folder === "" ? path : `${folder}/${path}`));
    const asked = JSON.stringify([commit, max, ...whole]);
    const known = this.#pasts.get(asked);
    if (known !== undefined) return known;
    await this.whole();
    // `--follow` takes one path alone. Files of flags resemble one another: only what is nearly the same content had another name before.
    const follow = whole.length === 1 ? ["--follow", "-M95%"] : [];
    const format = ["-z", "--no-show-signature", "--format=%H%x00%an%x00%ct%x00%s", `--max-count=${max}`];
    const listed = await this.#git(["--literal-pathspecs", "log", ...follow, ...format, commit, "--", ...whole], PAST_TIMEOUT_MS);
    const past = pastOf(listed.toString("utf8").split("\0"));
    if (this.#pasts.size >= PASTS_MAX) this.#pasts.clear();
    this.#pasts.set(asked, past);
    return past;
  }

  async pin(commit: string): Promise<void> {
    if (/^[0-9a-f]{40,64}$/.test(commit)) await this.#git(["update-ref", `refs/sluice/adopted/${commit}`, commit], LOCAL_TIMEOUT_MS);
  }
}

function pastOf(fields: readonly string[]): readonly PastCommit[] {
  return Array.from({ length: Math.floor(fields.length / PAST_FIELDS) }, (_, index) => {
    const [commit = "", author = "", seconds = "0", subject = ""] = fields.slice(index * PAST_FIELDS, (index + 1) * PAST_FIELDS);
    return { commit, author, subject: subject.slice(0, SUBJECT_CHARS_MAX), atMs: Number(seconds) * 1000 };
  });
}
