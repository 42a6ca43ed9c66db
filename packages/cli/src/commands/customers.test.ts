import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createProgram, runProgram } from "../program.ts";
import type { Terminal } from "../terminal.ts";
import { runCommand } from "../testing/command-run.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const plan = {
  hash: "agreed",
  added: 1,
  changed: 1,
  unchanged: 3,
  leftOut: 1,
  remarks: 0,
  rows: [
    { line: 2, key: "acme", name: "Acme", kind: "added", changes: [] },
    { line: 3, key: "bolt", name: "Bolt", kind: "changed", changes: [{ field: "track", from: "standard", to: "late" }] },
  ],
  problems: [{ line: 5, column: 3, kind: "leftOut", message: "It has no zone.", fix: "Write one." }],
  encoding: "UTF-8",
  separator: ",",
  ignoredColumns: [],
};

/** Runs the command against a server that answers as ours does; gives what was sent and what was printed. */
async function run(
  ...more: readonly string[]
): Promise<{ readonly sent: readonly Record<string, unknown>[]; readonly out: string; readonly said: string; readonly code: number }> {
  const folder = mkdtempSync(join(tmpdir(), "customers-"));
  folders.push(folder);
  const file = join(folder, "customers.csv");
  writeFileSync(file, "key\nacme\n");
  const { sent, out, said, code } = await runCommand(["customers", "import", file, ...more], ({ body }) => ({
    body: { ...plan, isDone: body?.["dryRun"] === false },
  }));
  return { sent: sent.map(({ url, body }) => ({ path: url, ...body })), out, said, code };
}

test("a dry run sends the file once and prints what it would change", async () => {
  const { sent, out, said, code } = await run("--dry-run");
  expect(code).toBe(0);
  expect(sent).toMatchObject([{ path: "/api/customers/import", dryRun: true, base64: Buffer.from("key\nacme\n").toString("base64") }]);
  expect(out).toBe(
    'added line 2 acme\nchanged line 3 bolt\n        track: "standard" → "late"\n1 would be added, 1 would be changed, 3 would stay as they are, 1 would be left out',
  );
  expect(said).toMatch(/customers\.csv:5:3 left out: It has no zone\. Write one\.$/);
});

test("an import applies exactly what its own dry run said", async () => {
  const { sent, out } = await run("--reason", "From the CRM");
  expect(sent).toMatchObject([{ dryRun: true }, { dryRun: false, hash: "agreed", reason: "From the CRM" }]);
  expect(new Set(sent.map(({ command }) => command)).size).toBe(2);
  expect(out).toContain("1 added, 1 changed, 3 as before, 1 left out");
});

test("a file that is not there is said before anything is sent", async () => {
  const said: string[] = [];
  const terminal: Terminal = { colour: false, out: () => {}, say: (text) => void said.push(text), json: () => {} };
  expect(await runProgram(createProgram(terminal, []), ["customers", "import", "/nowhere/at/all.csv"], terminal)).toBe(2);
  expect(said.join("\n")).toContain("/nowhere/at/all.csv cannot be read");
});
