import { compileKeyPattern } from "../../key-pattern.ts";
import { fieldSpan, fieldText, keySpanOf, textOption, type StyleRule } from "../rule.ts";

export const metaTicket: StyleRule = {
  id: "meta/ticket",
  severity: "error",
  looksAt: "flag",
  rationale: "The ticket says why the flag is there and when it may go. Asked of release and experiment flags where `pattern` says what tickets look like.",
  bad: "no ticket",
  good: "ticket: BIL-214",
  repair: "none",
  options: { pattern: "" },
  check: (flag, { options }) => {
    const pattern = textOption(options, "pattern");
    if (pattern === "" || (flag.kind !== "release" && flag.kind !== "experiment")) return [];
    const ticket = fieldText(flag, "ticket");
    const compiled = compileKeyPattern(pattern);
    if (!compiled.ok || (ticket !== undefined && compiled.value(ticket))) return [];
    return [
      {
        span: ticket === undefined ? keySpanOf(flag) : fieldSpan(flag, "ticket"),
        message: ticket === undefined ? `A flag of kind ${flag.kind} names its ticket.` : `"${ticket}" does not look like a ticket of this company.`,
        expected: `ticket: with the pattern ${pattern}`,
        fix: "Write ticket: with the ticket's number.",
      },
    ];
  },
};
