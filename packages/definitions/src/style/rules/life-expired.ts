import { daysBetween } from "../calendar.ts";
import { fieldSpan, fieldText, numberOption, type StyleRule } from "../rule.ts";

export const lifeExpired: StyleRule = {
  id: "life/expired",
  severity: "error",
  looksAt: "flag",
  rationale: "The date was chosen when the reason was fresh. Fourteen days later nobody remembers it any better.",
  bad: "expires: 2026-06-30, read in August",
  good: "the flag removed, or an extension with its reason",
  repair: "none",
  options: { graceDays: 14 },
  check: (flag, { options, world }) => {
    const { today } = world.facts;
    const isReview = flag.expires === undefined;
    const date = flag.expires ?? fieldText(flag, "reviewBy");
    const late = today === undefined || date === undefined ? undefined : daysBetween(date, today);
    if (late === undefined || late <= 0) return [];
    return [
      {
        span: fieldSpan(flag, isReview ? "reviewBy" : "expires"),
        message: isReview ? `The review was due ${late} ${late === 1 ? "day" : "days"} ago.` : `The flag expired ${late} ${late === 1 ? "day" : "days"} ago.`,
        fix: isReview
          ? "Try it, ask whether it is still needed, and write the next reviewBy:"
          : "Remove it from the code and here, or add an extension with its reason.",
        ...(late > numberOption(options, "graceDays") ? {} : { cap: "warning" as const }),
      },
    ];
  },
};
