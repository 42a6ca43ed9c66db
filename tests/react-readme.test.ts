import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

/** Lines that say something, without their indentation: a README shows a part of a file. */
const linesOf = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("\n");

const samples = ["react-spa", "react-server"].flatMap((name) => {
  const folder = join(root, "examples", name, "src");
  return readdirSync(folder).map((file) => `\n${linesOf(readFileSync(join(folder, file), "utf8"))}\n`);
});
const blocksOf = (page: string): readonly string[] => [...page.matchAll(/```tsx\n([\s\S]*?)```/g)].map(([, code = ""]) => code);
const isOfSample = (code: string): boolean => samples.some((sample) => sample.includes(`\n${linesOf(code)}\n`));

describe("the README of @sluice/react", () => {
  const blocks = blocksOf(readFileSync(join(root, "sdks/react/README.md"), "utf8"));

  test("shows code of the samples that run in a browser, and no other", () => {
    expect(blocks.length).toBeGreaterThanOrEqual(6);
    expect(blocks.filter((code) => !isOfSample(code))).toEqual([]);
  });

  test("would fail with a word changed or a line left out: the comparison looks at it", () => {
    const [first = ""] = blocks;
    expect(isOfSample(first.replace("createClient", "makeClient"))).toBe(false);
    expect(isOfSample(first.split("\n").toSpliced(2, 1).join("\n"))).toBe(false);
  });
});
