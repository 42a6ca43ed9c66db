import { type Diagnostic, pathFromRoot, wholeMessage } from "@sluice/definitions";
import type { CheckAnnotation } from "./check-run.ts";

/** A mistake as GitHub shows it beside its line. `prefix` is the project's folder in its repository (`infra/flags/`, or empty). */
export function annotationOf(diagnostic: Diagnostic, prefix: string): CheckAnnotation {
  const { code, severity, file, line, column, endLine, endColumn } = diagnostic;
  return {
    path: pathFromRoot(prefix, file),
    start_line: line,
    end_line: endLine,
    ...(line === endLine ? { start_column: column, end_column: endColumn } : {}),
    annotation_level: severity === "error" ? "failure" : "warning",
    title: code,
    message: wholeMessage(diagnostic),
  };
}
