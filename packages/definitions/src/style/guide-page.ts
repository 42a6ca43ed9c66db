import type { StyleGuide } from "./guide.ts";
import { overlay } from "./guide.ts";
import { caseExamples, joinWords } from "./case-style.ts";
import { presets } from "./presets.ts";
import { guideRules } from "./registry.ts";
import type { OptionValue, RuleEntry, Severity } from "./rule.ts";

const GROUPS: readonly (readonly [prefix: string, heading: string])[] = [
  ["key", "Keys"],
  ["meta", "Owner, description, ticket"],
  ["life", "How long a flag lives"],
  ["val", "Values"],
  ["test", "Expectations"],
  ["code", "The code that asks"],
];

/** A project's style guide as a Markdown page for somebody who is new: what keys look like, who owns what, each rule with its reason. */
export function guidePage(title: string, guide: StyleGuide): string {
  const rules = GROUPS.map(([prefix, heading]) => {
    const own = guideRules.filter((rule) => rule.id.startsWith(`${prefix}/`) && severityOf(rule, guide) !== "off");
    return own.length === 0 ? "" : `## ${heading}\n\n${own.map((rule) => ruleText(rule, guide)).join("\n")}`;
  });
  return [`# ${title}\n`, keysText(guide), ...rules, customText(guide), notAsked(guide), takingBack].filter((part) => part !== "").join("\n");
}

function keysText({ caseName, hasAreas, areas }: StyleGuide): string {
  const subject = joinWords(["invoice", "export"], caseName);
  const example = hasAreas ? `${joinWords(["billing"], caseName)}.${subject}` : subject;
  const listed = [...areas].map(([area, owner]) => `| \`${area}\` | ${owner} |`);
  const table = listed.length === 0 ? "" : `\n| area | who answers for it |\n| --- | --- |\n${listed.join("\n")}\n`;
  const words = hasAreas ? "the area, a dot, and what the flag decides about" : "what the flag decides about";
  return `A key is ${words}, in ${caseName} case (\`${caseExamples[caseName]}\`): \`${example}\`. Kind, owner, ticket and dates stand in fields, not in the key.\n${table}`;
}

function ruleText(rule: RuleEntry, guide: StyleGuide): string {
  const { severity = rule.severity, options = {} } = overlay({ severity: rule.severity, options: rule.options }, guide.rules[rule.id]);
  const listed = Object.entries(options).filter(([, value]) => value !== "");
  const repair = { automatic: " `sluice validate --fix` mends it.", suggested: " The change is offered, not made.", none: "" }[rule.repair];
  const told = listed.length === 0 ? "" : ` Set to: ${listed.map(([name, value]) => `${name} ${valueText(value)}`).join("; ")}.`;
  return `### ${rule.id}\n\n**${severity}.** ${rule.rationale}${repair}${told}\n\nNot: ${rule.bad}  \nBut: ${rule.good}\n`;
}

const severityOf = (rule: RuleEntry, guide: StyleGuide): Severity => guide.rules[rule.id]?.severity ?? rule.severity;

function notAsked(guide: StyleGuide): string {
  const off = guideRules.filter((rule) => severityOf(rule, guide) === "off").map(({ id }) => `\`${id}\``);
  return off.length === 0 ? "" : `Not asked here: ${off.join(", ")}.\n`;
}

const valueText = (value: OptionValue): string => (typeof value === "object" ? value.join(", ") : String(value));

function customText({ custom }: StyleGuide): string {
  if (custom.length === 0) return "";
  return `## Rules of our own\n\n${custom.map(({ id, severity, message, fix }) => `### ${id}\n\n**${severity}.** ${message} ${fix}\n`).join("\n")}`;
}

const takingBack = `## When a rule is wrong for one flag

Write \`# sluice-disable key/length -- the name of the law has 60 characters\` into its file. Without a reason it does not count.

In code the same comment, in the language's own way, holds for its line, or for the line below where it stands alone: \`// sluice-disable code/no-nest -- both go in March\`. \`sluice-disable-file\` holds for the whole file.
`;

/** The guide that a preset alone makes. */
export function guideOfPreset(name: string): StyleGuide | undefined {
  const preset = presets[name];
  if (preset === undefined) return undefined;
  const { caseName, hasAreas, rules } = preset;
  return { extends: name, caseName, hasAreas, areas: new Map(), rules, overrides: [], custom: [] };
}
