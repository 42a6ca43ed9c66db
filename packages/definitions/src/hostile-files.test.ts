import { expect, test } from "vitest";
import { parseProject, type ParsedProject } from "./index.ts";

const PROJECT = "project: p\nenvironments: { production: {} }\n";
const FLAG = "key: f\ndescription: d\nkind: release\nowner: t\ntype: boolean\nenvironments: { production: { default: off } }\n";

const parse = (text: string): ParsedProject =>
  parseProject({
    files: new Map([
      ["sluice.yaml", PROJECT],
      ["flags/f.yaml", FLAG],
      ["flags/hostile.yaml", text],
    ]),
  });

/** A text of nearly a mebibyte. */
function fill(line: (index: number) => string, head = ""): string {
  const lines = [head];
  for (let chars = head.length, index = 0; chars < 1_000_000; index += 1) {
    const next = line(index);
    lines.push(next);
    chars += next.length;
  }
  return lines.join("");
}

// Each took minutes with a parser that compares keys pairwise, or a report without an end: the run would time out.
test.each([
  ["different keys", fill((index) => `k${index}:\n`)],
  ["one key again and again", fill(() => "k: 1\n")],
  ["numbers that nobody can hold", fill(() => "- .inf\n", "a:\n")],
  [
    "rules on a segment that is not there",
    fill(
      () => "    - { if: { segment: nope }, serve: on }\n",
      `${FLAG.replace("key: f", "key: hostile").split("environments")[0] ?? ""}environments:\n  production:\n    default: off\n    rules:\n`,
    ),
  ],
])(
  "a mebibyte of %s is refused with a hundred mistakes and a word that there are more",
  (_, text) => {
    const { diagnostics, flags } = parse(text);
    expect([...flags.keys()]).toEqual(["f"]);
    expect(diagnostics.length).toBe(101);
    expect(new Set(diagnostics.map(({ file }) => file))).toEqual(new Set(["flags/hostile.yaml"]));
    expect(diagnostics.filter(({ code }) => code === "file/more")).toMatchObject([{ severity: "error" }]);
  },
  120_000,
);

test("a file one character over the limit is not read, one at the limit is", () => {
  const comment = (chars: number): string => `${FLAG.replace("key: f", "key: hostile")}#${"x".repeat(chars - FLAG.length - 7)}`;
  expect(parse(comment(2 ** 20)).flags.has("hostile")).toBe(true);
  expect(parse(comment(2 ** 20 + 1)).diagnostics.map(({ code }) => code)).toEqual(["file/not-text"]);
});

test("keys that are the same word to a reader are the same key", () => {
  const text = `${FLAG.replace("key: f", "key: hostile").replace("boolean", "string")}variants: { 1: one, "1": eins, off: "" }\n`;
  expect(parse(text).diagnostics).toMatchObject([{ code: "yaml/duplicate-key", line: 7, column: 21 }]);
});
