import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createProgram, runProgram } from "../program.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-fmt-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...argv: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  const out: string[] = [];
  const take = (line: string): void => void out.push(line);
  const terminal = { out: take, say: take, json: (value: unknown) => take(JSON.stringify(value)), colour: false };
  const code = await runProgram(createProgram(terminal, []), [...argv], terminal);
  process.exitCode = undefined;
  return { code, out: out.join("\n") };
}

test("--check names what is in another form and writes nothing; without it the file is put in order", async () => {
  await run("init", folder);
  expect((await run("fmt", folder, "--check")).code).toBe(0);
  const path = join(folder, "segments/staff.yaml");
  const wrong = "# Us.\nif: { email: { endsWith: x } }  \nkey: staff\n";
  writeFileSync(path, wrong);
  expect(await run("fmt", folder, "--check")).toEqual({
    code: 1,
    out: `sluice: Not in the usual form: segments/staff.yaml.\n        Run: sluice fmt ${folder}`,
  });
  expect(await run("fmt", folder, "--check", "--json")).toEqual({ code: 1, out: '{"files":3,"changed":["segments/staff.yaml"],"unread":[]}' });
  expect(readFileSync(path, "utf8")).toBe(wrong);
  expect((await run("fmt", folder)).code).toBe(0);
  expect(readFileSync(path, "utf8")).toBe("key: staff\n# Us.\nif: { email: { endsWith: x } }\n");
  expect((await run("fmt", folder, "--check")).code).toBe(0);
});

test("a broken file is left as it is and named", async () => {
  writeFileSync(join(folder, "flags/example/broken.yaml"), "key: [\n");
  const done = await run("fmt", folder);
  expect([done.code, done.out]).toEqual([0, expect.stringContaining("flags/example/broken.yaml")]);
  expect(readFileSync(join(folder, "flags/example/broken.yaml"), "utf8")).toBe("key: [\n");
});
