import { codeOwnersOf, codeOwnersState, type Diagnostic, plainMarkdown, quotedMarkdown, sourcePlace, staleCodeOwners } from "@sluice/definitions";
import { annotationOf, approvalsPart, type ApprovalState, type CheckAnnotation, type CheckConclusion, missingApprovals } from "@sluice/github";
import { counted, isWhole, reviewReport, reviewTitle } from "@sluice/snapshot";
import type { CodeAnswer } from "../code/code-question.ts";
import type { ChangeFindings } from "./change-review.ts";

/** What is to be said of a change, in a check and in a comment. */
export interface Verdict {
  readonly conclusion: CheckConclusion;
  readonly title: string;
  /** Markdown. */
  readonly report: string;
  readonly annotations: readonly CheckAnnotation[];
}

const UNCHANGED: Verdict = { conclusion: "success", title: "No flag file changes", report: "## Flags: nothing changes", annotations: [] };

/** Whether there is nothing to say: no flag file changes, and code has no findings that the change brings. */
export const saysNothing = ({ changed, code }: ChangeFindings): boolean => changed.length === 0 && (code === undefined || isSilent(code));

const isSilent = ({ diagnostics, notes }: CodeAnswer): boolean => diagnostics.length + notes.length === 0;

/** Mistakes fail a change, approvals that are missing keep it open; `prefix` is the project's folder in its repository. */
export function verdictOf(change: ChangeFindings, approvals: readonly ApprovalState[], prefix: string): Verdict {
  if (saysNothing(change)) return UNCHANGED;
  const found = withCode(change.changed.length === 0 ? ofCodeAlone(change) : change, prefix);
  const { parsed, plan, elsewhere } = found;
  const missing = missingApprovals(approvals);
  const stale = staleOwners(found, prefix);
  const reviewed = {
    parsed,
    plan,
    prefix,
    parts: [
      ...(elsewhere.length === 0 ? [] : [elsewherePart(elsewhere)]),
      ...(approvals.length === 0 ? [] : [approvalsPart(approvals)]),
      ...(stale === undefined ? [] : [`⚠️ ${staleCodeOwners(stale)}`]),
      ...(found.code?.notes ?? []).map((note) => `⚠️ ${plainMarkdown(note)}`),
    ],
  };
  const broken = elsewhere.length === 0 ? "" : `, ${counted(elsewhere.length, "mistake")} elsewhere`;
  const title = `${reviewTitle(reviewed)}${broken}${missing === 0 ? "" : `, ${counted(missing, "approval")} missing`}`;
  const isWrong = elsewhere.length > 0 || parsed.diagnostics.some(({ severity }) => severity === "error");
  return {
    conclusion: isWrong ? "failure" : missing > 0 ? "action_required" : "success",
    title: title.charAt(0).toUpperCase() + title.slice(1),
    report: reviewReport(reviewed),
    annotations: [...parsed.diagnostics.map((one) => annotationOf(one, prefix)), ...(stale === undefined ? [] : [staleAnnotation(stale)])],
  };
}

/** What is wrong with flag files that the change leaves alone is said to those who change them. */
const ofCodeAlone = (found: ChangeFindings): ChangeFindings => ({
  ...found,
  parsed: { ...found.parsed, diagnostics: [], tests: { ...found.parsed.tests, results: [] } },
  elsewhere: [],
  plan: { changes: [], project: [], basis: "" },
  codeOwners: undefined,
});

/** With what is told of code, by its path as it is seen from the project's folder. */
function withCode(found: ChangeFindings, prefix: string): ChangeFindings {
  const up = "../".repeat(prefix.split("/").length - 1);
  const told = found.code?.diagnostics.map((one) => ({ ...one, file: up + one.file })) ?? [];
  return { ...found, parsed: { ...found.parsed, diagnostics: [...found.parsed.diagnostics, ...told] } };
}

/** Mistakes told at most; the sync health page has all once they are there. */
const ELSEWHERE_MAX = 20;

/** What the change breaks in other repositories: nothing there can be annotated from here. */
function elsewherePart(elsewhere: readonly Diagnostic[]): string {
  const lines = elsewhere.slice(0, ELSEWHERE_MAX).map(({ file, line, message, fix }) => {
    const { source = "the main source", path } = sourcePlace(file);
    return `- ❌ ${quotedMarkdown(`${path}:${line}`)} of ${quotedMarkdown(source)}: ${plainMarkdown(message)} ${plainMarkdown(fix)}`;
  });
  const more = elsewhere.length - ELSEWHERE_MAX;
  return ["### What it breaks elsewhere", "", ...lines, ...(more > 0 ? [`- and ${more} more`] : [])].join("\n");
}

/** The path of a CODEOWNERS that has our lines and not as the flags' owners say. */
function staleOwners({ parsed, codeOwners }: ChangeFindings, prefix: string): string | undefined {
  if (codeOwners === undefined || !isWhole(parsed)) return undefined;
  return codeOwnersState(codeOwners.text, codeOwnersOf(parsed, prefix).lines) === "stale" ? codeOwners.path : undefined;
}

const staleAnnotation = (path: string): CheckAnnotation => ({
  path,
  start_line: 1,
  end_line: 1,
  annotation_level: "warning",
  title: "codeowners/stale",
  message: "This is not what the flags' owners say. Fix: run sluice codeowners --write.",
});
