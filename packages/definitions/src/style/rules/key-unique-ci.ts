import { keySpanOf, perWorld, type StyleRule } from "../rule.ts";

const folded = (key: string): string => key.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");

const sameLetters = perWorld(({ flags }) => {
  const found = new Map<string, string[]>();
  for (const key of flags.keys()) {
    const fold = folded(key);
    const keys = found.get(fold);
    if (keys === undefined) found.set(fold, [key]);
    else keys.push(key);
  }
  return found;
});

export const keyUniqueCi: StyleRule = {
  id: "key/unique-ci",
  severity: "error",
  rationale: "Two keys that differ in case or separators alone become one constant in code and one row in somebody's memory.",
  bad: "billing.export-csv beside billing.export_csv",
  good: "one of them",
  repair: "none",
  options: {},
  check: (flag, { world }) => {
    const other = sameLetters(world)
      .get(folded(flag.key ?? ""))
      ?.find((key) => key !== flag.key);
    if (other === undefined) return [];
    return [{ span: keySpanOf(flag), message: `The key differs from "${other}" in case or separators alone.`, fix: "Give one of the two another name." }];
  },
};
