import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Author of the demo's first commits: an invented person of the invented company. */
const DEMO_AUTHOR = {
  GIT_AUTHOR_NAME: "Mara Lindqvist",
  GIT_AUTHOR_EMAIL: "mara.lindqvist@plumbline.example",
  GIT_COMMITTER_NAME: "Mara Lindqvist",
  GIT_COMMITTER_EMAIL: "mara.lindqvist@plumbline.example",
};

/**
 * Makes the demo's flag repository at `folder` from the files in `template`, with one first commit; does nothing if it is there.
 * Made beside and moved into place, so that an interrupted start leaves no half repository.
 */
export function makeDemoRepository(folder: string, template: string): void {
  if (existsSync(join(folder, ".git"))) return;
  const next = `${folder}.new-${process.pid}`;
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true });
  cpSync(template, next, { recursive: true });
  const git = (...args: readonly string[]): void => {
    execFileSync("git", [...args], {
      cwd: next,
      stdio: "ignore",
      env: { ...process.env, ...DEMO_AUTHOR, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
    });
  };
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.name", DEMO_AUTHOR.GIT_AUTHOR_NAME);
  git("config", "user.email", DEMO_AUTHOR.GIT_AUTHOR_EMAIL);
  git("add", "--all");
  git("commit", "--quiet", "--message", "The shop floor's flags");
  rmSync(folder, { recursive: true, force: true });
  renameSync(next, folder);
}
