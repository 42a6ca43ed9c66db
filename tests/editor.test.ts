import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { initFiles, schemaFiles, schemaLine } from "@sluice/definitions";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeFiles } from "../packages/cli/src/flag-folder.ts";
import { EditorClient } from "./editor-client.ts";

// The language server that VS Code, JetBrains and Vim use for YAML, spoken to as they speak to it.
const folder = mkdtempSync(join(tmpdir(), "sluice-editor-"));
const files = new Map([...initFiles("2026-11-28"), ...schemaFiles()]);
writeFiles(folder, new Map(), files);
const editor = new EditorClient(folder, [join(import.meta.dirname, "../node_modules/yaml-language-server/bin/yaml-language-server"), "--stdio"]);
const { connection } = editor;

afterAll(async () => {
  await editor.stop();
  rmSync(folder, { recursive: true, force: true });
});

beforeAll(async () => {
  connection.onRequest("workspace/configuration", ({ items }: { items: readonly { section: string }[] }) =>
    items.map(({ section }) => (section === "yaml" ? { validate: true, completion: true, hover: true, schemaStore: { enable: false } } : {})),
  );
  await editor.start({
    workspace: { configuration: true, didChangeConfiguration: { dynamicRegistration: true } },
    textDocument: { completion: {}, hover: {} },
  });
  await connection.sendNotification("workspace/didChangeConfiguration", { settings: {} });
});

/** Opens a text as a file of the project and waits for what the server says of it. */
async function open(path: string, text: string): Promise<{ readonly uri: string; readonly messages: readonly string[] }> {
  const shown = await editor.open(path, text);
  return { uri: editor.uri(path), messages: shown.map(({ message }) => message) };
}

const FLAG = files.get("flags/example/hello.yaml") ?? "";
const placeOf = (text: string, needle: string): { readonly line: number; readonly character: number } => {
  const lines = text.slice(0, text.indexOf(needle)).split("\n");
  return { line: lines.length - 1, character: (lines.at(-1) ?? "").length };
};

test("the files of a first project are right in an editor", async () => {
  for (const [path, text] of initFiles("2026-11-28")) expect((await open(path, text)).messages, path).toEqual([]);
});

test("an editor says that a field is unknown and that a value is none of those there are", async () => {
  const { messages } = await open("flags/example/wrong.yaml", FLAG.replace("owner:", "ownr:").replace("kind: release", "kind: relase"));
  expect(messages.join("\n")).toMatch(/ownr/);
  expect(messages.join("\n")).toMatch(/"release"/);
});

test("an editor offers the kinds of flags, the fields that are missing, and operators", async () => {
  const text = `${FLAG.replace("kind: release", "kind: ")}ex`;
  const { uri } = await open("flags/example/open.yaml", text);
  const labels = async (position: object): Promise<readonly string[]> => {
    const answer = await connection.sendRequest<{ items: readonly { label: string }[] } | readonly { label: string }[]>("textDocument/completion", {
      textDocument: { uri },
      position,
    });
    return ("items" in answer ? answer.items : answer).map(({ label }) => label);
  };
  const kind = placeOf(text, "kind: ");
  expect(await labels({ line: kind.line, character: "kind: ".length })).toEqual(expect.arrayContaining(["release", "experiment", "ops", "permission"]));
  const last = text.split("\n").length - 1;
  expect(await labels({ line: last, character: 2 })).toEqual(expect.arrayContaining(["expose", "extensions", "exclusion"]));
  const condition = "key: few\nif:\n  plan:\n    \n";
  const segment = await open("segments/few.yaml", (files.get("segments/staff.yaml") ?? "").split("\n")[0] + "\n" + condition);
  const answer = await connection.sendRequest<{ items: readonly { label: string }[] }>("textDocument/completion", {
    textDocument: { uri: segment.uri },
    position: { line: 4, character: 4 },
  });
  expect(answer.items.map(({ label }) => label)).toEqual(expect.arrayContaining(["equals", "in", "endsWith", "semver"]));
});

test("an editor explains a field where somebody rests on it", async () => {
  const { uri } = await open("flags/example/hover.yaml", FLAG);
  const answer = await connection.sendRequest<{ contents: { value: string } }>("textDocument/hover", {
    textDocument: { uri },
    position: placeOf(FLAG, "off: off"),
  });
  expect(answer.contents.value).toContain("The variant that a kill serves");
});

test("an editor checks, completes and explains an environment in a file of its own", async () => {
  const part = `${schemaLine("environment", "environments/production/example/hello.yaml")}rules:\n  - id: staff-first\n    serve: on\ndefault: on\n`;
  expect((await open("environments/production/example/hello.yaml", part)).messages).toEqual([]);
  const wrong = await open("environments/production/example/wrong.yaml", `${part}owner: team-platform\n`);
  expect(wrong.messages.join("\n")).toMatch(/owner/);
  const text = `${part}pre`;
  const { uri } = await open("environments/production/example/open.yaml", text);
  const answer = await connection.sendRequest<{ items: readonly { label: string }[] }>("textDocument/completion", {
    textDocument: { uri },
    position: { line: text.split("\n").length - 1, character: 3 },
  });
  expect(answer.items.map(({ label }) => label)).toContain("prerequisites");
  const hover = await connection.sendRequest<{ contents: { value: string } }>("textDocument/hover", {
    textDocument: { uri },
    position: placeOf(text, "rules:"),
  });
  expect(hover.contents.value.length).toBeGreaterThan(20);
});
