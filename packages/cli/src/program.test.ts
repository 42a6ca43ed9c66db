import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createProgram } from "./program.ts";
import { runHere } from "./testing/command-run.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-program-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, "sluice.yaml"), "project: p\nenvironments: { production: {} }\n");

test("whoever asks a command wrongly is sent to its own help, and reads JSON where it was asked for", async () => {
  const wrong = await runHere(["new", "flag", "a.b"]);
  expect([wrong.code, wrong.said]).toEqual([2, expect.stringContaining("Ask for help: sluice new flag --help")]);
  const json = await runHere(["plan", folder, "--json", "--bogus"]);
  expect([json.code, JSON.parse(json.out)]).toEqual([2, { error: { code: "usage", message: "unknown option '--bogus'", fix: "Ask for help with --help." } }]);
});

test("a file that cannot be read or written is the world's trouble, told with its path and what to do", async () => {
  const ends = async (...argv: readonly string[]): Promise<readonly unknown[]> => {
    const { code, said, out } = await runHere(argv);
    return [code, said, out];
  };
  const missing = join(folder, "nowhere/flags.ts");
  const words = `${missing} is not there, or its folder is not.`;
  expect(await ends("codegen", "ts", folder, "--out", missing)).toEqual([3, expect.stringContaining(words), ""]);
  const [code, , out] = await ends("codegen", "ts", folder, "--out", missing, "--json");
  expect([code, JSON.parse(String(out))]).toEqual([3, { error: { code: "file/unusable", message: words, fix: "Make the folder first, or check the path." } }]);
  expect(await ends("style", "guide", folder, "--out", folder)).toEqual([3, expect.stringContaining(`${folder} is a folder.`), ""]);
});

test("each command and each of its options says what it is for", () => {
  const walk = (command: ReturnType<typeof createProgram>): void => {
    expect(command.description(), command.name()).not.toBe("");
    for (const option of command.options) expect(option.description, `${command.name()} ${option.flags}`).not.toBe("");
    for (const one of command.commands) walk(one);
  };
  walk(createProgram({ out: () => {}, say: () => {}, json: () => {}, colour: false }, []));
});
