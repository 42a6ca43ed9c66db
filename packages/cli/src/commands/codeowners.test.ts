import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runHere } from "../testing/command-run.ts";

let folder = "";
const put = (path: string, text: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-codeowners-"));
  spawnSync("git", ["-C", folder, "init", "-q"]);
  put("infra/sluice.yaml", 'project: p\nenvironments: { production: {} }\nteams: { site: { github: "@acme/site" }, ghost: {} }\n');
  put("infra/flags/site/a.yaml", "key: site.a\ndescription: A.\nkind: release\nowner: site\ntype: boolean\nenvironments: { production: { default: off } }\n");
  put("infra/flags/old.yaml", "key: old\ndescription: A.\nkind: release\nowner: ghost\ntype: boolean\nenvironments: { production: { default: off } }\n");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (...more: readonly string[]): ReturnType<typeof runHere> => runHere(["codeowners", join(folder, "infra"), ...more]);

test("lines are printed, and a team that nobody can be asked for is named", async () => {
  const { code, out, said } = await run();
  expect([code, out]).toEqual([0, "/infra/flags/site/ @acme/site"]);
  expect(said).toContain("ghost: no github: of this team");
  expect(existsSync(join(folder, ".github"))).toBe(false);
});

test("they are written where there is a CODEOWNERS, and a check fails until they are", async () => {
  put("CODEOWNERS", "* @acme/all\n");
  expect(await run("--check")).toMatchObject({ code: 1, said: expect.stringContaining("sluice codeowners --write") });
  expect((await run("--write")).code).toBe(0);
  expect(readFileSync(join(folder, "CODEOWNERS"), "utf8")).toMatch(/^\* @acme\/all\n\n# sluice:begin.*\n\/infra\/flags\/site\/ @acme\/site\n# sluice:end\n$/);
  expect((await run("--check")).code).toBe(0);
});

test("without one, .github/CODEOWNERS is made; flags with mistakes are mended first", async () => {
  expect((await run("--write")).code).toBe(0);
  expect(existsSync(join(folder, ".github/CODEOWNERS"))).toBe(true);
  put("infra/flags/old.yaml", "key: old\n");
  expect((await run("--write")).code).toBe(1);
});
