import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";

const repository = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "sluice-pre-commit-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const sluice = `${process.execPath} ${join(repository, "tools/sluice.mjs")}`;

function git(...args: readonly string[]): SpawnSyncReturns<string> {
  const settings = ["-c", "user.name=M", "-c", "user.email=m@example.com", "-c", `core.hooksPath=${join(repository, "examples/pre-commit")}`];
  return spawnSync("git", ["-C", folder, ...settings, ...args], { encoding: "utf8", env: { ...process.env, SLUICE: sluice } });
}

test("the hook lets a good first commit through and refuses a bad one with the rule's text", () => {
  expect(spawnSync(process.execPath, [join(repository, "tools/sluice.mjs"), "init", folder], { encoding: "utf8" }).status).toBe(0);
  git("init", "-q");
  git("add", "-A");
  expect(git("commit", "-q", "-m", "flags")).toMatchObject({ status: 0, stderr: "ok  .: 1 flag, 1 segment\n" });
  const path = join(folder, "flags/example/hello.yaml");
  writeFileSync(path, readFileSync(path, "utf8").replace(/^expires: .*\n/m, ""));
  const refused = git("commit", "-q", "-a", "-m", "a flag without an end");
  expect(refused.status).not.toBe(0);
  expect(refused.stdout + refused.stderr).toMatch(
    /flags\/example\/hello\.yaml:2:6 {2}error {2}A flag of kind release says when it is to be gone\. {2}life\/expires/,
  );
  expect(git("log", "--oneline").stdout.trim().split("\n")).toHaveLength(1);
});

test("the hook refuses a file in another form, and says what puts it in order", () => {
  git("checkout", "-q", ".");
  const path = join(folder, "segments/staff.yaml");
  writeFileSync(path, readFileSync(path, "utf8").replace(/^(key: .*\n)(description: .*\n)/m, "$2$1"));
  const refused = git("commit", "-q", "-a", "-m", "a segment upside down");
  expect(refused.status).not.toBe(0);
  expect(refused.stdout + refused.stderr).toContain("Not in the usual form: segments/staff.yaml.");
  expect(git("log", "--oneline").stdout.trim().split("\n")).toHaveLength(1);
});

test("what would be committed counts, not what stands in the folder", () => {
  git("checkout", "-q", ".");
  const path = join(folder, "segments/staff.yaml");
  const good = readFileSync(path, "utf8");
  writeFileSync(path, good.replace("endsWith", "endWith"));
  git("add", "-A");
  // Mended in the folder, and not staged: the commit would still hold the mistake.
  writeFileSync(path, good);
  const refused = git("commit", "-q", "-m", "a segment that matches nobody");
  expect([refused.status, refused.stdout + refused.stderr]).toEqual([1, expect.stringContaining('There is no operator "endWith".')]);
  git("add", "-A");
  // And the other way round: a mistake that is not staged is nobody's business here.
  writeFileSync(path, good.replace("endsWith", "endWith"));
  writeFileSync(join(folder, "README.md"), "flags\n");
  git("add", "README.md");
  expect(git("commit", "-q", "-m", "read me").status).toBe(0);
  git("checkout", "-q", ".");
});

test("the settings for the pre-commit framework run the same two commands, where flag files changed", () => {
  const { repos } = parse(readFileSync(join(repository, "examples/pre-commit/.pre-commit-config.yaml"), "utf8")) as {
    readonly repos: readonly { readonly hooks: readonly { readonly entry: string; readonly files: string; readonly pass_filenames: boolean }[] }[];
  };
  const hooks = repos.flatMap((repo) => repo.hooks);
  expect(hooks.map(({ entry }) => entry)).toEqual(["npx --no-install sluice validate --staged", "npx --no-install sluice fmt --staged"]);
  for (const { entry, files, pass_filenames: passed } of hooks) {
    expect(passed).toBe(false);
    expect(["sluice.yaml", "flags/a/b.yaml", "segments/s.yml", "README.md", "docs/flags/x.yaml"].map((path) => new RegExp(files).test(path))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    const argv = entry.replace("npx --no-install sluice ", "").split(" ");
    expect(spawnSync(process.execPath, [join(repository, "tools/sluice.mjs"), ...argv], { cwd: folder, encoding: "utf8" })).toMatchObject({ status: 0 });
  }
});

test("outside a repository nothing is staged, and that is said", () => {
  const alone = mkdtempSync(join(tmpdir(), "sluice-no-git-"));
  writeFileSync(join(alone, "sluice.yaml"), "project: p\nenvironments: { production: {} }\n");
  const { status, stderr } = spawnSync(process.execPath, [join(repository, "tools/sluice.mjs"), "validate", alone, "--staged"], { encoding: "utf8" });
  expect([status, stderr]).toEqual([2, expect.stringContaining("is in no Git repository, so nothing is staged.")]);
  rmSync(alone, { recursive: true, force: true });
});
