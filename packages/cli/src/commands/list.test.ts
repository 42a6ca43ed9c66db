import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type CommandRun, runCommand } from "../testing/command-run.ts";

const folder = mkdtempSync(join(tmpdir(), "lists-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the command against a server that answers one thing after the other, as ours does. */
const run = (replies: readonly (object | { readonly status: number })[], ...argv: readonly string[]): Promise<CommandRun> =>
  runCommand(["list", ...argv], (_, at) => {
    const body = replies[at] ?? {};
    return { status: "error" in body ? 409 : 200, body };
  });

/** What a request would add. */
const added = ({ sent }: CommandRun, at: number): readonly unknown[] => {
  const add = sent[at]?.body?.["add"];
  return Array.isArray(add) ? add : [];
};
const listing = {
  list: "pilots",
  environment: "production",
  by: "customer",
  members: 2,
  membersMax: 100_000,
  changedAtMs: 0,
  changedBy: "Ana",
  flags: ["site.photos"],
};
const changed = { outcome: "changed", added: 2, removed: 0, members: 5, enlarges: [], waits: false };

test("every list of an environment is one line, and so is what waits", async () => {
  const waiting = [
    {
      change: "l1",
      list: "pilots",
      environment: "production",
      add: 3,
      remove: 0,
      named: ["acme"],
      askedAtMs: 0,
      askedBy: "Ben",
      enlarges: [{ flag: "site.photos", why: [] }],
    },
  ];
  const { out, sent } = await run([{ lists: [listing, { ...listing, environment: "staging" }], waiting }]);
  expect(out.split("\n")).toEqual([
    "pilots in production: 2 members by customer, changed 1970-01-01T00:00:00.000Z by Ana; asked by site.photos",
    "waits pilots in production: 3 to add, 0 to remove, asked by Ben; more people would get site.photos (l1, decided on the page Lists)",
  ]);
  expect(sent.map(({ url }) => url)).toEqual(["/api/lists"]);
});

test("ids of the line and of a file are added once each, 10,000 at a time", async () => {
  const file = join(folder, "ids.txt");
  writeFileSync(file, `\uFEFF${Array.from({ length: 10_001 }, (_, at) => `user-${at}`).join("\r\n")}\n\n`);
  const done = await run(
    [
      { ...changed, added: 10_000 },
      { ...changed, added: 1, members: 10_003 },
    ],
    "add",
    "pilots",
    "Zoë",
    "user-0",
    "--file",
    file,
    "-r",
    "asked",
  );
  expect(done.sent.map(({ url, body }, at) => [url, added(done, at).length, body?.["environment"], body?.["reason"]])).toEqual([
    ["/api/lists/pilots", 10_000, "production", "asked"],
    ["/api/lists/pilots", 2, "production", "asked"],
  ]);
  expect(added(done, 0).slice(0, 3)).toEqual(["Zoë", "user-0", "user-1"]);
  expect([done.out, done.code]).toEqual(["Done: 10001 ids into pilots in production; 1 was in it already. It has 10003 members.", 0]);
});

test("what waits is said, and what a dry run would do", async () => {
  const enlarges = [{ flag: "site.photos", why: ["More may get on by rule 1."] }];
  const waits = await run([{ ...changed, outcome: "waits", added: 1, waits: true, enlarges }], "add", "pilots", "acme");
  expect(waits.out).toBe("It waits for product or an admin on the page Lists: 1 id into pilots in production. More people get site.photos by that.");
  const dry = await run([{ ...changed, outcome: "dryRun", added: 0, removed: 1, enlarges }], "remove", "pilots", "acme", "--dry-run", "-e", "staging");
  expect([dry.sent[0]?.body, dry.out]).toMatchObject([
    { environment: "staging", remove: ["acme"], dryRun: true },
    "It would go: 1 id out of pilots in staging. More people get site.photos by that. Nothing was done.",
  ]);
});

test("all members are printed page by page, and whether one is in it is said", async () => {
  const pages = [
    { ...listing, shown: [{ hash: "0a", id: "acme" }], after: "0a" },
    { ...listing, shown: [{ hash: "0b" }] },
  ];
  const { out, sent } = await run(pages, "show", "pilots", "--members");
  expect([out, sent[1]?.url]).toEqual(["acme\n0b", "/api/lists/pilots?environment=production&after=0a"]);
  const asked = await run([{ ...listing, shown: [], asked: { id: "bolt", isMember: false } }], "show", "pilots", "--id", "bolt");
  expect(asked.out).toContain("bolt is not in it.");
});

test("no ids, a file that is not there, and a refusal in the middle are said with what to do", async () => {
  expect(await run([], "add", "pilots")).toMatchObject({ code: 2, said: expect.stringContaining("sluice list add pilots acme") });
  expect(await run([], "add", "pilots", "--file", join(folder, "none.txt"))).toMatchObject({
    code: 2,
    said: expect.stringContaining("none.txt cannot be read"),
  });
  const file = join(folder, "many.txt");
  writeFileSync(file, Array.from({ length: 10_001 }, (_, at) => `u${at}`).join("\n"));
  const refused = await run(
    [changed, { error: { code: "tooMany", message: "pilots would have 100001 members.", fix: "Use a condition." } }],
    "add",
    "pilots",
    "--file",
    file,
  );
  expect(refused).toMatchObject({ code: 1, said: expect.stringContaining("10000 of 10001 ids were done before this") });
});
