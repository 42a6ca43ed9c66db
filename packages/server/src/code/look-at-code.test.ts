import { parseProject } from "@sluice/definitions";
import { expect, test } from "vitest";
import { flagFile } from "../testing/office.ts";
import { type CodeAnswer, type CodeQuestion, sentFlags } from "./code-question.ts";
import { type CodeLimits, type CodeReader, lookAtCode } from "./look-at-code.ts";

type Tree = Readonly<Record<string, string | Uint8Array>>;

/** Commits in memory: an id of a content is the content itself. */
function readerOf(commits: Readonly<Record<string, Tree>>): CodeReader {
  const bytesOf = (id: string): Uint8Array => Buffer.from(id, "base64");
  return {
    entries: async (commit, folder, isWanted) => {
      const own = Object.entries(commits[commit] ?? {}).filter(([path]) => folder === "" || path.startsWith(`${folder}/`));
      const inFolder = own.map(([path, content]) => [folder === "" ? path : path.slice(folder.length + 1), Buffer.from(content).toString("base64")] as const);
      return new Map(inFolder.filter(([path]) => isWanted(path)));
    },
    sizes: async (ids) => new Map(ids.map((id) => [id, bytesOf(id).length])),
    blobs: async (ids) => new Map(ids.map((id) => [id, bytesOf(id)])),
  };
}

const SETTINGS = 'project: p\nenvironments: { production: {} }\ncode: { folders: [app], exclude: ["vendor/**"] }\n';
const flags = sentFlags(
  parseProject({
    files: new Map([
      ["sluice.yaml", SETTINGS],
      ["flags/site.map.yaml", flagFile("site.map")],
    ]),
  }),
);
const question = (own: Partial<CodeQuestion> = {}): CodeQuestion => ({
  commits: { base: "base", began: "base", head: "head" },
  folders: ["app"],
  settings: SETTINGS,
  before: flags,
  after: flags,
  tombstones: [],
  ...own,
});

const asks = (key: string): string => `import { createClient } from "@sluice/node";\nconst flags = createClient({});\nflags.getBoolean("${key}", false);\n`;
const wrong = asks("site.mop");
const told = ({ diagnostics }: CodeAnswer): readonly string[] => diagnostics.map(({ file, line, code }) => `${file}:${line} ${code}`);
const look = (commits: Readonly<Record<string, Tree>>, own: Partial<CodeQuestion> = {}, limits?: CodeLimits): Promise<CodeAnswer> =>
  lookAtCode(question(own), readerOf(commits), limits);

test("what the change writes is told by its path from the repository's root, with the file's text", async () => {
  const answer = await look({
    base: { "app/old.ts": wrong },
    head: { "app/old.ts": wrong, "app/new.ts": wrong, "other/x.ts": wrong, "app/vendor/x.ts": wrong },
  });
  expect(told(answer)).toEqual(["app/new.ts:3 code/unknown-key"]);
  expect(answer).toMatchObject({ isTouched: true, notes: [], texts: [["app/new.ts", wrong]] });
});

test("what others merged since the change began is not its own, and is there when it is looked at", async () => {
  const answer = await look(
    { base: { "app/a.ts": asks("site.map"), "app/b.ts": wrong }, began: { "app/a.ts": asks("site.map") }, head: { "app/a.ts": wrong } },
    { commits: { base: "base", began: "began", head: "head" } },
  );
  expect(told(answer)).toEqual(["app/a.ts:3 code/unknown-key"]);
});

test("a flag that the change takes away is told where untouched code asks for it, and nothing is suggested there", async () => {
  const code = { "app/a.ts": asks("site.map") };
  const answer = await look(
    { base: code, head: code },
    { after: { flags: [], formerKeys: [], brokenKeys: [] }, tombstones: [["site.map", "on 2026-11-30 in abc1234"]] },
  );
  expect(answer.diagnostics).toMatchObject([{ file: "app/a.ts", message: "site.map was removed on 2026-11-30 in abc1234." }]);
  expect(answer).toMatchObject({ isTouched: false, texts: [] });
});

test("beyond the limits what the change writes is looked at first, and what is left out is said", async () => {
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`app/a${index}.ts`, `${asks("site.map")}// ${index}\n`]));
  const answer = await look({ base: many, head: { ...many, "app/z.ts": wrong } }, {}, { files: 10, bytes: 2 ** 20 });
  expect(told(answer)).toEqual(["app/z.ts:3 code/unknown-key"]);
  expect(answer.notes).toEqual(["Of 51 files of code in app 10 were looked at, those that the change writes first: the limits are 20000 files and 128 MiB."]);
  const small = await look({ base: many, head: { ...many, "app/z.ts": wrong } }, {}, { files: 100, bytes: 3 * wrong.length });
  expect(told(small)).toEqual(["app/z.ts:3 code/unknown-key"]);
  expect(small.notes).toEqual([expect.stringMatching(/^Of 51 files of code in app \d{1,2} were looked at/)]);
});

test("what the change writes and no text is stops nothing, and is named", async () => {
  const answer = await look({
    base: {},
    head: {
      "app/bundle.js": `${wrong}// ${"x".repeat(2 ** 20)}\n`,
      "app/latin.ts": Buffer.from(`// caf\u00e9\n${wrong}`, "latin1"),
      "app/picture.ts": `${wrong}\0`,
      "app/wide.py": Buffer.from(`\uFEFF${wrong}`, "utf16le"),
      "app/mark.ts": `\uFEFF${wrong}`,
      "app/half.ts": `${wrong}export function half( {\n`,
    },
  });
  expect(told(answer)).toEqual(["app/half.ts:4 code/unread", "app/half.ts:3 code/unknown-key", "app/mark.ts:3 code/unknown-key"]);
  expect(answer.notes).toEqual([
    "Not looked at: app/bundle.js (larger than 1 MiB), app/latin.ts (not UTF-8), app/picture.ts (not text), app/wide.py (not text).",
  ]);
});

test("a folder that has no code is said, and one whose code is as it was is not looked at", async () => {
  const answer = await look({ base: { "lib/a.ts": wrong }, head: { "lib/a.ts": wrong } }, { folders: ["app", "lib"] });
  expect(answer).toEqual({
    diagnostics: [],
    texts: [],
    isTouched: false,
    notes: ["There is no code in app, which sluice.yaml names under code: folders."],
  });
});

test("more findings than are told are counted, errors first", async () => {
  const lines = Array.from({ length: 60 }, (_, index) => `flags.getBoolean("site.map", false); flags.getBoolean("none.n${index}", false);`).join("\n");
  const text = `import { createClient } from "@sluice/node";\nconst flags = createClient({});\n${lines}\n`;
  const head = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`app/f${index}.ts`, text]));
  const answer = await look({ base: {}, head });
  expect(answer.diagnostics.length).toBe(500);
  expect(answer.diagnostics[0]?.severity).toBe("error");
  expect(answer.notes).toEqual([expect.stringMatching(/^\d+ more findings about code are not told here: sluice review --code tells all\.$/)]);
});
