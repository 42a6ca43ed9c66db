import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
  folder = mkdtempSync(join(tmpdir(), "sluice-json-"));
  put(
    "sluice.yaml",
    "project: plumbline\nenvironments: { production: {} }\nteams: { site: { github: '@acme/site' }, ghost: {} }\nstyle: { extends: recommended, areas: { site: site }, rules: { test/both-states: off } }\n",
  );
  for (const owner of ["site", "ghost"])
    put(
      `flags/${owner}/map.yaml`,
      `key: ${owner}.MapOfSites\ndescription: Shows where the sites are on a map.\nkind: ops\nowner: ${owner}\ncreated: 2026-11-01\npermanent: "It costs."\nreviewBy: 2027-04-01\ntype: boolean\ncodeDefault: off\nenvironments: { production: { default: off } }\n`,
    );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What a program reads: one line on standard output, nothing beside it. */
async function answer(...args: readonly string[]): Promise<unknown> {
  const { out, said } = await runHere([...args, "--json"]);
  process.exitCode = undefined;
  expect([out.split("\n").length, said]).toEqual([1, ""]);
  return JSON.parse(out) as unknown;
}
const flag = (key: string): readonly string[] => ["new", "flag", key, "--folder", folder, "--owner", "site", "--description", "Shows more of the sites."];

test("a new definition answers where it is written and what the guide says of it, or why it is not", async () => {
  expect(await answer(...flag("site.more-photos"))).toEqual({ wrote: expect.stringMatching(/flags\/site\/more-photos\.yaml$/), diagnostics: [] });
  expect(await answer(...flag("site.new-photos"))).toMatchObject({ diagnostics: [{ code: "key/no-time-words", severity: "warning" }] });
  expect(await answer(...flag("nowhere.more-photos"))).toMatchObject({
    error: { code: "new/refused", message: expect.stringContaining("nowhere"), fix: expect.stringMatching(/./) },
  });
  const segment = ["new", "segment", "paying", "--folder", folder, "--description", "Those who pay.", "--if", "{ plan: { in: [pro] } }"];
  expect(await answer(...segment)).toMatchObject({ wrote: expect.stringMatching(/segments\/paying\.yaml$/) });
});

test("CODEOWNERS answers its lines, and who has none", async () => {
  const lines = ["/flags/site/ @acme/site"];
  expect(await answer("codeowners", folder)).toEqual({ lines, withoutHandle: ["ghost"] });
  expect(await answer("codeowners", folder, "--check")).toMatchObject({ error: { code: "codeowners/stale" } });
  const there = { file: ".github/CODEOWNERS", lines, withoutHandle: ["ghost"] };
  expect(await answer("codeowners", folder, "--write")).toEqual({ ...there, wrote: true });
  expect(await answer("codeowners", folder, "--check")).toEqual({ ...there, wrote: false });
});

test("a guide answers its page, a baseline what it holds, schemas which were written", async () => {
  expect(await answer("style", "guide", folder)).toEqual({ page: expect.stringContaining("plumbline") });
  expect(await answer("style", "guide", folder, "--out", join(folder, "guide.md"))).toEqual({ wrote: join(folder, "guide.md") });
  expect(readFileSync(join(folder, "guide.md"), "utf8")).toContain("key/case");
  // Both keys are in the wrong case, and one has an area that nobody registered.
  expect(await answer("style", "baseline", folder)).toEqual({ wrote: expect.stringMatching(/style-baseline\.yaml$/), findings: 3 });
  const first = (await answer("schema", "--write", folder)) as { readonly wrote: readonly string[]; readonly schemas: number };
  expect(first.wrote).toContain(".sluice-schemas/flag.json");
  expect(await answer("schema", "--write", folder)).toEqual({ wrote: [], schemas: first.schemas });
  expect(await answer("schema")).toMatchObject({ flag: { paths: expect.stringContaining("flags/") } });
});
