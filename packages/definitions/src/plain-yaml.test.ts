import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FileReport } from "./diagnostic.ts";
import { jsonOf } from "./fields.ts";
import { readPlainYaml } from "./plain-yaml.ts";
import { parseWhole, type Tree } from "./yaml-tree.ts";

/** Every YAML file of the project that stands in a flag folder, and real files of others beside the project, where they are. */
const root = join(import.meta.dirname, "../../..");
const folders = ["packages/definitions/fixtures", "examples/shop-floor/flags-repository", "../shared/corpora/raw"].map((path) => join(root, path));
const real: readonly string[] = folders
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => join(folder, path)))
  .filter((path) => /\.ya?ml$/.test(path))
  .map((path) => readFileSync(path, "utf8").replace(/^\uFEFF/, ""))
  .filter((text) => text.length < 20_000);

/** What the YAML parser makes of it; undefined where it finds a mistake. */
function whole(text: string): Tree | undefined {
  const report = new FileReport("flags/x.yaml", text);
  const tree = parseWhole(text, report);
  return report.diagnostics.length > 0 ? undefined : tree;
}

/** True where it is read plainly; then the YAML parser must read the same, at the same places. */
function agrees(text: string): boolean {
  const plain = readPlainYaml(text);
  if (plain === undefined) return false;
  expect(whole(text), JSON.stringify(text)).toEqual(plain);
  return true;
}

describe("the plain part of YAML", () => {
  test("is what nearly all definition files are written in, and they are read as the YAML parser reads them", () => {
    expect(real.length).toBeGreaterThan(200);
    expect(real.filter(agrees).length / real.length).toBeGreaterThan(0.85);
  });

  test("is read as the YAML parser reads it, whatever a file is spoiled with", { timeout: 120_000 }, () => {
    const spoilt = fc.record({
      text: fc.constantFrom(...real),
      spots: fc.array(
        fc.record({
          place: fc.double({ min: 0, max: 1, noNaN: true }),
          away: fc.nat({ max: 4 }),
          put: fc.constantFrom(
            ..."|:|  |\n|#| #|-|- |{|}|[|]|,|\"|'|&|*|!|>|%|@|`|\\|\t|\r|0|-0|+1|1.5|.5|5.|1e5|0x1f|.inf|true|~|null|?|? |: |\n  |\n    |\n# c\n|\n  # c\n|é|🏗️|\u2028|\u00a0|\u0085|\ufeff|---\n|\n...\n|_|<<: |''|\"\"|a: b".split(
              "|",
            ),
            "|",
          ),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    });
    let plain = 0;
    fc.assert(
      fc.property(spoilt, ({ text, spots }) => {
        let now = text;
        for (const { place, away, put } of spots) {
          const at = Math.floor(place * now.length);
          now = now.slice(0, at) + put + now.slice(at + away);
        }
        if (agrees(now)) plain += 1;
      }),
      { numRuns: 3_000 },
    );
    expect(plain).toBeGreaterThan(300);
  });

  test("is read as the YAML parser reads it, whatever is written in it", { timeout: 120_000 }, () => {
    const word = fc.stringMatching(/^[A-Za-z0-9_/(é🏗-][\w .:#()/,é"'=-]{0,12}$/u);
    const scalar = fc.oneof(word, fc.integer().map(String), fc.constantFrom("true", "False", "NULL", "2026-12-31", '"a: b # c"', "'[x]'", "1.25", "007"));
    const key = fc.oneof(fc.stringMatching(/^[a-z][\w./-]{0,8}$/), fc.constantFrom('"a b"', "'x'", "1", "true"));
    const { value } = fc.letrec<{ value: readonly string[]; flow: string }>((tie) => ({
      flow: fc.oneof(
        { maxDepth: 2 },
        scalar,
        fc.array(fc.tuple(key, tie("flow")), { maxLength: 3 }).map((all) => `{ ${all.map(([k, v]) => `${k}: ${v}`).join(", ")} }`),
        fc.array(tie("flow"), { maxLength: 3 }).map((all) => `[${all.join(", ")}]`),
      ),
      // Lines of a block, without the indentation of what it stands in.
      value: fc.oneof(
        { maxDepth: 3 },
        fc
          .array(fc.tuple(key, tie("flow"), fc.constantFrom("", "  # c", "\n", "\n# at the margin")), { minLength: 1, maxLength: 4 })
          .map((all) => all.flatMap(([k, v, end]) => `${k}: ${v}${end}`.split("\n"))),
        fc
          .array(fc.tuple(key, tie("value"), fc.constantFrom("  ", "    ")), { minLength: 1, maxLength: 3 })
          .map((all) => all.flatMap(([k, lines, pad]) => [`${k}:`, ...lines.map((line) => pad + line)])),
        fc
          .tuple(key, fc.array(tie("value"), { minLength: 1, maxLength: 3 }), fc.constantFrom("", "  "))
          .map(([k, items, pad]) => [`${k}:`, ...items.flatMap((lines) => lines.map((line, at) => `${pad}${at === 0 ? "- " : "  "}${line}`))]),
      ),
    }));
    let plain = 0;
    fc.assert(
      fc.property(value, fc.constantFrom("", "\n", "\n\n", "\n# end\n"), (lines, end) => {
        if (agrees(lines.join("\n") + end)) plain += 1;
      }),
      { numRuns: 3_000 },
    );
    expect(plain).toBeGreaterThan(300);
  });

  test.each<readonly [string, unknown]>([
    ["a: 1\nb: -2\nc: 2026-12-31\nd: no\ne: true\nf: null\ng: '1'\n", { a: 1, b: -2, c: "2026-12-31", d: "no", e: true, f: null, g: "1" }],
    ["a:\n- x\n- k: [1, { y: z, }]\n  l: s # not\nb: s#this\n", { a: ["x", { k: [1, { y: "z" }], l: "s" }], b: "s#this" }],
  ])("%j has its meaning", (text, meaning) => {
    const tree = readPlainYaml(text);
    expect(tree && jsonOf(tree)).toEqual(meaning);
  });

  test.each([
    "a: &x 1\n",
    "a: |\n  x\n",
    "a: x\n  y\n",
    "a: 1.5\n",
    "a: 0x1f\n",
    "a:\n",
    "- a\n",
    "a: 1\na: 2\n",
    "a:\t1\n",
    "a: 'it''s'\n",
    "a: 12345678901234567890\n",
    "a\n",
    "",
    "a: { b: 1\n }\n",
    "--- \na: 1\n",
    "a: b: c\n",
    "a: 1\r\n",
  ])("%j is left to the YAML parser", (text) => {
    expect(readPlainYaml(text)).toBeUndefined();
  });
});
