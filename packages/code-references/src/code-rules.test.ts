import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { applyRepairs, checkCode, codeRules, type Diagnostic, knownFlags, parseProject } from "@sluice/definitions";
import { beforeAll, describe, expect, test } from "vitest";
import { findCodeReferences, loadGrammars, type ParseCode } from "./index.ts";

let parse: ParseCode;
beforeAll(async () => {
  parse = await loadGrammars(["typescript", "tsx", "python", "go", "java"]);
});

const flag = (key: string, rest: string): readonly [string, string] => [
  `flags/${key.replace(".", "/")}.yaml`,
  `key: ${key}\ndescription: What it does is said here.\nkind: release\nowner: team-x\nexpires: 2030-01-01\n${rest}\nenvironments: { production: { default: off } }\n`,
];
/** `billing.export` was `billing.old-export`, and `billing.export-button` was removed. */
const definitions = new Map([
  flag("billing.export", "type: boolean\naliases: [billing.old-export]"),
  flag("billing.price-text", "type: string\nvariants: { off: plain, on: bold }\noff: off"),
  flag("diary.pins", "type: boolean"),
  [
    "flags/ops/shed-load.yaml",
    "key: ops.shed-load\ndescription: Sheds load.\nkind: ops\nowner: team-y\npermanent: It sheds load.\nreviewBy: 2030-01-01\ntype: boolean\ncodeDefault: on\nenvironments: { production: { default: off } }\n",
  ],
]);
const tombstones = new Map([["billing.export-button", "on 2026-01-02 in abc1234"]]);

interface Asked {
  /** What stands under `style:`, in flow style. */
  readonly style?: string;
  readonly code?: string;
  readonly baseline?: string;
  readonly baselineBefore?: readonly string[];
}

function check(
  files: Readonly<Record<string, string>> | ReadonlyMap<string, string>,
  { style = "{}", code = "{}", baseline, baselineBefore }: Asked = {},
): readonly Diagnostic[] {
  const sluice = `project: p\nenvironments: { production: {} }\nstyle: ${style}\ncode: ${code}\n`;
  const parsed = parseProject({ files: new Map([...definitions, ["sluice.yaml", sluice]]) });
  const { project } = parsed;
  if (project?.style === undefined) throw new Error(JSON.stringify(parsed.diagnostics));
  const texts = files instanceof Map ? files : new Map(Object.entries(files));
  const known = knownFlags(parsed, tombstones);
  const keys = new Set([...known.flags.keys(), ...known.formerKeys.keys(), ...tombstones.keys()]);
  const found = findCodeReferences({ paths: [...texts.keys()].toSorted(inOrder), read: (path) => texts.get(path) }, { keys, code: project.code }, parse);
  const before = baselineBefore === undefined ? undefined : new Set(baselineBefore);
  return checkCode({ guide: project.style, known, files: found.files, baseline, baselineBefore: before }).diagnostics;
}

const inOrder = (a: string, b: string): number => (a < b ? -1 : 1);
const told = (diagnostics: readonly Diagnostic[]): readonly string[] =>
  diagnostics.map(({ file, line, code, severity }) => `${file}:${line} ${severity} ${code}`);

/** A TypeScript file in which `flags` is a client. */
const program = (...lines: readonly string[]): string =>
  ['import { createClient } from "@sluice/node";', "const flags = createClient({});", ...lines, ""].join("\n");
const asks = (count: number): string => program(...Array.from({ length: count }, () => 'flags.getBoolean("diary.pins", false);'));
const literalOff = "{ rules: { code/no-literal: off } }";

describe("a rule about code", () => {
  const planted = join(import.meta.dirname, "../fixtures/planted");
  const languages = readdirSync(planted);

  test.each(languages)("finds the bugs that were planted in %s, and nothing else", (language) => {
    const files = new Map(readdirSync(join(planted, language)).map((name) => [name, readFileSync(join(planted, language, name), "utf8")]));
    const expected = [...files].flatMap(([path, text]) =>
      text
        .split("\n")
        .flatMap((line, index) =>
          (/(?:\/\/|\{?\/\*|#) bug: ([\w/, -]+?)\s*(?:\*\/|$)/.exec(line)?.[1] ?? "")
            .split(", ")
            .flatMap((rule) => (rule === "" ? [] : [`${path}:${index + 1} ${rule}`])),
        ),
    );
    const found = check(files, { style: "{ rules: { code/one-decision-point: { warn: 4, max: 15 } } }" }).map(
      ({ file, line, code }) => `${file}:${line} ${code}`,
    );
    expect([...found].sort()).toEqual([...expected].sort());
    expect(expected.length).toBeGreaterThanOrEqual(10);
  });

  test("can each be turned off, for all code or by an override of a path, a kind, an owner", () => {
    const files = { "src/a.ts": program('flags.getBoolean("ops.shed-load", false);'), "old/b.ts": program('flags.getBoolean("ops.shed-load", false);') };
    expect(told(check(files))).toEqual([
      "old/b.ts:3 warning code/no-literal",
      "old/b.ts:3 error code/default-match",
      "src/a.ts:3 warning code/no-literal",
      "src/a.ts:3 error code/default-match",
    ]);
    expect(told(check(files, { style: "{ rules: { code/no-literal: off, code/default-match: warning } }" }))).toEqual([
      "old/b.ts:3 warning code/default-match",
      "src/a.ts:3 warning code/default-match",
    ]);
    for (const by of ['paths: ["old/**", "src/**"]', "kinds: [ops]", "owners: [team-y]"])
      expect(check(files, { style: `{ overrides: [{ ${by}, rules: { code/no-literal: off, code/default-match: off } }] }` }), by).toEqual([]);
    expect(check(files, { style: "{ overrides: [{ kinds: [release], rules: { code/no-literal: off } }] }" })).toHaveLength(4);
  });

  test("tells a call of what may be no client of ours, and mends nothing there by itself", () => {
    const guess = "declare const prefs: { getBoolean(key: string, fallback: boolean): boolean };\nprefs.getBoolean('diary.pins', true);\n";
    const [found] = check({ "src/prefs.ts": guess }, { style: literalOff });
    expect([found?.code, found?.repair?.isAutomatic]).toEqual(["code/default-match", false]);
    const [ours] = check({ "src/a.ts": program("flags.getBoolean('diary.pins', true);") }, { style: literalOff });
    expect([ours?.code, ours?.repair?.isAutomatic]).toEqual(["code/default-match", true]);
  });

  test("takes an attribute without a value for true, as JSX does", () => {
    const page = (given: string): string => `import { Flag } from "@sluice/react";\nexport const page = <Flag name="diary.pins" ${given} />;\n`;
    expect(told(check({ "src/page.tsx": page("default") }, { style: literalOff }))).toEqual(["src/page.tsx:2 error code/default-match"]);
    expect(check({ "src/page.tsx": page("default={false}") }, { style: literalOff })).toEqual([]);
  });

  test("has an entry in the documentation with a bad and a good example", () => {
    expect(codeRules.map(({ id }) => id)).toEqual([
      "code/no-literal",
      "code/one-decision-point",
      "code/default-match",
      "code/unknown-key",
      "code/no-nest",
      "code/no-dynamic-key",
    ]);
    for (const { bad, good } of codeRules) expect([bad, good].every((text) => text.length > 10)).toBe(true);
  });
});

describe("decision points", () => {
  test("warn once from the sixth place on, and are an error from the sixteenth", () => {
    const at = (count: number): readonly string[] => told(check({ "a.ts": asks(count) }, { style: literalOff }));
    expect(at(5)).toEqual([]);
    expect(at(6)).toEqual(["a.ts:8 warning code/one-decision-point"]);
    expect(at(15)).toEqual(["a.ts:8 warning code/one-decision-point"]);
    expect(at(16)).toEqual(["a.ts:8 error code/one-decision-point"]);
  });

  test("are counted over all files but tests", () => {
    const [found] = check({ "a.ts": asks(4), "b.ts": asks(3), "b.test.ts": asks(20) }, { style: literalOff });
    expect(found).toMatchObject({ file: "b.ts", line: 4, message: "7 places in 2 files ask for diary.pins.", expected: "at most 5" });
  });
});

test("types and names that lead to each other are followed once", () => {
  const names = Array.from({ length: 40 }, (_, at) => `T${at}`);
  const types = names.map((name) => `type ${name} interface {\n${names.map((other) => `\tM${other}() ${other}`).join("\n")}\n}`);
  const sets = names.map((_, at) => `\ta${at}, b${at} := f(a${(at + 1) % 40}), g(b${(at + 7) % 40}, a${at})`);
  const text = [
    "package p",
    ...types,
    "func ask(t T0) {",
    ...sets,
    ...sets,
    '\tt.Boolean("diary.pins", true, nil)',
    '\ta1.b.Boolean("diary.pins", true, nil)',
    "}",
    "",
  ].join("\n");
  expect(told(check({ "a.go": text }, { style: literalOff })).map((one) => one.replace(/^a\.go:\d+ /, ""))).toEqual(["error code/default-match"]);
});

describe("what is told of a key", () => {
  test.each([
    ["billing.exprot", { severity: "error", message: 'No flag has the key "billing.exprot".', nearest: "billing.export" }],
    ["nothing.of-it", { severity: "error", message: 'No flag has the key "nothing.of-it".', fix: "Define it: sluice new flag" }],
    ["billing.export-button", { severity: "error", message: "billing.export-button was removed on 2026-01-02 in abc1234." }],
    ["billing.old-export", { severity: "warning", message: "billing.old-export is a former key of billing.export.", nearest: "billing.export" }],
  ])("%s", (key, expected) => {
    expect(check({ "a.ts": program(`flags.getBoolean("${key}", false);`) })).toEqual([expect.objectContaining({ code: "code/unknown-key", ...expected })]);
  });

  test("a function that the project declares as its way to ask may be given any", () => {
    const files = { "a.ts": program("export const isOn = (key: string): boolean => flags.getBoolean(key, false);", 'isOn("billing.exprot");') };
    expect(told(check(files))).toEqual(["a.ts:3 error code/no-dynamic-key"]);
    expect(told(check(files, { code: "{ wrappers: [{ language: ts, call: isOn, key: 0 }] }" }))).toEqual(["a.ts:4 error code/unknown-key"]);
  });

  test("and nothing of files that the project leaves out", () => {
    expect(check({ "vendor/a.ts": program('flags.getBoolean("no.flag", false);') }, { code: '{ exclude: ["vendor/**"] }' })).toEqual([]);
  });
});

describe("a comment takes a rule back", () => {
  const literal = 'flags.getBoolean("diary.pins", false);';
  test("for its line, for the line below where it stands alone, or for the file", () => {
    expect(check({ "a.ts": program(`${literal} // sluice-disable code/no-literal -- it goes in March`) })).toEqual([]);
    expect(check({ "a.ts": program("// sluice-disable code/no-literal -- it goes in March", "// and that is all there is to say", literal) })).toEqual([]);
    expect(check({ "a.ts": program("/* sluice-disable-file code/no-literal -- written by hand */", literal, literal) })).toEqual([]);
    expect(told(check({ "a.ts": program("// sluice-disable code/no-literal -- it goes in March", literal, literal) }))).toEqual([
      "a.ts:5 warning code/no-literal",
    ]);
  });

  test("with a reason, a rule that there is, and something to take back", () => {
    expect(told(check({ "a.ts": program(`${literal} // sluice-disable code/no-literal`) }))).toEqual([
      "a.ts:3 error style/disable-reason",
      "a.ts:3 warning code/no-literal",
    ]);
    expect(told(check({ "a.ts": program(`${literal} // sluice-disable code/no-litral -- why`) }))).toEqual([
      "a.ts:3 error style/unknown-rule",
      "a.ts:3 warning code/no-literal",
    ]);
    expect(told(check({ "a.ts": program(`${literal} // sluice-disable code/no-literal, code/no-nest -- why`) }))).toEqual([
      "a.ts:3 warning style/disable-unused",
    ]);
  });

  test("but not from within a text", () => {
    expect(told(check({ "a.ts": program(`${literal} "// sluice-disable code/no-literal -- why";`) }))).toEqual(["a.ts:3 warning code/no-literal"]);
  });
});

describe("the baseline", () => {
  const wrong = { "a.ts": program("flags.getBoolean(`x.${1}`, false);", 'flags.getBoolean("diary.pins", true);') };
  const baseline = "code/default-match:\n  - diary.pins\ncode/no-dynamic-key:\n  - a.ts\nkey/case:\n  - some.flag\n";
  test("keeps what was wrong before a warning", () => {
    expect(told(check(wrong, { style: literalOff }))).toEqual(["a.ts:3 error code/no-dynamic-key", "a.ts:4 error code/default-match"]);
    expect(told(check(wrong, { style: literalOff, baseline }))).toEqual(["a.ts:3 warning code/no-dynamic-key", "a.ts:4 warning code/default-match"]);
  });

  test("says which of its entries about code are mended, and which are new; those about flag files are none of its business", () => {
    const found = check({}, { baseline });
    expect(found.map(({ code, message }) => `${code} ${message}`)).toEqual([
      "style/baseline-stale code/default-match no longer finds anything in diary.pins.",
      "style/baseline-stale code/no-dynamic-key no longer finds anything in a.ts.",
    ]);
    const grown = check(wrong, { style: literalOff, baseline, baselineBefore: ["code/default-match diary.pins"] });
    expect(grown.filter(({ severity }) => severity === "error").map(({ code, message }) => `${code} ${message}`)).toEqual([
      "style/baseline-grown code/no-dynamic-key of a.ts was not in the baseline before.",
    ]);
  });
});

/** Repairs until nothing is left to repair; each round reads the code anew. */
function mended(files: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  let now = files;
  for (let round = 0; round < 20; round += 1) {
    const { files: next, count } = applyRepairs(now, check(now));
    if (count === 0) break;
    now = next;
  }
  return now;
}

const generated = [
  "// Written by `sluice codegen ts` from the flag files. Change those and run it again.",
  'export const BILLING_EXPORT = "billing.export";',
  'export const DIARY_PINS = "diary.pins";',
  "",
].join("\n");

describe("a repair", () => {
  test.each([
    [
      "imports the constant as the file imports others",
      ['import { a } from "../a.ts";', "", 'export const on = flags.getBoolean("diary.pins", false) && useFlag("billing.export", false);'],
      [
        'import { a } from "../a.ts";',
        'import { DIARY_PINS, BILLING_EXPORT } from "../generated/flags.ts";',
        "",
        "export const on = flags.getBoolean(DIARY_PINS, false) && useFlag(BILLING_EXPORT, false);",
      ],
    ],
    [
      "uses the name by which it is imported already",
      ['import { DIARY_PINS as PINS } from "../generated/flags";', "flags.getBoolean('diary.pins', false);"],
      ['import { DIARY_PINS as PINS } from "../generated/flags";', "flags.getBoolean(PINS, false);"],
    ],
    [
      "writes an attribute",
      ['const page = <Flag name="diary.pins" />;'],
      ['import { DIARY_PINS } from "../generated/flags";', "const page = <Flag name={DIARY_PINS} />;"],
    ],
    ["writes the default of the flag's file", ["flags.getBoolean(`ops.shed-load`, false);"], ["flags.getBoolean(`ops.shed-load`, true);"]],
    [
      "leaves a name that stands for something else",
      ["const DIARY_PINS = 1;", 'flags.getBoolean("diary.pins", false);'],
      ["const DIARY_PINS = 1;", 'flags.getBoolean("diary.pins", false);'],
    ],
  ])("%s", (_, before, after) => {
    const head = ['import { createClient } from "@sluice/node";', 'import { Flag, useFlag } from "@sluice/react";'];
    const file = (lines: readonly string[]): string =>
      [
        ...lines.filter((line) => line.startsWith("import {") && line.includes('"../a.ts"')),
        ...head,
        ...lines.filter((line) => !line.includes('"../a.ts"')),
        "const flags = createClient({});",
        "",
      ].join("\n");
    const files = new Map([
      ["src/page.tsx", file(before)],
      ["generated/flags.ts", generated],
    ]);
    const once = mended(files);
    expect(once.get("src/page.tsx")).toBe(file(after));
    expect(parse("tsx", once.get("src/page.tsx") ?? "").mistake).toBeUndefined();
    expect(mended(once)).toEqual(once);
  });

  /** What `sluice codegen` would write for one flag, and a program of each language before and after. */
  const programs = [
    {
      grammar: "python",
      generated: ["app/flags.py", '"""Written by `sluice codegen python` from the flag files."""\n\nDIARY_PINS: Final = BooleanFlag("diary.pins", False)\n'],
      besides: { "app/__init__.py": "" },
      path: "app/page.py",
      before: [
        '"""A page."""',
        "",
        "from sluice import SluiceClient",
        "",
        "",
        "def ask(client: SluiceClient) -> bool:",
        '    return client.get_boolean("diary.pins", default=True)',
        "",
      ],
      after: [
        '"""A page."""',
        "",
        "from sluice import SluiceClient",
        "from app.flags import DIARY_PINS",
        "",
        "",
        "def ask(client: SluiceClient) -> bool:",
        "    return client.get_boolean(DIARY_PINS.key, default=False)",
        "",
      ],
    },
    {
      grammar: "go",
      generated: [
        "internal/flags/flags.go",
        '// Code generated by sluice codegen go; DO NOT EDIT.\n\npackage flags\n\nvar DiaryPins = BooleanFlag{"diary.pins", false}\n',
      ],
      besides: { "go.mod": "module example.com/billing\n" },
      path: "web/page.go",
      before: [
        "package web",
        "",
        "import (",
        '\t"fmt"',
        "",
        '\t"example.com/other"',
        '\tsluice "github.com/sluice-flags/sluice-go"',
        ")",
        "",
        "func ask(client *sluice.Client) bool {",
        '\treturn client.Boolean("diary.pins", true, nil)',
        "}",
        "",
      ],
      after: [
        "package web",
        "",
        "import (",
        '\t"fmt"',
        "",
        '\t"example.com/billing/internal/flags"',
        '\t"example.com/other"',
        '\tsluice "github.com/sluice-flags/sluice-go"',
        ")",
        "",
        "func ask(client *sluice.Client) bool {",
        "\treturn client.Boolean(flags.DiaryPins.Key(), false, nil)",
        "}",
        "",
      ],
    },
    {
      grammar: "java",
      generated: [
        "com/example/flags/Flags.java",
        '// Written by `sluice codegen java` from the flag files.\npackage com.example.flags;\n\npublic final class Flags {\n  public static final BooleanFlag DIARY_PINS = new BooleanFlag("diary.pins", false);\n}\n',
      ],
      besides: {},
      path: "com/example/web/Page.java",
      before: [
        "package com.example.web;",
        "",
        "import io.github.sluiceflags.SluiceClient;",
        "",
        "class Page {",
        "  boolean ask(SluiceClient client) {",
        '    return client.getBoolean("diary.pins", true, null);',
        "  }",
        "}",
        "",
      ],
      after: [
        "package com.example.web;",
        "",
        "import com.example.flags.Flags;",
        "import io.github.sluiceflags.SluiceClient;",
        "",
        "class Page {",
        "  boolean ask(SluiceClient client) {",
        "    return client.getBoolean(Flags.DIARY_PINS.key(), false, null);",
        "  }",
        "}",
        "",
      ],
    },
  ] as const;
  test.each(programs)("in $grammar", ({ grammar, generated: [generatedPath, text], besides, path, before, after }) => {
    const once = mended(new Map([...Object.entries(besides), [generatedPath, text], [path, before.join("\n")]]));
    expect(once.get(path)?.split("\n")).toEqual(after);
    expect(parse(grammar, once.get(path) ?? "").mistake).toBeUndefined();
    expect(mended(once)).toEqual(once);
  });
});
