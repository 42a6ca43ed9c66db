import type { FileReport, Finding } from "../diagnostic.ts";
import { Fields, jsonOf, listWords, nearest, wordFor } from "../fields.ts";
import type { Entry, Tree } from "../yaml-tree.ts";
import { caseNames } from "./case-style.ts";
import { readCustomRules } from "./custom-rule-reader.ts";
import { overlay, type StyleGuide, type StyleOverride } from "./guide.ts";
import { compilePathPattern } from "./path-pattern.ts";
import { type Preset, presets, type RuleSetting } from "./presets.ts";
import { guideRules } from "./registry.ts";
import type { Options, OptionValue, RuleEntry, Severity } from "./rule.ts";

/** Fields of `style:`; the published schema lists the same. */
export const STYLE_FIELDS = ["extends", "case", "areas", "rules", "overrides", "custom"] as const;
/** Fields of one override. */
export const OVERRIDE_FIELDS = ["paths", "kinds", "owners", "rules"] as const;
const OVERRIDES_MAX = 100;
const AREAS_MAX = 1_000;
export const SEVERITIES: readonly Severity[] = ["off", "warning", "error"];
const KINDS = ["release", "experiment", "ops", "permission"] as const;

/** Reads `style:` of the project file; undefined, with a report, where it is no map. Mistakes inside leave the rest in force. */
export function readStyle(tree: Tree, report: FileReport, teams: readonly string[]): StyleGuide | undefined {
  const fields = Fields.of(report, tree, STYLE_FIELDS, "The style guide");
  if (fields === undefined) return undefined;
  const name = fields.tree("extends") === undefined ? "recommended" : (fields.oneOf("extends", Object.keys(presets)) ?? "recommended");
  const preset: Preset = presets[name] ?? { words: "", caseName: "kebab", hasAreas: true, rules: {} };
  const caseName = (fields.tree("case") === undefined ? undefined : fields.oneOf("case", caseNames)) ?? preset.caseName;
  const custom = readCustomRules(fields, report);
  const known = [...guideRules.map(({ id }) => id), ...custom.map(({ id }) => id)];
  const own = readSettings(fields, { report, known });
  const ids = new Set([...Object.keys(preset.rules), ...Object.keys(own)]);
  return {
    extends: name,
    caseName,
    hasAreas: preset.hasAreas,
    areas: readAreas(fields, report, teams),
    rules: Object.fromEntries([...ids].map((id) => [id, overlay(preset.rules[id], own[id])])),
    overrides: readOverrides(fields, { report, known }),
    custom,
  };
}

/** `areas: { billing: team-billing }`. */
function readAreas(fields: Fields, report: FileReport, teams: readonly string[]): StyleGuide["areas"] {
  const areas = new Map<string, string>();
  for (const { key, keySpan, value } of fields.entries("areas").slice(0, AREAS_MAX)) {
    const owner = fields.text(key, value);
    if (owner === undefined) continue;
    if (teams.length > 0 && !teams.includes(owner)) {
      const near = nearest(owner, teams);
      report.add(value.span, {
        code: "flag/unknown-owner",
        message: `The area "${key}" belongs to "${owner}", which is not one of the project's teams.`,
        expected: listWords(teams),
        nearest: near,
        fix: near === undefined ? "Name one of them." : `Write ${key}: ${near}`,
      });
    }
    if (key.includes("."))
      report.add(keySpan, { code: "style/option", message: "An area is what stands before a key's first dot.", fix: "Name it without dots." });
    areas.set(key, owner);
  }
  return areas;
}

interface Reading {
  readonly report: FileReport;
  /** Ids of all rules, the project's own among them. */
  readonly known: readonly string[];
}

function readSettings(fields: Fields, reading: Reading): Readonly<Record<string, RuleSetting>> {
  return Object.fromEntries(
    fields.entries("rules").flatMap((entry) => {
      const setting = readSetting(entry, reading);
      return setting === undefined ? [] : [[entry.key, setting]];
    }),
  );
}

function readSetting({ key, keySpan, value }: Entry, { report, known }: Reading): RuleSetting | undefined {
  if (!known.includes(key)) {
    report.add(keySpan, unknownRule(key, known));
    return undefined;
  }
  const rule = guideRules.find(({ id }) => id === key);
  if (value.kind === "value") {
    const severity = readSeverity(value, report);
    return severity === undefined ? undefined : { severity };
  }
  const options = Object.keys(rule?.options ?? {});
  const fields = Fields.of(report, value, ["severity", ...options], `The rule ${key}`);
  if (fields === undefined) return undefined;
  const severityTree = fields.tree("severity");
  const severity = severityTree === undefined ? undefined : readSeverity(severityTree, report);
  return { ...(severity === undefined ? {} : { severity }), options: rule === undefined ? {} : readOptions(rule, fields, report) };
}

/** What is said of a name that no rule has. */
export function unknownRule(name: string, known: readonly string[]): Finding {
  const near = nearest(name, known);
  return {
    code: "style/unknown-rule",
    message: `There is no rule "${name}".`,
    ...(near === undefined ? { fix: "See docs/style-guide.md for all of them." } : { nearest: near, fix: `Write "${near}".` }),
  };
}

/** YAML 1.1 habits: `warn` is understood by everybody who ever set up a linter. */
function readSeverity(tree: Tree, report: FileReport): Severity | undefined {
  const text = tree.kind === "value" ? String(tree.value) : "";
  const found = SEVERITIES.find((severity) => severity === text || (severity === "warning" && text === "warn"));
  if (found !== undefined) return found;
  report.add(tree.span, {
    code: "field/value",
    message: `A rule weighs ${wordFor(tree)}.`,
    expected: listWords(SEVERITIES),
    nearest: nearest(text, SEVERITIES),
    fix: "Write off, warning or error.",
  });
  return undefined;
}

function readOptions(rule: RuleEntry, fields: Fields, report: FileReport): Options {
  const options: Record<string, OptionValue> = {};
  for (const [name, usual] of Object.entries(rule.options)) {
    const tree = fields.tree(name);
    if (tree === undefined) continue;
    const value = jsonOf(tree);
    const read = sameKind(value, usual);
    if (read !== undefined) options[name] = read;
    else
      report.add(tree.span, {
        code: "style/option",
        message: `"${name}" of ${rule.id} is ${wordFor(tree)}.`,
        expected: typeof usual === "number" ? "a number from 0 to 100000" : typeof usual === "string" ? "a text" : "a list of words",
        fix: `Write ${name}: ${JSON.stringify(usual)} or another of its kind.`,
      });
  }
  return options;
}

function sameKind(value: unknown, usual: OptionValue): OptionValue | undefined {
  if (typeof usual === "number") return typeof value === "number" && value >= 0 && value <= 100_000 ? value : undefined;
  if (typeof usual === "string") return typeof value === "string" ? value : undefined;
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : undefined;
}

function readOverrides(fields: Fields, reading: Reading): readonly StyleOverride[] {
  const { report } = reading;
  return fields
    .items("overrides")
    .slice(0, OVERRIDES_MAX)
    .flatMap((item, index) => {
      const one = Fields.of(report, item, OVERRIDE_FIELDS, `Override ${index + 1}`);
      if (one === undefined) return [];
      const paths = one.items("paths").flatMap((tree) => {
        const pattern = one.text("paths", tree);
        const compiled = pattern === undefined ? undefined : compilePathPattern(pattern);
        if (compiled?.ok === true) return [compiled.value];
        if (compiled !== undefined)
          report.add(tree.span, {
            code: "field/value",
            message: `This is no pattern of paths: ${compiled.problem}.`,
            fix: "Write for example flags/legacy/**",
          });
        return [];
      });
      const kinds = one.items("kinds").flatMap((tree) => one.oneOf("kinds", KINDS, tree) ?? []);
      const owners = one.items("owners").flatMap((tree) => one.text("owners", tree) ?? []);
      return [{ paths, kinds, owners, rules: readSettings(one, reading) }];
    });
}
