import { wordsOf } from "../case-style.ts";
import { keySpanOf, type StyleRule } from "../rule.ts";

export const keyNoPerson: StyleRule = {
  id: "key/no-person",
  severity: "error",
  looksAt: "flag",
  rationale: "People change teams and leave; keys stay, in code, logs and screens of others. Whom a flag is for stands in its rules.",
  bad: "billing.export-for-mkowalski",
  good: "billing.export, with a rule for one user",
  repair: "none",
  options: {},
  check: (flag, { world }) => {
    const key = flag.key ?? "";
    const person = key.includes("@") ? key : wordsOf(key).find((word) => world.facts.people?.has(word) === true);
    if (person === undefined) return [];
    return [
      {
        span: keySpanOf(flag),
        message: key.includes("@") ? "The key holds an e-mail address." : `"${person}" is the name of somebody who commits here.`,
        fix: "Name the thing that the flag decides about, and the person in a rule or a pin.",
      },
    ];
  },
};
