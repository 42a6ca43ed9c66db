import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lowerFlag, parseProject } from "@sluice/definitions";
import { describe, expect, test } from "vitest";
import { importFlags, type ImportFormat } from "./index.ts";
import { readSource } from "./source-text.ts";

/** Real flag data beside the repository, too large to be part of it. */
const folder = join(import.meta.dirname, "../../../../shared/corpora/raw");
const isThere = existsSync(folder);
const names = isThere ? readdirSync(folder) : [];
const overrides = names.filter((name) => name.startsWith("ddg-"));

const textsOf = (files: readonly string[]): ReadonlyMap<string, string> => new Map(files.map((name) => [name, readFileSync(join(folder, name), "utf8")]));

interface Feature {
  readonly features?: Readonly<Record<string, unknown>>;
}

/** Counted without the importer: features and their sub-features. */
function countOf(name: string): number {
  const source = readSource(name, readFileSync(join(folder, name), "utf8"));
  if (!source.ok) throw new Error(source.problem);
  const { features } = source.value.data as { readonly features: Readonly<Record<string, Feature>> };
  return Object.values(features).reduce((sum, feature) => sum + 1 + Object.keys(feature.features ?? {}).length, 0);
}

function check(format: ImportFormat, files: readonly string[], flags: number): void {
  const imported = importFlags(format, textsOf(files));
  expect(imported.problems).toEqual([]);
  expect(imported.losses.filter(({ code }) => code === "flag/refused")).toEqual([]);
  const project = parseProject({ files: imported.files });
  expect(project.diagnostics).toEqual([]);
  expect([imported.flags, project.flags.size, imported.files.size]).toEqual([flags, flags, flags + 1]);
  for (const flag of project.flags.values()) expect(lowerFlag(flag, "production")).toBeDefined();
}

describe.skipIf(!isThere)("real files (skipped where ../shared/corpora is not beside the checkout)", () => {
  test.each(overrides)("every feature of %s becomes a valid flag", (name) => {
    check("duckduckgo", [name], countOf(name));
  });

  test("the five platforms of DuckDuckGo become one valid project of 1,250 flags", () => {
    expect(overrides).toHaveLength(5);
    expect(overrides.reduce((sum, name) => sum + countOf(name), 0)).toBe(1_250);
    check("duckduckgo", overrides, 1_250);
  });

  test("the OpenTelemetry demo's 15 flags become a valid project", () => {
    check("flagd", ["otel-demo.flagd.json"], 15);
  });
});
