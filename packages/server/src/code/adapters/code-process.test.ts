import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseProject } from "@sluice/definitions";
import { gitIn } from "@sluice/github/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flagFile } from "../../testing/office.ts";
import { type CodeQuestion, sentFlags } from "../code-question.ts";
import { askCodeProcess } from "./code-process.ts";
import { GitCode } from "./git-code.ts";

const root = mkdtempSync(join(tmpdir(), "sluice-code-"));
const wrong = 'import { createClient } from "@sluice/node";\nconst flags = createClient({});\nflags.getBoolean("site.mop", false);\n';
afterAll(() => rmSync(root, { recursive: true, force: true }));

const SETTINGS = "project: p\nenvironments: { production: {} }\n";
const flags = sentFlags(
  parseProject({
    files: new Map([
      ["sluice.yaml", SETTINGS],
      ["flags/site.map.yaml", flagFile("site.map")],
    ]),
  }),
);
let [base, head] = ["", ""];
const question = (own: Partial<CodeQuestion> = {}): CodeQuestion => ({
  commits: { base, began: base, head },
  folders: ["app"],
  settings: SETTINGS,
  before: flags,
  after: flags,
  tombstones: [],
  ...own,
});

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function commit(subject: string): string {
  gitIn(root, "add", "-A");
  gitIn(root, "commit", "-q", "-m", subject);
  return gitIn(root, "rev-parse", "HEAD");
}

beforeAll(() => {
  gitIn(root, "init", "-q", "-b", "main");
  put("app/fine.ts", "export const one = 1;\n");
  base = commit("begin");
  put("app/page.ts", wrong);
  put("outside.ts", wrong);
  symlinkSync("../outside.ts", join(root, "app/link.ts"));
  symlinkSync("/etc", join(root, "app/all"));
  // What git would run if anything were checked out.
  put(".gitattributes", "*.ts filter=evil\n");
  gitIn(root, "config", "filter.evil.smudge", "false");
  gitIn(root, "update-index", "--add", "--cacheinfo", `160000,${base},app/module`);
  put("app/a name\twith\nodd signs é.ts", wrong);
  head = commit("more");
});

test("code is read from the mirror alone: no link is followed, no submodule entered, and odd names are names", async () => {
  const { diagnostics, notes } = await askCodeProcess(root, question());
  expect(diagnostics.map(({ file, line, code }) => [file, line, code])).toEqual([
    ["app/a name\twith\nodd signs é.ts", 3, "code/unknown-key"],
    ["app/page.ts", 3, "code/unknown-key"],
  ]);
  expect(notes).toEqual([]);
});

test("a look that takes too much work is ended, and that is what is said", async () => {
  const { diagnostics, notes } = await askCodeProcess(root, question({ commits: large() }), 1);
  expect(diagnostics).toEqual([]);
  expect(notes).toEqual(["The code was not looked at: it took longer than 0.001 s. sluice review --code looks at it in a pipeline."]);
});

test("a commit that is not there is said, and stops nothing", async () => {
  const { notes } = await askCodeProcess(root, question({ commits: { base, began: base, head: "0".repeat(40) } }));
  expect(notes).toEqual([expect.stringMatching(/^The code was not looked at: SourceUnreachable: git ls-tree: .+/)]);
});

test("of 100,000 files of code those are looked at that the change writes, and as many others as the limit allows", async () => {
  const { diagnostics, notes } = await askCodeProcess(root, question({ commits: large() }));
  expect(diagnostics.map(({ file }) => file)).toEqual(["app/zz.ts"]);
  expect(notes).toEqual(["Of 100001 files of code in app 20000 were looked at, those that the change writes first: the limits are 20000 files and 128 MiB."]);
});

let made: CodeQuestion["commits"] | undefined;

/** Commits of 100,000 files of code, and of one more. */
function large(): CodeQuestion["commits"] {
  if (made !== undefined) return made;
  const blob = gitIn(root, "rev-parse", `${base}:app/fine.ts`);
  const page = gitIn(root, "rev-parse", `${head}:app/page.ts`);
  const lines = Array.from({ length: 100_000 }, (_, index) => `100644 blob ${blob}\tf${index}.ts\n`);
  const treeOf = (entries: string): string => execFileSync("git", ["-C", root, "mktree"], { input: entries, encoding: "utf8" }).trim();
  const at = (entries: string): string => gitIn(root, "commit-tree", "-m", "large", treeOf(`040000 tree ${treeOf(entries)}\tapp\n`));
  const [before, after] = [at(lines.join("")), at([...lines, `100644 blob ${page}\tzz.ts\n`].join(""))];
  return (made = { base: before, began: before, head: after });
}

test("what is no id of a content is asked of nobody", async () => {
  const reader = new GitCode(root);
  expect([...(await reader.blobs(["HEAD", "--help"])), ...(await reader.sizes(["HEAD:app/page.ts"]))]).toEqual([]);
});
