import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileKeyPattern, KEY_CHARS_MAX, type KeyTest } from "./key-pattern.ts";

function testOf(pattern: string): KeyTest {
  const compiled = compileKeyPattern(pattern);
  if (!compiled.ok) throw new Error(compiled.problem);
  return compiled.value;
}

const problemOf = (pattern: string): string | undefined => {
  const compiled = compileKeyPattern(pattern);
  return compiled.ok ? undefined : compiled.problem;
};

describe("a pattern of keys", () => {
  test.each([
    ["[a-z]+", "abc", true],
    ["[a-z]+", "abc1", false],
    ["[a-z]+", "", false],
    ["(?:web|api)\\.[a-z-]{2,4}", "web.a-b", true],
    ["(?:web|api)\\.[a-z-]{2,4}", "web.abcde", false],
    ["(?:web|api)\\.[a-z-]{2,4}", "webxab", false],
    ["[A-Za-z0-9._-]{1,150}", "Feature_X.y-z", true],
    ["[^a-z]\\d?", "A7", true],
    ["[^a-z]\\d?", "a7", false],
    ["(a|b)*c{2,}", "ababccc", true],
    ["(a|b)*c{2,}", "abc", false],
    ["a{0}b", "b", true],
    ["", "", true],
    ["[]-]", "]", false],
    [".x", "😀x", true],
  ])("%s holds %s: %s", (pattern, key, holds) => {
    if (pattern === "[]-]") expect(problemOf(pattern)).toBe("a [] takes no character");
    else expect(testOf(pattern)(key)).toBe(holds);
  });

  test.each([
    ["[", "a [ is never closed"],
    ["(a", "a ( is never closed"],
    ["a)", "there is a ) that closes nothing"],
    ["*a", "a * repeats nothing"],
    ["a**", "a * repeats nothing"],
    ["a{x}", "a { is followed by no count such as {2} or {1,50}"],
    ["a{3,2}", "the count {3,2} goes down"],
    ["^a$", "^ is not needed: the pattern holds for the whole key"],
    ["(?=a)a", "looking ahead or behind, and named groups, are not understood"],
    ["(a)\\1", "\\1 is not understood"],
    ["[z-a]", "the range z-a is no range"],
    ["(.{99}){99}", "its repetitions come to more than 400 characters"],
    ["(((){999}){999}){999}", "its repetitions come to more than 400 characters"],
    ["x".repeat(201), "it has 201 characters, and 200 are allowed"],
    ["(".repeat(30), "its groups are more than 20 deep"],
  ])("%s is refused: %s", (pattern, problem) => {
    expect(problemOf(pattern)).toBe(problem);
  });

  test.each(["(a+)+b", "(a|a)*b", "(a*)*b", "(?:a?){50}a{50}b", "(.*)*(.*)*b"])("%s ends on a key made to make it wander", (pattern) => {
    expect(testOf(pattern)("a".repeat(KEY_CHARS_MAX))).toBe(false);
    expect(testOf(pattern)(`${"a".repeat(99)}b`)).toBe(true);
  });

  test("a key over the limit is of no pattern", () => {
    expect([KEY_CHARS_MAX, KEY_CHARS_MAX + 1].map((chars) => testOf(".*")("k".repeat(chars)))).toEqual([true, false]);
  });

  test("says of every key what the platform's regular expressions say", () => {
    const atom = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "\\d", "\\.", "(a|b)", "(?:ab|a)", "(a?b)");
    const item = fc.tuple(atom, fc.constantFrom("", "*", "+", "?", "{2}", "{1,3}", "{2,}")).map(([what, count]) => what + count);
    const pattern = fc
      .array(
        fc.array(item, { maxLength: 4 }).map((items) => items.join("")),
        { minLength: 1, maxLength: 2 },
      )
      .map((sides) => sides.join("|"));
    const key = fc.string({ unit: fc.constantFrom("a", "b", ".", "1", "é"), maxLength: 12 });
    fc.assert(
      fc.property(pattern, key, (text, given) => testOf(text)(given) === new RegExp(`^(?:${text})$`, "u").test(given)),
      { numRuns: 3_000, seed: 20_261_123 },
    );
  });
});
