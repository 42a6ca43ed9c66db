import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { initFiles } from "@sluice/definitions";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeFiles } from "../packages/cli/src/flag-folder.ts";
import { EditorClient, type Position, type Shown } from "./editor-client.ts";

// `sluice lsp` as an editor runs it: a process of its own, spoken to over its standard input and output.
const sluice = join(import.meta.dirname, "../tools/sluice.mjs");
const folder = mkdtempSync(join(tmpdir(), "sluice-lsp-"));
const files = initFiles("2026-11-28");
const FLAG = files.get("flags/example/hello.yaml") ?? "";
const PATH = "flags/example/hello.yaml";
const editor = new EditorClient(folder, [sluice, "lsp", "--stdio"]);
let version = 1;

beforeAll(async () => {
  writeFiles(folder, new Map(), files);
  // A commit, so that a flag beside it is known to be new: rules mend those by themselves.
  for (const args of [
    ["init", "-q"],
    ["add", "-A"],
    ["-c", "user.name=M", "-c", "user.email=m@example.com", "commit", "-q", "-m", "flags"],
  ])
    expect(spawnSync("git", ["-C", folder, ...args]).status).toBe(0);
  await editor.start({
    workspace: {
      didChangeWatchedFiles: { dynamicRegistration: true },
      workspaceEdit: { documentChanges: true, resourceOperations: ["create", "rename", "delete"] },
    },
  });
});
afterAll(async () => {
  await editor.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function type(path: string, text: string, isMet: (shown: readonly Shown[]) => boolean): Promise<readonly Shown[]> {
  const uri = editor.uri(path);
  version += 1;
  await editor.connection.sendNotification("textDocument/didChange", { textDocument: { uri, version }, contentChanges: [{ text }] });
  await editor.until(() => isMet(editor.shown.get(uri) ?? []));
  return editor.shown.get(uri) ?? [];
}

interface Edit {
  readonly range: { readonly start: Position; readonly end: Position };
  readonly newText: string;
}
interface Change {
  readonly kind?: "rename";
  readonly oldUri?: string;
  readonly newUri?: string;
  readonly textDocument?: { readonly uri: string };
  readonly edits?: readonly Edit[];
}
interface Action {
  readonly title: string;
  readonly kind: string;
  readonly isPreferred?: boolean;
  readonly edit: { readonly documentChanges: readonly Change[] };
}
const actions = async (path: string, range: Shown["range"]): Promise<readonly Action[]> =>
  editor.connection.sendRequest("textDocument/codeAction", { textDocument: { uri: editor.uri(path) }, range, context: { diagnostics: [] } });

/** What an editor does with edits, from the last to the first. */
function edited(text: string, edits: readonly Edit[]): string {
  const at = ({ line, character }: Position): number => text.split("\n").slice(0, line).join("\n").length + (line === 0 ? 0 : 1) + character;
  let now = text;
  for (const { range, newText } of edits.toSorted((a, b) => at(b.range.start) - at(a.range.start)))
    now = now.slice(0, at(range.start)) + newText + now.slice(at(range.end));
  return now;
}
const applied = (text: string, action: Action | undefined): string => edited(text, action?.edit.documentChanges.flatMap(({ edits = [] }) => edits) ?? []);
const TEXT_START = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

test("a good file has nothing under it; a slip is underlined where it is, with the code and the fix", async () => {
  expect(await editor.open(PATH, FLAG)).toEqual([]);
  const [shown, ...more] = await type(PATH, FLAG.replace("kind: release", "kind: relase"), (all) => all.length > 0);
  const line = FLAG.split("\n").findIndex((one) => one.startsWith("kind:"));
  expect(more).toEqual([]);
  expect(shown).toMatchObject({
    code: "field/value",
    severity: 1,
    source: "sluice",
    range: { start: { line, character: 6 }, end: { line, character: 12 } },
  });
  expect(shown?.message).toBe(
    '"relase" is not one of the values of "kind". Expected: release, experiment, ops or permission. Did you mean release? Fix: Write kind: release',
  );
});

test("the nearest right name is a quick fix, and nothing is left to say of what it makes", async () => {
  const wrong = FLAG.replace("kind: release", "kind: relase");
  const [shown] = await type(PATH, wrong, (all) => all.length === 1);
  const [fix] = await actions(PATH, shown?.range ?? TEXT_START);
  expect(fix).toMatchObject({ title: "Write release instead of relase", kind: "quickfix" });
  expect(applied(wrong, fix)).toBe(FLAG);
  expect(await type(PATH, applied(wrong, fix), (all) => all.length === 0)).toEqual([]);
  expect(await actions(PATH, TEXT_START)).toEqual([]);
});

test("a rule of style mends a new flag: its key, and the file that is named after it", async () => {
  const path = "flags/example/enableHello.yaml";
  const text = FLAG.replace("key: example.hello", "key: example.enableHello");
  writeFileSync(join(folder, path), text);
  const shown = await editor.open(path, text);
  const found = shown.find(({ code }) => code === "key/case");
  const fix = (await actions(path, found?.range ?? TEXT_START)).find(({ title }) => title.includes("enable-hello"));
  expect(fix?.edit.documentChanges.find(({ kind }) => kind === "rename")).toMatchObject({ newUri: editor.uri("flags/example/enable-hello.yaml") });
  expect(applied(text, fix)).toContain("key: example.enable-hello\n");
  const { oldUri = "", newUri = "" } = fix?.edit.documentChanges.find(({ kind }) => kind === "rename") ?? {};
  renameSync(fileURLToPath(oldUri), fileURLToPath(newUri));
  writeFileSync(fileURLToPath(newUri), applied(text, fix));
  await editor.connection.sendNotification("textDocument/didClose", { textDocument: { uri: oldUri } });
  await editor.connection.sendNotification("workspace/didChangeWatchedFiles", {
    changes: [
      { uri: oldUri, type: 3 },
      { uri: newUri, type: 1 },
    ],
  });
  await editor.until(() => editor.shown.get(oldUri)?.length === 0 && editor.shown.has(newUri));
  expect(editor.shown.get(newUri)?.map(({ code }) => code)).toEqual(["key/no-verb-prefix"]);
});

test("everything that validate --fix mends in a file is one action, and gives the text that it gives", async () => {
  const wrong = FLAG.replace(/^expires: .*\n/m, "");
  await type(PATH, wrong, (all) => all.some(({ code }) => code === "life/expires"));
  const all = (await actions(PATH, TEXT_START)).find(({ kind }) => kind === "source.fixAll.sluice");
  writeFileSync(join(folder, PATH), wrong);
  expect(spawnSync(process.execPath, [sluice, "validate", folder, "--fix"], { encoding: "utf8" }).stdout).toContain("mended");
  expect(applied(wrong, all)).toBe(readFileSync(join(folder, PATH), "utf8"));
  writeFileSync(join(folder, PATH), FLAG);
  await type(PATH, FLAG, (shown) => shown.length === 0);
});

test("an edit that breaks another file is told there, and what is changed on the disk is heard of", async () => {
  const path = "segments/staff.yaml";
  const segment = files.get(path) ?? "";
  await editor.open(path, segment);
  await type(path, segment.replace("key: staff", "key: guests"), () => true);
  await editor.until(() => editor.shown.get(editor.uri(PATH))?.some(({ code }) => code === "segment/unknown") === true);
  await type(path, segment, (all) => all.length === 0);
  await editor.until(() => editor.shown.get(editor.uri(PATH))?.length === 0);
  writeFileSync(join(folder, "segments/guests.yaml"), "key: [\n");
  await editor.connection.sendNotification("workspace/didChangeWatchedFiles", { changes: [{ uri: editor.uri("segments/guests.yaml"), type: 1 }] });
  await editor.until(() => (editor.shown.get(editor.uri("segments/guests.yaml"))?.length ?? 0) > 0);
});

test("the usual form is what sluice fmt writes, and a file in it is left alone", async () => {
  const upsideDown = "if: { email: { endsWith: x } }  \nkey: pilots\n";
  const format = async (path: string): Promise<readonly Edit[]> =>
    editor.connection.sendRequest("textDocument/formatting", { textDocument: { uri: editor.uri(path) }, options: { tabSize: 2, insertSpaces: true } });
  await editor.open("segments/pilots.yaml", upsideDown);
  const text = edited(upsideDown, await format("segments/pilots.yaml"));
  writeFileSync(join(folder, "segments/pilots.yaml"), upsideDown);
  spawnSync(process.execPath, [sluice, "fmt", folder]);
  expect(text).toBe(readFileSync(join(folder, "segments/pilots.yaml"), "utf8"));
  expect(text).toBe("key: pilots\nif: { email: { endsWith: x } }\n");
  await type("segments/pilots.yaml", text, () => true);
  expect(await format("segments/pilots.yaml")).toEqual([]);
});

test("an environment in a file of its own is told, mended, put in order and moved with its flag as the flag's file is", async () => {
  const part = "environments/production/example/waves.yaml";
  const served = "rules:\n  - id: staff-first\n    if: { segment: staff }\n    serve: on\ndefault: on\n";
  writeFiles(folder, new Map(), new Map([[part, served]]));
  const flag = FLAG.replace("key: example.hello", "key: example.waves")
    .replace("Greets people by name", "Waves at people who come in")
    .replace(/ {2}production:[\s\S]*? {2}staging/, "  staging");
  writeFiles(folder, new Map(), new Map([["flags/example/waves.yaml", flag]]));
  await editor.connection.sendNotification("workspace/didChangeWatchedFiles", {
    changes: ["flags/example/waves.yaml", part].map((path) => ({ uri: editor.uri(path), type: 1 })),
  });
  expect(await editor.open("flags/example/waves.yaml", flag)).toEqual([]);
  expect(await editor.open(part, served)).toEqual([]);

  const wrong = served.replace("segment: staff", "segment: stafff").replace("default: on", "default: onn");
  const shown = await type(part, wrong, (all) => all.length === 2);
  expect(shown.map(({ code, range }) => [code, range.start])).toEqual([
    ["segment/unknown", { line: 2, character: 19 }],
    ["flag/unknown-variant", { line: 4, character: 9 }],
  ]);
  const fixes = await Promise.all(shown.map(async ({ range }) => (await actions(part, range))[0]));
  expect(fixes.map((fix) => fix?.title)).toEqual(["Write staff instead of stafff", "Write on instead of onn"]);
  const mended = fixes.reduce((text, fix) => applied(text, fix), wrong);
  expect(mended).toBe(served);
  expect(await type(part, served, (all) => all.length === 0)).toEqual([]);

  const upsideDown = `default: on  \n${served.replace("default: on\n", "")}`;
  await type(part, upsideDown, () => true);
  const formatted: readonly Edit[] = await editor.connection.sendRequest("textDocument/formatting", {
    textDocument: { uri: editor.uri(part) },
    options: { tabSize: 2, insertSpaces: true },
  });
  expect(edited(upsideDown, formatted)).toBe(served);
  await type(part, served, () => true);

  const astray = "environments/production/example/wavs.yaml";
  writeFileSync(join(folder, astray), served);
  const [found] = await editor.open(astray, served);
  expect(found?.code).toBe("flag/part-of-nothing");
  // Its place is taken, so there is nowhere to move it to.
  expect(await actions(astray, found?.range ?? TEXT_START)).toEqual([]);
  const stagng = "environments/stagng/example/waves.yaml";
  writeFiles(folder, new Map(), new Map([[stagng, "default: on\n"]]));
  const [folderName] = await editor.open(stagng, "default: on\n");
  const [move] = await actions(stagng, folderName?.range ?? TEXT_START);
  expect([move?.title, move?.edit.documentChanges.find(({ kind }) => kind === "rename")?.newUri]).toEqual([
    "Move the file to environments/staging/example/waves.yaml",
    editor.uri("environments/staging/example/waves.yaml"),
  ]);

  const renamed = flag.replace("key: example.waves", "key: example.Waves");
  const told = await type("flags/example/waves.yaml", renamed, (all) => all.some(({ code }) => code === "key/case"));
  const named = (await actions("flags/example/waves.yaml", told.find(({ code }) => code === "key/case")?.range ?? TEXT_START)).find(({ title }) =>
    title.startsWith("Rename the flag"),
  );
  expect(named?.edit.documentChanges.filter(({ kind }) => kind === "rename")).toEqual([]);
  const list = { from: "flags/example/WaveList.yaml", part: "environments/production/example/WaveList.yml" };
  const text = flag.replace("key: example.waves", "key: example.WaveList").replace("Waves at people who come in", "Lists all who were waved at");
  writeFiles(
    folder,
    new Map(),
    new Map([
      [list.from, text],
      [list.part, served],
    ]),
  );
  await editor.connection.sendNotification("workspace/didChangeWatchedFiles", {
    changes: [list.from, list.part].map((path) => ({ uri: editor.uri(path), type: 1 })),
  });
  const seen = await editor.open(list.from, text);
  const mend = (await actions(list.from, seen.find(({ code }) => code === "key/case")?.range ?? TEXT_START)).find(({ title }) => title.includes("wave-list"));
  expect(mend?.edit.documentChanges.flatMap(({ oldUri, newUri }) => (oldUri === undefined ? [] : [[oldUri, newUri]]))).toEqual([
    [editor.uri(list.from), editor.uri("flags/example/wave-list.yaml")],
    [editor.uri(list.part), editor.uri("environments/production/example/wave-list.yml")],
  ]);
});

test("no other command carries the protocol", () => {
  const dist = join(import.meta.dirname, "../dist");
  expect(readFileSync(join(dist, "sluice.mjs"), "utf8")).not.toContain("publishDiagnostics");
  expect(existsSync(join(dist, "language-server.mjs"))).toBe(true);
});

test("code beside the flags is held against the rules about code as it is typed, as the command holds it, and mended", async () => {
  const path = "app/page.ts";
  const good =
    'import { createClient } from "@sluice/node";\nconst flags = createClient({});\nexport const hello = flags.getBoolean("example.hello", false);\n';
  const wrong = good.replace("example.hello", "example.helo");
  writeFiles(folder, new Map(), new Map([[path, good]]));
  const isGood = (found: readonly Shown[]): boolean => found.map(({ code }) => code).join() === "code/no-literal";
  expect(isGood(await editor.open(path, good))).toBe(true);
  const [shown, ...more] = await type(path, wrong, (all) => all.some(({ code }) => code === "code/unknown-key"));
  expect([shown, more]).toMatchObject([{ severity: 1, range: { start: { line: 2 } } }, []]);
  writeFileSync(join(folder, path), wrong);
  const told = spawnSync(process.execPath, [sluice, "style", "check", folder, "--flags", folder, "--json"], { encoding: "utf8" });
  const { diagnostics } = JSON.parse(told.stdout) as {
    readonly diagnostics: readonly { readonly line: number; readonly column: number; readonly code: string }[];
  };
  expect(diagnostics.map(({ line, column, code }) => [line - 1, column - 1, code])).toEqual([
    [shown?.range.start.line, shown?.range.start.character, shown?.code],
  ]);
  const fix = (await actions(path, shown?.range ?? TEXT_START)).find(({ kind }) => kind === "quickfix");
  expect(applied(wrong, fix)).toBe(good);
  // A default that is not the file's is mended at once; what another file says meanwhile counts.
  const other = good.replace("false)", "true)");
  await type(path, other, (all) => all.some(({ code }) => code === "code/default-match"));
  const all = (await actions(path, TEXT_START)).find(({ kind }) => kind === "source.fixAll.sluice");
  expect(applied(other, all)).toBe(good);
  await type(path, good, isGood);
  await type(PATH, FLAG.replace("key: example.hello", "key: example.other"), () => true);
  await editor.until(() => editor.shown.get(editor.uri(path))?.some(({ code }) => code === "code/unknown-key") === true);
  await type(PATH, FLAG, () => true);
  await editor.until(() => isGood(editor.shown.get(editor.uri(path)) ?? []));
  await editor.connection.sendNotification("textDocument/didClose", { textDocument: { uri: editor.uri(path) } });
  await editor.until(() => editor.shown.get(editor.uri(path))?.length === 0);
});
