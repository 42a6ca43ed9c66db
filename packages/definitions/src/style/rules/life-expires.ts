import type { FlagFile } from "../../flag-file.ts";
import { addDays, daysBetween } from "../calendar.ts";
import { fieldSpan, fieldText, insertField, keySpanOf, numberOption, type RuleContext, type StyleFinding, type StyleRule } from "../rule.ts";

/** Times that a flag's life may be prolonged. */
const EXTENSIONS_MAX = 2;

function findings(flag: FlagFile, context: RuleContext): readonly StyleFinding[] {
  if (flag.kind !== "release" && flag.kind !== "experiment") return [];
  const days = numberOption(context.options, flag.kind);
  return flag.expires === undefined ? missing(flag, days, context) : [...tooLate(flag, flag.expires, days), ...moved(flag, flag.expires, context)];
}

function missing(flag: FlagFile, days: number, { world }: RuleContext): readonly StyleFinding[] {
  const start = fieldText(flag, "created") ?? world.facts.today;
  const date = start === undefined ? undefined : addDays(start, days);
  const after = ["created", "ticket", "owner", "kind", "key"].find((name) => flag.fields.has(name)) ?? "key";
  const edit = date === undefined ? undefined : insertField(flag, after, `expires: ${date}`);
  return [
    {
      span: keySpanOf(flag),
      message: `A flag of kind ${flag.kind ?? ""} says when it is to be gone.`,
      expected: `expires: ${date ?? `a date at most ${days} days after created:`}`,
      fix: `Add expires: ${date ?? "with that date"}`,
      ...(edit === undefined ? {} : { repair: { words: `Add expires: ${date ?? ""}`, edits: [edit], isAutomatic: true } }),
    },
  ];
}

function tooLate(flag: FlagFile, expires: string, days: number): readonly StyleFinding[] {
  const { extensions } = flag;
  const span = fieldSpan(flag, extensions.length > 0 ? "extensions" : "expires");
  if (extensions.length > EXTENSIONS_MAX)
    return [
      {
        span,
        message: `The flag's life was prolonged ${extensions.length} times.`,
        expected: `at most ${EXTENSIONS_MAX} times`,
        fix: "Remove the flag, or make it permanent as an ops or permission flag.",
      },
    ];
  const last = extensions.at(-1);
  if (last !== undefined && last.to !== expires)
    return [{ span, message: `The last extension goes to ${last.to}, and expires: says ${expires}.`, fix: `Write expires: ${last.to}` }];
  const created = fieldText(flag, "created");
  if (created === undefined) return [];
  const allowed = days * (extensions.length + 1);
  const life = daysBetween(created, expires);
  if (life === undefined || (life >= 0 && life <= allowed)) return [];
  if (life < 0) return [{ span, message: `The flag expires before it was created (${created}).`, fix: "Write a date after created:" }];
  const again = extensions.length === EXTENSIONS_MAX ? "" : ", or add to extensions: why it takes longer";
  return [
    {
      span,
      message: `The flag would live ${life} days.`,
      expected: `at most ${allowed} days after ${created}: ${addDays(created, allowed) ?? ""}`,
      fix: `Write expires: ${addDays(created, allowed) ?? ""}${again}.`,
    },
  ];
}

/** A later date than before the change needs an extension that says why. */
function moved(flag: FlagFile, expires: string, { world }: RuleContext): readonly StyleFinding[] {
  const before = world.facts.before?.get(flag.key ?? "");
  if (before?.expires === undefined || expires <= before.expires || flag.extensions.length > before.extensions) return [];
  return [
    {
      span: fieldSpan(flag, "expires"),
      message: `expires: was ${before.expires} and moves to ${expires} without a reason.`,
      expected: `extensions: [{ to: ${expires}, reason: … }]`,
      fix: "Add an extension with its reason, or remove the flag.",
    },
  ];
}

export const lifeExpires: StyleRule = {
  id: "life/expires",
  severity: "error",
  looksAt: "flag",
  rationale: "Half of the release flags at four companies were gone after 37 to 56 days; what is not removed in about six months stays for ever.",
  bad: "a release flag without expires:",
  good: "created: 2026-11-02 and expires: 2026-12-31",
  repair: "automatic",
  options: { release: 60, experiment: 45 },
  check: findings,
};
