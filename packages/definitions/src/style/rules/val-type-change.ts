import { fieldSpan, type StyleRule } from "../rule.ts";

export const valTypeChange: StyleRule = {
  id: "val/type-change",
  severity: "error",
  looksAt: "flag",
  rationale: "Callers that are running ask for the old type and get their own default instead of an answer.",
  bad: "type: boolean changed to type: string",
  good: "a new flag, and the old one removed when nobody asks for it",
  repair: "none",
  options: {},
  check: (flag, { world }) => {
    const before = world.facts.before?.get(flag.key ?? "")?.type;
    if (before === undefined || flag.type === undefined || before === flag.type) return [];
    return [
      {
        span: fieldSpan(flag, "type"),
        message: `The type was ${before} and becomes ${flag.type}.`,
        expected: `type: ${before}`,
        fix: "Take it back, and define a new flag for the new type.",
      },
    ];
  },
};
