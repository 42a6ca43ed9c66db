import { neutralised } from "./cells.ts";

/**
 * Rows as a CSV: RFC 4180, lines ended by CRLF, with the mark by which spreadsheets know UTF-8. What a spreadsheet would run as a formula has
 * an apostrophe before it.
 */
export function csvText(rows: readonly (readonly string[])[]): string {
  return `\uFEFF${[...rows.map((row) => row.map(cell).join(",")), ""].join("\r\n")}`;
}

function cell(value: string): string {
  const safe = neutralised(value);
  return /["\r\n,;\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
