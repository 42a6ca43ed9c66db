import { type CodeRule, keyOf } from "../code-rule.ts";

export const codeNoNest: CodeRule = {
  id: "code/no-nest",
  severity: "warning",
  rationale:
    "A flag that is asked for in another one's branch makes a third state that nobody tries, and neither can be removed without reading the other. What one waits for belongs into its file: prerequisites.",
  bad: 'if (flags.getBoolean("billing.export", false)) { if (flags.getBoolean("billing.export-csv", false)) … }',
  good: "billing.export-csv with prerequisites: [{ flag: billing.export, serves: on }], and one question",
  repair: "none",
  options: {},
  check: ({ file, reference }, { known }) => {
    const key = file.isTest ? undefined : keyOf(reference, known);
    const outer = reference.within.map((one) => known.formerKeys.get(one) ?? one).filter((one) => one !== key);
    if (key === undefined || outer.length === 0) return [];
    return [
      {
        span: reference.span,
        message: `${key} is asked for where ${outer.join(" and ")} ${outer.length === 1 ? "has" : "have"} been decided.`,
        fix: `Let ${key} wait for it in its file (prerequisites:), or ask for both before anything is done.`,
      },
    ];
  },
};
