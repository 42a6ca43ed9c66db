import { keySpanOf, numberOption, type StyleRule } from "../rule.ts";

export const valPrereqDepth: StyleRule = {
  id: "val/prereq-depth",
  severity: "error",
  looksAt: "project",
  rationale: "Each flag in the row doubles the states that somebody would have to test; at four there are sixteen.",
  bad: "a flag that waits for one that waits for one that waits for one",
  good: "a flag that waits for one other",
  repair: "none",
  options: { warn: 2, max: 3 },
  check: (flag, { options, world }) => {
    const depth = world.heightOf(flag.key ?? "");
    const [warn, max] = [numberOption(options, "warn"), numberOption(options, "max")];
    if (depth < warn) return [];
    const first = flag.mentions.find(({ kind }) => kind === "flag");
    return [
      {
        span: first?.span ?? keySpanOf(flag),
        message: `${depth} flags in a row stand before this one.`,
        expected: `fewer than ${depth > max ? max + 1 : warn}`,
        fix: "Wait for the one flag that matters, or put the condition into a segment.",
        ...(depth > max ? {} : { cap: "warning" as const }),
      },
    ];
  },
};
