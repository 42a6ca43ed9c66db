import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

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
