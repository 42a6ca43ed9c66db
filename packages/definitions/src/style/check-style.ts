import { type Diagnostic, FileReport, type Finding, type Span } from "../diagnostic.ts";
import { misfits } from "../value-schema.ts";
import { jsonOf } from "../fields.ts";
import type { FlagFile } from "../flag-file.ts";
import { parseTree } from "../yaml-tree.ts";
import { BASELINE_FILE, type Baseline, baselineEntry, readBaseline } from "./baseline.ts";
import type { CustomRule } from "./custom-rule.ts";
import { settingOf, type StyleGuide } from "./guide.ts";
import { styleRules } from "./registry.ts";
import { fieldSpan, keySpanOf, type RuleContext, type Severity, type StyleFinding, type StyleRule, type StyleWorld } from "./rule.ts";
import { readSuppressions, type Suppression } from "./suppressions.ts";

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

class StyleCheck {
  readonly #input: StyleInput;
  readonly #baseline: Baseline;
  readonly #known: readonly string[];
  readonly #errors = new Set<string>();
  readonly #settings = new Map<string, ReturnType<typeof settingOf>>();

  constructor(input: StyleInput) {
    this.#input = input;
    this.#baseline = readBaseline(input.baseline ?? "");
    this.#known = [...styleRules.map(({ id }) => id), ...input.guide.custom.map(({ id }) => id)];
  }

  run(): StyleOutcome {
    const { world } = this.#input;
    const reports = [...world.flags.values()].map((flag) => this.#check(flag));
    this.#checkBaseline();
    return { diagnostics: [...reports, this.#baseline.report].flatMap(({ diagnostics }) => diagnostics), errors: this.#errors };
  }

  #check(flag: FlagFile): FileReport {
    const { guide, world, text } = this.#input;
    const report = new FileReport(flag.path, text(flag.path), "style");
    const suppressions = readSuppressions(flag, { text: text(flag.path), known: this.#known }, report);
    const used = new Set<Suppression>();
    const take = (id: Finding["code"], severity: Severity, findings: readonly StyleFinding[]): void => {
      const comments = suppressions.filter(({ rule }) => rule === id);
      if (findings.length > 0) for (const comment of comments) used.add(comment);
      if (comments.length === 0) for (const finding of findings) this.#add(report, { id, severity, flag }, finding);
    };
    const base = { world, caseName: guide.caseName, hasAreas: guide.hasAreas, areas: guide.areas };
    for (const rule of styleRules) {
      const { severity, options } = this.#setting(rule, flag);
      if (severity !== "off") take(rule.id, severity, rule.check(flag, { ...base, options } satisfies RuleContext));
    }
    for (const rule of guide.custom) {
      const { severity } = this.#setting({ ...rule, options: {} }, flag);
      if (severity !== "off") take(rule.id, severity, customFindings(rule, flag, text));
    }
    for (const { rule, span } of suppressions.filter((one) => !used.has(one)))
      report.add(span, {
        code: "style/disable-unused",
        severity: "warning",
        message: `${rule} finds nothing here, so nothing needs to be taken back.`,
        fix: "Delete the comment.",
      });
    return report;
  }

  /** The same for every flag where the guide has no overrides. */
  #setting(rule: Pick<StyleRule, "id" | "severity" | "options">, flag: FlagFile): ReturnType<typeof settingOf> {
    const { guide } = this.#input;
    if (guide.overrides.length > 0) return settingOf(guide, rule, flag);
    let setting = this.#settings.get(rule.id);
    if (setting === undefined) this.#settings.set(rule.id, (setting = settingOf(guide, rule, flag)));
    return setting;
  }

  #add(
    report: FileReport,
    { id, severity, flag }: { readonly id: Finding["code"]; readonly severity: Severity; readonly flag: FlagFile },
    found: StyleFinding,
  ): void {
    const { span, cap, ...finding } = found;
    const entry = baselineEntry(id, flag.key ?? "");
    const isError = severity === "error" && cap === undefined;
    if (isError) this.#errors.add(entry);
    report.add(span, { ...finding, code: id, severity: isError && !this.#baseline.entries.has(entry) ? "error" : "warning" });
  }

  /** Entries that nothing stands for any more, and entries that were added to it. */
  #checkBaseline(): void {
    const { entries, report } = this.#baseline;
    const before = this.#input.world.facts.baselineBefore;
    for (const [entry, span] of entries) {
      if (!this.#errors.has(entry))
        report.add(span, {
          code: "style/baseline-stale",
          severity: "warning",
          message: `${entry.replace(" ", " no longer finds anything in ")}.`,
          fix: "Take it out, or run: sluice validate --fix",
        });
      else if (before !== undefined && !before.has(entry))
        report.add(span, {
          code: "style/baseline-grown",
          message: `${entry.replace(" ", " of ")} was not in the baseline before.`,
          expected: `${BASELINE_FILE} with fewer entries, never more`,
          fix: "Take it out and mend the flag, or write # sluice-disable with a reason into its file.",
        });
    }
  }
}

function customFindings({ test, message, fix }: CustomRule, flag: FlagFile, text: (path: string) => string): readonly StyleFinding[] {
  switch (test.kind) {
    case "pattern": {
      const value = flag.fields.get(test.field)?.value;
      if (value === undefined || test.matches(String(value))) return [];
      return [{ span: fieldSpan(flag, test.field), message, expected: `${test.field}: with the pattern ${test.words}`, fix }];
    }
    case "schema": {
      // Read again rather than kept: most projects have no such rule, and a server has every flag in memory.
      const tree = parseTree(text(flag.path), new FileReport(flag.path, text(flag.path)));
      if (tree === undefined) return [];
      return misfits(jsonOf(tree), test.schema).map((what) => ({ span: spanIn(flag, what), message: `${message} ${what}.`, fix }));
    }
  }
}

/** The field that a misfit is about, where it begins with one. */
function spanIn(flag: FlagFile, what: string): Span {
  const name = [...flag.fields.keys()].find((field) => what.includes(`"${field}"`) || what.startsWith(`${field} `) || what.startsWith(`${field}.`));
  return name === undefined ? keySpanOf(flag) : fieldSpan(flag, name);
}
