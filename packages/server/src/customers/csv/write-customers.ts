import { csvText } from "./write-csv.ts";

/** What an export says of one customer. */
export interface ExportedCustomer {
  readonly key: string;
  readonly name: string;
  readonly zone?: string;
  readonly track: string;
  readonly tags: readonly string[];
  /** E-mail of the account that looks after the customer. */
  readonly owner?: string;
}

/** A CSV that `readCustomersCsv` reads back as the same customers. */
export function writeCustomersCsv(customers: readonly ExportedCustomer[]): string {
  const rows = customers.map(({ key, name, zone = "", track, tags, owner = "" }) => [key, name, zone, track, tags.join("; "), owner]);
  return csvText([["key", "name", "zone", "track", "tags", "owner"], ...rows]);
}
