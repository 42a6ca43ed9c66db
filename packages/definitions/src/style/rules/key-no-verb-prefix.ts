import { joinWords } from "../case-style.ts";
import { keyParts, withSubject } from "../key-parts.ts";
import { renaming } from "../rename.ts";
import { keySpanOf, wordsOption, type StyleRule } from "../rule.ts";

export const keyNoVerbPrefix: StyleRule = {
  id: "key/no-verb-prefix",
  severity: "warning",
  looksAt: "flag",
  rationale: "Every flag enables something: the verb makes keys longer and sorts them all under e.",
  bad: "billing.enable-export",
  good: "billing.export",
  repair: "automatic",
  options: { words: ["enable", "enabled", "use", "allow", "is", "has", "should", "can"] },
  check: (flag, context) => {
    const parts = keyParts(flag, context);
    const [first = "", ...rest] = parts.words;
    if (rest.length === 0 || !wordsOption(context.options, "words").includes(first)) return [];
    return [
      {
        span: keySpanOf(flag),
        message: `"${first}" adds nothing to the key.`,
        ...renaming(flag, withSubject(parts, joinWords(rest, context.caseName)), context.world),
      },
    ];
  },
};
