import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { createProgram, runProgram } from "../program.ts";

const root = mkdtempSync(join(tmpdir(), "sluice-style-check-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const flags = join(root, "flags");
const application = join(root, "application");

const put = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};
const read = (path: string): string => readFileSync(path, "utf8");
function git(folder: string, ...args: readonly string[]): void {
  const identity = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
  const { status, stderr } = spawnSync("git", ["-C", folder, ...identity, ...args], { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, expect.anything()]);
}

interface Ended {
  readonly code: number;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>> & {
    readonly diagnostics?: readonly { readonly file: string; readonly line: number; readonly code: string }[];
  };
}
async function run(...argv: readonly string[]): Promise<Ended> {
  const lines: string[] = [];
  const terminal = {
    out: (line: string) => void lines.push(line),
    say: (line: string) => void lines.push(line),
    json: (value: unknown) => void lines.push(JSON.stringify(value)),
    colour: false,
  };
  const code = await runProgram(createProgram(terminal, []), argv, terminal);
  process.exitCode = undefined;
  const text = lines.join("\n");
  return { code, text, json: text.startsWith("{") ? JSON.parse(lines[0] ?? "{}") : {} };
}

const flagFile = (key: string): string =>
  `key: ${key}\ndescription: What it does is said here.\nkind: release\nowner: team-x\ncreated: 2029-12-01\nexpires: 2030-01-01\ntype: boolean\nenvironments: { production: { default: off } }\n`;
const page = [
  'import { createClient } from "@sluice/node";',
  "const flags = createClient({});",
  'export const a = flags.getBoolean("billing.export", true);',
  'export const b = flags.getBoolean("billing.gone", false);',
  "",
].join("\n");

/** Two repositories: the flags, of which one was removed, and an application. */
beforeEach(() => {
  rmSync(flags, { recursive: true, force: true });
  rmSync(application, { recursive: true, force: true });
  put(join(flags, "sluice.yaml"), "project: p\nenvironments: { production: {} }\nteams: { team-x: {} }\nstyle: {}\n");
  put(join(flags, "flags/billing/export.yaml"), flagFile("billing.export"));
  put(join(flags, "flags/billing/gone.yaml"), flagFile("billing.gone"));
  git(flags, "init", "-q");
  git(flags, "add", ".");
  git(flags, "commit", "-qm", "two flags");
  git(flags, "rm", "-q", "flags/billing/gone.yaml");
  git(flags, "commit", "-qm", "one flag");
  put(join(application, ".gitignore"), "build/\n");
  put(join(application, "src/page.ts"), page);
  put(join(application, "build/page.js"), page);
  put(join(application, "README.md"), page);
  git(application, "init", "-q");
  git(application, "add", ".");
  git(application, "commit", "-qm", "an application");
});

const places = ({ json }: Ended): readonly string[] => (json.diagnostics ?? []).map(({ file, line, code }) => `${file}:${line} ${code}`);

test("code of another repository is held against the flags, without what Git ignores", async () => {
  const ended = await run("style", "check", application, "--flags", flags, "--json");
  expect([ended.code, places(ended)]).toEqual([1, ["src/page.ts:3 code/no-literal", "src/page.ts:3 code/default-match", "src/page.ts:4 code/unknown-key"]]);
  expect(ended.json).toMatchObject({ files: 1, parsed: 1, references: 2, errors: 2, warnings: 1, unread: [] });
  expect(ended.text).toMatch(/billing\.gone was removed on \d{4}-\d\d-\d\d in [0-9a-f]+/);
  const said = await run("style", "check", application, "--flags", flags);
  expect([said.code, said.text]).toEqual([1, expect.stringContaining("sluice: 2 mistakes and 1 warning in 1 file of code.")]);
});

test("--fix writes the constants of sluice codegen and the defaults of the flags, and does it once", async () => {
  const generated = join(application, "src/flags.ts");
  expect((await run("codegen", "ts", flags, "--out", generated)).code).toBe(0);
  const first = await run("style", "check", application, "--flags", flags, "--fix", "--json");
  expect(first.json).toMatchObject({ mended: 2, errors: 1, warnings: 0 });
  const after = read(join(application, "src/page.ts"));
  expect(after.split("\n")).toEqual([
    'import { createClient } from "@sluice/node";',
    'import { BILLING_EXPORT } from "./flags";',
    "const flags = createClient({});",
    "export const a = flags.getBoolean(BILLING_EXPORT, false);",
    'export const b = flags.getBoolean("billing.gone", false);',
    "",
  ]);
  expect((await run("style", "check", application, "--flags", flags, "--fix", "--json")).json).toMatchObject({ mended: 0 });
  expect(read(join(application, "src/page.ts"))).toBe(after);
});

test("a file that cannot be read is told once and stops nothing", async () => {
  put(join(application, "src/bundle.js"), `${page}// ${"x".repeat(2 ** 20)}\n`);
  put(join(application, "src/picture.ts"), `${page}\0`);
  const latin = Buffer.from(`// caf\u00e9\n${page}`, "latin1");
  writeFileSync(join(application, "src/latin.ts"), latin);
  put(join(application, "src/half.ts"), `${page}export function half( {\n`);
  symlinkSync("page.ts", join(application, "src/link.ts"));
  const ended = await run("style", "check", application, "--flags", flags, "--json");
  expect(ended.json["unread"]).toEqual([
    { path: "src/bundle.js", why: "larger than 1 MiB" },
    { path: "src/latin.ts", why: "not UTF-8" },
    { path: "src/picture.ts", why: "not text" },
  ]);
  expect(places(ended).filter((one) => one.includes("code/unread"))).toEqual(["src/half.ts:5 code/unread"]);
  expect(places(ended).filter((one) => one.includes("code/unknown-key"))).toEqual(["src/half.ts:4 code/unknown-key", "src/page.ts:4 code/unknown-key"]);
  const said = await run("style", "check", application, "--flags", flags);
  expect(said.text).toContain("not looked at: src/bundle.js (larger than 1 MiB), src/latin.ts (not UTF-8), src/picture.ts (not text)");
  await run("style", "check", application, "--flags", flags, "--fix");
  expect(readFileSync(join(application, "src/latin.ts")).equals(latin)).toBe(true);
});

test("a baseline beside the code keeps what was there before a warning, and --fix shortens it", async () => {
  const baseline = join(application, "style-baseline.yaml");
  put(baseline, "code/default-match:\n  - billing.export\ncode/unknown-key:\n  - billing.gone\nkey/case:\n  - left.alone\n");
  expect(await run("style", "check", application, "--flags", flags, "--json")).toMatchObject({ code: 0, json: { errors: 0, warnings: 3 } });
  await run("style", "check", application, "--flags", flags, "--fix");
  expect(read(baseline).split("\n").slice(1)).toEqual(["code/unknown-key:", "  - billing.gone", "key/case:", "  - left.alone", ""]);
  git(application, "add", ".");
  git(application, "commit", "-qm", "the baseline");
  put(baseline, `${read(baseline)}code/no-dynamic-key:\n  - src/page.ts\n`);
  put(join(application, "src/page.ts"), `${read(join(application, "src/page.ts"))}flags.getBoolean("x" + 1, false);\n`);
  expect((await run("style", "check", application, "--flags", flags)).text).toContain("code/no-dynamic-key of src/page.ts was not in the baseline before.");
});

test("flags and code are looked at together, in one report whose paths begin at the repository's root", async () => {
  const whole = join(root, "whole");
  put(join(whole, "infra/flags/sluice.yaml"), read(join(flags, "sluice.yaml")));
  put(join(whole, "infra/flags/flags/billing/enable-export.yaml"), flagFile("billing.enable-export"));
  put(join(whole, "services/page.ts"), page.replace("billing.export", "billing.enable-export"));
  git(whole, "init", "-q");
  git(whole, "add", ".");
  git(whole, "commit", "-qm", "both");
  const { text, code } = await run("validate", join(whole, "infra/flags"), "--code", join(whole, "services"), "--format", "github");
  expect(code).toBe(1);
  const files = [...text.matchAll(/^::\w+ file=([^,]*),.*title=([^,:]*)::/gm)].map(([, file, title]) => `${file} ${title}`);
  expect(files).toEqual([
    "infra/flags/flags/billing/enable-export.yaml key/no-verb-prefix",
    "services/page.ts code/no-literal",
    "services/page.ts code/default-match",
    "services/page.ts code/unknown-key",
  ]);
  const sarif = join(root, "code.sarif");
  const reviewed = async (...given: readonly string[]): Promise<readonly string[]> => {
    await run("review", join(whole, "infra/flags"), "--base", "HEAD", "--sarif", sarif, ...given);
    return [...read(sarif).matchAll(/"uri":"(services[^"]*)"\},"region":\{"startLine":(\d+)/g)].map(([, file, line]) => `${file}:${line}`);
  };
  // A review tells what the change brings: what was there is not the change's.
  expect(await reviewed("--code", join(whole, "services"))).toEqual([]);
  put(join(whole, "services/page.ts"), `// One line more.\n${read(join(whole, "services/page.ts"))}flags.getBoolean("billing.mine", false);\n`);
  expect(await reviewed("--code", join(whole, "services"))).toEqual([expect.stringMatching(/^services\/page\.ts:\d+$/)]);
  expect(await reviewed()).toEqual([]);
  const unnamed = await run("review", join(whole, "infra/flags"), "--base", "HEAD", "--code");
  expect(unnamed.text).toContain("sluice.yaml names no folder of code.");
  put(join(whole, "infra/flags/sluice.yaml"), `${read(join(whole, "infra/flags/sluice.yaml"))}code: { folders: [services] }\n`);
  expect(await reviewed()).toEqual([expect.stringMatching(/^services\/page\.ts:\d+$/)]);
  expect((await run("validate", join(whole, "infra/flags"), "--json", "--code")).text).toContain("../../services/page.ts");
});
