import type { FileReport, Span } from "../diagnostic.ts";
import type { FlagFile } from "../flag-file.ts";
import { unknownRule } from "./style-config.ts";

/** One rule that a comment takes back for its flag. */
export interface Suppression {
  readonly rule: string;
  /** The file that the comment stands in. */
  readonly file: string;
  /** The whole comment. */
  readonly span: Span;
}

const COMMENT = /#[ \t]*sluice-disable(?<rules>[^\n\r]*)/g;
/** Comments of one file; more are ignored. */
const COMMENTS_MAX = 50;

/** Whether a file may take rules back: most do not, and are not looked through. */
export const holdsSuppressions = (text: string): boolean => text.includes("sluice-disable");

/**
 * Reads `# sluice-disable key/length -- reason` in the flag's own file or a part of it. A comment holds for the flag, wherever it stands. One
 * without a reason takes nothing back and is reported.
 */
export function readSuppressions(
  flag: FlagFile,
  { text, known }: { readonly text: string; readonly known: readonly string[] },
  report: FileReport,
): readonly Suppression[] {
  if (!holdsSuppressions(text)) return [];
  const found: Suppression[] = [];
  for (const match of [...text.matchAll(COMMENT)].slice(0, COMMENTS_MAX)) {
    const span = { start: match.index, end: match.index + match[0].length };
    if (report.file === flag.path && isInText(flag, span.start)) continue;
    const [names = "", ...reason] = (match.groups?.["rules"] ?? "").split("--");
    if (reason.join("--").trim() === "") {
      report.add(span, {
        code: "style/disable-reason",
        message: "A rule is taken back without a reason.",
        expected: "# sluice-disable key/length -- why",
        fix: "Add -- and why, so that whoever reads it next knows.",
      });
      continue;
    }
    const rules = names.split(/[\s,]+/).filter((name) => name !== "");
    for (const rule of rules) {
      if (known.includes(rule)) found.push({ rule, file: report.file, span });
      else report.add(span, unknownRule(rule, known));
    }
  }
  return found;
}

/** A description may tell of such a comment without being one. */
const isInText = ({ fields }: FlagFile, at: number): boolean =>
  fields.names.some((name) => {
    const place = fields.get(name);
    return typeof place?.value === "string" && place.span.start < at && at < place.span.end;
  });
