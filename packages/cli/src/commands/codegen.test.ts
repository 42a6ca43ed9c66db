import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProgram, runProgram } from "../program.ts";

const root = join(import.meta.dirname, "../../../..");
const folder = mkdtempSync(join(tmpdir(), "sluice-codegen-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const flags = join(folder, "flags-repository");
cpSync(join(root, "examples/shop-floor/flags-repository"), flags, { recursive: true });
const out = join(folder, "flags.ts");

async function run(...argv: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  const lines: string[] = [];
  const terminal = {
    out: (line: string) => void lines.push(line),
    say: (line: string) => void lines.push(line),
    json: (value: unknown) => void lines.push(JSON.stringify(value)),
    colour: false,
  };
  const code = await runProgram(createProgram(terminal, []), argv, terminal);
  process.exitCode = undefined;
  return { code, text: lines.join("\n") };
}

/** What the compiler says of an application that asks so. */
function compile(asks: string): string {
  const application = [
    'import { createClient } from "@sluice/node";',
    'import { typed } from "./flags.ts";',
    'const flags = typed(createClient({ url: "http://127.0.0.1:1", key: "k", service: "s" }));',
    asks,
    "",
  ].join("\n");
  writeFileSync(join(folder, "application.ts"), application);
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    module: "nodenext",
    target: "es2024",
    types: [],
    paths: { "@sluice/node": [join(root, ".build/types/js-server/index.d.ts")] },
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["application.ts"] }));
  const { stdout } = spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", folder], { encoding: "utf8" });
  return stdout;
}

// The SDK's types, where nobody has built them yet.
beforeAll(() => void spawnSync(join(root, "node_modules/.bin/tsc"), ["-b", join(root, "sdks/js-server")]), 120_000);

test("a key that a flag has compiles, a misspelt one and one of another type do not", { timeout: 120_000 }, async () => {
  expect((await run("codegen", "ts", flags, "--out", out)).code).toBe(0);
  expect(compile('const on: boolean = flags.getBoolean("diary.photo-pins", false, { targetingKey: "u" }); void on;')).toBe("");
  expect(compile('void flags.getBoolean("diary.photo-pin", false);')).toMatch(/TS2345.*"diary.photo-pin"/);
  expect(compile('void flags.getString("diary.photo-pins", "on");')).toMatch(/TS2345.*"diary.photo-pins"/);
  expect(compile('void flags.getString("diary.headline", "plain");')).toBe("");
  const constants = 'import { DIARY_HEADLINE, DIARY_PHOTO_PINS } from "./flags.ts"; ';
  expect(compile(`${constants}void flags.getBoolean(DIARY_PHOTO_PINS, false); void flags.getString(DIARY_HEADLINE, "plain");`)).toBe("");
  expect(compile(`${constants}void flags.getBoolean(DIARY_HEADLINE, false); void DIARY_PHOTO_PINS;`)).toMatch(/TS2345.*"diary.headline"/);
});

test("--check writes nothing, and ends with 1 when a flag has changed since", async () => {
  await run("codegen", "ts", flags, "--out", out);
  const before = readFileSync(out, "utf8");
  expect((await run("codegen", "ts", flags, "--out", out, "--check")).code).toBe(0);
  const path = join(flags, "flags/diary/photo-pins.yaml");
  writeFileSync(path, readFileSync(path, "utf8").replace(/^description: .*$/m, "description: Ends */ no comment, and says what it does now."));
  const stale = await run("codegen", "ts", flags, "--out", out, "--check");
  expect([stale.code, stale.text.includes("is not what the flags say"), readFileSync(out, "utf8") === before]).toEqual([1, true, true]);
  await run("codegen", "ts", flags, "--out", out);
  expect(readFileSync(out, "utf8")).toContain("Ends * / no comment");
});

test("a flag with a mistake is named, and nothing is written without it", async () => {
  const path = join(flags, "flags/diary/weather-strip.yaml");
  writeFileSync(path, readFileSync(path, "utf8").replace("type: boolean", "type: bolean"));
  const before = readFileSync(out, "utf8");
  const said = await run("codegen", "ts", flags, "--out", out);
  expect([said.code, said.text.includes("diary.weather-strip"), readFileSync(out, "utf8") === before]).toEqual([1, true, true]);
});

/** What the OpenFeature command line's published format asks of a manifest (its schema/v0), in our own words. */
const manifestSchema = {
  type: "object",
  required: ["flags"],
  properties: {
    flags: {
      type: "object",
      propertyNames: { minLength: 1 },
      additionalProperties: {
        type: "object",
        required: ["flagType", "defaultValue"],
        properties: { description: { type: "string" } },
        oneOf: [
          ["boolean", { type: "boolean" }],
          ["string", { type: "string" }],
          ["integer", { type: "integer" }],
          ["float", { type: "number" }],
          ["object", { type: "object" }],
        ].map(([flagType, defaultValue]) => ({ properties: { flagType: { const: flagType }, defaultValue } })),
      },
    },
  },
} as const;

test("the manifest for OpenFeature's own command line says type, code default and words of every flag", async () => {
  const text = (type: string, variants: string): string =>
    `description: A number of things.\nkind: release\nowner: team-site\ntype: ${type}\nvariants: ${variants}\nenvironments: { production: { default: off } }\n`;
  cpSync(join(root, "examples/shop-floor/flags-repository"), flags, { recursive: true });
  mkdirSync(join(flags, "flags/lab"), { recursive: true });
  for (const [name, type, variants] of [
    ["whole", "number", "{ off: 3, more: 5 }"],
    ["half", "number", "{ off: 3, more: 5.5 }"],
    ["layout", "object", "{ off: { columns: 1 } }"],
  ] as const)
    writeFileSync(join(flags, `flags/lab/${name}.yaml`), `key: lab.${name}\n${text(type, variants)}`);
  const file = join(folder, "openfeature-flags.json");
  expect(await run("codegen", "openfeature", flags, "--out", file)).toMatchObject({ code: 0 });
  const manifest = JSON.parse(readFileSync(file, "utf8")) as { readonly flags: Readonly<Record<string, unknown>> };
  const isManifest = new Ajv().compile(manifestSchema);
  expect(isManifest(manifest), JSON.stringify(isManifest.errors)).toBe(true);
  expect(manifest.flags).toMatchObject({
    "diary.photo-pins": { flagType: "boolean", defaultValue: false },
    "lab.whole": { flagType: "integer", defaultValue: 3 },
    "lab.half": { flagType: "float", defaultValue: 3, description: "A number of things. release flag, owned by team-site." },
    "lab.layout": { flagType: "object", defaultValue: { columns: 1 } },
  });
  expect(isManifest({ flags: { "lab.whole": { flagType: "integer", defaultValue: 3.5 } } })).toBe(false);
  expect(await run("codegen", "openfeature", flags, "--out", file, "--check")).toMatchObject({ code: 0 });
  writeFileSync(file, "{}");
  expect(await run("codegen", "openfeature", flags, "--out", file, "--check")).toMatchObject({ code: 1 });
  rmSync(join(flags, "flags/lab"), { recursive: true });
});
