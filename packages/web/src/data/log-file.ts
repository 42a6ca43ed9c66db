import { Refused } from "./requests.ts";

export type LogFormat = "jsonl" | "csv";

/** Parts asked for, each of some megabytes: above this the command line is the way. */
const PARTS_MAX = 200;

/** The whole decision log as one file; the server gives it in parts, each of which says where the next begins. Throws `Refused`. */
export async function logFile(format: LogFormat, told: (parts: number) => void): Promise<Blob> {
  const parts: Blob[] = [];
  let after = "0";
  for (let part = 1; part <= PARTS_MAX; part += 1) {
    const response = await fetch(`/api/log/export?format=${format}&after=${after}`).catch(() => undefined);
    if (response === undefined) throw new Refused(0, "unreachable", "Sluice did not answer.", "Try again; nothing was saved.");
    if (!response.ok)
      throw new Refused(response.status, "notExported", `The log could not be exported (${response.status}).`, "Sign in as an admin or auditor.");
    const text = await response.text();
    // Each part of a CSV names its columns; the file does once.
    parts.push(new Blob([format === "csv" && part > 1 ? text.slice(text.indexOf("\n") + 1) : text]));
    told(part);
    const next = response.headers.get("sluice-next");
    if (next === null) return new Blob(parts, { type: format === "csv" ? "text/csv" : "application/x-ndjson" });
    after = next;
  }
  throw new Refused(413, "tooLarge", "The log is larger than a browser should hold.", "Export it with /api/log/export, part by part.");
}

/** Has the browser save a file. */
export function save(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  URL.revokeObjectURL(address);
}
