import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readPattern } from "./finite-pattern.ts";

describe("a regular expression", () => {
  test.each([
    ["^cat$", ["cat"]],
    ["^(foo|fo)$", ["foo", "fo"]],
    ["^(ab)?c$", ["c", "abc"]],
    ["^a{2,4}$", ["aa", "aaa", "aaaa"]],
    ["^a{2}?b$", ["aab"]],
    ["^(?:x|y)[01-3]$", ["x0", "x1", "x2", "x3", "y0", "y1", "y2", "y3"]],
    ["^a\\.b\\\\c$", ["a.b\\c"]],
    ["^$", [""]],
    ["^😀{2}$", ["😀😀"]],
  ])("%s stands for a list", (source, texts) => {
    expect(readPattern(source)).toEqual({ kind: "texts", texts, ignoresCase: false });
  });

  test.each(["^(?i)abc$", "(?i)^abc$"])("%s ignores case", (source) => {
    expect(readPattern(source)).toEqual({ kind: "texts", texts: ["abc"], ignoresCase: true });
  });

  test.each([
    "cat",
    "^cat",
    "cat$",
    "^a|b$",
    "^a*$",
    "^a+$",
    "^.$",
    "^[^a]$",
    "^[[:alpha:]]$",
    "\\bcat\\b",
    "^(?s)a$",
    "^\\w$",
    "^[0-9]{4}$",
    "^a{1,}$",
    "^a{1001}$",
  ])("%s is more than a list, or not surely one", (source) => expect(readPattern(source).kind).toBe("other"));

  test.each(["(regex", "^a)$", "^(?=a)b$", "^(?!a)b$", "^(?<=a)b$", "^(a)\\1$", "^*$", "^a{4,2}$", "^[b-a]$", "^[a$"])("%s is refused by RE2", (source) => {
    expect(readPattern(source).kind).toBe("refused");
  });

  test("stands for exactly the texts that the platform's own engine matches", () => {
    // Three pieces of at most six texts each: far below the most that a list may have, above which a pattern is no list.
    const piece = fc.constantFrom("a", "b", "(a|bc)", "(?:ab)?", "[ab]", "[ab]{1,2}", "c{2}", "\\.", "(b|)");
    const text = fc.array(fc.constantFrom("a", "b", "c", "."), { maxLength: 6 }).map((chars) => chars.join(""));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 3 }), text, (pieces, asked) => {
        const source = `^${pieces.join("")}$`;
        const read = readPattern(source);
        const matches = new RegExp(source).test(asked);
        expect(read.kind === "texts" && read.texts.includes(asked)).toBe(matches);
        if (read.kind === "texts") for (const each of read.texts) expect(each).toMatch(new RegExp(source));
      }),
      { numRuns: 2_000 },
    );
  });
});
