import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CodeFile, CodeReference } from "@sluice/definitions";
import { describe, expect, test } from "vitest";
import { type CodeSource, findCodeReferences, type FoundCode, grammarsFor, loadGrammars } from "./index.ts";

/**
 * Programs in each language, written for this: a line that asks for flags says so behind `=` in a comment, with what it must be found as. What
 * stands in no such comment must not be found. `@-5` speaks of five lines above.
 */
const fixtures = join(import.meta.dirname, "../fixtures");
const KEYS = new Set(["billing.export", "billing.export-csv", "diary.pins", "diary.headline", "diary.layout", "reports.size", "reports.daily", "old.export"]);
const wrappers = [
  { language: "ts", call: "isOn", key: 0, default: 1 },
  { language: "python", call: "is_on", key: 0, default: 1 },
  { language: "go", call: "features.IsOn", key: 1 },
  { language: "java", call: "Features.isOn", key: 0, default: 1 },
] as const;

function sourceOf(language: string): CodeSource {
  const root = join(fixtures, language);
  const paths = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
  return { paths, read: (path) => readFileSync(join(root, path), "utf8") };
}

async function find(language: string): Promise<FoundCode> {
  const source = sourceOf(language);
  return findCodeReferences(source, { keys: KEYS, code: { wrappers, exclude: [] } }, await loadGrammars(grammarsFor(source.paths)));
}

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;

function told({ through, key, asks, fallback, within }: CodeReference): string {
  const name = key.kind === "computed" ? "computed" : `${key.kind}${key.kind === "literal" && key.isChecked ? "!" : ""} ${key.key}`;
  const usual = fallback === undefined ? "" : fallback.value === undefined ? "?" : JSON.stringify(fallback.value);
  return [through, name, asks ?? "", usual, within.length === 0 ? "" : `in ${within.join(", ")}`].filter((word) => word !== "").join(" ");
}

const foundIn = ({ text, references }: CodeFile): readonly string[] => references.map((one) => `${lineOf(text, one.span.start)}: ${told(one)}`);

function expectedIn(text: string): readonly string[] {
  return text.split("\n").flatMap((line, index) => {
    const [, words, , up = "0"] = /(?:\/\/|\{?\/\*|#)= ((?:(?! @-\d| \*\/).)*)( @-(\d+))?/.exec(line) ?? [];
    return words === undefined ? [] : words.split(";").map((one) => `${index + 1 - Number(up)}: ${one.trim()}`);
  });
}

describe.each(["ts", "python", "go", "java"])("references in %s", (language) => {
  test("are those that its programs say, and no others", async () => {
    const source = sourceOf(language);
    const { files } = await find(language);
    const expected = source.paths.map((path) => [path, [...expectedIn(source.read(path) ?? "")].sort()] as const).filter(([, lines]) => lines.length > 0);
    const found = files.map((file) => [file.path, [...foundIn(file)].sort()] as const).filter(([, lines]) => lines.length > 0);
    expect(found).toEqual(expected);
    expect(expected.flatMap(([, lines]) => lines).length).toBeGreaterThan(25);
  });
});
