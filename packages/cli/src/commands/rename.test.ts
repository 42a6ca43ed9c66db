import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseProject } from "@sluice/definitions";
import { afterEach, expect, test } from "vitest";
import { runHere } from "../testing/command-run.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const EXPORT = `# Who asks for it: the invoice list.
key: "billing.export" # as the list calls it
description: Exports invoices as CSV.
kind: release
owner: team-billing
type: boolean

environments:
  production:
    rules:
      # A quarter of the customers.
      - { id: some, serve: { share: 25, of: on, by: customer } }
    default: off
`;
const LETTERS = `key: billing.letters
description: Sends letters.
kind: release
owner: team-billing
type: boolean
environments:
  production:
    prerequisites: [{ flag: billing.export, serves: on }, { flag: 'billing.paper', serves: on }] # billing.export first
    rules: [{ if: { segment: small }, serve: on }]
    default: off
`;
const FILES: Readonly<Record<string, string>> = {
  "sluice.yaml": `project: plumbline
environments: { production: {}, staging: {} }
teams: { team-billing: {} }
triggers:
  exports-fail: { shape: alertmanager, environment: production, flags: [billing.export, billing.letters] }
`,
  "flags/billing/export.yaml": EXPORT,
  "flags/billing/letters.yaml": LETTERS,
  "flags/billing/paper.yaml": LETTERS.replaceAll("letters", "paper").replace(/    prerequisites.*\n/, ""),
  "segments/small.yaml": "key: small # companies\nif: { plan: { in: [starter] } }\n",
  "segments/tiny.yaml": "key: tiny\nif: { all: [{ segment: small }, { seats: { lessThan: 3 } }] }\n",
  "segments/partners.yaml": "key: partners\nby: customer\nlist: runtime\n",
  "tests/export.yaml": `flag: billing.export
environment: production
tests:
  - { name: nobody, context: { customer: nobody-1 }, expect: off }
  - { name: letters, flag: billing.letters, context: {}, expect: off }
`,
};

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-rename-"));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function filesIn(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
  return Object.fromEntries(paths.sort().map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}

const renameFlag = (folder: string, ...more: readonly string[]): ReturnType<typeof runHere> => runHere(["rename", "flag", ...more, "--folder", folder]);

test("a flag's file moves, keeps every byte but its names, and what names it follows", async () => {
  const folder = folderOf(FILES);
  const { code, out } = await renameFlag(folder, "billing.export", "billing.csv-export");
  expect([code, out.split("\n")]).toEqual([
    0,
    [
      "wrote  flags/billing/csv-export.yaml in place of flags/billing/export.yaml",
      "       aliases: billing.export goes on answering what billing.csv-export answers",
      "       salt: billing.export, so that shares and splits keep their people",
      "wrote  flags/billing/letters.yaml: 1 name of it",
      "wrote  tests/export.yaml: 1 name of it",
      "wrote  sluice.yaml: 1 name of it",
      "What it means: sluice plan. Kills, releases, pins and reverts go on with the flag.",
      "Left to do in code: ask for billing.csv-export where it asks for billing.export; run sluice codegen where you use it.",
      "When nobody asks for billing.export any more, which the flag's page says, take it out of aliases in the file.",
    ],
  ]);
  const { "flags/billing/export.yaml": _moved, ...rest } = FILES;
  expect(filesIn(folder)).toEqual({
    ...rest,
    "flags/billing/csv-export.yaml": EXPORT.replace('"billing.export" # as', "billing.csv-export # as")
      .replace("calls it\n", "calls it\naliases: [billing.export]\n")
      .replace("type: boolean\n", "type: boolean\nsalt: billing.export\n"),
    "flags/billing/letters.yaml": LETTERS.replace("{ flag: billing.export,", "{ flag: billing.csv-export,"),
    "sluice.yaml": FILES["sluice.yaml"]?.replace("[billing.export,", "[billing.csv-export,"),
    "tests/export.yaml": FILES["tests/export.yaml"]?.replace("flag: billing.export", "flag: billing.csv-export"),
  });
  expect(parseProject({ files: new Map(Object.entries(filesIn(folder))) }).diagnostics).toEqual([]);
});

test("a flag that is renamed again keeps each former key, and one that is renamed back its own no more", async () => {
  const folder = folderOf(FILES);
  await renameFlag(folder, "billing.export", "billing.csv-export");
  await renameFlag(folder, "billing.csv-export", "billing.table-export");
  const again = filesIn(folder)["flags/billing/table-export.yaml"] ?? "";
  expect([/^aliases:.*$/m.exec(again)?.[0], /^salt:.*$/m.exec(again)?.[0]]).toEqual(["aliases: [billing.export, billing.csv-export]", "salt: billing.export"]);
  await renameFlag(folder, "billing.table-export", "billing.export");
  const back = filesIn(folder)["flags/billing/export.yaml"] ?? "";
  expect(/^aliases:.*$/m.exec(back)?.[0]).toBe("aliases: [billing.csv-export, billing.table-export]");
});

test("a dry run and JSON say the same, and a dry run writes nothing", async () => {
  const folder = folderOf(FILES);
  const { out } = await renameFlag(folder, "billing.export", "billing.csv-export", "--dry-run", "--json");
  expect(JSON.parse(out)).toMatchObject({
    what: "flag",
    from: "billing.export",
    to: "billing.csv-export",
    path: "flags/billing/csv-export.yaml",
    removed: "flags/billing/export.yaml",
    moved: { "flags/billing/export.yaml": "flags/billing/csv-export.yaml" },
    salt: "billing.export",
    references: { "flags/billing/letters.yaml": 1, "sluice.yaml": 1, "tests/export.yaml": 1 },
    written: false,
  });
  expect(filesIn(folder)).toEqual(FILES);
});

test.each([
  ["a key that is no flag's", ["billing.exprot", "billing.csv-export"], 'There is no flag "billing.exprot" here.'],
  ["another flag's key", ["billing.export", "billing.letters"], "billing.letters is defined in flags/billing/letters.yaml."],
  ["its own key", ["billing.export", "billing.export"], "billing.export is called so already."],
  ["a former key of another flag", ["billing.paper", "billing.pdf"], "billing.pdf is a former key of billing.letters, and code may still ask for it."],
  ["what it was called before", ["billing.pdf", "billing.csv-export"], "billing.pdf is a former key: the flag is called billing.letters."],
  ["what the key pattern refuses", ["billing.export", "billing.CSV export"], "So renamed, files would have mistakes; nothing was written."],
])("%s is refused, and nothing is written", async (_, names, message) => {
  const files = { ...FILES, "flags/billing/letters.yaml": LETTERS.replace("description", "aliases: [billing.pdf]\ndescription") };
  const folder = folderOf(files);
  const { code, said } = await renameFlag(folder, ...names);
  expect(code).toBe(1);
  expect(said).toContain(message);
  expect(filesIn(folder)).toEqual(files);
});

test("a style guide refuses a new key as it refuses a new flag", async () => {
  const folder = folderOf({
    ...FILES,
    "sluice.yaml": `${FILES["sluice.yaml"] ?? ""}style: { extends: recommended, rules: { life/expires: off, meta/ticket: off } }\n`,
  });
  const before = filesIn(folder);
  const { code, said } = await renameFlag(folder, "billing.export", "billing.disable-export");
  expect([code, said.includes("key/positive")]).toEqual([1, true]);
  expect(filesIn(folder)).toEqual(before);
});

test("a sixth former key is refused", async () => {
  const aliases = "aliases: [b.a, b.b, b.c, b.d, b.e]";
  const folder = folderOf({ ...FILES, "flags/billing/letters.yaml": LETTERS.replace("description", `${aliases}\ndescription`) });
  const { code, said } = await renameFlag(folder, "billing.letters", "billing.post");
  expect([code, said.includes("has 5 former keys already: b.a, b.b, b.c, b.d, b.e.")]).toEqual([1, true]);
});

test("former keys on lines of their own keep their comments, and a file with a byte-order mark and Windows line ends stays one", async () => {
  const text = `\uFEFF${LETTERS.replace("description", "aliases:\n  # until spring\n  - billing.post\ndescription").replaceAll("\n", "\r\n")}`;
  const folder = folderOf({ ...FILES, "flags/billing/letters.yaml": text });
  expect((await renameFlag(folder, "billing.letters", "billing.mail")).code).toBe(0);
  const renamed = text.replace("key: billing.letters", "key: billing.mail").replace("- billing.post\r\n", "- billing.post\r\n  - billing.letters\r\n");
  expect(filesIn(folder)["flags/billing/mail.yaml"]).toBe(renamed);
});

test("environments in files of their own move with their flag, byte for byte, and what they share goes on as it was shared", async () => {
  const part =
    "\uFEFF# Agreed with the board.\r\n\r\nrules: [{ id: some, if: { segment: small }, serve: { share: 25, of: on, by: customer } }] # a quarter\r\ndefault: off\r\n";
  const apart = EXPORT.replace(/environments:[\s\S]*/, "environments: {}\n");
  const files = {
    ...FILES,
    "flags/billing/export.yaml": apart,
    "environments/production/billing/export.yml": part,
    "environments/staging/billing/export.yaml": "default: on\n",
    "environments/staging/billing/letters.yaml": "prerequisites: [{ flag: billing.export, serves: on }]\ndefault: on\n",
  };
  const folder = folderOf(files);
  const { code, out } = await renameFlag(folder, "billing.export", "billing.csv-export");
  expect([code, out.split("\n").filter((line) => line.startsWith("wrote"))]).toEqual([
    0,
    [
      "wrote  flags/billing/csv-export.yaml in place of flags/billing/export.yaml",
      "wrote  environments/production/billing/csv-export.yml in place of environments/production/billing/export.yml",
      "wrote  environments/staging/billing/csv-export.yaml in place of environments/staging/billing/export.yaml",
      "wrote  flags/billing/letters.yaml: 1 name of it",
      "wrote  environments/staging/billing/letters.yaml: 1 name of it",
      "wrote  tests/export.yaml: 1 name of it",
      "wrote  sluice.yaml: 1 name of it",
    ],
  ]);
  const now = filesIn(folder);
  expect(Object.keys(now).filter((path) => path.startsWith("environments/"))).toEqual([
    "environments/production/billing/csv-export.yml",
    "environments/staging/billing/csv-export.yaml",
    "environments/staging/billing/letters.yaml",
  ]);
  expect(now["environments/production/billing/csv-export.yml"]).toBe(part);
  expect(now["environments/staging/billing/letters.yaml"]).toContain("{ flag: billing.csv-export, serves: on }");
  expect(now["flags/billing/csv-export.yaml"]).toContain("salt: billing.export\n");
  expect(parseProject({ files: new Map(Object.entries(now)) }).diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);

  await runHere(["rename", "segment", "small", "small-companies", "--folder", folder]);
  expect(filesIn(folder)["environments/production/billing/csv-export.yml"]).toBe(part.replace("segment: small ", "segment: small-companies "));
  const stray = folderOf({ ...files, "environments/staging/billing/csv-export.yaml": "default: on\n" });
  const refused = await renameFlag(stray, "billing.export", "billing.csv-export");
  expect([refused.code, refused.said.includes("environments/staging/billing/csv-export.yaml is there already.")]).toEqual([1, true]);
});

test("a file of no flag does not become what an environment serves of the renamed one", async () => {
  const stray = {
    "sluice.yaml": "project: p\nenvironments: { production: {}, staging: {} }\n",
    "flags/billing/export.yaml": EXPORT,
    "environments/staging/billing/zz.yaml": "default: on\n",
  };
  const folder = folderOf(stray);
  const refused = await renameFlag(folder, "billing.export", "billing.zz");
  expect([refused.code, refused.said.includes("environments/staging/billing/zz.yaml is there already.")]).toEqual([1, true]);
  expect(Object.keys(filesIn(folder))).toEqual(Object.keys(stray).sort());
});

test("parts of a flag whose file is not called by its key stay where they are, as the file does", async () => {
  const files = {
    "sluice.yaml": "project: p\nenvironments: { production: {} }\n",
    "flags/exports.yaml": EXPORT.replace(/environments:[\s\S]*/, "environments: {}\n"),
    "environments/production/exports.yaml": "default: off\n",
  };
  const folder = folderOf(files);
  const { out } = await renameFlag(folder, "billing.export", "billing.csv-export");
  expect(out.split("\n")[0]).toBe("wrote  flags/exports.yaml");
  expect(Object.keys(filesIn(folder))).toEqual(Object.keys(files).sort());
});

test("a segment's file moves, and flags and segments that name it follow; a runtime list stays", async () => {
  const folder = folderOf(FILES);
  const { code, out } = await runHere(["rename", "segment", "small", "small-companies", "--folder", folder]);
  expect([code, out]).toEqual([0, expect.stringContaining("wrote  segments/small-companies.yaml in place of segments/small.yaml")]);
  const files = filesIn(folder);
  expect(files["segments/small-companies.yaml"]).toBe("key: small-companies # companies\nif: { plan: { in: [starter] } }\n");
  expect(files["segments/tiny.yaml"]).toContain("[{ segment: small-companies },");
  for (const name of ["letters", "paper"]) expect(files[`flags/billing/${name}.yaml`]).toContain("{ segment: small-companies }");
  const refused = await runHere(["rename", "segment", "partners", "friends", "--folder", folder]);
  expect([refused.code, refused.said.includes("partners is a runtime list")]).toEqual([1, true]);
});
