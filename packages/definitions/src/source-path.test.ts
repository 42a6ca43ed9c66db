import { expect, test } from "vitest";
import { parseProject } from "./project.ts";
import { isSourceName, projectPath, sourcePlace } from "./source-path.ts";

test.each([
  ["shop", "flags/pay.yaml", "flags/@shop/pay.yaml"],
  ["shop-2", "segments/eu/vat.yaml", "segments/@shop-2/eu/vat.yaml"],
  ["shop", "tests/pay.yaml", "tests/@shop/pay.yaml"],
  ["shop", "flags/@other/pay.yaml", "flags/@shop/@other/pay.yaml"],
  ["shop", "flags", "flags/@shop"],
  ["shop", "Flags/pay.yaml", "Flags/@shop/pay.yaml"],
  [undefined, "flags/@shop.yaml", "flags/@shop.yaml"],
  [undefined, "flags/pay.yaml", "flags/pay.yaml"],
  [undefined, "sluice.yaml", "sluice.yaml"],
])("of the source %s, %s is %s in the project, and the other way round", (source, path, whole) => {
  expect(projectPath(source, path)).toBe(whole);
  expect(sourcePlace(whole)).toEqual({ ...(source === undefined ? {} : { source }), path });
});

test.each(["sluice.yaml", "style-baseline.yaml", "README.md", "plans/a.yaml"])("a further source has no say in %s", (path) => {
  expect(projectPath("shop", path)).toBeUndefined();
});

test.each([
  ["shop", true],
  ["a".repeat(40), true],
  ["a".repeat(41), false],
  ["", false],
  ["Shop", false],
  ["2shop", false],
  ["a/b", false],
  ["a b", false],
])("%j as a source's name: %s", (name, is) => expect(isSourceName(name)).toBe(is));

const flag = (key: string, rest = "{ default: off }"): string =>
  `key: ${key}\ndescription: A flag.\nkind: release\nowner: team-x\ntype: boolean\nenvironments:\n  production: ${rest}\n`;
const project = "project: p\nenvironments: { production: {} }\n";
const vat = (key = "eu.vat"): string => `key: ${key}\nif: { country: { in: [DE, FR] } }\n`;

test("files of all sources make one project: they are named after their keys, and refer to one another", () => {
  const files = new Map([
    ["sluice.yaml", project],
    ["flags/site/photos.yaml", flag("site.photos")],
    ["segments/@central/eu/vat.yaml", vat()],
    [
      "flags/@shop/pay/card.yaml",
      flag("pay.card", "{ prerequisites: [{ flag: site.photos, serves: on }], rules: [{ if: { segment: eu.vat }, serve: on }], default: off }"),
    ],
  ]);
  const parsed = parseProject({ files });
  expect(parsed.diagnostics).toEqual([]);
  expect([...parsed.flags.keys()].sort()).toEqual(["pay.card", "site.photos"]);
  expect(parsed.filesOf("pay.card")).toEqual(["flags/@shop/pay/card.yaml", "segments/@central/eu/vat.yaml", "sluice.yaml"]);
});

test.each([
  [
    "flag",
    "flags/site/photos.yaml",
    "flags/@shop/site/photos.yaml",
    flag("site.photos"),
    ["flags/@shop/site/photos.yaml", "flags/site/photos.yaml of the main source"],
  ],
  [
    "flag of two further sources",
    "flags/@blog/site/photos.yaml",
    "flags/@shop/site/photos.yaml",
    flag("site.photos"),
    ["flags/@blog/site/photos.yaml", "flags/site/photos.yaml of the source shop"],
  ],
  ["segment", "segments/eu/vat.yaml", "segments/@shop/eu/vat.yaml", vat(), ["segments/@shop/eu/vat.yaml", "segments/eu/vat.yaml of the main source"]],
] as const)("a %s that two sources define is told with both places, and neither is it", (_what, one, other, text, places) => {
  const parsed = parseProject({
    files: new Map([
      ["sluice.yaml", project],
      [one, text],
      [other, text],
    ]),
  });
  expect(new Set(parsed.diagnostics.map(({ file, code }) => `${file} ${code}`))).toEqual(new Set([`${one} flag/duplicate-key`, `${other} flag/duplicate-key`]));
  const told = parsed.diagnostics.find(({ file }) => file === places[0]);
  expect(told?.file).toBe(places[0]);
  expect(told?.message).toContain(`is defined in ${places[1]} already`);
  expect([...parsed.flags.keys(), ...parsed.segments.keys()]).toEqual([]);
});
