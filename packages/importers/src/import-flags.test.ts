import { parseProject } from "@sluice/definitions";
import { describe, expect, test } from "vitest";
import { importFlags, importFormats, lossCatalogue } from "./index.ts";

const FLAG = { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: "off" };
const flagd = (keys: readonly string[]): ReadonlyMap<string, string> =>
  new Map([["flags.json", JSON.stringify({ flags: Object.fromEntries(keys.map((key) => [key, FLAG])) })]]);

describe("every import", () => {
  test("knows its formats", () => {
    expect(importFormats).toEqual(["flagd", "unleash", "duckduckgo"]);
  });

  test.each(importFormats)("of a %s file that is not JSON says so and goes on with the others", (format) => {
    const imported = importFlags(
      format,
      new Map([
        ["bad.json", "{"],
        ["empty.json", "{}"],
        ["list.json", "[]"],
      ]),
    );
    expect(imported.problems.map(({ file }) => file)).toEqual(["bad.json", "empty.json", "list.json"]);
    expect(imported.flags).toBe(0);
  });

  test("reads comments and trailing commas outside of texts, and counts the comments", () => {
    const text =
      '{ // one\n "flags": { "a": { "state": "ENABLED", /* two */ "variants": { "on": true, "off": false, }, "defaultVariant": "off", "description": "// not one, \\" }", }, }, // three\n }';
    const imported = importFlags("flagd", new Map([["flags.json", text]]));
    expect(imported.problems).toEqual([]);
    expect(imported.files.get("flags/a.yaml")).toContain('description: // not one, " }');
    expect(imported.losses).toContainEqual({ flag: "", code: "input/comments", what: "flags.json has 3 comments." });
  });

  test("reads YAML by its name", () => {
    const imported = importFlags(
      "flagd",
      new Map([["flags.yaml", "flags:\n  a: { state: ENABLED, variants: { on: true, off: false }, defaultVariant: on }\n"]]),
    );
    expect(imported.flags).toBe(1);
  });

  test("keeps keys of another style by saying which keys the project has", () => {
    const imported = importFlags("flagd", flagd(["camelCase", "UPPER_CASE", "with.dots"]));
    const project = parseProject({ files: imported.files });
    expect(project.diagnostics).toEqual([]);
    expect([...project.flags.keys()].sort()).toEqual(["UPPER_CASE", "camelCase", "with.dots"]);
  });

  test("says nothing about keys that are usual", () => {
    expect(importFlags("flagd", flagd(["billing.invoice-export"])).files.get("sluice.yaml")).not.toContain("keys:");
  });

  test.each(["with space", "a/b", "../up", ".hidden", "a..b", "", "con", "x".repeat(101), "ключ"])("refuses the key %j, which cannot be a file", (key) => {
    const imported = importFlags("flagd", flagd([key, "other"]));
    expect([...imported.files.keys()]).toEqual(["flags/other.yaml", "sluice.yaml"]);
    expect(imported.losses).toContainEqual(expect.objectContaining({ flag: key, code: "flag/refused" }));
  });

  test("refuses a key whose file differs from another's in case only", () => {
    const imported = importFlags("flagd", flagd(["darkMode", "darkmode"]));
    expect(imported.flags).toBe(1);
    expect(imported.losses.map(({ flag, code }) => [flag, code])).toContainEqual(["darkmode", "flag/refused"]);
  });

  test("names that objects inherit are keys like any other", () => {
    const text = `{"flags":{"__proto__":${JSON.stringify(FLAG)},"constructor":${JSON.stringify(FLAG)}}}`;
    const imported = importFlags("flagd", new Map([["flags.json", text]]));
    expect([...imported.files.keys()]).toEqual(["flags/constructor.yaml", "sluice.yaml"]);
    expect(imported.losses).toContainEqual(expect.objectContaining({ flag: "__proto__", code: "flag/refused" }));
  });

  test("gives each environment that is asked for what the source says", () => {
    const imported = importFlags("flagd", flagd(["a"]), {
      project: "shop",
      environments: ["production", "staging"],
      owner: "team-web",
    });
    const project = parseProject({ files: imported.files });
    expect(project.diagnostics).toEqual([]);
    expect(project.project).toMatchObject({
      key: "shop",
      environments: [{ key: "production" }, { key: "staging" }],
      teams: ["team-web"],
    });
    expect([...(project.flags.get("a")?.forms.keys() ?? [])]).toEqual(["production", "staging"]);
  });

  test("writes texts that look like YAML so that they stay texts", () => {
    const values = ["on", "null", "1.0", "2026-01-01", "a: b", "# x", "*alias", "&anchor", "|", " ", "line\nline", "\u0000", "<<<<<<< x"];
    const variants = Object.fromEntries(values.map((value, index) => [`v${index}`, value]));
    const text = JSON.stringify({
      flags: { a: { state: "ENABLED", variants, defaultVariant: "v0", description: "- [ odd" } },
    });
    const project = parseProject({ files: importFlags("flagd", new Map([["flags.json", text]])).files });
    expect(project.diagnostics).toEqual([]);
    expect(project.flags.get("a")?.elsewhere.variants).toEqual(variants);
  });

  test("is the same for the same input", () => {
    const once = importFlags("flagd", flagd(["b", "a"]));
    expect([...importFlags("flagd", flagd(["a", "b"])).files]).toEqual([...once.files]);
  });

  test("explains each code of its report", () => {
    for (const meaning of Object.values(lossCatalogue)) expect(meaning).toMatch(/^[A-Z].+\.$/);
  });
});
