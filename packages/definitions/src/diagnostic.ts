import type { DiagnosticCode } from "./diagnostic-catalogue.ts";

/** One mistake: where, what, what was expected, the nearest right name, and how to mend it. Lines and columns count from 1. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: "error" | "warning";
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly message: string;
  readonly expected?: string;
  readonly nearest?: string;
  readonly fix: string;
  /** Reads offline: a page of this repository. */
  readonly docs: string;
}

/** What a check says; the place and the documentation are added by its reporter. */
export interface Finding {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly fix: string;
  readonly expected?: string;
  readonly nearest?: string | undefined;
  readonly severity?: "error" | "warning";
}

/** A stretch of a file's text, by character offsets. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The anchor a Markdown heading of the code gets. */
export const docsOf = (code: DiagnosticCode): string => `docs/errors.md#${code.replace("/", "")}`;

/** Turns findings about one file's text into diagnostics. */
export class FileReport {
  readonly file: string;
  readonly diagnostics: Diagnostic[] = [];
  readonly #lines: readonly number[];

  constructor(file: string, text: string) {
    this.file = file;
    const lines = [0];
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines.push(at + 1);
    this.#lines = lines;
  }

  get hasErrors(): boolean {
    return this.diagnostics.some((diagnostic) => diagnostic.severity === "error");
  }

  #place(offset: number): readonly [line: number, column: number] {
    let low = 0;
    let high = this.#lines.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#lines[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return [low + 1, offset - (this.#lines[low] ?? 0) + 1];
  }

  add(span: Span, finding: Finding): void {
    const [line, column] = this.#place(span.start);
    const [endLine, endColumn] = this.#place(Math.max(span.start, span.end));
    const { code, message, fix, expected, nearest, severity = "error" } = finding;
    this.diagnostics.push({ code, severity, file: this.file, line, column, endLine, endColumn, message, ...(expected === undefined ? {} : { expected }), ...(nearest === undefined ? {} : { nearest }), fix, docs: docsOf(code) });
  }
}
