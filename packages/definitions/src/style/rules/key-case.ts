import { caseExamples, isOfCase, joinWords, wordsOf } from "../case-style.ts";
import { renaming } from "../rename.ts";
import { keySpanOf, type RuleContext, type StyleRule } from "../rule.ts";

/** The key in the guide's case; parts between dots are kept where the guide has areas. */
function inCase(key: string, { caseName, hasAreas }: RuleContext): string {
  const parts = hasAreas ? key.split(".") : [key];
  return parts.map((part) => joinWords(wordsOf(part), caseName)).join(".");
}

export const keyCase: StyleRule = {
  id: "key/case",
  severity: "error",
  looksAt: "flag",
  rationale: "Keys become constants in four languages and are searched for by hand: one way of writing them finds them all.",
  bad: "billing.InvoiceExport",
  good: "billing.invoice-export",
  repair: "automatic",
  options: {},
  check: (flag, context) => {
    const key = flag.key ?? "";
    const parts = context.hasAreas ? key.split(".") : [key];
    if (parts.every((part) => isOfCase(part, context.caseName))) return [];
    const example = caseExamples[context.caseName];
    return [
      {
        span: keySpanOf(flag),
        message: `The key "${key.slice(0, 100)}" is not written in ${context.caseName} case.`,
        expected: `words such as ${example}${context.hasAreas ? `, parts between dots: billing.${example}` : ", without dots"}`,
        ...renaming(flag, inCase(key, context), context.world),
      },
    ];
  },
};
