import { checkCodeChange, type CodeState, everyKey, guideOfPreset, knownFlags, parseProject } from "@sluice/definitions";
import { beforeAll, expect, test } from "vitest";
import { findCodeReferences, loadGrammars, type ParseCode, rememberingParse } from "./index.ts";

let parse: ParseCode;
beforeAll(async () => {
  parse = rememberingParse(await loadGrammars(["typescript"]));
});

const flag = (key: string, rest = ""): readonly [string, string] => [
  `flags/${key.replace(".", "/")}.yaml`,
  `key: ${key}\ndescription: What it does is said here.\nkind: ops\nowner: team-x\npermanent: It is.\nreviewBy: 2030-01-01\ntype: boolean\n${rest}environments: { production: { default: off } }\n`,
];
const FLAGS = [flag("site.map", "codeDefault: off\n"), flag("site.pins", "codeDefault: off\n")] as const;
type Code = Readonly<Record<string, string>>;

function state(
  code: Code,
  { flags = FLAGS, baseline }: { readonly flags?: readonly (readonly [string, string])[]; readonly baseline?: string } = {},
): CodeState {
  const known = knownFlags(parseProject({ files: new Map([["sluice.yaml", "project: p\nenvironments: { production: {} }\n"], ...flags]) }));
  const source = { paths: Object.keys(code).sort(), read: (path: string) => code[path] };
  return { known, files: findCodeReferences(source, { keys: everyKey(known) }, parse).files, baseline };
}

function brought(before: CodeState, after: CodeState): readonly string[] {
  const guide = guideOfPreset("recommended");
  if (guide === undefined) throw new Error("no such preset");
  return checkCodeChange({ guide, before, after }).map(({ file, line, severity, code }) => `${file}:${line} ${severity} ${code}`);
}

const program = (...lines: readonly string[]): string =>
  ['import { createClient } from "@sluice/node";', "const flags = createClient({});", ...lines, ""].join("\n");
const MAP = 'flags.getBoolean("site.map", false);';
const WRONG = 'flags.getBoolean("site.map", true);';
const GONE = 'flags.getBoolean("site.mop", false);';

test("what was wrong already is left alone, however its line moves", () => {
  expect(brought(state({ "a.ts": program(WRONG, GONE) }), state({ "a.ts": program("", "// more", WRONG, `  ${GONE}`) }))).toEqual([]);
});

test("a line that the change writes is told with all that is wrong in it", () => {
  expect(brought(state({ "a.ts": program(WRONG) }), state({ "a.ts": program(`if (x) ${WRONG}`) }))).toEqual([
    "a.ts:3 warning code/no-literal",
    "a.ts:3 error code/default-match",
  ]);
});

test("of what is copied the copy is told, and what moves to another file is not", () => {
  const two = { "a.ts": program(GONE), "z.ts": program("") };
  expect(brought(state(two), state({ "a.ts": program(GONE), "z.ts": program(GONE) }))).toEqual(["z.ts:3 error code/unknown-key"]);
  expect(brought(state(two), state({ "a.ts": program(""), "z.ts": program(GONE) }))).toEqual([]);
});

test("a flag that goes is told where code still asks for it, and a default that changes where code says the old one", () => {
  const code = { "a.ts": program(MAP) };
  expect(brought(state(code), state(code, { flags: FLAGS.slice(1) }))).toEqual(["a.ts:3 error code/unknown-key"]);
  expect(brought(state(code), state(code, { flags: [flag("site.map", "codeDefault: on\n")] }))).toEqual(["a.ts:3 error code/default-match"]);
});

test("places that ask for one flag are told when they become more, and not when they become fewer", () => {
  const asking = (count: number): Code =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${String(index).padStart(2, "0")}.ts`, program(MAP)]));
  const points = (before: number, after: number): readonly string[] =>
    brought(state(asking(before)), state(asking(after))).filter((one) => one.includes("point"));
  expect(points(5, 6)).toEqual(["f05.ts:3 warning code/one-decision-point"]);
  expect(points(7, 7)).toEqual([]);
  expect(points(9, 8)).toEqual([]);
  expect(points(8, 9)).toEqual(["f05.ts:3 warning code/one-decision-point"]);
  expect(points(15, 16)).toEqual(["f05.ts:3 error code/one-decision-point"]);
  expect(points(17, 16)).toEqual([]);
});

test("an entry that the baseline did not have is told, and so is a finding that it loses", () => {
  const code = { "a.ts": program(GONE) };
  const baseline = "code/unknown-key:\n  - site.mop\n";
  expect(brought(state(code, { baseline: "# none\n" }), state(code, { baseline }))).toContain("style-baseline.yaml:2 error style/baseline-grown");
  expect(brought(state(code, { baseline }), state(code, { baseline }))).toEqual([]);
  expect(brought(state(code, { baseline }), state(code, { baseline: "# none\n" }))).toEqual(["a.ts:3 error code/unknown-key"]);
});
