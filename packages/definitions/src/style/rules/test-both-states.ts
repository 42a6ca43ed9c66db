import { keySpanOf, perWorld, type StyleRule } from "../rule.ts";

/** Variants that expectations name, by flag. */
const expected = perWorld(({ tests }) => {
  const found = new Map<string, Set<string>>();
  for (const { flag, variant } of tests) found.set(flag, (found.get(flag) ?? new Set()).add(variant));
  return found;
});

export const testBothStates: StyleRule = {
  id: "test/both-states",
  severity: "warning",
  looksAt: "project",
  rationale: "While some have it and some do not, both are production: an expectation of each under tests/ keeps an edit from taking it from the wrong ones.",
  bad: "rules, and no expectation",
  good: "tests/export.yaml with one context that gets on and one that gets off",
  repair: "none",
  options: {},
  check: (flag, { world }) => {
    const { elsewhere, kind, key = "" } = flag;
    if (elsewhere === undefined || (kind !== "release" && kind !== "experiment")) return [];
    if (![...flag.forms.values()].some(({ rules }) => (rules?.length ?? 0) > 0)) return [];
    const off = elsewhere.off ?? "off";
    const seen = expected(world).get(key) ?? new Set<string>();
    const [hasOff, hasOn] = [seen.has(off), [...seen].some((variant) => variant !== off)];
    if (hasOff && hasOn) return [];
    return [
      {
        span: keySpanOf(flag),
        message: hasOn || hasOff ? `No expectation says who gets ${hasOff ? "it" : `"${off}"`}.` : "No expectation says who gets it and who does not.",
        expected: "an expectation of each under tests/",
        fix: `Add tests/${key.replaceAll(".", "/")}.yaml with a context for each.`,
      },
    ];
  },
};
