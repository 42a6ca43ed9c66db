import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FolderSource } from "../source/adapters/folder-source.ts";
import { GitSource } from "../source/adapters/git-source.ts";
import type { Source } from "../source/source.ts";
import { closeOffices, DAY_ONE, flagFile, HOUR, Office } from "../testing/office.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-flag-route-"));
});
afterEach(async () => {
  await closeOffices();
  rmSync(folder, { recursive: true, force: true });
});

let hours = 0;
function commit(files: Readonly<Record<string, string>>, author: string, subject: string): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  hours += 1;
  const date = new Date(DAY_ONE + hours * HOUR).toISOString();
  const git = (...given: readonly string[]): string =>
    execFileSync("git", ["-c", `user.name=${author}`, "-c", "user.email=a@example.com", ...given], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
    }).trim();
  if (hours === 1) git("init", "--quiet", "--initial-branch=main");
  git("add", "--all");
  git("commit", "--quiet", "--allow-empty", "-m", subject);
  return git("rev-parse", "HEAD");
}

const PHOTOS = "flags/site.photos.yaml";
const PROJECT = { "sluice.yaml": "project: p\nenvironments: { production: {} }\n", [PHOTOS]: flagFile("site.photos") };

async function officeOver(source: Source): Promise<Office> {
  const office = await new Office(source).start();
  await office.plane.adoption.lookNow();
  return office;
}

const gitSource = (): GitSource => new GitSource({ url: folder, branch: "main", folder: "", mirror: join(folder, ".mirror") });

test("a flag's page tells who changed its file, when and why, and each form served names the commit that changed it", async () => {
  hours = 0;
  const begun = commit(PROJECT, "Mara", "Photos on site reports");
  const renamed = commit({ [PHOTOS]: flagFile("site.photos").replace("A flag.", "Photos on reports.") }, "Dele", "Says what it does");
  commit({ "flags/site.other.yaml": flagFile("site.other") }, "Aoife", "Another flag");
  const office = await officeOver(gitSource());
  const commits = [
    { commit: renamed, author: "Dele", subject: "Says what it does", atMs: DAY_ONE + 2 * HOUR },
    { commit: begun, author: "Mara", subject: "Photos on site reports", atMs: DAY_ONE + HOUR },
  ];
  for (const role of ["marketing", "auditor"] as const)
    expect((await office.ask(role, "GET", "/api/flags/site.photos/commits")).body, role).toEqual({ file: PHOTOS, commits, isMore: false });
  // All of it was adopted at once, with a commit about another flag.
  const { history } = (await office.ask("auditor", "GET", "/api/flags/site.photos")).body;
  expect(history).toMatchObject([commits[0]]);
  expect((await office.ask("auditor", "GET", "/api/flags/site.photo/commits")).body).toMatchObject({ error: { code: "unknownFlag" } });
});

test("at most twenty commits are told, and that there are more", async () => {
  hours = 0;
  for (let time = 1; time <= 22; time += 1)
    commit({ ...PROJECT, [PHOTOS]: flagFile("site.photos").replace("A flag.", `The description number ${time}.`) }, "Mara", `Change ${time}`);
  const office = await officeOver(gitSource());
  const { commits, isMore } = (await office.ask("auditor", "GET", "/api/flags/site.photos/commits")).body;
  expect(isMore).toBe(true);
  expect((commits as readonly { readonly subject: string }[]).map(({ subject }) => subject)).toEqual(
    Array.from({ length: 20 }, (_, at) => `Change ${22 - at}`),
  );
});

test("a folder on disk keeps no history, a mirror that is gone gives no answer, and both are said", async () => {
  hours = 0;
  commit(PROJECT, "Mara", "begin");
  const none = { file: PHOTOS, commits: [], isMore: false };
  const onDisk = await officeOver(new FolderSource(folder));
  expect((await onDisk.ask("auditor", "GET", "/api/flags/site.photos/commits")).body).toEqual({ ...none, unavailable: "notKept" });
  const office = await officeOver(gitSource());
  // A look that still ends may be writing there, and the next one would make it anew.
  rmSync(join(folder, ".mirror"), { recursive: true, maxRetries: 20 });
  writeFileSync(join(folder, ".mirror"), "");
  expect((await office.ask("auditor", "GET", "/api/flags/site.photos/commits")).body).toEqual({ ...none, unavailable: "noAnswer" });
});
