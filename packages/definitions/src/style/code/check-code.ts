import { type Diagnostic, FileReport } from "../../diagnostic.ts";
import type { ParsedProject } from "../../project.ts";
import { type Baseline, baselineEntry, checkBaseline, isCodeEntry, readBaseline } from "../baseline.ts";
import type { StyleOutcome } from "../check-style.ts";
import { settingOf, type StyleGuide } from "../guide.ts";
import { guideRules } from "../registry.ts";
import type { CodeFile } from "./code-reference.ts";
import { type CodeFinding, type CodeRule, type CodeRuleContext, type CodeSite, keyOf, type KnownFlags } from "./code-rule.ts";
import { codeRules } from "./code-rules.ts";
import { type CodeSuppression, readCodeSuppressions } from "./code-suppressions.ts";

/** Code with what it is held against. */
export interface CodeInput {
  readonly guide: StyleGuide;
  readonly known: KnownFlags;
  readonly files: readonly CodeFile[];
  /** Text of the baseline beside the code; undefined where there is none. */
  readonly baseline: string | undefined;
  /** Entries of the baseline before the change, as `rule key`; undefined where nobody knows. */
  readonly baselineBefore: ReadonlySet<string> | undefined;
}

/** What was found in code. */
export interface CodeOutcome extends StyleOutcome {
  /** How much there is of what is told of a flag as a whole, by the diagnostic that tells it. */
  readonly sizes: ReadonlyMap<Diagnostic, { readonly flag: string; readonly size: number }>;
}

/** What rules about code know of a project's flags; `tombstones` are its removed ones, each with when and where. */
export function knownFlags(
  { flags, brokenFlags }: Pick<ParsedProject, "flags" | "brokenFlags">,
  tombstones: ReadonlyMap<string, string> = new Map(),
): KnownFlags {
  return {
    flags,
    formerKeys: new Map([...flags.values()].flatMap(({ key, aliases = [] }) => aliases.map((alias) => [alias, key] as const))),
    brokenKeys: new Set(brokenFlags.flatMap(({ flag, aliases = [] }) => [flag, ...aliases])),
    tombstones,
  };
}

/** Every key that a flag has or had: where a client is not known as one, these tell a question from something else. */
export function everyKey({ flags, formerKeys, brokenKeys, tombstones }: KnownFlags): ReadonlySet<string> {
  return new Set([...flags.keys(), ...formerKeys.keys(), ...brokenKeys, ...tombstones.keys()]);
}

/** Holds code against the guide: every diagnostic by file and place, and what would stand in a baseline. */
export function checkCode(input: CodeInput): CodeOutcome {
  return new CodeCheck(input).run();
}

const inOrder = (a: CodeFile, b: CodeFile): number => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
const knownIds: readonly string[] = guideRules.map(({ id }) => id);

class CodeCheck {
  readonly #input: CodeInput;
  readonly #files: readonly CodeFile[];
  readonly #points: ReadonlyMap<string, readonly CodeSite[]>;
  readonly #baseline: Baseline;
  readonly #errors = new Set<string>();
  readonly #sizes = new Map<Diagnostic, { readonly flag: string; readonly size: number }>();

  constructor(input: CodeInput) {
    this.#input = input;
    this.#files = input.files.toSorted(inOrder);
    this.#points = decisionPoints(this.#files, input.known);
    this.#baseline = readBaseline(input.baseline ?? "");
  }

  run(): CodeOutcome {
    const diagnostics: Diagnostic[] = this.#files.flatMap((file) => this.#check(file).diagnostics);
    checkBaseline(this.#baseline, { errors: this.#errors, before: this.#input.baselineBefore, isAbout: isCodeEntry });
    return { diagnostics: [...diagnostics, ...this.#baseline.report.diagnostics], errors: this.#errors, sizes: this.#sizes };
  }

  #check(file: CodeFile): FileReport {
    const report = new FileReport(file.path, file.text, "style");
    const lineOf = (offset: number): number => report.lineOf(offset);
    const suppressions = readCodeSuppressions(file, { known: knownIds, lineOf }, report);
    if (file.unreadFrom !== undefined)
      report.add(file.unreadFrom, {
        code: "code/unread",
        severity: "warning",
        message: "From here on this is not what the language allows, so flags that are asked for below may be missing.",
        fix: "Mend it, or leave the file out: code: exclude in sluice.yaml",
      });
    const used = new Set<CodeSuppression>();
    for (const reference of file.references)
      for (const rule of codeRules) {
        const isTakenBack = (finding: CodeFinding): boolean => {
          const lines = [lineOf(finding.span.start), lineOf(reference.span.start)];
          const taking = suppressions.filter((one) => one.rule === rule.id && lines.some((line) => holds(one, line)));
          for (const one of taking) used.add(one);
          return taking.length > 0;
        };
        this.#ask(rule, { file, reference }, { report, isTakenBack });
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

  #ask(rule: CodeRule, site: CodeSite, told: { readonly report: FileReport; readonly isTakenBack: (finding: CodeFinding) => boolean }): void {
    const { guide, known } = this.#input;
    const key = keyOf(site.reference, known);
    const flag = known.flags.get(key ?? "");
    const { severity, options } = settingOf(guide, rule, { ...flag, path: site.file.path });
    if (severity === "off") return;
    const context: CodeRuleContext = { known, options, decisionPoints: (one) => this.#points.get(one) ?? [] };
    for (const finding of rule.check(site, context)) {
      if (told.isTakenBack(finding)) continue;
      const { span, cap, size, ...words } = site.reference.isGuess === true ? withoutMending(finding) : finding;
      const entry = baselineEntry(rule.id, key ?? site.file.path);
      const isError = severity === "error" && cap === undefined;
      if (isError) this.#errors.add(entry);
      told.report.add(span, { ...words, code: rule.id, severity: isError && !this.#baseline.entries.has(entry) ? "error" : "warning" });
      const last = told.report.diagnostics.at(-1);
      if (size !== undefined && last?.code === rule.id) this.#sizes.set(last, { flag: entry, size });
    }
  }
}

/** Who wrote it says whether it is one of ours after all. */
const withoutMending = ({ repair, ...finding }: CodeFinding): CodeFinding => ({
  ...finding,
  ...(repair === undefined ? {} : { repair: { ...repair, isAutomatic: false } }),
});

const holds = ({ lines }: CodeSuppression, line: number): boolean => lines === undefined || (lines[0] <= line && line <= lines[1]);

function decisionPoints(files: readonly CodeFile[], known: KnownFlags): ReadonlyMap<string, readonly CodeSite[]> {
  const found = new Map<string, CodeSite[]>();
  for (const file of files) {
    if (file.isTest) continue;
    for (const reference of file.references) {
      const key = keyOf(reference, known);
      if (key === undefined) continue;
      const sites = found.get(key) ?? [];
      sites.push({ file, reference });
      found.set(key, sites);
    }
  }
  return found;
}
