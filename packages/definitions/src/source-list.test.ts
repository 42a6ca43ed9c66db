import { expect, test } from "vitest";
import { LISTED_SOURCES_MAX, readSourceList } from "./source-list.ts";

const read = (text: string): ReturnType<typeof readSourceList> => readSourceList("sources.yaml", text);
const told = (text: string): readonly string[] => read(text).diagnostics.map(({ line, column, code, message }) => `${line}:${column} ${code} ${message}`);

test("names each source with where it is; branch and folder have usual values", () => {
  const { sources, diagnostics } = read(
    "shop: { url: https://git.example.com/acme/shop.git }\nbilling:\n  url: git@git.example.com:acme/mono.git\n  branch: trunk\n  folder: /services/billing/\n  sshKey: /run/billing\n  knownHosts: /run/hosts\n",
  );
  expect(diagnostics).toEqual([]);
  expect(sources).toEqual([
    expect.objectContaining({ name: "shop", url: "https://git.example.com/acme/shop.git", branch: "main", folder: "" }),
    {
      name: "billing",
      url: "git@git.example.com:acme/mono.git",
      branch: "trunk",
      folder: "services/billing",
      sshKey: "/run/billing",
      knownHosts: "/run/hosts",
    },
  ]);
});

test.each([
  ["- a\n", "1:1 file/not-a-map The file is a list, where a map belongs."],
  ["shop: {}\n", '1:7 field/missing The field "url" is missing.'],
  ["shop: { url: x, brnch: y }\n", '1:17 field/unknown There is no field "brnch" here.'],
  ["Shop: { url: x }\n", '1:1 field/value "Shop" is not the name of a source.'],
  ["main: { url: x }\n", '1:1 field/value "main" is the source that holds sluice.yaml.'],
  ["shop: https://x\n", '1:7 field/type The source shop is the text "https://x", where a map belongs.'],
  ["a: { url: x }\nb: { url: x, folder: / }\n", '2:1 field/value "b" is the same folder of the same branch as "a".'],
  ["shop: { url: 7 }\n", '1:14 field/type "url" is the number 7, where a text belongs.'],
])("%j is told with its place", (text, said) => expect(told(text)).toEqual([said]));

test("a source with a mistake leaves the others", () => expect(read("a: {}\nb: { url: x }\n").sources.map(({ name }) => name)).toEqual(["b"]));

test("more than fifty are told", () => {
  const many = (count: number): string => Array.from({ length: count }, (_, n) => `s${n}: { url: x${n} }\n`).join("");
  expect(told(many(LISTED_SOURCES_MAX))).toEqual([]);
  expect(told(many(LISTED_SOURCES_MAX + 1))).toEqual(["51:1 field/value There are 51 sources here."]);
});
