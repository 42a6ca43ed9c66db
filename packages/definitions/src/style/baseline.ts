import { FileReport } from "../diagnostic.ts";
import { Fields } from "../fields.ts";
import { parseTree, type Tree } from "../yaml-tree.ts";

/** Where the baseline stands, beside `sluice.yaml`. */
export const BASELINE_FILE = "style-baseline.yaml";

/** Findings of flags that were there before the guide: they stay warnings, and may only become fewer. */
export interface Baseline {
  /** `rule key` → where the entry stands. */
  readonly entries: ReadonlyMap<string, { readonly start: number; readonly end: number }>;
  readonly report: FileReport;
}

/** Names a finding in the baseline. */
export const baselineEntry = (rule: string, flag: string): string => `${rule} ${flag}`;

/** The rule and the flag, or for code without a flag the file, of an entry; a path may hold spaces. */
const partsOf = (entry: string): readonly [rule: string, flag: string] => {
  const end = entry.indexOf(" ");
  return [entry.slice(0, end), entry.slice(end + 1)];
};

/** Whether an entry is about code: a look at flag files finds nothing of it, and the other way round. */
export const isCodeEntry = (entry: string): boolean => entry.startsWith("code/");

/** Reads the baseline: rules, each with the keys that it found. */
export function readBaseline(text: string): Baseline {
  const report = new FileReport(BASELINE_FILE, text, "style");
  const entries = new Map<string, { readonly start: number; readonly end: number }>();
  // Nothing but the comment that it begins with: everything is mended.
  const isEmpty = text.split("\n").every((line) => /^\s*(?:#|$)/.test(line));
  const tree = isEmpty ? undefined : parseTree(text, report);
  if (tree === undefined) return { entries, report };
  const rules = tree.kind === "map" ? tree.entries : (Fields.ofFile(report, tree, []), []);
  for (const { key: rule, value } of rules)
    for (const item of itemsOf(value)) if (item.kind === "value") entries.set(baselineEntry(rule, String(item.value)), item.span);
  return { entries, report };
}

const itemsOf = (tree: Tree): readonly Tree[] => (tree.kind === "list" ? tree.items : []);

/** Entries that nothing stands for any more, and entries that were added to it. */
export function checkBaseline(
  { entries, report }: Baseline,
  found: { readonly errors: ReadonlySet<string>; readonly before: ReadonlySet<string> | undefined; readonly isAbout: (entry: string) => boolean },
): void {
  for (const [entry, span] of entries) {
    if (!found.isAbout(entry)) continue;
    if (!found.errors.has(entry))
      report.add(span, {
        code: "style/baseline-stale",
        severity: "warning",
        message: `${entry.replace(" ", " no longer finds anything in ")}.`,
        fix: "Take it out, or run: sluice validate --fix",
      });
    else if (found.before !== undefined && !found.before.has(entry))
      report.add(span, {
        code: "style/baseline-grown",
        message: `${entry.replace(" ", " of ")} was not in the baseline before.`,
        expected: `${BASELINE_FILE} with fewer entries, never more`,
        fix: isCodeEntry(entry)
          ? "Take it out and mend the code, or write sluice-disable with a reason beside it."
          : "Take it out and mend the flag, or write # sluice-disable with a reason into its file.",
      });
  }
}

/** Paths hold signs that YAML reads otherwise. */
const written = (name: string): string => (/^[\w./-]+$/.test(name) ? name : JSON.stringify(name));

/** The file's text for these findings, sorted, so that two branches that mend different flags merge. */
export function baselineText(entries: Iterable<string>): string {
  const byRule = new Map<string, string[]>();
  for (const entry of [...entries].sort()) {
    const [rule, flag] = partsOf(entry);
    byRule.set(rule, [...(byRule.get(rule) ?? []), flag]);
  }
  const lines = [...byRule].map(([rule, flags]) => `${rule}:\n${flags.map((flag) => `  - ${written(flag)}\n`).join("")}`);
  return `# Flags that were there before the style guide: they are warned about. This list may only become shorter (sluice validate --fix).\n${lines.join("")}`;
}
