import { decodeSnapshot, type Snapshot, type UrgentKill, type Version } from "@sluice/evaluation";
import { NetworkFailed, type World } from "@sluice/ports";
import { requestTo, type ServerAddress } from "./server-address.ts";
import { badAnswer, troubleOf, type Trouble, unreachable } from "./trouble.ts";
import { readUrgentList } from "./wire.ts";

/** Bytes of a snapshot after decompression; `decodeLimits.textLength` of the evaluator is the same figure. */
const SNAPSHOT_BYTES_MAX = 64 * 1024 * 1024;
/** Bytes of the list of urgent kills: 10,000 kills of a few hundred bytes. */
const URGENT_BYTES_MAX = 8 * 1024 * 1024;
/** Short, so that an answer lost on the way costs little. */
const FETCH_MS = 5_000;
/** Used once an outage has lasted a minute: perhaps the link is only slow. */
const SLOW_FETCH_MS = 60_000;
const EARLY_MS = 60_000;

/** What the server gave. `unchanged`: it has what we hold. */
export type Fetched =
  | { readonly kind: "snapshot"; readonly snapshot: Snapshot; readonly urgent: readonly UrgentKill[] }
  | { readonly kind: "unchanged" }
  | { readonly kind: "trouble"; readonly trouble: Trouble };

/**
 * Asks for the snapshot and, where the server says that urgent kills are in force, for these before anything is served:
 * a starting process must not answer "on" for the moment until the stream tells it.
 * `outageMs` is how long the trouble has lasted so far.
 */
export async function fetchSnapshot(world: Pick<World, "http">, address: ServerAddress, held: Version | undefined, outageMs: number): Promise<Fetched> {
  const timeoutMs = outageMs < EARLY_MS ? FETCH_MS : SLOW_FETCH_MS;
  const etag: Readonly<Record<string, string>> = held === undefined ? {} : { "if-none-match": `"${held.epoch}:${held.seq}"` };
  const request = requestTo(address, "GET /sdk/v1/snapshot", { accept: "application/json", "accept-encoding": "gzip", ...etag });
  try {
    const reply = await world.http.request(request, { timeoutMs, maxBytes: SNAPSHOT_BYTES_MAX });
    const trouble = troubleOf(address.base, reply, "application/json");
    if (trouble !== undefined) return { kind: "trouble", trouble };
    if (reply.status === 304) return { kind: "unchanged" };
    const snapshot = decodeSnapshot(new TextDecoder().decode(reply.body));
    if (!snapshot.ok) {
      const [first] = snapshot.problem;
      return { kind: "trouble", trouble: badAnswer(address.base, `${first?.path ?? ""} ${first?.message ?? "unreadable"}`.trim()) };
    }
    const count = Number(reply.headers["sluice-urgent"] ?? "0");
    return { kind: "snapshot", snapshot: snapshot.value, urgent: count > 0 ? await fetchUrgent(world, address, timeoutMs) : [] };
  } catch (error) {
    return { kind: "trouble", trouble: unreachable(address.base, whyFailed(error)) };
  }
}

/** Without this list the snapshot is still better than nothing: the stream sends the urgent kills again after its hello. */
async function fetchUrgent(world: Pick<World, "http">, address: ServerAddress, timeoutMs: number): Promise<readonly UrgentKill[]> {
  try {
    const reply = await world.http.request(requestTo(address, "GET /sdk/v1/urgent", { accept: "application/json" }), { timeoutMs, maxBytes: URGENT_BYTES_MAX });
    return reply.status === 200 ? (readUrgentList(new TextDecoder().decode(reply.body)) ?? []) : [];
  } catch (error) {
    if (error instanceof NetworkFailed) return [];
    throw error;
  }
}

/** The network's reason in a few words. */
export function whyFailed(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof NetworkFailed ? error.code : "";
  return code === "" || message.includes(code) ? message : `${message} (${code})`;
}
