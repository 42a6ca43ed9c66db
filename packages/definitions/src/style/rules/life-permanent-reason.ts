import type { FlagFile } from "../../flag-file.ts";
import { addDays, daysBetween } from "../calendar.ts";
import { fieldSpan, fieldText, keySpanOf, numberOption, type RuleContext, type StyleFinding, type StyleRule } from "../rule.ts";

function findings(flag: FlagFile, { options, world }: RuleContext): readonly StyleFinding[] {
  if (flag.kind !== "ops" && flag.kind !== "permission") return [];
  const days = numberOption(options, flag.kind);
  const [reason, review] = [fieldText(flag, "permanent"), fieldText(flag, "reviewBy")];
  const found: StyleFinding[] = [];
  if (reason === undefined || reason.trim() === "")
    found.push({
      span: keySpanOf(flag),
      message: `A flag of kind ${flag.kind} stays, and says why.`,
      expected: "permanent: why it is worth keeping",
      fix: "Add permanent: with the reason in one sentence.",
    });
  const from = world.facts.today ?? fieldText(flag, "created");
  const latest = from === undefined ? undefined : addDays(from, days);
  if (review === undefined)
    found.push({
      span: keySpanOf(flag),
      message: `A flag of kind ${flag.kind} is looked at again every ${days} days.`,
      expected: `reviewBy: ${latest ?? "a date"}`,
      fix: `Add reviewBy: ${latest ?? "with a date"}`,
    });
  else if (from !== undefined && (daysBetween(from, review) ?? 0) > days)
    found.push({
      span: fieldSpan(flag, "reviewBy"),
      message: `The review is more than ${days} days away.`,
      expected: `reviewBy: ${latest ?? ""} or earlier`,
      fix: `Write reviewBy: ${latest ?? ""}`,
    });
  return found;
}

export const lifePermanentReason: StyleRule = {
  id: "life/permanent-reason",
  severity: "error",
  looksAt: "flag",
  rationale: "A lasting switch is a lasting branch in code: it is kept on purpose, and somebody tries it twice a year.",
  bad: "an ops flag without permanent: and reviewBy:",
  good: "permanent: Sheds load on the search cluster. and reviewBy: 2027-05-01",
  repair: "none",
  options: { ops: 180, permission: 365 },
  check: findings,
};
