import type { JsonValue } from "@sluice/evaluation";
import { type Diagnostic, FileReport, type Finding, type Span } from "../diagnostic.ts";
import { misfits } from "../value-schema.ts";
import { jsonOf } from "../fields.ts";
import type { FlagFile } from "../flag-file.ts";
import { parseTree } from "../yaml-tree.ts";
import { type Baseline, baselineEntry, checkBaseline, isCodeEntry, readBaseline } from "./baseline.ts";
import type { CustomRule } from "./custom-rule.ts";
import { ruleSetting, settingOf, type StyleGuide } from "./guide.ts";
import { guideRules, styleRules } from "./registry.ts";
import { fieldSpan, keySpanOf, type RuleContext, type Severity, type StyleFacts, type StyleFinding, type StyleRule, type StyleWorld } from "./rule.ts";
import { moduleFindings } from "./module-findings.ts";
import { holdsSuppressions, readSuppressions, type Suppression } from "./suppressions.ts";

/** What the guide is held against. */
export interface StyleInput {
  readonly guide: StyleGuide;
  readonly world: StyleWorld;
  /** Text of the baseline file; undefined where there is none. */
  readonly baseline: string | undefined;
  readonly text: (path: string) => string;
}

/** What was found, and which findings would stand in a baseline. */
export interface StyleOutcome {
  readonly diagnostics: readonly Diagnostic[];
  /** Errors, as `rule key`, those that the baseline makes warnings among them. */
  readonly errors: ReadonlySet<string>;
}

/** Holds every flag against the guide. Nothing found here keeps a flag from being served. */
export function checkStyle(input: StyleInput): StyleOutcome {
  return new StyleCheck(input).run();
}

/** What a rule says of one flag, with what it weighs there. */
interface Found {
  readonly id: Finding["code"];
  readonly severity: Severity;
  readonly finding: StyleFinding;
}

const NOTHING: readonly Found[] = [];

/** Everything besides a flag's own file on which rules that look at the flag alone depend. */
interface Ground extends StyleFacts {
  readonly guide: StyleGuide;
  readonly teams: readonly string[];
}

/** Flags in which those rules found nothing, and on which ground: an edit elsewhere does not ask them again. */
const cleanOn = new WeakMap<FlagFile, Ground>();

const isSameGround = (a: Ground, b: Ground): boolean =>
  a === b ||
  (a.guide === b.guide &&
    a.teams === b.teams &&
    a.today === b.today &&
    a.before === b.before &&
    a.tombstones === b.tombstones &&
    a.people === b.people &&
    a.modules === b.modules &&
    a.codeOwners === b.codeOwners);

/** A rule with what it weighs and looks at. */
interface Weighed {
  readonly rule: StyleRule;
  readonly severity: Severity;
  readonly context: RuleContext;
}

class StyleCheck {
  readonly #input: StyleInput;
  readonly #ground: Ground;
  readonly #baseline: Baseline;
  readonly #known: readonly string[];
  readonly #errors = new Set<string>();
  /** The same for every flag where the guide has no overrides. */
  readonly #weighed: readonly Weighed[] | undefined;
  readonly #ofProject: readonly Weighed[] | undefined;

  constructor(input: StyleInput) {
    const { guide, world } = input;
    this.#input = input;
    this.#ground = { ...world.facts, guide, teams: world.teams };
    this.#baseline = readBaseline(input.baseline ?? "");
    this.#known = [...guideRules.map(({ id }) => id), ...guide.custom.map(({ id }) => id)];
    this.#weighed = guide.overrides.length > 0 ? undefined : this.#weigh((rule) => ruleSetting(guide, rule));
    this.#ofProject = this.#weighed?.filter(({ rule }) => rule.looksAt === "project");
  }

  run(): StyleOutcome {
    const { world } = this.#input;
    const diagnostics: Diagnostic[] = [];
    for (const flag of world.flags.values()) {
      for (const report of this.#check(flag)) diagnostics.push(...report.diagnostics);
    }
    checkBaseline(this.#baseline, { errors: this.#errors, before: world.facts.baselineBefore, isAbout: (entry) => !isCodeEntry(entry) });
    return { diagnostics: [...diagnostics, ...this.#baseline.report.diagnostics], errors: this.#errors };
  }

  #weigh(settingOfRule: (rule: StyleRule) => ReturnType<typeof settingOf>): readonly Weighed[] {
    const { guide, world } = this.#input;
    return styleRules.flatMap((rule) => {
      const { severity, options } = settingOfRule(rule);
      const context = { world, caseName: guide.caseName, hasAreas: guide.hasAreas, areas: guide.areas, options };
      return severity === "off" ? [] : [{ rule, severity, context }];
    });
  }

  /** None where there is nothing to say. */
  #check(flag: FlagFile): readonly FileReport[] {
    const { guide, text, world } = this.#input;
    const clean = cleanOn.get(flag);
    const wasClean = clean !== undefined && isSameGround(clean, this.#ground);
    const weighed = this.#weighed ?? this.#weigh((rule) => settingOf(guide, rule, flag));
    if (wasClean) return this.#report(flag, this.#findings(flag, this.#ofProject ?? weighed.filter(({ rule }) => rule.looksAt === "project")), []);
    const notes = pathsOf(flag).flatMap((path) => {
      const own = text(path);
      return holdsSuppressions(own) ? [new FileReport(path, own, "style")] : [];
    });
    const suppressions = notes.flatMap((report) => readSuppressions(flag, { text: text(report.file), known: this.#known }, report));
    const custom = guide.custom.flatMap((rule): readonly Found[] => {
      const { severity } = settingOf(guide, { ...rule, options: {} }, flag);
      return severity === "off"
        ? []
        : customFindings(rule, flag, { text, modules: world.facts.modules }).map((finding) => ({ id: rule.id, severity, finding }));
    });
    const found = [...this.#findings(flag, weighed), ...custom];
    const isAboutOthers = ({ id }: Found): boolean => weighed.some(({ rule }) => rule.id === id && rule.looksAt === "project");
    if (suppressions.length === 0 && notes.every(({ diagnostics }) => diagnostics.length === 0) && found.every(isAboutOthers)) cleanOn.set(flag, this.#ground);
    return this.#report(flag, found, suppressions, notes);
  }

  #findings(flag: FlagFile, weighed: readonly Weighed[]): readonly Found[] {
    let found: Found[] | undefined;
    for (const { rule, severity, context } of weighed) for (const finding of rule.check(flag, context)) (found ??= []).push({ id: rule.id, severity, finding });
    return found ?? NOTHING;
  }

  /** What is left when comments have taken back what they name. */
  #report(flag: FlagFile, found: readonly Found[], suppressions: readonly Suppression[], notes: readonly FileReport[] = []): readonly FileReport[] {
    if (found.length === 0 && suppressions.length === 0) return notes;
    const reports = new Map(notes.map((report) => [report.file, report]));
    const reportOf = (path: string): FileReport => {
      const report = reports.get(path) ?? new FileReport(path, this.#input.text(path), "style");
      reports.set(path, report);
      return report;
    };
    for (const one of found) if (!suppressions.some(({ rule }) => rule === one.id)) this.#add(reportOf(one.finding.part ?? flag.path), one, flag);
    for (const { rule, file, span } of suppressions.filter((one) => found.every(({ id }) => id !== one.rule)))
      reportOf(file).add(span, {
        code: "style/disable-unused",
        severity: "warning",
        message: `${rule} finds nothing here, so nothing needs to be taken back.`,
        fix: "Delete the comment.",
      });
    return [...reports.values()];
  }

  #add(report: FileReport, { id, severity, finding: found }: Found, flag: FlagFile): void {
    const { span, cap, part: _part, ...finding } = found;
    const entry = baselineEntry(id, flag.key ?? "");
    const isError = severity === "error" && cap === undefined;
    if (isError) this.#errors.add(entry);
    report.add(span, { ...finding, code: id, severity: isError && !this.#baseline.entries.has(entry) ? "error" : "warning" });
  }
}

const pathsOf = ({ path, parts }: FlagFile): readonly string[] => (parts.length === 0 ? [path] : [path, ...parts.map((part) => part.path)]);

interface Around {
  readonly text: (path: string) => string;
  readonly modules: StyleFacts["modules"];
}

function customFindings({ test, message, fix }: CustomRule, flag: FlagFile, { text, modules }: Around): readonly StyleFinding[] {
  switch (test.kind) {
    case "pattern": {
      const value = flag.fields.get(test.field)?.value;
      if (value === undefined || test.matches(String(value))) return [];
      return [{ span: fieldSpan(flag, test.field), message, expected: `${test.field}: with the pattern ${test.words}`, fix }];
    }
    case "schema": {
      const json = jsonAgain(flag, text);
      if (json === undefined) return [];
      return misfits(json, test.schema).map((what) => ({ span: spanIn(flag, what), message: `${message} ${what}.`, fix }));
    }
    case "module": {
      const rule = modules?.get(test.path);
      const json = rule && jsonAgain(flag, text);
      if (rule === undefined || json === undefined) return [];
      return moduleFindings(rule, json).map((one) => ({
        span: one.field === undefined ? keySpanOf(flag) : fieldSpan(flag, one.field),
        message: one.message ?? message,
        fix: one.fix ?? fix,
      }));
    }
  }
}

/**
 * The flag as one file would say it: environments in files of their own are in their place. Read again rather than kept: most projects have no such
 * rule, and a server has every flag in memory.
 */
function jsonAgain({ path, parts }: FlagFile, text: (path: string) => string): JsonValue | undefined {
  const read = (file: string): JsonValue | undefined => {
    const tree = parseTree(text(file), new FileReport(file, text(file)));
    return tree && jsonOf(tree);
  };
  const own = read(path);
  if (!isMap(own) || parts.length === 0) return own;
  const places = own["environments"];
  const apart = parts.flatMap(({ path: part, environment }) => {
    const said = read(part);
    return said === undefined ? [] : [[environment, said] as const];
  });
  return { ...own, environments: { ...(isMap(places) ? places : {}), ...Object.fromEntries(apart) } };
}

const isMap = (value: JsonValue | undefined): value is Readonly<Record<string, JsonValue>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The field that a misfit is about, where it begins with one. */
function spanIn(flag: FlagFile, what: string): Span {
  const name = flag.fields.names.find((field) => what.includes(`"${field}"`) || what.startsWith(`${field} `) || what.startsWith(`${field}.`));
  return name === undefined ? keySpanOf(flag) : fieldSpan(flag, name);
}
