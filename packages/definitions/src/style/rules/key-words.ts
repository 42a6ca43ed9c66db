import { keyParts } from "../key-parts.ts";
import { keySpanOf, numberOption, type StyleRule } from "../rule.ts";

/** A single word says enough after an area where it has as many letters. */
const LONE_WORD_CHARS_MIN = 4;

export const keyWords: StyleRule = {
  id: "key/words",
  severity: "warning",
  looksAt: "flag",
  rationale: "One letter or one vague word says nothing in a year; more than six words are a sentence, which is what the description is for.",
  bad: "billing.x",
  good: "billing.invoice-export",
  repair: "none",
  options: { min: 2, max: 6 },
  check: (flag, { options, hasAreas }) => {
    const { area, words } = keyParts(flag, { hasAreas });
    const [min, max] = [numberOption(options, "min"), numberOption(options, "max")];
    const isLoneWord = area !== "" && words.length === 1 && (words[0]?.length ?? 0) >= LONE_WORD_CHARS_MIN;
    if ((words.length >= min || isLoneWord) && words.length <= max) return [];
    return [
      {
        span: keySpanOf(flag),
        message: `The key has ${words.length} ${words.length === 1 ? "word" : "words"}${area === "" ? "" : " after its area"}.`,
        expected: `${min} to ${max}`,
        fix: words.length > max ? "Leave out words that tell it from nothing." : "Name the thing that the flag decides about.",
      },
    ];
  },
};
