import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { sshCommand } from "./git-sign-in.ts";
import { SourceRefused, SourceUnreachable } from "../source.ts";

/** What one git command may print: 100,000 tree entries, or a batch of definitions. */
const OUTPUT_BYTES_MAX = 256 << 20;
const ERROR_CHARS_MAX = 2_000;

export interface GitRun {
  readonly folder: string;
  readonly args: readonly string[];
  readonly timeoutMs: number;
  readonly input?: string | Uint8Array;
  /** Added to git's environment, such as whose commit it is, which index, or a sign-in: never an argument, which everybody on the machine can read. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a git command ended. */
export interface GitOutcome {
  readonly code: number;
  readonly output: Buffer;
  /** What it said on its error output, cut. */
  readonly said: string;
}

/** Nothing of the machine's or the user's configuration, no hooks, no prompts, no helper programs, English messages. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, HOME, SSH_AUTH_SOCK, HTTPS_PROXY, HTTP_PROXY, NO_PROXY } = process.env;
  return {
    PATH,
    HOME,
    SSH_AUTH_SOCK,
    HTTPS_PROXY,
    HTTP_PROXY,
    NO_PROXY,
    GIT_SSH_COMMAND: sshCommand(),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "",
    GIT_ALLOW_PROTOCOL: "file:http:https:ssh:git",
    GIT_OPTIONAL_LOCKS: "0",
    LC_ALL: "C",
  };
}

/** Ends git and its own helper (git-remote-https), which holds the pipes open for as long as a silent host lets it wait. */
function endGroup(child: ChildProcess): void {
  if (child.pid === undefined || process.platform === "win32") return void child.kill("SIGKILL");
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    // ESRCH: all of them have ended meanwhile.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** Runs the git binary without a shell and gives its output. Throws `SourceUnreachable` with git's own last line. */
export async function runGit(run: GitRun): Promise<Buffer> {
  const { code, output, said } = await tryGit(run);
  if (code === 0) return output;
  throw new SourceUnreachable(`git ${run.args[0]}: ${lastLineOf(said) || `ended with ${code}`}`);
}

/** The same, for commands whose other endings say something. Throws `SourceUnreachable` where git cannot be started or gives no answer in time. */
export function tryGit(run: GitRun): Promise<GitOutcome> {
  const { folder, args, timeoutMs, input } = run;
  return new Promise((resolve, reject) => {
    const child = started(run);
    if (child instanceof SourceUnreachable) return reject(child);
    const chunks: Buffer[] = [];
    let size = 0;
    let said = "";
    let failure: Error | undefined;
    const stop = (error: Error): void => {
      failure ??= error;
      endGroup(child);
    };
    const timer = setTimeout(() => stop(new SourceUnreachable(`git ${args[0]} gave no answer within ${timeoutMs / 1000} s`)), timeoutMs);
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > OUTPUT_BYTES_MAX) stop(new SourceRefused(`git ${args[0]} printed more than ${OUTPUT_BYTES_MAX >> 20} MiB`));
      else chunks.push(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      if (said.length < ERROR_CHARS_MAX) said += chunk.toString("utf8");
    });
    child.once("error", (error: NodeJS.ErrnoException) => {
      failure ??= notStarted(error, folder);
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      if (failure !== undefined) reject(failure);
      else resolve({ code: code ?? -1, output: Buffer.concat(chunks), said: withoutPasswords(said) });
    });
    // A child that ended early closes its input: that is reported by its exit code.
    child.stdin.on("error", (error) => (failure ??= failure ?? (child.exitCode === 0 ? error : undefined)));
    child.stdin.end(input ?? "");
  });
}

/** URLs may carry a password. */
const withoutPasswords = (text: string): string => text.replaceAll(/(https?:\/\/)[^@\s/]+@/g, "$1…@");

/** What any fetch of the mirror says: nothing is printed, checked out or followed besides what is asked for. */
export const FETCH: readonly string[] = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"];

/**
 * The commits of these refs in what `git ls-remote` printed; one that is not there is left out. Git lists every ref that ends so,
 * `refs/heads/x/refs/heads/main` too: whoever may push any branch must not choose what is served.
 */
export function refsIn(listed: Buffer, refs: readonly string[]): ReadonlyMap<string, string> {
  const found = listed
    .toString("utf8")
    .split("\n")
    .map((line) => line.split("\t"));
  return new Map(found.flatMap(([commit = "", ref = ""]) => (refs.includes(ref) ? [[ref, commit] as const] : [])));
}

/** What git adds to whatever SSH said, which says why. */
const AFTER_SSH = /^(?:fatal: Could not read from remote repository\.|Please make sure you have the correct access rights|and the repository exists\.|)$/;

/** The last line that git said, hints and warnings aside; empty where there is none. */
export const lastLineOf = (text: string): string =>
  text
    .trim()
    .split("\n")
    .filter((line) => !/^(?:hint|warning):/.test(line) && !AFTER_SSH.test(line.trim()))
    .at(-1)
    ?.trim() ?? "";

/** Most reasons why a process does not start are told by its `error` event; some, such as a folder that is a file or no memory, are thrown. */
function started({ folder, args, env }: GitRun): ChildProcessByStdio<Writable, Readable, Readable> | SourceUnreachable {
  try {
    return spawn("git", ["-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never", "-c", "core.fsmonitor=false", "-c", "safe.directory=*", ...args], {
      cwd: folder,
      env: { ...environment(), ...env },
      stdio: ["pipe", "pipe", "pipe"],
      detached: process.platform !== "win32",
    });
  } catch (error) {
    return notStarted(error as NodeJS.ErrnoException, folder);
  }
}

/** The system says ENOENT of a command and of a folder alike. */
function notStarted(error: NodeJS.ErrnoException, folder: string): SourceUnreachable {
  const why =
    error.code !== "ENOENT"
      ? `git could not be started: ${error.message}`
      : existsSync(folder)
        ? "the git command was not found: install Git"
        : `the folder ${folder} is gone`;
  return new SourceUnreachable(why, { cause: error });
}
