import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { KEEPER } from "./demo-engineers.ts";
import { type DemoCommit, demoHistory } from "./demo-history.ts";

/** The demo's flag repository could not be made; the message says why and what to do. */
export class DemoRepositoryFailed extends Error {
  override readonly name = "DemoRepositoryFailed";
}

/** What the history is drawn from, where nobody says otherwise. */
const SEED = "plumbline";

/**
 * Makes the demo's flag repository at `folder`: the files in `template`, and the year that led to them; does nothing if it is there.
 * Made beside and moved into place, so that an interrupted start leaves no half repository. Throws `DemoRepositoryFailed`.
 */
export function makeDemoRepository(
  folder: string,
  template: string,
  { seed = SEED, nowMs = Date.now() }: { readonly seed?: string; readonly nowMs?: number } = {},
): void {
  if (existsSync(join(folder, ".git"))) return;
  // One name for every attempt: what a cut-off one left is taken away by the next.
  const next = `${folder}.new`;
  try {
    rmSync(next, { recursive: true, force: true });
    mkdirSync(next, { recursive: true });
    git(next, ["init", "--quiet", "--initial-branch=main", "--template="]);
    appendFileSync(join(next, ".git/config"), `[user]\n\tname = ${KEEPER.name}\n\temail = ${KEEPER.email}\n`);
    git(next, ["fast-import", "--quiet", "--done"], streamOf(demoHistory(filesIn(template), { seed, todayMs: nowMs })));
    git(next, ["reset", "--quiet", "--hard", "main"]);
    rmSync(folder, { recursive: true, force: true });
    renameSync(next, folder);
  } catch (error) {
    rmSync(next, { recursive: true, force: true });
    const why = error instanceof Error ? error.message : String(error);
    const full = /ENOSPC|no space left/i.test(why);
    throw new DemoRepositoryFailed(
      `The demo's flag repository ${folder} cannot be made: ${full ? "the disk is full. Free some room and start again." : `${why.trim()}. Mend that and start again.`} Nothing was left behind.`,
      { cause: error },
    );
  }
}

/** Every file below a folder, by its path from there. */
function filesIn(folder: string): ReadonlyMap<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map(({ parentPath, name }) => relative(folder, join(parentPath, name)).split(sep).join("/")).sort();
  return new Map(paths.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}

/** The history in the form that `git fast-import` reads (git-fast-import(1), “Input format”): one process for all of it. */
function streamOf(commits: readonly DemoCommit[]): string {
  const lines: string[] = [];
  const data = (text: string): number => lines.push(`data ${Buffer.byteLength(text)}`, text);
  for (const { atMs, offset, author, message, files } of commits) {
    const who = `${author.name} <${author.email}> ${Math.floor(atMs / 1000)} ${offset}`;
    lines.push("commit refs/heads/main", `author ${who}`, `committer ${who}`);
    data(message);
    for (const [path, text] of files) {
      lines.push(text === undefined ? `D ${path}` : `M 100644 inline ${path}`);
      if (text !== undefined) data(text);
    }
  }
  return `${lines.join("\n")}\ndone\n`;
}

function git(folder: string, args: readonly string[], input?: string): void {
  const done = spawnSync("git", [...args], {
    cwd: folder,
    encoding: "utf8",
    stdio: [input === undefined ? "ignore" : "pipe", "ignore", "pipe"],
    ...(input === undefined ? {} : { input }),
    env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
  });
  if (done.status !== 0) throw new Error(`git ${args[0] ?? ""}: ${done.error?.message ?? done.stderr.trim().split("\n").at(-1) ?? ""}`);
}
