import { keySpanOf, perKeys, type StyleRule } from "../rule.ts";

const folded = (key: string): string => key.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");

/** Keys that are the same letters, each with another of them. */
const sameLetters = perKeys((keys) => {
  const first = new Map<string, string>();
  const found = new Map<string, string>();
  for (const key of keys) {
    const fold = folded(key);
    const other = first.get(fold);
    if (other === undefined) first.set(fold, key);
    else {
      found.set(key, other);
      if (!found.has(other)) found.set(other, key);
    }
  }
  return found;
});

export const keyUniqueCi: StyleRule = {
  id: "key/unique-ci",
  severity: "error",
  looksAt: "project",
  rationale: "Two keys that differ in case or separators alone become one constant in code and one row in somebody's memory.",
  bad: "billing.export-csv beside billing.export_csv",
  good: "one of them",
  repair: "none",
  options: {},
  check: (flag, { world }) => {
    const other = sameLetters(world).get(flag.key ?? "");
    if (other === undefined) return [];
    return [{ span: keySpanOf(flag), message: `The key differs from "${other}" in case or separators alone.`, fix: "Give one of the two another name." }];
  },
};
