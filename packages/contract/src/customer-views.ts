import type { Track } from "@sluice/releases";

/** One of `GET /api/customers`. */
export interface CustomerListing {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  /** Keys of customers that were merged into this one. */
  readonly aliases?: readonly string[];
  /** Account id in customer success. */
  readonly owner?: string;
  /** Name of that account. */
  readonly ownerName?: string;
  readonly zone?: string;
  readonly track: Track;
  readonly tags: readonly string[];
  /** One of the company's own, or a test tenant: pins are free. */
  readonly internal?: true;
  /** Whether whoever asks may change, hold, opt in, pin, merge and erase it. */
  readonly mayChange: boolean;
}

/** A row of a file that people should look at. */
export interface ImportProblem {
  readonly line: number;
  /** From 1; absent where the row as a whole is meant. */
  readonly column?: number;
  /** `leftOut`: the row is not imported. `remark`: it is, and this is worth a look. */
  readonly kind: "leftOut" | "remark";
  readonly message: string;
  readonly fix: string;
}

/** What one row of a file does. */
export interface ImportedRow {
  readonly line: number;
  readonly key: string;
  readonly name: string;
  readonly kind: "added" | "changed";
  /** What changes, as a person would write it; empty for what is added. */
  readonly changes: readonly { readonly field: "name" | "zone" | "track" | "tags" | "owner"; readonly from: string; readonly to: string }[];
}

/** `POST /api/customers/import`: what it would do, or did. Customers that are not in the file stay as they are. */
export interface CustomersImport {
  readonly isDone: boolean;
  /** Of exactly what is written: applying needs it, and refuses where anything has changed since. */
  readonly hash: string;
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly leftOut: number;
  readonly remarks: number;
  /** The first hundred, in the order of the file. */
  readonly problems: readonly ImportProblem[];
  /** The first hundred that are added or changed, in the order of the file. */
  readonly rows: readonly ImportedRow[];
  readonly encoding: string;
  readonly separator: string;
  readonly ignoredColumns: readonly string[];
  readonly seq?: number;
}
