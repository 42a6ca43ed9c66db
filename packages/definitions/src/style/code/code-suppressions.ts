import type { FileReport, Span } from "../../diagnostic.ts";
import { unknownRule } from "../style-config.ts";
import type { CodeFile } from "./code-reference.ts";

/** A rule that a comment takes back, and where. */
export interface CodeSuppression {
  readonly rule: string;
  /** The whole comment. */
  readonly span: Span;
  /** Lines, counted from 1; absent: the whole file. */
  readonly lines?: readonly [from: number, to: number];
}

const COMMENT = /sluice-disable(?<whole>-file)?[ \t]+(?<rules>[^\n\r]*)/;
/** Comments of one file; more are ignored. */
const COMMENTS_MAX = 200;

/**
 * Reads `// sluice-disable code/no-nest -- reason`: it holds for the lines of its comment, or for the line below where it stands alone;
 * `sluice-disable-file` for the whole file. One without a reason takes nothing back and is reported.
 */
export function readCodeSuppressions(
  file: CodeFile,
  { known, lineOf }: { readonly known: readonly string[]; readonly lineOf: (offset: number) => number },
  report: FileReport,
): readonly CodeSuppression[] {
  if (!file.text.includes("sluice-disable")) return [];
  const found: CodeSuppression[] = [];
  const alone = new Set(file.comments.filter(({ isAlone }) => isAlone).map(({ span }) => lineOf(span.start)));
  for (const { span, isAlone } of file.comments) {
    const match = COMMENT.exec(file.text.slice(span.start, span.end));
    if (match === null || found.length >= COMMENTS_MAX) continue;
    const [names = "", ...reason] = (match.groups?.["rules"] ?? "").replace(/\*\/\s*$/, "").split("--");
    if (reason.join("--").trim() === "") {
      report.add(span, {
        code: "style/disable-reason",
        message: "A rule is taken back without a reason.",
        expected: "sluice-disable code/no-nest -- why",
        fix: "Add -- and why, so that whoever reads it next knows.",
      });
      continue;
    }
    let below = lineOf(span.end) + 1;
    while (alone.has(below)) below += 1;
    const lines = [lineOf(span.start), isAlone ? below : lineOf(span.end)] as const;
    for (const rule of names.split(/[\s,]+/).filter((name) => name !== "")) {
      if (known.includes(rule)) found.push({ rule, span, ...(match.groups?.["whole"] === undefined ? { lines } : {}) });
      else report.add(span, unknownRule(rule, known));
    }
  }
  return found;
}
