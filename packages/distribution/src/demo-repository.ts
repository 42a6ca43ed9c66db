import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Author of the demo's first commits: an invented person of the invented company. */
const DEMO_AUTHOR = {
  GIT_AUTHOR_NAME: "Mara Lindqvist",
  GIT_AUTHOR_EMAIL: "mara.lindqvist@plumbline.example",
  GIT_COMMITTER_NAME: "Mara Lindqvist",
  GIT_COMMITTER_EMAIL: "mara.lindqvist@plumbline.example",
};

/** The demo's flag repository could not be made; the message says why and what to do. */
export class DemoRepositoryFailed extends Error {
  override readonly name = "DemoRepositoryFailed";
}

/**
 * Makes the demo's flag repository at `folder` from the files in `template`, with one first commit; does nothing if it is there.
 * Made beside and moved into place, so that an interrupted start leaves no half repository. Throws `DemoRepositoryFailed`.
 */
export function makeDemoRepository(folder: string, template: string): void {
  if (existsSync(join(folder, ".git"))) return;
  // One name for every attempt: what a cut-off one left is taken away by the next.
  const next = `${folder}.new`;
  try {
    rmSync(next, { recursive: true, force: true });
    mkdirSync(next, { recursive: true });
    cpSync(template, next, { recursive: true });
    git(next, "init", "--quiet", "--initial-branch=main");
    git(next, "config", "user.name", DEMO_AUTHOR.GIT_AUTHOR_NAME);
    git(next, "config", "user.email", DEMO_AUTHOR.GIT_AUTHOR_EMAIL);
    git(next, "add", "--all");
    git(next, "commit", "--quiet", "--message", "The shop floor's flags");
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

function git(folder: string, ...args: readonly string[]): void {
  const done = spawnSync("git", [...args], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...DEMO_AUTHOR, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
  });
  if (done.status !== 0) throw new Error(`git ${args[0] ?? ""}: ${done.error?.message ?? done.stderr.trim().split("\n").at(-1) ?? ""}`);
}
