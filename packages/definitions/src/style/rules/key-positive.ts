import { joinWords } from "../case-style.ts";
import { keyParts, withSubject } from "../key-parts.ts";
import { suggestedRenaming } from "../rename.ts";
import { keySpanOf, wordsOption, type StyleRule } from "../rule.ts";

export const keyPositive: StyleRule = {
  id: "key/positive",
  severity: "error",
  looksAt: "flag",
  rationale:
    '"disable-export is off" takes two thoughts at 3 a.m. A flag is named after what is there when it is on. Ops flags may be named after what they kill.',
  bad: "billing.disable-export",
  good: "billing.export, with the values turned round",
  repair: "suggested",
  options: { words: ["disable", "disabled", "disables", "no", "not", "hide", "hidden", "skip", "without", "prevent", "disallow", "deny", "suppress"] },
  check: (flag, context) => {
    const parts = keyParts(flag, context);
    const { words } = parts;
    const negatives = wordsOption(context.options, "words");
    const found = words.find((word) => negatives.includes(word));
    if (found === undefined || (flag.kind === "ops" && words.includes("kill"))) return [];
    const rest = joinWords(
      words.filter((word) => word !== found),
      context.caseName,
    );
    const { fix, ...better } = suggestedRenaming(flag, withSubject(parts, rest), context.world);
    return [
      {
        span: keySpanOf(flag),
        message: `The key says "${found}": what is on when the flag is on?`,
        expected: "a name for what is there when the flag is on",
        ...better,
        fix: `${fix}${fix.endsWith(".") ? "" : "."} Turn its values round.`,
      },
    ];
  },
};
