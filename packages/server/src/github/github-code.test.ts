import { afterEach, expect, test, vi } from "vitest";
import { GitChanges } from "../source/adapters/git-changes.ts";
import { AppWorld, closeAppWorlds } from "../testing/app-world.ts";
import { flagFile } from "../testing/office.ts";

const MAP = "infra/flags/site.map.yaml";
const settings = (code: string): string => `project: p\nenvironments: { production: {} }\n${code}`;
const asks = (...lines: readonly string[]): string =>
  ['import { createClient } from "@sluice/node";', "const flags = createClient({});", ...lines, ""].join("\n");
const FINE = "export const one = 1;\n";
const start = {
  "infra/sluice.yaml": settings("code: { folders: [services, web] }\n"),
  [MAP]: flagFile("site.map"),
  "infra/flags/site.pins.yaml": flagFile("site.pins"),
  "services/page.ts": asks('flags.getBoolean("site.pins", false);', 'flags.getBoolean("site.other", false);'),
  "web/fine.ts": FINE,
  "other/wrong.ts": asks('flags.getBoolean("site.nobody", false);'),
};

const opened = (given: Partial<Parameters<typeof AppWorld.open>[0]> = {}): Promise<AppWorld> => AppWorld.open({ files: start, folder: "infra", ...given });
afterEach(async () => {
  vi.restoreAllMocks();
  expect((await closeAppWorlds()).failures).toEqual([]);
});
const places = (world: AppWorld): readonly string[] =>
  (world.github.checkRuns.at(-1)?.annotations ?? []).map(
    ({ path, start_line: line, annotation_level: level, title }) => `${String(path)}:${String(line)} ${String(level)} ${String(title)}`,
  );

test("code that a pull request writes has its mistakes beside their lines, and what is elsewhere or was there before is left alone", async () => {
  const world = await opened();
  world.push("page", {
    "services/page.ts": asks('flags.getBoolean("site.pins", false);', 'flags.getBoolean("site.other", false);', 'flags.getBoolean("site.map", true);'),
    "web/new.py": "from sluice import create_client\n\nflags = create_client()\nflags.get_boolean('site.mop', False)\n",
    "other/more.ts": asks('flags.getBoolean("site.none", false);'),
  });
  world.pull(1, "page");
  await world.told(1, "pull-request-opened");
  expect(world.github.checkRuns.at(-1)).toMatchObject({ name: "Sluice (infra)", conclusion: "failure", title: "2 mistakes, 1 warning" });
  expect(places(world)).toEqual([
    "services/page.ts:5 warning code/no-literal",
    "services/page.ts:5 failure code/default-match",
    "web/new.py:4 failure code/unknown-key",
  ]);
  expect(world.comment).toContain("`services/page.ts:5` The default here is true; the file of site.map says false.");
  expect(world.comment).toContain("No one changes.");
  const suggested = world.github.reviewComments.get(1) ?? [];
  expect(suggested.map(({ path, line, body }) => [path, line, /```suggestion\n(.*)\n```$/.exec(body)?.[1]])).toEqual([
    ["services/page.ts", 5, 'flags.getBoolean("site.map", false);'],
    ["web/new.py", 4, "flags.get_boolean('site.map', False)"],
  ]);
  expect(world.github.complaints).toEqual([]);

  // Mended: the one comment says so.
  world.push("page", { "services/page.ts": asks('flags.getBoolean("site.pins", false);'), "web/new.py": "" });
  world.pull(1, "page");
  await world.told(1);
  expect(world.github.checkRuns.at(-1)).toMatchObject({ conclusion: "success", title: "No flag file changes", annotations: [] });
  expect(world.comment).toContain("## Flags: nothing changes");
});

test("a flag that is taken away is told at the code that still asks for it, with when it went", async () => {
  const world = await opened();
  world.push("less", { "infra/flags/site.pins.yaml": "" });
  world.pull(1, "less");
  await world.told(1);
  expect(places(world)).toEqual(["services/page.ts:3 failure code/unknown-key"]);
  expect(world.comment).toMatch(/`services\/page\.ts:3` site\.pins was removed on \d{4}-\d\d-\d\d in [0-9a-f]+\./);
});

test("a pull request from a fork is looked at in the same way, and its text makes no link", async () => {
  const world = await opened();
  world.push("fork", { "services/x.ts": asks('flags.getBoolean("![x](https://evil.example/a) @acme/all", false);') });
  world.pull(1, "fork", { headRepository: "eve/flags" });
  await world.told(1);
  expect(places(world)).toEqual(["services/x.ts:3 failure code/unknown-key"]);
  expect(world.comment).not.toMatch(/(?<!\\)!\[x\]\(|(?<![\\`\u200b])@acme/);
});

test("code is not looked at, and nothing is asked of it, where no folder is named or the pull request touches neither", async () => {
  const [ids, code] = [vi.spyOn(GitChanges.prototype, "folderIds"), vi.spyOn(GitChanges.prototype, "code")];
  const world = await opened();
  world.push("docs", { "README.md": "hello\n", "other/more.ts": asks('flags.getBoolean("site.none", false);') });
  world.pull(1, "docs");
  await world.told(1);
  expect(world.github.checkRuns).toMatchObject([{ conclusion: "success", title: "No flag file changes" }]);
  expect([ids.mock.calls.length > 0, code.mock.calls.length]).toEqual([true, 0]);
  ids.mockClear();
  const alone = await opened({ files: { "sluice.yaml": settings(""), "flags/site.map.yaml": flagFile("site.map"), "src/a.ts": FINE }, folder: "" });
  alone.push("more", { "flags/site.map.yaml": flagFile("site.map", "    default: on\n"), "src/a.ts": asks('flags.getBoolean("site.none", false);') });
  alone.pull(1, "more");
  await alone.told(1);
  expect(alone.github.checkRuns).toMatchObject([{ conclusion: "success", annotations: [] }]);
  expect([ids.mock.calls.length, code.mock.calls.length]).toEqual([0, 0]);
});

test("what was found of code is not looked for again while code and flags are as they were", async () => {
  const code = vi.spyOn(GitChanges.prototype, "code");
  const world = await opened();
  const headSha = world.push("page", { "services/new.ts": asks('flags.getBoolean("site.none", false);') });
  world.pull(1, "page");
  await world.told(1);
  world.push("main", { "README.md": "others go on\n" });
  await world.github.deliver("check-run-rerequested", { check_run: { head_sha: headSha, pull_requests: [{ number: 1 }] } });
  await world.app.settled();
  expect(world.github.checkRuns.map(({ conclusion }) => conclusion)).toEqual(["failure", "failure"]);
  expect(code.mock.calls.length).toBe(1);
});

test("what was not looked at is looked for again by Re-run after ten minutes, and remembered until then", async () => {
  const code = vi.spyOn(GitChanges.prototype, "code");
  const world = await opened({ files: { ...start, "infra/sluice.yaml": settings("code: { folders: [services, nowhere] }\n") } });
  const headSha = world.push("page", { "services/new.ts": asks('flags.getBoolean("site.none", false);') });
  world.pull(1, "page");
  await world.told(1);
  expect(world.comment).toContain("There is no code in nowhere, which sluice.yaml names under code: folders.");
  const again = async (): Promise<number> => {
    await world.github.deliver("check-run-rerequested", { check_run: { head_sha: headSha, pull_requests: [{ number: 1 }] } });
    await world.app.settled();
    return code.mock.calls.length;
  };
  const { time } = world.office;
  expect(await again()).toBe(1);
  time.nowMs += 9 * 60_000;
  expect(await again()).toBe(1);
  time.nowMs += 60_000;
  expect(await again()).toBe(2);
  time.nowMs += 9 * 60_000;
  expect(await again()).toBe(2);
});

test("in the repository of a further source those folders are code that sluice.yaml names under its name", async () => {
  const central = { "sluice.yaml": settings('code: { folders: [services, "@shop/app"] }\n'), "flags/site/map.yaml": flagFile("site.map") };
  const files = { "flags/shop/pay.yaml": flagFile("shop.pay"), "app/page.ts": FINE, "services/page.ts": FINE };
  const world = await opened({ files, folder: "", central });
  const page = asks('flags.getBoolean("shop.pay", false);', 'flags.getBoolean("site.map", false);', 'flags.getBoolean("shop.paid", false);');
  world.push("page", { "app/page.ts": page, "services/page.ts": page });
  world.pull(1, "page");
  await world.told(1);
  expect(places(world)).toEqual(["app/page.ts:3 warning code/no-literal", "app/page.ts:4 warning code/no-literal", "app/page.ts:5 failure code/unknown-key"]);
});

test("a merge queue's commit is held to the same rules", async () => {
  const world = await opened();
  const headRef = "gh-readonly-queue/main/pr-1";
  const headSha = world.push(headRef, { "services/new.ts": asks('flags.getBoolean("site.none", false);') });
  const baseSha = world.github.pulls.get(1)?.baseSha ?? world.pull(1, headRef).baseSha;
  await world.github.deliver("merge-group-checks-requested", {
    merge_group: { head_sha: headSha, base_sha: baseSha, head_ref: `refs/heads/${headRef}`, base_ref: "refs/heads/main" },
  });
  await world.app.settled();
  expect(world.github.checkRuns.filter((run) => run.headSha === headSha)).toMatchObject([{ conclusion: "failure", title: "1 mistake" }]);
});
