import type { DiagnosticCode } from "./diagnostic-catalogue.ts";

/** One mistake: where, what, what was expected, the nearest right name, and how to mend it. Lines and columns count from 1. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: "error" | "warning";
  /** Told by the style guide: the flag is served all the same. */
  readonly isStyle?: true;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly message: string;
  readonly expected?: string;
  readonly nearest?: string;
  readonly fix: string;
  /** A change of the file's text that mends it, where one is known. */
  readonly repair?: Repair;
  /** Reads offline: a page of this repository. */
  readonly docs: string;
}

/** A change of one file that a machine can make. Offsets count UTF-16 units of the text without a byte-order mark. */
export interface Repair {
  /** What it does, for a menu. */
  readonly words: string;
  readonly edits: readonly TextEdit[];
  /** The file's new path, where it moves. */
  readonly moveTo?: string;
  /** Made by `sluice validate --fix`; any other is offered only. */
  readonly isAutomatic: boolean;
}

/** A stretch of a text and what stands there instead. */
export interface TextEdit extends Span {
  readonly text: string;
}

/** What a check says; the place and the documentation are added by its reporter. */
export interface Finding {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly fix: string;
  readonly expected?: string;
  readonly nearest?: string | undefined;
  readonly severity?: "error" | "warning";
  readonly repair?: Repair | undefined;
}

/** A stretch of a file's text, by character offsets. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The anchor a Markdown heading of the code gets. */
export const docsOf = (code: DiagnosticCode): string => `docs/errors.md#${code.startsWith("custom/") ? "stylecustom" : code.replace("/", "")}`;

/** Findings told about one file: nobody reads more at once, and a hostile file has a million. */
const FINDINGS_MAX = 100;

/** Characters of a sentence; the longest that is meant, about paths of 255 characters, has 600. */
const SENTENCE_CHARS_MAX = 3_000;
const SENTENCE_END_CHARS = 300;

/** Turns findings about one file's text into diagnostics. Those of `style` keep nothing from being served. */
export class FileReport {
  readonly file: string;
  readonly #about: "serving" | "style";
  readonly diagnostics: Diagnostic[] = [];
  readonly #text: string;
  #lines: readonly number[] | undefined;
  #hasErrors = false;
  #isFull = false;

  constructor(file: string, text: string, about: "serving" | "style" = "serving") {
    this.file = file;
    this.#about = about;
    this.#text = text;
  }

  /** Counts errors that are no longer told, too. */
  get hasErrors(): boolean {
    return this.#hasErrors;
  }

  /** True once more was found than is told; checks that cost time may then stop early, for `hasErrors` is true as well. */
  get isFull(): boolean {
    return this.#isFull && this.#hasErrors;
  }

  #place(offset: number): readonly [line: number, column: number] {
    this.#lines ??= lineStarts(this.#text);
    const lines = this.#lines;
    let low = 0;
    let high = lines.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((lines[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return [low + 1, offset - (lines[low] ?? 0) + 1];
  }

  /** Line of an offset, counted from 1. */
  lineOf(offset: number): number {
    return this.#place(offset)[0];
  }

  add(span: Span, finding: Finding): void {
    if ((finding.severity ?? "error") === "error") this.#hasErrors = true;
    if (this.diagnostics.length < FINDINGS_MAX) this.#push(span, finding);
    else if (!this.#isFull) {
      this.#isFull = true;
      this.#push(span, {
        code: "file/more",
        severity: finding.severity ?? "error",
        message: `There are more mistakes from here on; the first ${FINDINGS_MAX} are told.`,
        fix: "Mend those that are told, and look again.",
      });
    }
  }

  #push(span: Span, finding: Finding): void {
    const [line, column] = this.#place(span.start);
    const [endLine, endColumn] = this.#place(Math.max(span.start, span.end));
    const { code, nearest, repair, severity = "error" } = finding;
    const [message, fix] = [cut(finding.message), cut(finding.fix)];
    const expected = finding.expected === undefined ? undefined : cut(finding.expected);
    this.diagnostics.push({
      code,
      severity,
      ...(this.#about === "style" ? { isStyle: true as const } : {}),
      file: this.file,
      line,
      column,
      endLine,
      endColumn,
      message,
      ...(expected === undefined ? {} : { expected }),
      ...(nearest === undefined ? {} : { nearest }),
      fix,
      ...(repair === undefined ? {} : { repair }),
      docs: docsOf(code),
    });
  }
}

/** A sentence as people read it: one that quotes a word of a million characters keeps its two ends. */
function cut(sentence: string): string {
  if (sentence.length <= SENTENCE_CHARS_MAX) return sentence;
  return `${sentence.slice(0, SENTENCE_CHARS_MAX - SENTENCE_END_CHARS)}…${sentence.slice(-SENTENCE_END_CHARS)}`;
}

function lineStarts(text: string): readonly number[] {
  const lines = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines.push(at + 1);
  return lines;
}
