import { describe, expect, test } from "vitest";
import { applyRepairs, flagsBefore, lowerFlag, ParseCache, parseProject, type ParsedProject, renameFlagFiles } from "./index.ts";

const PROJECT = "project: p\nenvironments: { production: {}, staging: {} }\n";
const HEAD = "key: billing.export\ndescription: Exports invoices.\nkind: release\nowner: team-billing\ntype: boolean\n";
const SEGMENT = "key: staff\ninclude: [ana]\n";
const SERVED = ["rules:", "  - id: staff", "    if: { segment: staff }", "    serve: { share: 25, of: on, by: customer }", "default: on"];

const parsed = (files: Readonly<Record<string, string>>, cache = new ParseCache()): ParsedProject =>
  parseProject({ files: new Map(Object.entries({ "sluice.yaml": PROJECT, "segments/staff.yaml": SEGMENT, ...files })) }, { cache });
const FLAG = "flags/billing/export.yaml";
const PART = "environments/production/billing/export.yaml";
const apart = { [FLAG]: `${HEAD}environments:\n  staging: { default: on }\n`, [PART]: `${SERVED.join("\n")}\n` };
const together = { [FLAG]: `${HEAD}environments:\n  staging: { default: on }\n  production:\n${SERVED.map((line) => `    ${line}\n`).join("")}` };

describe("what an environment serves", () => {
  test("is the same in the flag's file and in a file of its own", () => {
    const [one, two] = [parsed(together), parsed(apart)];
    expect(two.diagnostics).toEqual([]);
    for (const environment of ["production", "staging"]) {
      const forms = [one, two].map(({ flags }) => flags.get("billing.export")).map((flag) => flag && lowerFlag(flag, environment));
      expect(forms[0]).toBeDefined();
      expect(JSON.stringify(forms[1])).toBe(JSON.stringify(forms[0]));
    }
    expect(two.filesOf("billing.export")).toEqual([PART, FLAG, "segments/staff.yaml", "sluice.yaml"]);
  });

  test("is of the file of that name in the same source", () => {
    const shop = { [FLAG.replace("/", "/@shop/")]: apart[FLAG] ?? "", [PART.replace("/", "/@shop/")]: apart[PART] ?? "" };
    expect(parsed(shop).diagnostics).toEqual([]);
    expect(parsed(shop).filesOf("billing.export")).toContain("environments/@shop/production/billing/export.yaml");
    const strange = parsed({ [FLAG]: apart[FLAG] ?? "", [PART.replace("/", "/@shop/")]: apart[PART] ?? "" });
    expect(strange.diagnostics.map(({ code }) => code)).toEqual(["flag/part-of-nothing"]);
  });

  test("is read anew where only its own file changed", () => {
    const cache = new ParseCache();
    parsed(apart, cache);
    const next = parsed({ ...apart, [PART]: "default: off\n" }, cache).flags.get("billing.export");
    expect(next && lowerFlag(next, "production")).toEqual({});
    const gone = parsed({ [FLAG]: apart[FLAG] ?? "" }, cache);
    expect(gone.filesOf("billing.export")).not.toContain(PART);
  });

  test("breaks its flag by a mistake in its file, and no other", () => {
    const other = { "flags/billing/other.yaml": (together[FLAG] ?? "").replace("billing.export", "billing.other") };
    for (const wrong of [
      "default: onn\n",
      "rules: [\n",
      "default: on\nrules: [{ if: { segment: stafff }, serve: on }]\n",
      "default: on\nprerequisites: [{ flag: nothing, serves: on }]\n",
    ]) {
      const { flags, brokenFlags, diagnostics } = parsed({ ...apart, ...other, [PART]: wrong });
      expect([...flags.keys()], wrong).toEqual(["billing.other"]);
      expect(brokenFlags.map(({ flag }) => flag)).toEqual(["billing.export"]);
      expect([...new Set(diagnostics.map(({ file }) => file))]).toEqual([PART]);
    }
  });

  test("is not left behind by a rename, and names of others in it follow one", () => {
    const files = new Map(
      Object.entries({ "sluice.yaml": PROJECT, ...apart, "flags/base.yaml": HEAD.replace("billing.export", "base") + "environments: {}\n" }),
    );
    files.set(PART, "default: on\nprerequisites: [{ flag: base, serves: on }] # first\n");
    const left = renameFlagFiles({ files, cache: new ParseCache() }, { from: "billing.export", to: "billing.csv" });
    expect(left.ok && [...left.moved]).toEqual([
      ["flags/billing/csv.yaml", FLAG],
      ["environments/production/billing/csv.yaml", PART],
    ]);
    const done = renameFlagFiles({ files, cache: new ParseCache() }, { from: "base", to: "ground" });
    expect(done.ok && done.written.get(PART)).toBe("default: on\nprerequisites: [{ flag: ground, serves: on }] # first\n");
  });

  test("is what a flag served before, wherever it stood", () => {
    const before = (files: Readonly<Record<string, string>>): unknown => flagsBefore(new Map(Object.entries(files)), new ParseCache()).get("billing.export");
    expect(before(apart)).toEqual(before(together));
    expect(before({ ...apart, [PART]: "\uFEFFdefault: on\n" })).not.toEqual(before(together));
  });

  test("may take a rule of style back, and moves with a repair that renames its flag", () => {
    const styled = `${PROJECT}style: { extends: recommended, rules: { life/expires: off, meta/ticket: off, test/both-states: off, meta/owner: off } }\n`;
    const wrong = { "flags/billing/CsvExport.yaml": apart[FLAG]?.replace("billing.export", "billing.CsvExport") ?? "" };
    const parts = { "environments/production/billing/CsvExport.yml": apart[PART] ?? "" };
    // It is new: a flag that is there already is renamed by nobody but a person.
    const told = (files: Readonly<Record<string, string>>): ParsedProject =>
      parseProject({ files: new Map(Object.entries({ "sluice.yaml": styled, "segments/staff.yaml": SEGMENT, ...files })) }, { facts: { before: new Map() } });
    const { diagnostics } = told({ ...wrong, ...parts });
    expect(diagnostics.map(({ code }) => code)).toContain("key/case");
    const silent = { "environments/production/billing/CsvExport.yml": `# sluice-disable key/case -- the ledger calls it so\n${apart[PART] ?? ""}` };
    expect(told({ ...wrong, ...silent }).diagnostics.map(({ code }) => code)).not.toContain("key/case");
    const { files, moved } = applyRepairs(new Map(Object.entries({ "sluice.yaml": styled, ...wrong, ...parts })), diagnostics);
    expect(Object.fromEntries(moved)).toEqual({
      "flags/billing/CsvExport.yaml": "flags/billing/csv-export.yaml",
      "environments/production/billing/CsvExport.yml": "environments/production/billing/csv-export.yml",
    });
    expect([...files.keys()].sort()).toEqual(["environments/production/billing/csv-export.yml", "flags/billing/csv-export.yaml", "sluice.yaml"]);
    // Where a file stands in the way of one of them, nothing moves.
    const stood = { "environments/production/billing/csv-export.yml": "default: off\n" };
    expect(applyRepairs(new Map(Object.entries({ ...wrong, ...parts, ...stood })), diagnostics).moved.size).toBe(0);
  });
});
