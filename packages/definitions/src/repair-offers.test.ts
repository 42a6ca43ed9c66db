import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { applyRepairs, type Diagnostic, parseProject, repairOffers } from "./index.ts";
import { offsetAt } from "./repair-offers.ts";

const fixtures = join(import.meta.dirname, "../fixtures/mistakes");

function filesOf(name: string): ReadonlyMap<string, string> {
  const paths = readdirSync(join(fixtures, name), { recursive: true, encoding: "utf8" }).filter((path) => /\.ya?ml$/.test(path));
  return new Map(paths.map((path) => [path, readFileSync(join(fixtures, name, path), "utf8")]));
}

const same = (a: Diagnostic, b: Diagnostic): boolean => a.code === b.code && a.file === b.file && a.message === b.message;

test("whatever is offered for a mistake takes that mistake away", () => {
  let offered = 0;
  for (const name of readdirSync(fixtures)) {
    const files = filesOf(name);
    for (const one of parseProject({ files }).diagnostics)
      for (const repair of repairOffers(one, files.get(one.file) ?? "")) {
        offered += 1;
        const mended = applyRepairs(files, [{ ...one, repair: { ...repair, isAutomatic: true } }]).files;
        expect(
          parseProject({ files: mended }).diagnostics.filter((other) => same(one, other)),
          `${name}: ${repair.words}`,
        ).toEqual([]);
      }
  }
  expect(offered).toBeGreaterThan(10);
});

test("a name of the style guide is not offered as the right one: whoever asks for the old key would get nothing", () => {
  const files = new Map([
    ["sluice.yaml", "project: p\nenvironments: { production: {} }\nstyle: { extends: recommended, rules: { life/expires: off } }\n"],
    [
      "flags/billing/InvoiceExport.yaml",
      "key: billing.InvoiceExport\ndescription: Lets an accountant export invoices.\nkind: release\nowner: team-billing\ntype: boolean\nenvironments: { production: { default: off } }\n",
    ],
  ]);
  const found = parseProject({ files }).diagnostics.filter(({ nearest }) => nearest !== undefined);
  expect(found.map(({ code }) => code)).toEqual(["key/case"]);
  expect(found.flatMap((one) => repairOffers(one, files.get(one.file) ?? ""))).toEqual([]);
});

test("a place is an offset of the text", () => {
  const text = "ab\ncde\n\nf";
  for (const [line, column, offset] of [
    [1, 1, 0],
    [2, 3, 5],
    [3, 1, 7],
    [4, 2, 9],
    [9, 1, 9],
  ] as const)
    expect(offsetAt(text, line, column)).toBe(offset);
});
