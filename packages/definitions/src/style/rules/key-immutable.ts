import { formsText } from "../forms-text.ts";
import { keySpanOf, perWorld, type StyleRule } from "../rule.ts";

/** Keys that were there before and are not any more, by the path and by the forms that they had. */
const gone = perWorld(({ flags, facts }) => {
  const byPath = new Map<string, string>();
  const byForms = new Map<string, string>();
  for (const [key, { path, forms }] of facts.before ?? []) {
    if (flags.has(key)) continue;
    byPath.set(path, key);
    if (forms !== "") byForms.set(forms, key);
  }
  return { byPath, byForms };
});

export const keyImmutable: StyleRule = {
  id: "key/immutable",
  severity: "error",
  looksAt: "project",
  rationale: "Code that is running asks for the old key and would get its default. A rename keeps the old key as an alias, which goes when nobody asks for it.",
  bad: "key: billing.export changed to key: billing.csv-export",
  good: "key: billing.csv-export with aliases: [billing.export], as sluice rename flag writes it",
  repair: "none",
  options: {},
  check: (flag, { world }) => {
    const key = flag.key ?? "";
    if (world.facts.before === undefined || world.facts.before.has(key)) return [];
    const { byPath, byForms } = gone(world);
    if (byPath.size === 0) return [];
    const old = byPath.get(flag.path) ?? (flag.forms.size === 0 || byForms.size === 0 ? undefined : byForms.get(formsText(flag)));
    if (old === undefined || flag.aliases.some(({ name }) => name === old)) return [];
    return [
      {
        span: keySpanOf(flag),
        message: `This flag was "${old}" before, and nothing answers to that key any more.`,
        expected: `the key ${old}`,
        fix: `Write aliases: [${old}] below the key; sluice rename flag ${old} ${key} does the whole of it`,
      },
    ];
  },
};
