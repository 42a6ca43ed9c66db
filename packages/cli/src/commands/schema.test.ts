import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createProgram, runProgram } from "../program.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-schema-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...argv: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  const out: string[] = [];
  const take = (line: string): void => void out.push(line);
  const code = await runProgram(createProgram({ out: take, say: take, json: (value) => take(JSON.stringify(value)), colour: false }, []), [...argv], {
    out: take,
    say: take,
    json: (value) => take(JSON.stringify(value)),
    colour: false,
  });
  process.exitCode = undefined;
  return { code, out: out.join("\n") };
}

test("a first project has the schemas, and its files say where they are", async () => {
  expect((await run("init", folder)).code).toBe(0);
  expect(readFileSync(join(folder, "flags/example/hello.yaml"), "utf8")).toMatch(
    /^# yaml-language-server: \$schema=\.\.\/\.\.\/\.sluice-schemas\/flag\.json\n/,
  );
  expect(readFileSync(join(folder, "sluice.yaml"), "utf8")).toMatch(/^# yaml-language-server: \$schema=\.\/\.sluice-schemas\/project\.json\n/);
  expect(JSON.parse(readFileSync(join(folder, ".sluice-schemas/flag.json"), "utf8"))).toMatchObject({ title: "A flag of Sluice" });
  expect((await run("validate", folder)).code).toBe(0);
});

test("a new flag of such a project says it too", async () => {
  const made = await run(
    "new",
    "flag",
    "example.soft-landing",
    "--folder",
    folder,
    "--owner",
    "team-platform",
    "--description",
    "Lets people land softly on it.",
  );
  expect(made.code).toBe(0);
  expect(readFileSync(join(folder, "flags/example/soft-landing.yaml"), "utf8")).toMatch(/^# yaml-language-server: .*flag\.json\nkey: example\.soft-landing\n/);
});

test("a schema of another version is noticed, and written anew", async () => {
  expect((await run("schema", "--write", folder, "--check")).code).toBe(0);
  writeFileSync(join(folder, ".sluice-schemas/test.json"), "{}\n");
  const stale = await run("schema", "--write", folder, "--check");
  expect([stale.code, stale.out]).toEqual([1, expect.stringContaining(".sluice-schemas/test.json is not of this version")]);
  expect((await run("schema", "--write", folder)).code).toBe(0);
  expect(readFileSync(join(folder, ".sluice-schemas/test.json"), "utf8")).toBe((await run("schema", "test")).out + "\n");
});

test("without a kind it lists the kinds, and a kind that there is not is refused", async () => {
  expect((await run("schema")).out.split("\n").map((line) => line.split(" ")[0])).toEqual(["project", "flag", "environment", "segment", "test"]);
  expect((await run("schema", "flags")).code).toBe(2);
});
