import { describe, expect, test } from "vitest";
import { importsOf, packageOf, trackedFiles } from "./source-tree.ts";

/** Which packages each may import. The whole dependency direction of ARCHITECTURE.md in one table. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "@sluice/evaluation": [],
  "@sluice/ports": [],
  "@sluice/definitions": ["@sluice/evaluation"],
  "@sluice/releases": ["@sluice/evaluation"],
  "@sluice/snapshot": ["@sluice/evaluation", "@sluice/definitions", "@sluice/releases"],
  "@sluice/importers": ["@sluice/evaluation", "@sluice/definitions"],
  "@sluice/code-references": ["@sluice/evaluation", "@sluice/definitions"],
  "@sluice/github": ["@sluice/evaluation", "@sluice/definitions", "@sluice/ports"],
  "@sluice/contract": ["@sluice/evaluation", "@sluice/releases", "@sluice/snapshot", "@sluice/ports"],
  "@sluice/store": ["@sluice/releases", "@sluice/evaluation", "@sluice/ports"],
  "@sluice/fanout": ["@sluice/evaluation", "@sluice/releases", "@sluice/snapshot", "@sluice/contract", "@sluice/store", "@sluice/ports"],
  "@sluice/server": [
    "@sluice/evaluation",
    "@sluice/definitions",
    "@sluice/releases",
    "@sluice/snapshot",
    "@sluice/contract",
    "@sluice/store",
    "@sluice/github",
    // In a process of its own (code/main.ts): the API carries no grammar.
    "@sluice/code-references",
    // The supervisor tries kills as a customer would: with the SDK.
    "@sluice/node",
    "@sluice/ports",
  ],
  "@sluice/cli": [
    "@sluice/evaluation",
    "@sluice/definitions",
    "@sluice/releases",
    "@sluice/snapshot",
    "@sluice/contract",
    "@sluice/importers",
    "@sluice/code-references",
    "@sluice/github",
    "@sluice/ports",
  ],
  "@sluice/web": ["@sluice/contract", "@sluice/evaluation", "@sluice/releases"],
  // The only place where shells meet: it composes processes and holds nothing else.
  "@sluice/distribution": [
    "@sluice/cli",
    "@sluice/definitions",
    "@sluice/evaluation",
    "@sluice/fanout",
    "@sluice/ports",
    "@sluice/releases",
    "@sluice/server",
    "@sluice/store",
  ],
  "@sluice/node": ["@sluice/evaluation", "@sluice/ports"],
  "@sluice/browser": [],
  "@sluice/react": ["@sluice/browser", "@sluice/evaluation"],
};

const PURE = new Set(["@sluice/evaluation", "@sluice/definitions", "@sluice/releases", "@sluice/snapshot", "@sluice/importers"]);

/** Names that say nothing about what a file holds. */
const EMPTY_NAMES = /(^|\/)(utils?|helpers?|common|types|managers?|misc|stuff|index2|new|old|temp)(\/|\.[a-z]+$)/;

const sources = trackedFiles(/^(packages|sdks|examples|conformance|tools|bench|faults|tests)\/.*\.(ts|tsx|mjs)$/).filter(
  (file) => !file.path.includes("/fixtures/"),
);
const isTest = (path: string): boolean => /\.test\.tsx?$/.test(path) || /suite/.test(path) || path.includes("/testing/");
const packaged = sources.filter((file) => packageOf(file.path) !== undefined);

/** The name a specifier belongs to: `@sluice/ports/node` → `@sluice/ports`. */
const packageName = (specifier: string): string => specifier.split("/").slice(0, 2).join("/");

describe("the source tree", () => {
  test("was found, so that the rules below have something to say", () => {
    expect(sources.length).toBeGreaterThan(50);
  });

  test("packages import only what the dependency direction allows", () => {
    const wrong: string[] = [];
    for (const file of packaged) {
      const own = packageOf(file.path) ?? "";
      for (const { from } of importsOf(file.text)) {
        if (!from.startsWith("@sluice/")) continue;
        const target = packageName(from);
        if (target !== own && !(MAY_IMPORT[own] ?? []).includes(target) && !isTest(file.path)) wrong.push(`${file.path} imports ${from}`);
        if (target === own) wrong.push(`${file.path} imports its own package by name (${from}); use a relative path`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("nobody imports past another package's index", () => {
    const wrong: string[] = [];
    for (const file of sources) {
      const own = packageOf(file.path);
      for (const { from } of importsOf(file.text)) {
        const deep = /^@sluice\/[a-z]+\/(.+)$/.exec(from);
        if (deep && !["node", "openfeature", "suite", "sqlite", "postgres", "memory", "testing", "handover", "reports", "tabs"].includes(deep[1] ?? ""))
          wrong.push(`${file.path}: ${from}`);
        if (own && from.startsWith(".") && /\.\.\/(?:\.\.\/)+(?:packages|sdks)\//.test(from)) wrong.push(`${file.path}: ${from}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("the naive interpreter shares no code with what it judges", () => {
    const naive = sources.filter(({ path }) => path.startsWith("conformance/naive/"));
    expect(naive.length).toBeGreaterThan(0);
    const wrong = naive.flatMap(({ path, text }) =>
      importsOf(text).flatMap(({ from }) => (/^(?:\.\/[a-z-]+\.ts|node:net|temporal-polyfill)$/.test(from) ? [] : [`${path}: ${from}`])),
    );
    expect(wrong).toEqual([]);
  });

  test("pure packages touch no Node module, no clock, no randomness and no network", () => {
    const wrong: string[] = [];
    const impure = /\b(?:Date\s*\(|Date\.|new Date|Math\.random|setTimeout|setInterval|setImmediate|process\.|globalThis\.|performance\.|fetch\()/;
    for (const file of packaged) {
      if (!PURE.has(packageOf(file.path) ?? "") || isTest(file.path)) continue;
      for (const { from } of importsOf(file.text)) if (from.startsWith("node:")) wrong.push(`${file.path}: ${from}`);
      for (const [index, line] of file.text.split("\n").entries()) {
        const code = line.replace(/\/\/.*$|^\s*\*.*$|^\s*\/\*\*.*$/, "").replaceAll(/"[^"]*"|`[^`]*`/g, '""');
        if (impure.test(code)) wrong.push(`${file.path}:${index + 1}: ${line.trim()}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("file names are kebab-case and say what the file holds", () => {
    const wrong = sources
      .map((file) => file.path)
      .filter((path) => EMPTY_NAMES.test(path) || !/^[a-z0-9]+(?:[-.][a-z0-9]+)*\.(?:ts|tsx|mjs)$/.test(path.split("/").at(-1) ?? ""));
    expect(wrong).toEqual([]);
  });

  test("type assertions stay rare: `as` is for parsers at the edge", () => {
    const code = packaged.filter((file) => !isTest(file.path) && !file.path.startsWith("packages/web/"));
    const lines = code.reduce((sum, file) => sum + file.text.split("\n").length, 0);
    const assertions = code.flatMap((file) =>
      file.text
        .split("\n")
        .flatMap((line, index) =>
          /[)\]\w"'`}] as (?!const\b)[A-Z{(a-z]/.test(line.replace(/\/\/.*$|^\s*\*.*$|^\s*\/\*\*.*$/, "").replaceAll(/"[^"]*"|`[^`]*`/g, '""')) &&
          !/^\s*(?:import|export)\b/.test(line)
            ? [`${file.path}:${index + 1}`]
            : [],
        ),
    );
    expect(assertions.length / (lines / 1000), assertions.join("\n")).toBeLessThanOrEqual(4);
  });

  test("every package's index lists its public names one by one", () => {
    const wrong = packaged.filter((file) => /\/src\/(?:[a-z]+\/)?index\.ts$/.test(file.path) && /export\s+\*/.test(file.text)).map((file) => file.path);
    expect(wrong).toEqual([]);
  });

  test("exports of packages carry a docstring", () => {
    let documented = 0;
    const bare: string[] = [];
    for (const file of packaged) {
      if (isTest(file.path) || file.path.endsWith("/index.ts") || file.path.startsWith("packages/web/")) continue;
      const lines = file.text.split("\n");
      for (const [index, line] of lines.entries()) {
        if (!/^export (?:async )?(?:function|class|const|interface|type) /.test(line)) continue;
        if (/\*\/\s*$/.test(lines[index - 1] ?? "")) documented++;
        else bare.push(`${file.path}:${index + 1} ${line.slice(0, 70)}`);
      }
    }
    // Data shapes whose name and fields say everything need no sentence; nine in ten others do (style checklist 8).
    expect(documented / (documented + bare.length), bare.join("\n")).toBeGreaterThanOrEqual(0.75);
  });

  test("no file names a machine, a registry or how the work is done", () => {
    const banned = [
      /(?:^|[^\w.])\/(?:work|root|home\/[a-z]+)\/[\w.-]+/m,
      /https?:\/\/[^\s"']*(?:registry\.npmjs|pypi\.org|proxy\.golang|repo1?\.maven|deb\.debian)/,
    ];
    const wrong = trackedFiles(/\.(?:ts|tsx|mjs|json|md|yaml|yml|css|html|sh|c|py)$|^\.ci\/run$/)
      .filter((file) => file.path !== "tools/tidy.test.ts" && banned.some((pattern) => pattern.test(file.text)))
      .map((file) => file.path);
    expect(wrong).toEqual([]);
  });

  test("ARCHITECTURE.md names files that are there", () => {
    const [page] = trackedFiles(/^ARCHITECTURE\.md$/);
    const named = [...(page?.text ?? "").matchAll(/`([\w./-]+\.(?:ts|tsx|mjs|md|json))`/g)].map(([, path]) => path ?? "");
    const there = trackedFiles(/\.(?:ts|tsx|mjs|md|json)$/).map(({ path }) => `/${path}`);
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((path) => !there.some((one) => one.endsWith(`/${path}`)))).toEqual([]);
  });

  test("tests are neither skipped nor focused without a reason on the line", () => {
    const wrong = sources.flatMap((file) =>
      file.path === "tools/tidy.test.ts"
        ? []
        : file.text.split("\n").flatMap((line, index) => (/\b(?:it|test|describe)\.(?:only|todo)\b/.test(line) ? [`${file.path}:${index + 1}`] : [])),
    );
    expect(wrong).toEqual([]);
  });

  test("the rules find a planted fault of each kind", () => {
    expect(importsOf('import { x } from "@sluice/server";')).toEqual([{ from: "@sluice/server", typeOnly: false }]);
    expect(importsOf('export type { X } from "./a.ts";\nconst y = await import("node:fs");')).toEqual([
      { from: "./a.ts", typeOnly: true },
      { from: "node:fs", typeOnly: false },
    ]);
    expect(importsOf('import {\n  a,\n  b,\n} from "@sluice/store";')).toEqual([{ from: "@sluice/store", typeOnly: false }]);
    expect(EMPTY_NAMES.test("packages/x/src/utils.ts")).toBe(true);
    expect(EMPTY_NAMES.test("packages/x/src/common/y.ts")).toBe(true);
    expect(EMPTY_NAMES.test("packages/x/src/slot.ts")).toBe(false);
  });
});
