import type { Diagnostic } from "./diagnostic.ts";

export interface FormatOptions {
  readonly format: "text" | "json";
  readonly colour: boolean;
}

/** Diagnostics for people, with the line and a caret below the place, or as JSON for machines. `text` gives a file's text. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], text: (path: string) => string | undefined, options: FormatOptions): string {
  if (options.format === "json") return JSON.stringify({ diagnostics });
  const paint = (code: number, words: string): string => (options.colour ? `\u001b[${code}m${words}\u001b[0m` : words);
  const lines = new Map<string, readonly string[]>();
  const lineOf = ({ file, line }: Diagnostic): string | undefined => {
    let known = lines.get(file);
    if (known === undefined) lines.set(file, (known = text(file)?.split("\n") ?? []));
    return known[line - 1];
  };
  return diagnostics.map((one) => formatOne(one, lineOf(one), paint)).join("\n");
}

function formatOne(one: Diagnostic, source: string | undefined, paint: (code: number, words: string) => string): string {
  const lines = [
    `${paint(1, `${one.file}:${one.line}:${one.column}`)}  ${one.severity === "error" ? paint(31, "error") : paint(33, "warning")}  ${one.message}  ${paint(2, one.code)}`,
  ];
  const line = source?.replace(/\r$/, "").replaceAll("\t", " ");
  if (line !== undefined && line.trim() !== "") {
    // A very long line is cut around the place, so that the caret stays under it.
    const from = Math.max(0, Math.min(one.column - 41, line.length - 100));
    const width = Math.max(1, Math.min((one.endLine === one.line ? one.endColumn : line.length + 1) - one.column, line.length - one.column + 1, 60));
    lines.push(
      `${paint(2, `${String(one.line).padStart(5)} |`)} ${line.slice(from, from + 100)}`,
      `${paint(2, "      |")} ${" ".repeat(Math.max(0, one.column - 1 - from))}${paint(31, "^".repeat(width))}`,
    );
  }
  if (one.expected !== undefined) lines.push(`        expected   ${one.expected}`);
  if (one.nearest !== undefined) lines.push(`        did you mean ${paint(32, one.nearest)}?`);
  lines.push(`        fix        ${one.fix}`, paint(2, `        more       ${one.docs}`));
  return `${lines.join("\n")}\n`;
}
