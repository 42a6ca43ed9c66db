import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inferStyle, parseProject } from "../index.ts";

const word = fc.stringMatching(/^[a-z]{3,8}$/);
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
/** How a person writes these words in each style; not the engine's own joining. */
const writers = {
  kebab: (words: readonly string[]) => words.join("-"),
  snake: (words: readonly string[]) => words.join("_"),
  constant: (words: readonly string[]) => words.map((each) => each.toUpperCase()).join("_"),
  pascal: (words: readonly string[]) => words.map(capital).join(""),
  camel: (words: readonly string[]) => `${words[0] ?? ""}${words.slice(1).map(capital).join("")}`,
} as const;

describe("a company's style", () => {
  test.each(Object.entries(writers))("in %s case is learnt from its keys, and a few strays do not change it", (name, write) => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.array(word, { minLength: 2, maxLength: 4 }), { minLength: 30, maxLength: 60, selector: (words) => words.join(" ") }),
        (all) => {
          const learnt = inferStyle([...all.map(write), "Odd-One_out", "another.ODD"]);
          expect(learnt.caseName).toBe(name);
          expect([...learnt.inError].filter(([, rule]) => rule === "key/case").map(([key]) => key)).toEqual(["Odd-One_out", "another.ODD"]);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("of verbs and areas is learnt, and what is printed is a valid section that asks no more than the company does", () => {
    const keys = ["billing.enableExport", "billing.enableLetters", "search.enableRanking", "search.enableFuzzy", "search.enableSpelling", "lone.flagHere"];
    const owners = new Map(keys.map((key) => [key, key.startsWith("billing") ? "team-money" : "team-search"]));
    const { text, turnedOff, hasAreas } = inferStyle(keys, owners);
    expect(hasAreas).toBe(true);
    expect([...turnedOff.keys()]).toEqual(["key/no-verb-prefix"]);
    expect(text).toBe(
      "style:\n  extends: camel\n  areas:\n    billing: team-money\n    search: team-search\n  rules:\n    key/no-verb-prefix: off   # 83 % of the keys are otherwise\n",
    );
    const files = new Map([
      ["sluice.yaml", `project: p\nenvironments: { production: {} }\n${text}`],
      [
        "flags/billing/enableExport.yaml",
        "key: billing.enableExport\ndescription: Lets an accountant export invoices as CSV.\nkind: release\nowner: team-money\ncreated: 2026-11-02\nexpires: 2026-12-02\ntype: boolean\nenvironments: { production: { default: off } }\n",
      ],
    ]);
    expect(parseProject({ files }).diagnostics).toEqual([]);
  });

  test("is learnt from no keys at all without an error", () => {
    expect(inferStyle([])).toMatchObject({ keys: 0, caseName: "kebab", lengths: { p50: 0, max: 0 } });
  });
});
