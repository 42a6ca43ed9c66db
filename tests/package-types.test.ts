// The packages that applications install, as their compilers see them: publint, attw, and programs that are compiled against them.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "sluice-package-types-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const checks = join(root, ".build/package-checks");

interface Ended {
  readonly status: number | null;
  readonly text: string;
}
function run(command: string, args: readonly string[], cwd = folder): Ended {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  return { status, text: `${stdout}${stderr}` };
}
const check = (name: "attw" | "publint", ...args: readonly string[]): Ended => run(join(checks, "node_modules/.bin", name), args);

beforeAll(() => {
  mkdirSync(checks, { recursive: true });
  const lock = readFileSync(join(root, "tools/package-checks/package-lock.json"), "utf8");
  const known = join(checks, "package-lock.json");
  if (!existsSync(join(checks, "node_modules")) || readFileSync(known, "utf8") !== lock) {
    cpSync(join(root, "tools/package-checks"), checks, { recursive: true });
    expect(run("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], checks)).toMatchObject({ status: 0 });
  }
  for (const [name, path] of [
    ["@sluice/node", "node-sdk"],
    ["@sluice/browser", "browser-sdk"],
    ["@sluice/react", "react-sdk"],
  ] as const) {
    const place = join(folder, "node_modules", name);
    cpSync(join(root, "dist", path), place, { recursive: true });
  }
  mkdirSync(join(folder, "node_modules/@openfeature"), { recursive: true });
  mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
  for (const name of ["node", "react"]) symlinkSync(join(root, "node_modules/@types", name), join(folder, "node_modules/@types", name));
  for (const name of ["server-sdk", "web-sdk", "core"])
    symlinkSync(join(root, "node_modules/@openfeature", name), join(folder, "node_modules/@openfeature", name));
}, 180_000);

describe.each(["@sluice/node", "@sluice/browser", "@sluice/react"])("%s", (name) => {
  const place = join(folder, "node_modules", name);

  test("is a package as publint wants it", () => {
    expect(check("publint", "--strict", "--pack", "npm", place)).toMatchObject({ status: 0, text: expect.stringContaining("All good!") });
  });

  test("has types that every resolver of an ES module finds", { timeout: 180_000 }, () => {
    expect(check("attw", "--pack", place, "--profile", "esm-only")).toMatchObject({ status: 0 });
  });

  test("fails where types are missing, or name others so that Node cannot find them: the checks look at it", { timeout: 180_000 }, () => {
    const broken = join(folder, "broken", name);
    cpSync(place, broken, { recursive: true });
    const { types } = JSON.parse(readFileSync(join(broken, "package.json"), "utf8")) as { readonly types: string };
    const index = join(broken, types);
    writeFileSync(index, readFileSync(index, "utf8").replaceAll('.js"', '"'));
    expect(check("attw", "--pack", broken, "--profile", "esm-only")).toMatchObject({ status: 1, text: expect.stringContaining("Internal resolution error") });
    rmSync(join(broken, "types"), { recursive: true });
    expect(check("publint", "--strict", "--pack", "npm", broken).status).not.toBe(0);
  });
});

/** What the compiler says of a program; `types` alone decides which of the machine's declarations it may use. */
function compile(program: string, module: "nodenext" | "preserve"): string {
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "program.ts"), program);
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    module,
    target: "es2022",
    lib: ["es2022", "dom", "esnext.disposable"],
    types: ["node"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["program.ts"] }));
  return run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder]).text;
}

describe.each(["nodenext", "preserve"] as const)("a program compiled with module %s", (module) => {
  test("knows the calls of the SDK for servers, and of its provider", { timeout: 180_000 }, () => {
    const program = [
      'import { createClient, type FlagAnswers } from "@sluice/node";',
      'import { SluiceProvider } from "@sluice/node/openfeature";',
      'const flags = createClient({ url: "http://127.0.0.1:1", key: "k" });',
      "const request: FlagAnswers = flags.forRequest();",
      'export const on: boolean = request.getBoolean("a", false, { targetingKey: "ada", plan: { tier: 3 } });',
      "export const provider = new SluiceProvider(flags);",
    ];
    expect(compile(program.join("\n"), module)).toBe("");
    expect(compile([...program, 'export const n: number = flags.getBoolean("a", false);'].join("\n"), module)).toContain("TS2322");
    expect(compile([...program, "createClient({ urll: 'x' });"].join("\n"), module)).toContain("TS2561");
  });

  test("knows the calls of the SDK for pages", { timeout: 180_000 }, () => {
    const program =
      'import * as sluice from "@sluice/browser";\nexport const made = sluice.createClient({ url: "http://127.0.0.1:1", environment: "production" });\n';
    expect(compile(program, module)).toBe("");
    expect(compile(`${program}made.nothingLikeIt();\n`, module)).toContain("TS2339");
    const more = [
      'import { SluiceWebProvider } from "@sluice/browser/openfeature";',
      'import { withReports } from "@sluice/browser/reports";',
      'import { withOneConnection } from "@sluice/browser/tabs";',
      'import { OpenFeature } from "@openfeature/web-sdk";',
      'const parts = { url: "http://127.0.0.1:1", environment: "production" };',
      "export const shared = sluice.createClient(withOneConnection(parts));",
      'withReports(parts, sluice.createClient).track("export", { flag: "a", failed: true });',
      "void OpenFeature.setProviderAndWait(new SluiceWebProvider({ ...parts, reports: withReports, fetchToken: async ({ targetingKey }) => targetingKey }));",
    ];
    expect(compile(program + more.join("\n"), module)).toBe("");
  });

  test("knows the hooks and components for React, and the type of each default", { timeout: 180_000 }, () => {
    const program = [
      'import { Flag, SluiceProvider, useFlag, useFlagDetails, useIdentify, useTrack, WhenReady } from "@sluice/react";',
      'import { TestFlags, withFlags } from "@sluice/react/testing";',
      'import { handoverHtml, readHandover, withHandover } from "@sluice/browser/handover";',
      'import { createElement } from "react";',
      'export const on: boolean = useFlag("a", false);',
      'export const text: string = useFlag("a", "b");',
      'export const size: number = useFlag("a", 1);',
      'export const flag = createElement(Flag<string>, { name: "a", default: "b", children: (value) => value.toUpperCase() });',
      "export const all = [SluiceProvider, useFlagDetails, useIdentify, useTrack, WhenReady, TestFlags, withFlags, handoverHtml, readHandover, withHandover];",
    ];
    expect(compile(program.join("\n"), module)).toBe("");
    expect(compile([...program, 'export const n: number = useFlag("a", false);'].join("\n"), module)).toContain("TS2322");
    expect(compile([...program, "export const wrong = createElement(Flag, { nam: 'a' });"].join("\n"), module)).toMatch(/TS2(?:769|353|561)/);
  });
});
