import { readdirSync, readFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { diagnosticCatalogue, formatDiagnostics, parseProject, type ParsedProject, type StyleFacts, styleRules } from "../index.ts";

/** One folder per rule: a project with flags that keep it and flags that break it, and in `expected.txt` what a person is told. Read by eye before they were kept. */
const folder = join(import.meta.dirname, "../../fixtures/style");
const names = readdirSync(folder).sort();
const codeOf = (name: string): string => name.replace("--", "/");

function filesOf(name: string): ReadonlyMap<string, string> {
  const root = join(folder, name);
  const paths = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !["expected.txt", "facts.yaml"].includes(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [path.slice(root.length + 1).replaceAll("\\", "/"), readFileSync(path, "utf8")]));
}

interface WrittenFacts {
  readonly today?: string;
  readonly before?: Readonly<Record<string, object>>;
  readonly tombstones?: Readonly<Record<string, string>>;
  readonly people?: readonly string[];
  readonly codeOwners?: readonly string[];
  readonly baselineBefore?: readonly string[];
}

function factsOf(name: string): StyleFacts {
  const path = join(folder, name, "facts.yaml");
  if (!existsSync(path)) return {};
  const { today, before, tombstones, people, codeOwners, baselineBefore } = parse(readFileSync(path, "utf8")) as WrittenFacts;
  return {
    ...(today === undefined ? {} : { today }),
    ...(before === undefined ? {} : { before: new Map(Object.entries(before).map(([key, one]) => [key, { path: "", extensions: 0, forms: "", ...one }])) }),
    ...(tombstones === undefined ? {} : { tombstones: new Map(Object.entries(tombstones)) }),
    ...(people === undefined ? {} : { people: new Set(people) }),
    ...(codeOwners === undefined ? {} : { codeOwners: new Set(codeOwners) }),
    ...(baselineBefore === undefined ? {} : { baselineBefore: new Set(baselineBefore) }),
  };
}

const check = (name: string): ParsedProject => parseProject({ files: filesOf(name) }, { facts: factsOf(name) });

function told(name: string): string {
  const files = filesOf(name);
  return formatDiagnostics(check(name).diagnostics, (path) => files.get(path), { format: "text", colour: false });
}

describe("a rule of style", () => {
  test.each(names)("%s is told as agreed", (name) => {
    expect(told(name)).toBe(readFileSync(join(folder, name, "expected.txt"), "utf8"));
  });

  test("has a fixture with a flag that breaks it and one that nothing is said about", () => {
    for (const { id } of styleRules) {
      const name = id.replace("/", "--");
      expect(names, id).toContain(name);
      const { diagnostics, flags } = check(name);
      expect(new Set(diagnostics.map(({ code }) => code)), name).toEqual(new Set([id]));
      expect(diagnostics.map(({ file }) => file)).not.toContain("flags/billing/invoice-export.yaml");
      expect(flags.has("billing.invoice-export"), name).toBe(true);
    }
  });

  test("that is turned off says nothing", () => {
    for (const { id } of styleRules) {
      const name = id.replace("/", "--");
      const files = new Map(filesOf(name));
      const [before = "", rules] = (files.get("sluice.yaml") ?? "").split("  rules:");
      files.set("sluice.yaml", `${before}  rules: { ${id}: off }\n`);
      expect(check(name).diagnostics.length, name).toBeGreaterThan(0);
      expect(parseProject({ files }, { facts: factsOf(name) }).diagnostics, `${name} ${rules ?? ""}`).toEqual([]);
    }
  });

  test("has a line in the catalogue, and every line has a rule or a fixture", () => {
    const ids = new Set<string>(styleRules.map(({ id }) => id));
    expect(ids.size).toBe(styleRules.length);
    for (const code of Object.keys(diagnosticCatalogue).filter((one) => /^(?:key|meta|life|val|style)\//.test(one)))
      expect(ids.has(code) || names.map(codeOf).includes(code), code).toBe(true);
  });

  test("keeps no flag from being served", () => {
    for (const name of names) expect(check(name).brokenFlags, name).toEqual([]);
  });

  test("is not asked where the project has no style guide", () => {
    for (const name of names) {
      const files = new Map(filesOf(name));
      files.set("sluice.yaml", 'project: p\nenvironments: { production: {} }\nkeys: "[A-Za-z0-9._-]+"\n');
      expect(parseProject({ files }, { facts: factsOf(name) }).diagnostics).toEqual([]);
    }
  });
});
