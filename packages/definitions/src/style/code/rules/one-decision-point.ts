import { numberOption } from "../../rule.ts";
import { type CodeRule, keyOf } from "../code-rule.ts";

export const codeOneDecisionPoint: CodeRule = {
  id: "code/one-decision-point",
  severity: "error",
  rationale:
    "Every place that asks has to be found and taken apart when the flag goes: half of the removals in a large code base touched seven files. Ask once, and hand on what was decided.",
  bad: "sixteen components that each ask for billing.invoice-export",
  good: "one function that asks, and components that are told",
  repair: "none",
  options: { warn: 5, max: 15 },
  check: (site, { known, options, decisionPoints }) => {
    const key = site.file.isTest ? undefined : keyOf(site.reference, known);
    if (key === undefined) return [];
    const points = decisionPoints(key);
    const [warn, max] = [numberOption(options, "warn"), numberOption(options, "max")];
    const isOver = points.length > max;
    // Told once for each flag: at the first place that is one too many.
    if (points.length <= warn || points[Math.min(warn, points.length - 1)]?.reference !== site.reference) return [];
    const files = new Set(points.map(({ file }) => file.path)).size;
    return [
      {
        span: site.reference.span,
        message: `${points.length} places in ${files === 1 ? "one file" : `${files} files`} ask for ${key}.`,
        expected: `at most ${isOver ? max : warn}`,
        fix: "Ask in one function, and hand on what it answers.",
        size: points.length,
        ...(isOver ? {} : { cap: "warning" as const }),
      },
    ];
  },
};
