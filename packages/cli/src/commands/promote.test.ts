import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runHere } from "../testing/command-run.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-promote-"));
  put("sluice.yaml", "project: p\nenvironments:\n  production: { promotedFrom: [staging] }\n  staging: {}\n  test: {}\n");
  put(
    "flags/site.photos.yaml",
    flag(
      "site.photos",
      "  staging:\n    # ours first\n    rules: [{ id: ours, if: { plan: { in: [pro] } }, serve: on }]\n    default: off\n  production: { default: off }\n",
    ),
  );
  put("flags/site.maps.yaml", flag("site.maps", "  production: { default: off }\n"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const flag = (key: string, places: string): string =>
  `key: ${key}\ndescription: A flag.\nkind: release\nowner: team-x\ntype: boolean\nenvironments:\n${places}`;

function put(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
const text = (path: string): string => readFileSync(join(folder, path), "utf8");

/** What it printed, on either stream. */
async function promote(...given: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  const { code, out, said } = await runHere(["promote", ...given, "--folder", folder]);
  return { code, out: [out, said].filter((text) => text !== "").join("\n") };
}

test("a flag gets in production what it says in staging, and nothing else is touched", async () => {
  const maps = text("flags/site.maps.yaml");
  expect(await promote("staging", "production", "--flag", "site.photos")).toEqual({
    code: 0,
    out: "wrote  site.photos: production as staging (flags/site.photos.yaml)\n1 changed. What it means: sluice plan",
  });
  const said = "\n    # ours first\n    rules: [{ id: ours, if: { plan: { in: [pro] } }, serve: on }]\n    default: off\n";
  expect(text("flags/site.photos.yaml")).toBe(flag("site.photos", `  staging:${said}  production:${said}`));
  expect(text("flags/site.maps.yaml")).toBe(maps);
  expect((await promote("staging", "production", "--all")).out).toBe("Nothing to do: production says what staging says.");
});

test("a dry run writes nothing, and says the same as JSON", async () => {
  const before = text("flags/site.photos.yaml");
  const { out } = await promote("staging", "production", "--all", "--dry-run", "--json");
  expect(JSON.parse(out)).toEqual({ from: "staging", to: "production", changed: ["site.photos"], files: ["flags/site.photos.yaml"], same: 0, written: false });
  expect(text("flags/site.photos.yaml")).toBe(before);
});

test.each([
  [["test", "production", "--all"], "Rules are not promoted from test to production: sluice.yaml allows staging."],
  [["stagin", "production", "--all"], "Did you mean staging?"],
  [["staging", "staging", "--all"], "are the same environment"],
  [["staging", "production"], "Which flags?"],
  [["staging", "production", "--all", "--flag", "site.photos"], "Which flags?"],
  [["staging", "production", "--flag", "site.photo"], "Did you mean site.photos?"],
  [["staging", "production", "--flag", "site.photos", "site.maps"], "site.maps says nothing for staging."],
])("%j is refused, and nothing is written", async (given, words) => {
  const before = [text("flags/site.photos.yaml"), text("flags/site.maps.yaml")];
  const { code, out } = await promote(...given);
  expect(code).toBe(1);
  expect(out).toContain(words);
  expect([text("flags/site.photos.yaml"), text("flags/site.maps.yaml")]).toEqual(before);
});

test("an environment in a file of its own is written there, with every other flag of the project, and comes to a new file where the flag has none", async () => {
  const said = "# ours first\nrules:\n  - { id: ours, if: { plan: { in: [pro] } }, serve: on } # by plan\ndefault: off\n";
  put("flags/site.lists.yaml", flag("site.lists", "  {}\n").replace("environments:\n  {}", "environments: {}"));
  put("environments/staging/site.lists.yaml", said);
  put("environments/production/site.lists.yaml", "# Asked of the board.\n\ndefault: off\n");
  put("flags/site.rooms.yaml", flag("site.rooms", "  {}\n").replace("environments:\n  {}", "environments: {}"));
  put("environments/staging/site.rooms.yaml", said);
  expect((await promote("staging", "production", "--all")).out.split("\n")).toEqual([
    "wrote  site.lists: production as staging (environments/production/site.lists.yaml)",
    "wrote  site.photos: production as staging (flags/site.photos.yaml)",
    "wrote  site.rooms: production as staging (environments/production/site.rooms.yaml)",
    "3 changed. What it means: sluice plan",
  ]);
  expect(text("environments/production/site.lists.yaml")).toBe(`# Asked of the board.\n\n${said}`);
  expect(text("environments/production/site.rooms.yaml")).toBe(said);
  expect(text("environments/staging/site.rooms.yaml")).toBe(said);
  expect((await promote("staging", "production", "--all")).out).toBe("Nothing to do: production says what staging says.");
});

test("what production is expected to be is not promoted away, and nothing is written", async () => {
  put("tests/photos.yaml", "flag: site.photos\ntests:\n  - name: pro waits\n    context: { targetingKey: ana, plan: pro }\n    expect: off\n");
  const before = text("flags/site.photos.yaml");
  const { code, out } = await promote("staging", "production", "--flag", "site.photos");
  expect([code, text("flags/site.photos.yaml")]).toEqual([1, before]);
  expect(out).toContain("tests/photos.yaml");
});

test("a way that sluice.yaml names and that is no environment is a mistake of sluice.yaml", async () => {
  put("sluice.yaml", "project: p\nenvironments:\n  production: { promotedFrom: [stagin] }\n  staging: {}\n");
  const { code, out } = await promote("staging", "production", "--all");
  expect(code).toBe(1);
  expect(out).toContain("sluice.yaml");
});
