import type { Mention } from "../../condition-reader.ts";
import { keySpanOf, numberOption, type StyleRule } from "../rule.ts";

const isFlag = ({ kind }: Mention): boolean => kind === "flag";

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
    const [warn, max] = [numberOption(options, "warn"), numberOption(options, "max")];
    // Most flags wait for none.
    const waits = flag.parts.length > 0 || flag.mentions.some(isFlag);
    const depth = waits ? world.heightOf(flag.key ?? "") : 0;
    if (depth < warn) return [];
    const first = flag.mentions.find(isFlag);
    const part = first === undefined ? flag.parts.find(({ mentions }) => mentions.some(isFlag)) : undefined;
    return [
      {
        span: (first ?? part?.mentions.find(isFlag))?.span ?? keySpanOf(flag),
        ...(part === undefined ? {} : { part: part.path }),
        message: `${depth} flags in a row stand before this one.`,
        expected: `fewer than ${depth > max ? max + 1 : warn}`,
        fix: "Wait for the one flag that matters, or put the condition into a segment.",
        ...(depth > max ? {} : { cap: "warning" as const }),
      },
    ];
  },
};
