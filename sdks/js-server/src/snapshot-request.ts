import { type OpenedSnapshot, SIGNATURE_HEADER, type SignedKind, type UrgentKill, type Version } from "@sluice/evaluation";
import { type HttpReply, NetworkFailed, type World } from "@sluice/ports";
import { requestTo, type ServerAddress } from "./server-address.ts";
import type { SignatureCheck } from "./signature-check.ts";
import type { SignedStep } from "./signed-trail.ts";
import { badAnswer, badSignature, otherEnvironment, troubleOf, type Trouble, unreachable } from "./trouble.ts";
import { openBody } from "./snapshot-body.ts";
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

/** How long a request may take when the trouble has lasted so long, both in milliseconds. */
export function fetchMsMax(outageMs: number): number {
  return outageMs < EARLY_MS ? FETCH_MS : SLOW_FETCH_MS;
}

/** A snapshot with the urgent kills beside it, and where signatures are checked, both as they were signed. */
export interface FetchedSnapshot {
  readonly snapshot: OpenedSnapshot;
  readonly urgent: readonly UrgentKill[];
  readonly steps: readonly SignedStep[];
}

/** Whom to ask, and what to accept: `check` is absent where signatures do not count. */
export interface SnapshotSource {
  readonly address: ServerAddress;
  readonly environment: string | undefined;
  readonly check: SignatureCheck | undefined;
}

/** What the server gave. `unchanged`: it has what we hold. */
export type Fetched =
  | ({ readonly kind: "snapshot" } & FetchedSnapshot)
  | { readonly kind: "unchanged" }
  | { readonly kind: "trouble"; readonly trouble: Trouble };

/**
 * Asks for the snapshot and, where the server says that urgent kills are in force, for these before anything is served:
 * a starting process must not answer "on" for the moment until the stream tells it.
 * `timeoutMs` bounds each of the two.
 */
export async function fetchSnapshot(world: Pick<World, "http">, source: SnapshotSource, held: Version | undefined, timeoutMs: number): Promise<Fetched> {
  const { address } = source;
  const etag: Readonly<Record<string, string>> = held === undefined ? {} : { "if-none-match": `"${held.epoch}:${held.seq}"` };
  const request = requestTo(address, "GET /sdk/v1/snapshot", { accept: "application/json", "accept-encoding": "gzip", ...etag });
  try {
    const reply = await world.http.request(request, { timeoutMs, maxBytes: SNAPSHOT_BYTES_MAX });
    const trouble = troubleOf(address.base, reply, "application/json");
    if (trouble !== undefined) return { kind: "trouble", trouble };
    if (reply.status === 304) return { kind: "unchanged" };
    const read = readSnapshot(source, reply);
    if (!("snapshot" in read)) return { kind: "trouble", trouble: read };
    const count = Number(reply.headers["sluice-urgent"] ?? "0");
    if (count === 0) return { kind: "snapshot", urgent: [], snapshot: read.snapshot, steps: read.steps };
    const beside = await fetchUrgent(world, source, timeoutMs);
    if (!("urgent" in beside)) return { kind: "trouble", trouble: beside };
    return { kind: "snapshot", snapshot: read.snapshot, urgent: beside.urgent, steps: [...read.steps, ...beside.steps] };
  } catch (error) {
    return { kind: "trouble", trouble: unreachable(address.base, whyFailed(error)) };
  }
}

type Body = Pick<HttpReply, "headers"> & { readonly body: Uint8Array };

function readSnapshot({ address, environment, check }: SnapshotSource, { headers, body }: Body): Pick<FetchedSnapshot, "snapshot" | "steps"> | Trouble {
  const signature = headers[SIGNATURE_HEADER];
  const problem = check?.problemOf("snapshot", body, signature);
  const snapshot = openBody(body, headers["unencoded-digest"]);
  // A key of another environment is the likelier mistake, and has another cure. What is refused may say so: it is believed in nothing else.
  if (snapshot.ok && environment !== undefined && snapshot.value.envelope.environment !== environment)
    return otherEnvironment(address.base, environment, snapshot.value.envelope.environment);
  if (problem !== undefined) return badSignature(address.base, "snapshot", problem);
  if (!snapshot.ok) {
    const [first] = snapshot.problem;
    return badAnswer(address.base, `${first?.path ?? ""} ${first?.message ?? "unreadable"}`.trim());
  }
  return { snapshot: snapshot.value, steps: stepsOf(check, "snapshot", body, signature) };
}

/** A step is kept only where signatures are checked. */
function stepsOf(check: SignatureCheck | undefined, kind: SignedKind, body: Uint8Array, signature = ""): readonly SignedStep[] {
  return check === undefined ? [] : [{ kind, text: new TextDecoder().decode(body), signature }];
}

/** Without this list the snapshot is still better than nothing: the stream sends the urgent kills again after its hello. */
async function fetchUrgent(
  world: Pick<World, "http">,
  { address, check }: SnapshotSource,
  timeoutMs: number,
): Promise<Pick<FetchedSnapshot, "urgent" | "steps"> | Trouble> {
  const none = { urgent: [], steps: [] };
  try {
    const { status, headers, body } = await world.http.request(requestTo(address, "GET /sdk/v1/urgent", { accept: "application/json" }), {
      timeoutMs,
      maxBytes: URGENT_BYTES_MAX,
    });
    if (status !== 200) return none;
    const signature = headers[SIGNATURE_HEADER];
    const problem = check?.problemOf("kills", body, signature);
    if (problem !== undefined) return badSignature(address.base, "list of urgent kills", problem);
    const urgent = readUrgentList(new TextDecoder().decode(body));
    return urgent === undefined ? none : { urgent, steps: stepsOf(check, "kills", body, signature) };
  } catch (error) {
    if (error instanceof NetworkFailed) return none;
    throw error;
  }
}

/** The network's reason in a few words. */
export function whyFailed(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof NetworkFailed ? error.code : "";
  return code === "" || message.includes(code) ? message : `${message} (${code})`;
}
