import { keyParts } from "../key-parts.ts";
import { keySpanOf, wordsOption, type StyleRule } from "../rule.ts";

export const keyNoTimeWords: StyleRule = {
  id: "key/no-time-words",
  severity: "warning",
  looksAt: "flag",
  rationale: "What is new today is old within a year, and then there is a second new one. One key in ten of fourteen registries has such a word.",
  bad: "billing.new-invoice",
  good: "billing.invoice-redesign",
  repair: "none",
  options: { words: ["new", "old", "temp", "temporary", "tmp", "beta", "alpha", "poc", "prototype", "legacy", "next"] },
  check: (flag, context) => {
    const { words } = keyParts(flag, context);
    const { options } = context;
    const found = words.find((word) => wordsOption(options, "words").includes(word) || /^v\d+$/.test(word));
    if (found === undefined) return [];
    return [
      { span: keySpanOf(flag), message: `"${found}" will be untrue within a year.`, fix: "Say what is different instead: invoice-redesign, not new-invoice." },
    ];
  },
};
