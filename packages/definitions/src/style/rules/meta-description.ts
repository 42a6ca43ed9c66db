import { isEveryWord, wordsOf } from "../case-style.ts";
import { fieldSpan, numberOption, type StyleRule } from "../rule.ts";

/** Words that say nothing of a flag. */
const EMPTY: ReadonlySet<string> = new Set(["flag", "feature", "the", "a", "for", "of", "on", "off", "enables", "enable", "toggle"]);

export const metaDescription: StyleRule = {
  id: "meta/description",
  severity: "error",
  looksAt: "flag",
  rationale: "Product, support and whoever is woken read the description, not the code: it says what a customer has when the flag is on.",
  bad: "description: Export flag",
  good: "description: Lets an accountant export invoices as CSV from the invoice list.",
  repair: "none",
  options: { min: 20 },
  check: (flag, { options }) => {
    const { description, key = "" } = flag;
    if (description === undefined) return [];
    const min = numberOption(options, "min");
    const saysNothing = isEveryWord(description, (word) => EMPTY.has(word) || wordsOf(key).includes(word));
    if (description.trim().length >= min && !saysNothing) return [];
    return [
      {
        span: fieldSpan(flag, "description"),
        message: saysNothing ? "The description says no more than the key." : `The description has ${description.trim().length} characters.`,
        expected: `at least ${min} characters that say what is there when the flag is on`,
        fix: "Finish the sentence: when it is on, a customer can …",
      },
    ];
  },
};
