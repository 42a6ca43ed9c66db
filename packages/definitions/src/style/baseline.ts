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

/** The file's text for these findings, sorted, so that two branches that mend different flags merge. */
export function baselineText(entries: Iterable<string>): string {
  const byRule = new Map<string, string[]>();
  for (const entry of [...entries].sort()) {
    const [rule = "", flag = ""] = entry.split(" ");
    byRule.set(rule, [...(byRule.get(rule) ?? []), flag]);
  }
  const lines = [...byRule].map(([rule, flags]) => `${rule}:\n${flags.map((flag) => `  - ${flag}\n`).join("")}`);
  return `# Flags that were there before the style guide: they are warned about. This list may only become shorter (sluice validate --fix).\n${lines.join("")}`;
}
