import { expect, test } from "vitest";
import { parseProject } from "./project.ts";

const FLAG = `key: f
description: A flag.
kind: ops
owner: team
type: boolean
environments: { production: { rules: [{ if: { segment: s }, serve: on }], default: off } }
`;
const parse = (segment: string): ReturnType<typeof parseProject> =>
  parseProject({
    files: new Map([
      ["sluice.yaml", "project: p\nenvironments: { production: {} }\n"],
      ["flags/f.yaml", FLAG],
      ["segments/s.yaml", segment],
    ]),
  });
/** Mistakes of the segment's own file; a flag that uses a broken one is told too. */
const mistakesIn = (segment: string): ReturnType<typeof parse>["diagnostics"] => parse(segment).diagnostics.filter(({ file }) => file === "segments/s.yaml");
const lines = (ids: readonly (string | number)[], dash = "  - "): string => ids.map((id) => `${dash}${id}\n`).join("");
const ids = (count: number, word: string): readonly string[] => Array.from({ length: count }, (_, at) => `${word}-${at}`);

test("a segment lists 100,000 ids to include and 100,000 to exclude, one a line", () => {
  const [include, exclude] = [ids(100_000, "user"), ids(100_000, "gone")];
  const { segments, diagnostics } = parse(`key: s\ninclude:\n${lines(include)}exclude:\n${lines(exclude, "- ")}if: { plan: { equals: pro } }\n`);
  expect(diagnostics).toEqual([]);
  expect(segments.get("s")?.form).toEqual({ include, exclude, if: ["equals", "plan", "pro"] });
});

test("one id more is refused, with its place", () => {
  const diagnostics = mistakesIn(`key: s\ninclude:\n${lines(ids(100_001, "user"))}`);
  expect(diagnostics).toMatchObject([{ file: "segments/s.yaml", line: 100_003, column: 5, message: '"include" lists 100001 ids; 100000 are allowed.' }]);
});

test("ids of every kind stand in a long list as they stand in a short one", () => {
  const written = [
    "a",
    "7",
    '"quoted"',
    "on",
    "x@example.com",
    "0b8f3b52-8a3e-4f5d-9c56-6d9a3f1e2b11",
    "żółw",
    "12345678901234567890x",
    "a b",
    "x # a note",
    "null-ish",
  ];
  const long = [...ids(300, "a"), ...written, ...ids(300, "b")];
  const { segments, diagnostics } = parse(`key: s\ninclude:\n${lines(long)}`);
  expect(diagnostics).toEqual([]);
  const read = ["a", "7", "quoted", "on", "x@example.com", "0b8f3b52-8a3e-4f5d-9c56-6d9a3f1e2b11", "żółw", "12345678901234567890x", "a b", "x", "null-ish"];
  expect(segments.get("s")?.form.include).toEqual([...ids(300, "a"), ...read, ...ids(300, "b")]);
});

test("what is no id is told at its place, also in the middle of a long list", () => {
  const diagnostics = mistakesIn(`key: s\ninclude:\n${lines([...ids(200, "a"), "true", ...ids(200, "b"), "{ x: 1 }", ...ids(200, "c")])}`);
  expect(diagnostics.map(({ line, column, message }) => [line, column, message])).toEqual([
    [203, 5, "An id is true, where a text belongs."],
    [404, 5, "An id is a map, where a text belongs."],
  ]);
});

test("lines of a text that look like a long list stay a text", () => {
  const text = `key: s\ndescription: |\n  Ids:\n${lines(ids(200, "a"))}include: [u]\n`;
  const { segments, diagnostics } = parse(text);
  expect(diagnostics).toEqual([]);
  expect(segments.get("s")).toMatchObject({ form: { include: ["u"] }, description: `Ids:\n${lines(ids(200, "a"), "- ")}` });
  expect(parse(`key: s\ndescription: "\n${lines(ids(200, "a"))}  "\ninclude: [u]\n`).segments.get("s")?.description).toContain("- a-0 - a-1 ");
});

test("lines that are indented deeper behind a list are part of its last id, as YAML has it", () => {
  const { segments, diagnostics } = parse(`key: s\ninclude:\n${lines(ids(150, "a"))}${lines(ids(150, "b"), "    - ")}${lines(ids(150, "c"))}`);
  expect(diagnostics).toEqual([]);
  const include = [
    ...ids(149, "a"),
    `a-149 ${ids(150, "b")
      .map((id) => `- ${id}`)
      .join(" ")}`,
    ...ids(150, "c"),
  ];
  expect(segments.get("s")?.form.include).toEqual(include);
});

test("long lists in one line of brackets are refused above a mebibyte, with the way to write them", () => {
  const diagnostics = mistakesIn(`key: s\ninclude: [${ids(120_000, "user").join(", ")}]\n`);
  expect(diagnostics).toMatchObject([{ code: "file/not-text", fix: expect.stringContaining("one id a line") }]);
});

test("a runtime list is one in every environment; another word is told with the right one", () => {
  expect(parse("key: s\nby: customer\nlist: runtime\n").segments.get("s")).toMatchObject({ isRuntimeList: true, form: { by: "customer" } });
  expect(mistakesIn("key: s\nlist: runtim\n")).toMatchObject([
    { file: "segments/s.yaml", line: 2, column: 7, code: "field/value", message: '"list" is the text "runtim".', nearest: "runtime" },
  ]);
  expect(mistakesIn("key: s\nlists: runtime\n")).toMatchObject([{ code: "field/unknown", nearest: "list" }]);
});
