import type { Result } from "@sluice/evaluation";
import { CsvError, type Options, parse } from "csv-parse/sync";
import type { NotRead } from "./text.ts";

/** What separates the cells of a file. */
export type Separator = "," | ";" | "\t";

/** One row, with the line on which it begins; a cell in quotes may go over several. */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

const SEPARATORS: readonly Separator[] = [",", ";", "\t"];
/** Characters of one row: 200 columns of 500. A quote that is never closed is found here, long before the end of a large file. */
const ROW_CHARS_MAX = 100_000;
const LINE_END = /\r\n|\n|\r/g;

/** The separator that the first line has most of outside quotes, or says itself (`sep=;`, as spreadsheets write). A comma where it has none. */
export function separatorOf(text: string): { readonly separator: Separator; readonly skippedLines: 0 | 1 } {
  const said = /^sep=([,;\t])(?:\r\n|\n|\r)/i.exec(text)?.[1];
  const own = SEPARATORS.find((each) => each === said);
  if (own !== undefined) return { separator: own, skippedLines: 1 };
  const first = (/^(?:"[^"]*"|[^"\r\n])*/.exec(text)?.[0] ?? "").replaceAll(/"[^"]*"/g, "");
  const most = SEPARATORS.toSorted((a, b) => first.split(b).length - first.split(a).length)[0];
  return { separator: most ?? ",", skippedLines: 0 };
}

/**
 * The rows of RFC 4180 text, those of nothing but empty cells left out; lines end in CRLF, LF or CR. A quote that is never closed, stands in
 * the middle of a cell or is followed by more text refuses the whole file: what is behind it could be read in more than one way.
 */
export function recordsOf(text: string, separator: Separator, skippedLines: 0 | 1): Result<readonly CsvRecord[], NotRead> {
  const body = skippedLines === 0 ? text : text.replace(/^[^\r\n]*(?:\r\n|\n|\r)/, "");
  /** The line on which the last row that could be read ends. */
  let behind: number = skippedLines;
  const records: CsvRecord[] = [];
  const options: Options = {
    delimiter: separator,
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    max_record_size: ROW_CHARS_MAX,
    // The parser itself keeps nothing: `null` leaves the row out of its own list.
    on_record: (cells: readonly string[], { lines }: { readonly lines: number }) => {
      behind = lines + skippedLines;
      const over = cells.reduce((ends, cell) => ends + (cell.match(LINE_END)?.length ?? 0), 0);
      if (cells.some((cell) => cell.trim() !== "")) records.push({ line: behind - over, cells });
      return null;
    },
  };
  try {
    parse(body, options);
    return { ok: true, value: records };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return { ok: false, problem: brokenAt(error.code, behind + 1) };
  }
}

function brokenAt(code: string, line: number): NotRead {
  const row = `The row that begins on line ${line}`;
  switch (code) {
    case "CSV_QUOTE_NOT_CLOSED":
    case "CSV_MAX_RECORD_SIZE":
      return {
        message: `${row} opens a quote that is never closed, or is longer than ${ROW_CHARS_MAX} characters, so everything behind it would belong to one cell.`,
        fix: "Close the quote, or write two quotes where one belongs to the text; then choose the file again.",
      };
    case "CSV_INVALID_CLOSING_QUOTE":
      return { message: `${row} has text behind a closing quote.`, fix: 'Write two quotes where one belongs to the text ("Harrow ""North"" Ltd").' };
    default:
      return {
        message: `${row} has a quote in the middle of a cell.`,
        fix: 'Put the whole cell in quotes and double the one inside ("Harrow ""North"" Ltd").',
      };
  }
}
