import type { RuleForm } from "@sluice/evaluation";
import type { FlagFile } from "../../flag-file.ts";
import { formsText } from "../forms-text.ts";
import { keySpanOf, perWorld, type StyleRule } from "../rule.ts";

/** Flags with rules, the first of them by what they serve; only those that have a first condition in common are written out to be compared. */
const byForms = perWorld(({ flags }) => {
  const alike = new Map<string, [string, FlagFile][]>();
  for (const [key, flag] of flags) {
    const text = firstRule(flag);
    if (text === undefined) continue;
    const known = alike.get(text);
    if (known === undefined) alike.set(text, [[key, flag]]);
    else known.push([key, flag]);
  }
  const found = new Map<string, string>();
  for (const group of alike.values()) {
    if (group.length === 1) continue;
    for (const [key, flag] of group) {
      const text = formsText(flag);
      if (!found.has(text)) found.set(text, key);
    }
  }
  return found;
});

/** Flags that serve the same have the same first rule in the environment that has one, whatever their order in the file. */
function firstRule({ forms }: FlagFile): string | undefined {
  const known = firstRules.get(forms);
  if (known !== undefined) return known === "" ? undefined : known;
  const text = firstRuleOf(forms);
  firstRules.set(forms, text ?? "");
  return text;
}

/** Forms are made once for each text of a file and never change; empty where there is no rule. */
const firstRules = new WeakMap<FlagFile["forms"], string>();

function firstRuleOf(forms: FlagFile["forms"]): string | undefined {
  let first: readonly [environment: string, rule: RuleForm] | undefined;
  for (const [environment, { rules }] of forms) {
    const [rule] = rules ?? [];
    if (rule !== undefined && (first === undefined || environment < first[0])) first = [environment, rule];
  }
  return first === undefined ? undefined : `${first[0]} ${JSON.stringify(first[1])}`;
}

function asksMoreThanSegments({ forms }: FlagFile): boolean {
  for (const { rules } of forms.values()) for (const rule of rules ?? []) if (rule.if !== undefined && rule.if[0] !== "segment") return true;
  return false;
}

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
    if (!asksMoreThanSegments(flag)) return [];
    const known = byForms(world);
    if (known.size === 0) return [];
    const other = known.get(formsText(flag));
    if (other === undefined || other === flag.key) return [];
    return [
      { span: keySpanOf(flag), message: `The flag has the same rules as "${other}".`, fix: "Use one of them, or give the condition a name under segments/." },
    ];
  },
};
