import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { diagnosticCatalogue, formatDiagnostics, parseProject, type ParsedProject } from "./index.ts";

/** One folder per mistake: the files of a project, and in `expected.txt` what a person is told. Read by eye before they were kept. */
const folder = join(import.meta.dirname, "../fixtures/mistakes");
const EXPECTED = "expected.txt";
const names = readdirSync(folder).sort();

function filesOf(name: string): ReadonlyMap<string, string> {
  const paths = readdirSync(join(folder, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== EXPECTED)
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [path.slice(join(folder, name).length + 1).replaceAll("\\", "/"), readFileSync(path, "utf8")]));
}

const listed = (words: Iterable<string>): string => [...words].sort().join(", ") || "none";

function told(files: ReadonlyMap<string, string>): string {
  const project: ParsedProject = parseProject({ files });
  const text = formatDiagnostics(project.diagnostics, (path) => files.get(path), { format: "text", colour: false });
  const broken = project.brokenFlags.map(({ flag, why }) => `${flag} (${why})`);
  return `${text}\nvalid flags: ${listed(project.flags.keys())}\nbroken flags: ${listed(broken)}\nunreadable: ${listed(project.unreadable)}\nvalid segments: ${listed(project.segments.keys())}\n`;
}

const expectedOf = (name: string): string => readFileSync(join(folder, name, EXPECTED), "utf8");

describe("a typical mistake", () => {
  test.each(names)("%s is told as agreed", (name) => {
    expect(told(filesOf(name))).toBe(expectedOf(name));
  });

  test("stands in a corpus of at least thirty", () => {
    expect(names.length).toBeGreaterThanOrEqual(30);
  });

  test("told otherwise than agreed is noticed", () => {
    const wrong = expectedOf("05-weights-not-100").replace("60 + 60 = 120", "60 + 60 = 110");
    expect(told(filesOf("05-weights-not-100"))).not.toBe(wrong);
  });

  test("has a place inside its file, a code of the catalogue, a fix and a page", () => {
    for (const name of names) {
      const files = filesOf(name);
      for (const { code, file, line, column, endLine, endColumn, fix, docs } of parseProject({ files }).diagnostics) {
        expect(Object.keys(diagnosticCatalogue)).toContain(code);
        expect([line >= 1, column >= 1, endLine > line || (endLine === line && endColumn >= column), fix !== ""], `${name} ${code}`).toEqual([
          true,
          true,
          true,
          true,
        ]);
        if (files.has(file)) expect(line).toBeLessThanOrEqual((files.get(file) ?? "").split("\n").length);
        expect(docs).toBe(`docs/errors.md#${code.replace("/", "")}`);
      }
    }
  });

  test("is in JSON what it is in words", () => {
    const { diagnostics } = parseProject({ files: filesOf("02-unknown-segment") });
    const json: unknown = JSON.parse(formatDiagnostics(diagnostics, () => undefined, { format: "json", colour: false }));
    expect(json).toMatchObject({
      diagnostics: [
        {
          code: "segment/unknown",
          file: "flags/billing/invoice-export.yaml",
          line: 11,
          column: 37,
          nearest: "small-accounts",
        },
      ],
    });
  });

  test("has colours only where they are wanted", () => {
    const { diagnostics } = parseProject({ files: filesOf("02-unknown-segment") });
    const [plain, colourful] = [false, true].map((colour) => formatDiagnostics(diagnostics, () => undefined, { format: "text", colour }));
    expect(plain).not.toContain("\u001b");
    expect(colourful?.replaceAll(/\u001b\[\d+m/g, "")).toBe(plain);
    expect(colourful).not.toBe(plain);
  });
});
