import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { applyPatch, encodePatch, isUrgentInForce, layOutSnapshot, type Patch, type Snapshot, type UrgentKill, type Version } from "@sluice/evaluation";
import type { StreamSink } from "@sluice/ports";
import { frames, type Seal, versionText } from "./frames.ts";
import type { Signing } from "./signing.ts";

/** Patches kept for those who come back: a day of decisions, or 4 MiB, whichever is less. */
const RING_PATCHES_MAX = 1_000;
const RING_BYTES_MAX = 4 << 20;
export const HEARTBEAT_MS = 5_000;
/**
 * Above this many streams confirmations wait and are spread out: a process that confirms at once takes the cores
 * from those that have yet to swap, and a thousand confirmations must not arrive as one blow.
 */
const CONFIRM_AT_ONCE_MAX = 5;
const CONFIRM_SPREAD_MS_MIN = 150;
const CONFIRM_SPREAD_MS_PER_STREAM = 0.2;

interface RingEntry {
  readonly patch: Patch;
  readonly frame: Uint8Array;
}

interface SnapshotBytes {
  readonly etag: string;
  /** Of the bytes before they are compressed, as the field Unencoded-Digest writes it (RFC 9530 and its draft "HTTP Unencoded Digest"). */
  readonly digest: string;
  readonly plain: Uint8Array;
  readonly gzip: Uint8Array;
  /** Of the plain bytes; absent where this server does not sign. */
  readonly signature: string | undefined;
}

interface UrgentEntry {
  readonly kill: UrgentKill;
  readonly frame: Uint8Array;
}

/** What happened to an environment, told after its streams were. */
export type HubChange =
  | { readonly kind: "patch"; readonly patch: Patch; readonly before: Snapshot }
  | { readonly kind: "urgent"; readonly kill: UrgentKill }
  | { readonly kind: "reset" };

/** One environment: its snapshot, the last patches, the urgent kills and everybody who listens. All synchronous: what is seen is whole. */
export class Hub {
  readonly environment: string;
  #snapshot: Snapshot | undefined;
  #bytes: SnapshotBytes | undefined;
  #ring: RingEntry[] = [];
  #ringBytes = 0;
  readonly #urgent = new Map<string, UrgentEntry>();
  #urgentText: { readonly text: string; readonly signature: string | undefined } | undefined;
  readonly #seal: Seal;
  readonly #subscribers = new Set<StreamSink>();
  /** Called after every change. */
  onChange: (change: HubChange) => void = () => {};

  /** `signing`: what is sent is signed, each text once, whoever gets it; undefined signs nothing. */
  constructor(environment: string, signing: Signing | undefined) {
    this.environment = environment;
    this.#seal = (kind, text) => signing?.sign(kind, environment, text);
  }

  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  get version(): Version | undefined {
    return this.#snapshot && { epoch: this.#snapshot.epoch, seq: this.#snapshot.seq };
  }

  get urgent(): readonly UrgentKill[] {
    return [...this.#urgent.values()].map((entry) => entry.kill);
  }

  /** `{"urgent":[…]}`, made and signed once for each change of the list. */
  urgentText(): { readonly text: string; readonly signature: string | undefined } {
    if (this.#urgentText === undefined) {
      const text = JSON.stringify({ urgent: this.urgent });
      this.#urgentText = { text, signature: this.#seal("kills", text) };
    }
    return this.#urgentText;
  }

  get streams(): number {
    return this.#subscribers.size;
  }

  /** The snapshot as it travels, encoded, compressed and signed once per version. */
  bytes(): SnapshotBytes | undefined {
    const snapshot = this.#snapshot;
    if (snapshot === undefined) return undefined;
    const etag = `"${versionText(snapshot)}"`;
    if (this.#bytes?.etag !== etag) {
      const text = layOutSnapshot(snapshot);
      const plain = new TextEncoder().encode(text);
      const digest = `sha-256=:${createHash("sha256").update(plain).digest("base64")}:`;
      this.#bytes = { etag, plain, gzip: gzipSync(plain, { level: 6 }), digest, signature: this.#seal("snapshot", text) };
    }
    return this.#bytes;
  }

  /** The patch that led to `seq`, if it is still kept: to compare a second opinion with. */
  patchTo(seq: number): Patch | undefined {
    return this.#ring.find((entry) => entry.patch.to === seq)?.patch;
  }

  /** Swaps in the next version and sends it. False where the patch does not go from here; then nothing changed. */
  publishPatch(patch: Patch): boolean {
    if (this.#snapshot === undefined) return false;
    const before = this.#snapshot;
    const applied = applyPatch(before, patch);
    if (!applied.ok) return false;
    this.#snapshot = applied.value;
    const entry = { patch, frame: frames.patch(patch, this.#seal) };
    this.#ring.push(entry);
    this.#ringBytes += entry.frame.length;
    while (this.#ring.length > RING_PATCHES_MAX || (this.#ringBytes > RING_BYTES_MAX && this.#ring.length > 1))
      this.#ringBytes -= this.#ring.shift()?.frame.length ?? 0;
    this.#broadcast(entry.frame);
    this.#pruneUrgent();
    this.onChange({ kind: "patch", patch, before });
    return true;
  }

  /** Replaces everything; those who listen are told to fetch it. */
  publishSnapshot(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#bytes = undefined;
    this.#ring = [];
    this.#ringBytes = 0;
    this.#pruneUrgent();
    this.#broadcast(frames.reset(snapshot));
    this.onChange({ kind: "reset" });
  }

  /** Puts a kill in force beside the snapshot, until a snapshot has it. */
  publishUrgent(kill: UrgentKill): void {
    if (this.#urgent.has(kill.id)) return;
    if (this.#snapshot !== undefined && !isUrgentInForce(kill, this.#snapshot)) return;
    const frame = frames.urgent(kill, this.#seal);
    this.#urgent.set(kill.id, { kill, frame });
    this.#urgentText = undefined;
    this.#broadcast(frame);
    this.onChange({ kind: "urgent", kill });
  }

  #pruneUrgent(): void {
    if (this.#snapshot === undefined) return;
    for (const { kill } of this.#urgent.values()) if (!isUrgentInForce(kill, this.#snapshot)) this.#urgent.delete(kill.id);
    this.#urgentText = undefined;
  }

  /** Begins a stream for somebody who has `known`. No await: nothing can be published between the catch-up and the subscription. */
  attach(sink: StreamSink, known: Version | undefined): () => void {
    const snapshot = this.#snapshot;
    if (snapshot === undefined) {
      sink.close();
      return () => {};
    }
    sink.write(
      frames.hello({
        environment: this.environment,
        epoch: snapshot.epoch,
        seq: snapshot.seq,
        heartbeatMs: HEARTBEAT_MS,
        confirmJitterMs: this.#confirmJitterMs(),
      }),
    );
    for (const bytes of this.#catchUp(snapshot, known)) sink.write(bytes);
    for (const { frame } of this.#urgent.values()) sink.write(frame);
    this.#subscribers.add(sink);
    return () => this.#subscribers.delete(sink);
  }

  #confirmJitterMs(): number {
    const streams = this.#subscribers.size;
    return streams <= CONFIRM_AT_ONCE_MAX ? 0 : Math.max(CONFIRM_SPREAD_MS_MIN, Math.round(streams * CONFIRM_SPREAD_MS_PER_STREAM));
  }

  #catchUp(snapshot: Snapshot, known: Version | undefined): readonly Uint8Array[] {
    if (known === undefined || known.epoch !== snapshot.epoch) return [frames.reset(snapshot)];
    // Somebody who is ahead heard it before this process lost its cache: what it has is right, and the next patch will tell.
    if (known.seq >= snapshot.seq) return [];
    const from = this.#ring.findIndex((entry) => entry.patch.base === known.seq);
    return from < 0 ? [frames.reset(snapshot)] : this.#ring.slice(from).map((entry) => entry.frame);
  }

  heartbeat(): void {
    if (this.#snapshot !== undefined) this.#broadcast(frames.heartbeat(this.#snapshot));
  }

  #broadcast(bytes: Uint8Array): void {
    for (const sink of this.#subscribers) {
      if (sink.write(bytes)) continue;
      // A reader that cannot keep up is let go: it comes back and catches up, and nobody else waits for it.
      this.#subscribers.delete(sink);
      sink.close();
    }
  }

  closeAll(): void {
    for (const sink of this.#subscribers) sink.close();
    this.#subscribers.clear();
  }
}

/** Whether two patches say the same, byte for byte. */
export function samePatch(a: Patch, b: Patch): boolean {
  return encodePatch(a) === encodePatch(b);
}
