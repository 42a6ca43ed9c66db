import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type GitAccess, signedInEnvironment } from "../../source/adapters/git-sign-in.ts";
import { type GitSourceOptions, remoteOf } from "../../source/adapters/git-source.ts";
import { type GitOutcome, type GitRun, refsIn, runGit, tryGit } from "../../source/adapters/run-git.ts";
import { folderOf, SourceUnreachable } from "../../source/source.ts";

const LOCAL_TIMEOUT_MS = 30_000;
/** Somebody waits for it at a page; a host that takes longer is named as slow and nothing is lost. */
const PUSH_TIMEOUT_MS = 30_000;
/** What a host says beside its refusal, in characters. */
const SAID_CHARS_MAX = 500;

/** Who made a change, as Git writes it. */
export interface Author {
  readonly name: string;
  readonly email: string;
}

/** A commit as it shall be. */
export interface CommitWanted {
  readonly parent: string;
  /** Content by path below the source's folder; `undefined` for a file that goes. */
  readonly files: ReadonlyMap<string, Uint8Array | undefined>;
  readonly author: Author;
  readonly committer: Author;
  readonly message: string;
  readonly atMs: number;
}

/**
 * How a push ended. `moved`: the branch is not where it was any more, or no longer there. `refused`: the host does not take it, as a protected
 * branch does not. `link`: where the host says that a pull request can be opened.
 */
export type Pushed =
  | { readonly outcome: "pushed"; readonly link?: string }
  | { readonly outcome: "moved" }
  | { readonly outcome: "refused"; readonly why: string };

/** Three texts of one file brought together. */
export type Merged = { readonly isClean: true; readonly bytes: Uint8Array } | { readonly isClean: false; readonly conflicts: readonly Conflict[] };

/** One place that two people changed differently. */
export interface Conflict {
  readonly before: string;
  readonly mine: string;
  readonly theirs: string;
}

export interface DeskOptions {
  /** File of the SSH private key that commits are signed with; absent where they are not. */
  readonly signingKey?: string | undefined;
  /** How long a push may take, in milliseconds; 30,000 where absent. */
  readonly pushTimeoutMs?: number;
}

/**
 * Writes to the source's repository by Git's own plumbing in the bare mirror: no work tree that could be torn, and nothing is forced. Throws
 * `SourceUnreachable` where the remote does not answer.
 */
export class GitDesk {
  readonly branch: string;
  readonly #mirror: string;
  readonly #url: string;
  readonly #folder: string;
  readonly #access: GitAccess;
  readonly #signingKey: string | undefined;
  readonly #pushTimeoutMs: number;
  #scratch = 0;

  constructor(options: GitSourceOptions, { signingKey, pushTimeoutMs = PUSH_TIMEOUT_MS }: DeskOptions = {}) {
    this.#signingKey = signingKey;
    this.#pushTimeoutMs = pushTimeoutMs;
    this.branch = options.branch;
    this.#mirror = options.mirror;
    this.#url = remoteOf(options);
    this.#folder = folderOf(options);
    this.#access = { ...options, url: this.#url };
  }

  #git(args: readonly string[], more: Pick<GitRun, "input" | "env"> = {}): Promise<Buffer> {
    return runGit({ folder: this.#mirror, args, timeoutMs: LOCAL_TIMEOUT_MS, ...more });
  }

  async #line(args: readonly string[], more: Pick<GitRun, "input" | "env"> = {}): Promise<string> {
    return (await this.#git(args, more)).toString("utf8").trim();
  }

  #whole(path: string): string {
    return this.#folder === "" ? path : `${this.#folder}/${path}`;
  }

  /** Ids of a file's content as Git has it. */
  blobOf(bytes: Uint8Array): Promise<string> {
    return this.#line(["hash-object", "-w", "--stdin"], { input: bytes });
  }

  /** How two contents differ, as lines of a unified diff from the first `@@` on; empty where they do not. */
  async diff(before: Uint8Array, after: Uint8Array): Promise<string> {
    const [from, to] = [await this.blobOf(before), await this.blobOf(after)];
    if (from === to) return "";
    const text = (await this.#git(["diff", "--no-color", "--no-ext-diff", "--no-textconv", "--text", "--unified=3", from, to])).toString("utf8");
    return text.slice(Math.max(0, text.search(/^@@/m)));
  }

  /** Makes a commit beside every branch; nobody sees it before it is pushed. */
  async commit({ parent, files, author, committer, message, atMs }: CommitWanted): Promise<string> {
    const index = join(this.#mirror, `edit-${process.pid}-${(this.#scratch += 1)}.index`);
    const env = { GIT_INDEX_FILE: index };
    try {
      await this.#git(["read-tree", parent], { env });
      const lines: string[] = [];
      // A path without mode and content goes; its id is as long as every id of the repository.
      const gone = `0 ${"0".repeat(parent.length)}`;
      for (const [path, bytes] of files)
        lines.push(`${bytes === undefined ? gone : `${await this.#modeOf(parent, path)} ${await this.blobOf(bytes)}`}\t${this.#whole(path)}\0`);
      await this.#git(["update-index", "-z", "--index-info"], { env, input: lines.join("") });
      const tree = await this.#line(["write-tree"], { env });
      // Where our clock is behind: tools that go through history by date take a commit to be younger than the one it follows.
      const parentS = Number(await this.#line(["show", "-s", "--no-show-signature", "--format=%ct", parent]));
      const date = `@${Math.max(parentS + 1, Math.floor(atMs / 1000))} +0000`;
      const sign = this.#signingKey === undefined ? [] : ["-c", "gpg.format=ssh", "-c", `user.signingkey=${this.#signingKey}`];
      return await this.#line([...sign, "commit-tree", ...(sign.length === 0 ? [] : ["-S"]), tree, "-p", parent, "-F", "-"], {
        input: message,
        env: {
          GIT_AUTHOR_NAME: author.name,
          GIT_AUTHOR_EMAIL: author.email,
          GIT_AUTHOR_DATE: date,
          GIT_COMMITTER_NAME: committer.name,
          GIT_COMMITTER_EMAIL: committer.email,
          GIT_COMMITTER_DATE: date,
        },
      });
    } finally {
      for (const path of [index, `${index}.lock`]) rmSync(path, { force: true });
    }
  }

  async #modeOf(commit: string, path: string): Promise<string> {
    const listed = await this.#line(["--literal-pathspecs", "ls-tree", "--full-tree", commit, "--", this.#whole(path)]);
    return /^(100644|100755) blob /.exec(listed)?.[1] ?? "100644";
  }

  /** Pushes a commit onto the branch, where it follows what is there; nothing of anybody's is pushed over. */
  pushToBranch(commit: string): Promise<Pushed> {
    return this.#push([`${commit}:refs/heads/${this.branch}`]);
  }

  /** Pushes a commit as a new branch; `moved` where there is one of that name. */
  pushNew(commit: string, branch: string): Promise<Pushed> {
    return this.#push([`--force-with-lease=refs/heads/${branch}:`, `${commit}:refs/heads/${branch}`]);
  }

  async #push(given: readonly string[]): Promise<Pushed> {
    const options = given.filter((one) => one.startsWith("--"));
    const refs = given.filter((one) => !one.startsWith("--"));
    const ran = await tryGit({
      folder: this.#mirror,
      args: ["push", "--porcelain", "--no-verify", "--no-signed", ...options, "--", this.#url, ...refs],
      timeoutMs: this.#pushTimeoutMs,
      env: await signedInEnvironment(this.#access),
    });
    return pushedOf(ran);
  }

  /** Brings a change made on `base` and what the branch has since together, as `git merge-file` does. */
  async merge(base: Uint8Array, mine: Uint8Array, theirs: Uint8Array): Promise<Merged> {
    const paths = ["mine", "base", "theirs"].map((name) => join(this.#mirror, `edit-${process.pid}-${(this.#scratch += 1)}.${name}`));
    const [ours = "", was = "", others = ""] = paths;
    try {
      writeFileSync(ours, mine);
      writeFileSync(was, base);
      writeFileSync(others, theirs);
      const labels = ["-L", "mine", "-L", "before", "-L", "theirs"];
      const ran = await tryGit({ folder: this.#mirror, args: ["merge-file", "-p", "--diff3", ...labels, ours, was, others], timeoutMs: LOCAL_TIMEOUT_MS });
      // It ends with the number of conflicts, and above 127 with an error.
      if (ran.code < 0 || ran.code > 127) throw new SourceUnreachable(`git merge-file: ${ran.said.trim().slice(0, SAID_CHARS_MAX)}`);
      return ran.code === 0 ? { isClean: true, bytes: new Uint8Array(ran.output) } : { isClean: false, conflicts: conflictsIn(ran.output.toString("utf8")) };
    } finally {
      for (const path of paths) rmSync(path, { force: true });
    }
  }

  /** Where branches of the remote are now; one that is not there is left out. */
  async tips(branches: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (branches.length === 0) return new Map();
    const refs = branches.map((branch) => `refs/heads/${branch}`);
    const env = await signedInEnvironment(this.#access);
    const listed = await runGit({ folder: this.#mirror, args: ["ls-remote", "--", this.#url, ...refs], timeoutMs: PUSH_TIMEOUT_MS, env });
    return new Map([...refsIn(listed, refs)].map(([ref, commit]) => [ref.slice("refs/heads/".length), commit]));
  }

  /** Whether a commit is part of another one's history; false where the mirror lacks either. */
  async contains(tip: string, commit: string): Promise<boolean> {
    return (await tryGit({ folder: this.#mirror, args: ["merge-base", "--is-ancestor", commit, tip], timeoutMs: LOCAL_TIMEOUT_MS })).code === 0;
  }
}

function pushedOf({ code, output, said }: GitOutcome): Pushed {
  const told = said
    .split("\n")
    .filter((line) => line.startsWith("remote:"))
    .map((line) => line.slice("remote:".length).trim())
    .filter((line) => line !== "");
  if (code === 0) {
    const link = told.map((line) => /https?:\/\/\S+/.exec(line)?.[0]).find((found) => found !== undefined);
    return { outcome: "pushed", ...(link === undefined ? {} : { link }) };
  }
  const line =
    output
      .toString("utf8")
      .split("\n")
      .find((one) => one.startsWith("!\t")) ?? "";
  const why = /\[remote rejected\] \((.*)\)$/.exec(line)?.[1];
  // The ref was locked by another push, or moved between our look and the host's.
  if (/\[rejected\]/.test(line) || /failed to update ref|cannot lock ref|fetch first|stale info/.test(why ?? "")) return { outcome: "moved" };
  if (why !== undefined) return { outcome: "refused", why: [...told, why].join(" ").slice(0, SAID_CHARS_MAX) };
  throw new SourceUnreachable(`git push: ${said.trim().split("\n").at(-1)?.slice(0, SAID_CHARS_MAX) ?? ""}`);
}

/** Places between Git's own markers. */
function conflictsIn(text: string): readonly Conflict[] {
  const found = text.matchAll(/^<{7} mine\r?\n([\s\S]*?)^\|{7} before\r?\n([\s\S]*?)^={7}\r?\n([\s\S]*?)^>{7} theirs\r?$/gm);
  return [...found].map(([, mine = "", before = "", theirs = ""]) => ({ mine, before, theirs }));
}
