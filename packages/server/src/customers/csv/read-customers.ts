import type { Result } from "@sluice/evaluation";
import type { Track } from "@sluice/releases";
import { isFormula, type Read, readKey, readName, readTags, readTrack, readZone, shown, textOf } from "./cells.ts";
import { type Columns, columnsOf, type Field } from "./columns.ts";
import { type CsvRecord, recordsOf, type Separator, separatorOf } from "./records.ts";
import { decodeText, type Encoding, type NotRead } from "./text.ts";

/** Bytes of one file: 50,000 rows of 160 bytes, or 25,000 in UTF-16. */
export const CSV_BYTES_MAX: number = 8 * 2 ** 20;
/** Rows of one file, the first line not counted. */
export const CSV_ROWS_MAX = 50_000;
/** Problems and remarks that are listed; the rest is counted. */
export const CSV_PROBLEMS_SHOWN = 100;

/** One row that can be imported. What is absent was not said: its column is not in the file, or the track's cell is empty. */
export interface CustomerRow {
  readonly line: number;
  readonly key: string;
  /** Never empty. */
  readonly name?: string;
  /** Empty: nobody knows it. */
  readonly zone?: string;
  readonly track?: Track;
  readonly tags?: readonly string[];
  /** E-mail, id or name of an account; empty: nobody looks after the customer. */
  readonly owner?: string;
}

/** Something about a row that a person should know. */
export interface RowProblem {
  readonly line: number;
  /** From 1; absent where the row as a whole is meant. */
  readonly column?: number;
  /** `leftOut`: the row is not imported. `remark`: it is, and this is worth a look. */
  readonly kind: "leftOut" | "remark";
  /** What it is and what was expected. */
  readonly message: string;
  readonly fix: string;
}

export interface CustomersCsv {
  readonly rows: readonly CustomerRow[];
  /** Rows that cannot be imported. */
  readonly leftOut: number;
  /** Rows that can be, with a remark. */
  readonly remarks: number;
  /** At most `CSV_PROBLEMS_SHOWN`, in the order of the file. */
  readonly problems: readonly RowProblem[];
  readonly encoding: Encoding;
  readonly separator: Separator;
  /** Columns that say nothing we know. */
  readonly ignoredColumns: readonly string[];
}

/**
 * Reads a CSV of customers. The problem is one of the file as a whole: too large, no text, no key column, nothing in it, too many rows;
 * then nothing is read. A row that is wrong anywhere is left out whole and reported with its line and column: never half imported.
 */
export function readCustomersCsv(bytes: Uint8Array): Result<CustomersCsv, NotRead> {
  if (bytes.length > CSV_BYTES_MAX)
    return {
      ok: false,
      problem: {
        message: `The file has ${bytes.length} bytes; ${CSV_BYTES_MAX} are allowed.`,
        fix: "Split it: customers that are not in a file stay as they are.",
      },
    };
  const decoded = decodeText(bytes);
  if (!decoded.ok) return decoded;
  const { text, encoding } = decoded.value;
  const { separator, skippedLines } = separatorOf(text);
  const records = recordsOf(text, separator, skippedLines);
  if (!records.ok) return records;
  const [header, ...rows] = records.value;
  if (header === undefined)
    return { ok: false, problem: { message: "The file is empty.", fix: "Name the columns in the first line, then write a row for each customer." } };
  if (rows.length > CSV_ROWS_MAX)
    return {
      ok: false,
      problem: {
        message: `The file has ${rows.length} rows; ${CSV_ROWS_MAX} are allowed.`,
        fix: "Split it: customers that are not in a file stay as they are.",
      },
    };
  const columns = columnsOf(header.cells);
  if (!columns.ok) return columns;
  const reading = new Reading(columns.value);
  for (const record of rows) reading.take(record);
  return { ok: true, value: { ...reading.result, encoding, separator, ignoredColumns: columns.value.ignored } };
}

interface Found {
  readonly column: number | undefined;
  readonly message: string;
  readonly fix: string;
}

class Reading {
  readonly #columns: Columns;
  readonly #rows: CustomerRow[] = [];
  readonly #problems: RowProblem[] = [];
  /** Line by key, as it is and in lower case. */
  readonly #seen = new Map<string, number>();
  readonly #seenFolded = new Map<string, string>();
  /** A list has few zones: each is looked up once. */
  readonly #knownZones = new Map<string, Read<string>>();
  #leftOut = 0;
  #remarks = 0;

  constructor(columns: Columns) {
    this.#columns = columns;
  }

  get result(): Pick<CustomersCsv, "rows" | "leftOut" | "remarks" | "problems"> {
    return { rows: this.#rows, leftOut: this.#leftOut, remarks: this.#remarks, problems: this.#problems };
  }

  take(record: CsvRecord): void {
    const row = this.#row(record);
    if ("message" in row) {
      this.#leftOut += 1;
      this.#list(record.line, row, "leftOut");
      return;
    }
    const remark = this.#remarkOn(record, row);
    if (remark !== undefined) {
      this.#remarks += 1;
      this.#list(record.line, remark, "remark");
    }
    this.#seen.set(row.key, record.line);
    this.#seenFolded.set(row.key.toLowerCase(), row.key);
    this.#rows.push(row);
  }

  #list(line: number, { column, message, fix }: Found, kind: RowProblem["kind"]): void {
    if (this.#problems.length >= CSV_PROBLEMS_SHOWN) return;
    this.#problems.push({ line, ...(column === undefined ? {} : { column }), kind, message, fix });
  }

  /** The row, or the first thing that is wrong with it. */
  #row(record: CsvRecord): CustomerRow | Found {
    const { cells, line } = record;
    if (cells.length > this.#columns.count && cells.slice(this.#columns.count).some((cell) => cell.trim() !== ""))
      return {
        column: undefined,
        message: `It has ${cells.length} cells; the first line names ${this.#columns.count}.`,
        fix: "Put cells that hold a separator in quotes.",
      };
    const key = readKey(this.#cell(record, "key") ?? "");
    if (!key.ok) return this.#found("key", key);
    const before = this.#seen.get(key.value);
    if (before !== undefined)
      return {
        column: this.#column("key"),
        message: `The key ${shown(key.value)} is on line ${before} already, which is the one that is imported.`,
        fix: "Keep one of the two.",
      };
    const parts = {
      name: this.#read(record, "name", readName),
      zone: this.#read(record, "zone", (cell) => this.#zone(cell)),
      track: this.#read(record, "track", readTrack),
      tags: this.#read(record, "tags", readTags),
    };
    for (const field of ["name", "zone", "track", "tags"] as const) {
      const part = parts[field];
      if (part !== undefined && !part.ok) return this.#found(field, part);
    }
    const [name, zone, track, tags] = [valueOf(parts.name), valueOf(parts.zone), valueOf(parts.track), valueOf(parts.tags)];
    const owner = this.#cell(record, "owner");
    return {
      line,
      key: key.value,
      ...(name === undefined || name === "" ? {} : { name }),
      ...(zone === undefined ? {} : { zone }),
      ...(track === undefined ? {} : { track }),
      ...(tags === undefined ? {} : { tags }),
      ...(owner === undefined ? {} : { owner }),
    };
  }

  #remarkOn({ cells }: CsvRecord, { key }: CustomerRow): Found | undefined {
    for (const [field, index] of this.#columns.at) {
      const cell = cells[index] ?? "";
      if (isFormula(cell) && (field === "key" || field === "name" || field === "tags"))
        return {
          column: index + 1,
          message: `The ${field} ${shown(cell)} begins as a formula of a spreadsheet does. It is imported as text.`,
          fix: "Exports write an apostrophe before it. Check that somebody meant it.",
        };
    }
    const other = this.#seenFolded.get(key.toLowerCase());
    if (other === undefined) return undefined;
    return {
      column: this.#column("key"),
      message: `The keys ${shown(other)} and ${shown(key)} differ only in case: they are two customers.`,
      fix: "Check which your application sends.",
    };
  }

  #found(field: Field, read: { readonly problem: { readonly what: string; readonly expected: string; readonly fix: string } }): Found {
    const { what, expected, fix } = read.problem;
    return { column: this.#column(field), message: `It ${what}; expected: ${expected}.`, fix };
  }

  #column(field: Field): number | undefined {
    const index = this.#columns.at.get(field);
    return index === undefined ? undefined : index + 1;
  }

  #cell({ cells }: CsvRecord, field: Field): string | undefined {
    const index = this.#columns.at.get(field);
    return index === undefined ? undefined : textOf(cells[index] ?? "");
  }

  #read<T>(record: CsvRecord, field: Field, read: (cell: string) => Read<T>): Read<T> | undefined {
    const cell = this.#cell(record, field);
    return cell === undefined ? undefined : read(cell);
  }

  #zone(cell: string): Read<string> {
    const known = this.#knownZones.get(cell);
    if (known !== undefined) return known;
    const read = readZone(cell);
    this.#knownZones.set(cell, read);
    return read;
  }
}

function valueOf<T>(read: Read<T> | undefined): T | undefined {
  return read?.ok === true ? read.value : undefined;
}
