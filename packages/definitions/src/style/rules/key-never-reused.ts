import { keySpanOf, type StyleRule } from "../rule.ts";

export const keyNeverReused: StyleRule = {
  id: "key/never-reused",
  severity: "error",
  looksAt: "flag",
  rationale: "Code of years ago may still run somewhere and ask for this key: in 2012 a reused flag cost a trading firm 440 million dollars in 45 minutes.",
  bad: "a new flag with the key of a removed one",
  good: "a key that was never used",
  repair: "none",
  options: {},
  check: (flag, { world }) => {
    const key = flag.key ?? "";
    const removed = world.facts.tombstones?.get(key);
    if (removed === undefined || world.facts.before?.has(key) === true) return [];
    // A flag that goes back to a key of its own is no other flag.
    if (flag.aliases.some(({ name }) => world.facts.before?.get(name)?.aliases?.includes(key) === true)) return [];
    return [
      {
        span: keySpanOf(flag),
        message: `A flag with this key was removed before: ${removed}.`,
        fix: "Choose a key that was never used; code that still asks for the old one would get this flag.",
      },
    ];
  },
};
