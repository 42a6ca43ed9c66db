import { areaOf, joinWords, subjectOf, wordsOf } from "../case-style.ts";
import { renaming } from "../rename.ts";
import { keySpanOf, wordsOption, type StyleRule } from "../rule.ts";

export const keyNoVerbPrefix: StyleRule = {
  id: "key/no-verb-prefix",
  severity: "warning",
  rationale: "Every flag enables something: the verb makes keys longer and sorts them all under e.",
  bad: "billing.enable-export",
  good: "billing.export",
  repair: "automatic",
  options: { words: ["enable", "enabled", "use", "allow", "is", "has", "should", "can"] },
  check: (flag, context) => {
    const key = flag.key ?? "";
    const area = context.hasAreas ? areaOf(key) : "";
    const [first = "", ...rest] = wordsOf(area === "" ? key : subjectOf(key));
    if (rest.length === 0 || !wordsOption(context.options, "words").includes(first)) return [];
    const better = joinWords(rest, context.caseName);
    return [
      {
        span: keySpanOf(flag),
        message: `"${first}" adds nothing to the key.`,
        ...renaming(flag, area === "" ? better : `${area}.${better}`, context.world),
      },
    ];
  },
};
