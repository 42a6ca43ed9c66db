import { formsText } from "../forms-text.ts";
import { keySpanOf, perWorld, type StyleRule } from "../rule.ts";

/** Flags with rules, by what they serve. */
const byForms = perWorld(({ flags }) => {
  const found = new Map<string, string>();
  for (const [key, flag] of flags) {
    if (![...flag.forms.values()].some(({ rules }) => (rules?.length ?? 0) > 0)) continue;
    const text = formsText(flag);
    if (!found.has(text)) found.set(text, key);
  }
  return found;
});

export const valNoDup: StyleRule = {
  id: "val/no-dup",
  severity: "warning",
  looksAt: "project",
  rationale: "Two flags with the same rules are changed together until somebody forgets one: name the condition as a segment, or use one flag.",
  bad: "billing.export and billing.export-menu with the same rules",
  good: "one flag, or one segment that both name",
  repair: "none",
  options: {},
  check: (flag, { world }) => {
    if (![...flag.forms.values()].some(({ rules }) => (rules ?? []).some((rule) => rule.if !== undefined && !JSON.stringify(rule.if).startsWith('["segment"'))))
      return [];
    const other = byForms(world).get(formsText(flag));
    if (other === undefined || other === flag.key) return [];
    return [
      { span: keySpanOf(flag), message: `The flag has the same rules as "${other}".`, fix: "Use one of them, or give the condition a name under segments/." },
    ];
  },
};
