import { readFile } from "node:fs/promises";
import type { HttpClient } from "@sluice/ports";
import { SNAPSHOT_BYTES_MAX } from "../relay/cold-start.ts";

/** A start does not wait longer for a static host. */
const TIMEOUT_MS = 15_000;

/** Reads a published snapshot: a file's path, or the address of a static host. Rejects where there is none. */
export async function readPublished(place: string, http: HttpClient): Promise<Uint8Array> {
  if (!/^https?:/.test(place)) return readFile(place);
  const request = { method: "GET", url: place, headers: { accept: "application/json", "accept-encoding": "gzip" }, body: new Uint8Array() };
  const reply = await http.request(request, { timeoutMs: TIMEOUT_MS, maxBytes: SNAPSHOT_BYTES_MAX });
  if (reply.status !== 200) throw new Error(`${new URL(place).origin} answered ${reply.status}`);
  return reply.body;
}
