import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import {
  applyPatch,
  carriedKills,
  encodePatch,
  encodeUrgentKill,
  isUrgentInForce,
  knownSince,
  layOutSnapshot,
  type Patch,
  type Snapshot,
  type UrgentKill,
  type Version,
} from "@sluice/evaluation";
import type { StreamSink } from "@sluice/ports";
import { aliasesIn, killedNames } from "@sluice/snapshot";
import { frames, type TextSigner, versionText } from "./frames.ts";

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

/** A patch and its signature; without one where nobody signs. */
export interface SentPatch {
  readonly patch: Patch;
  readonly signature: string | undefined;
}

interface RingEntry extends SentPatch {
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

/** An urgent kill and its signature; without one where nobody signs. */
export interface SentKill {
  readonly kill: UrgentKill;
  readonly signature: string | undefined;
}

interface UrgentEntry extends SentKill {
  readonly frame: Uint8Array;
}

/** A version as somebody else signed it. */
interface SealedSnapshot {
  readonly snapshot: Snapshot;
  readonly signature: string;
}

/** From what an environment can be built again with the signatures that came with it: a snapshot, and the patches after it. */
export interface KeptForm {
  readonly snapshot: Snapshot;
  readonly signature: string | undefined;
  readonly patches: readonly SentPatch[];
}

/** What happened to an environment, told after its streams were. */
export type HubChange =
  | ({ readonly kind: "patch"; readonly before: Snapshot } & SentPatch)
  | ({ readonly kind: "urgent" } & SentKill)
  /** The signature of the version that is served has come. */
  | { readonly kind: "sealed" }
  | { readonly kind: "reset" };

/** One environment: its snapshot, the last patches, the urgent kills and everybody who listens. All synchronous: what is seen is whole. */
export class Hub {
  readonly environment: string;
  #snapshot: Snapshot | undefined;
  #bytes: SnapshotBytes | undefined;
  #ring: RingEntry[] = [];
  #ringBytes = 0;
  /** By kill of the snapshot: since which place of its epoch it is known here. */
  #killsSince = new Map<string, number>();
  readonly #urgent = new Map<string, UrgentEntry>();
  /** Flags under all of whose names every urgent kill is known to kill. */
  #covered: Snapshot["flags"] | undefined;
  #urgentText: { readonly text: string; readonly signature: string | undefined } | undefined;
  readonly #signer: TextSigner | undefined;
  /** Whoever asks for the snapshot gets this version, and the patches after it: the newest whose signature has come. */
  #sealed: SealedSnapshot | undefined;
  /** Id of the terms on which contexts are sampled; undefined where they are not. */
  #sampling: string | undefined;
  readonly #subscribers = new Set<StreamSink>();
  readonly #followers = new Set<(change: HubChange) => void>();

  /** `signer`: what is sent is signed, each text once, whoever gets it; undefined signs nothing. */
  constructor(environment: string, signer: TextSigner | undefined) {
    this.environment = environment;
    this.#signer = signer;
  }

  /** `follower` is called after every change, until the returned function is. */
  follow(follower: (change: HubChange) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  #tell(change: HubChange): void {
    for (const follower of this.#followers) follower(change);
  }

  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /** Whether what is handed out has a signature, of this process or of another. */
  get isSigned(): boolean {
    return this.#sealed !== undefined || this.#signer?.signsSnapshots === true;
  }

  get version(): Version | undefined {
    return this.#snapshot && { epoch: this.#snapshot.epoch, seq: this.#snapshot.seq };
  }

  get urgent(): readonly UrgentKill[] {
    return [...this.#urgent.values()].map((entry) => entry.kill);
  }

  /** The same, with their signatures. */
  get urgentSent(): readonly SentKill[] {
    return [...this.#urgent.values()];
  }

  /** What must be known beside the snapshot that is handed out: urgent kills, and those of patches that came after its signature. */
  get beside(): readonly UrgentKill[] {
    const [snapshot, before] = [this.#snapshot, this.#sealed?.snapshot.kills ?? {}];
    if (snapshot === undefined || this.#sealed === undefined || this.#sealed.snapshot === snapshot) return this.urgent;
    const { epoch, seq } = snapshot;
    const later = Object.entries(snapshot.kills ?? {}).filter(([id]) => !Object.hasOwn(before, id));
    return [...this.urgent, ...later.map(([id, form]) => ({ ...form, id, epoch, seq }))];
  }

  /** `{"urgent":[…]}`, made and signed once for each change of the list. */
  urgentText(): { readonly text: string; readonly signature: string | undefined } {
    if (this.#urgentText === undefined) {
      const text = JSON.stringify({ urgent: this.beside });
      this.#urgentText = { text, signature: this.#signer?.sign("kills", this.environment, text) };
    }
    return this.#urgentText;
  }

  get streams(): number {
    return this.#subscribers.size;
  }

  /** The snapshot as it travels, encoded, compressed and signed once per version. */
  bytes(): SnapshotBytes | undefined {
    const snapshot = this.#sealed?.snapshot ?? this.#snapshot;
    if (snapshot === undefined) return undefined;
    const etag = `"${versionText(snapshot)}"`;
    if (this.#bytes?.etag !== etag) {
      const text = layOutSnapshot(snapshot);
      const plain = new TextEncoder().encode(text);
      const digest = `sha-256=:${createHash("sha256").update(plain).digest("base64")}:`;
      this.#bytes = {
        etag,
        plain,
        gzip: gzipSync(plain, { level: 6 }),
        digest,
        signature: this.#sealed?.signature ?? this.#signer?.sign("snapshot", this.environment, text),
      };
    }
    return this.#bytes;
  }

  /** What to keep or pass on, so that it can be built again, signatures of others included. */
  kept(): KeptForm | undefined {
    const snapshot = this.#snapshot;
    const sealed = this.#sealed;
    if (snapshot === undefined) return undefined;
    if (sealed === undefined) return { snapshot, signature: undefined, patches: [] };
    const patches = this.patchesAfter(sealed.snapshot) ?? [];
    return { ...sealed, patches: patches.map(({ patch, signature }) => ({ patch, signature })) };
  }

  /** The patches that lead from a version to this one; undefined where they are not kept, or it is no earlier one of this epoch. */
  patchesAfter(known: Version | undefined): readonly SentPatch[] | undefined {
    const snapshot = this.#snapshot;
    if (known === undefined || snapshot === undefined || known.epoch !== snapshot.epoch || known.seq > snapshot.seq) return undefined;
    if (known.seq === snapshot.seq) return [];
    const from = this.#ring.findIndex(({ patch }) => patch.base === known.seq);
    return from < 0 ? undefined : this.#ring.slice(from);
  }

  /** Somebody else's signature of the version that is served; of any other it is not wanted any more. */
  seal({ epoch, seq }: Version, signature: string): void {
    const snapshot = this.#snapshot;
    if (snapshot === undefined || snapshot.epoch !== epoch || snapshot.seq !== seq || this.#sealed?.snapshot === snapshot) return;
    this.#sealed = { snapshot, signature };
    this.#bytes = undefined;
    this.#urgentText = undefined;
    this.#tell({ kind: "sealed" });
  }

  /** The patch that led to `seq`, if it is still kept: to compare a second opinion with. */
  patchTo(seq: number): Patch | undefined {
    return this.#ring.find((entry) => entry.patch.to === seq)?.patch;
  }

  /** Swaps in the next version and sends it, with the signature of whoever made it or one's own. False where it does not go from here; then nothing changed. */
  publishPatch(patch: Patch, given?: string): boolean {
    return this.publishPatches([patch], patch, given);
  }

  /** The same of patches that follow each other, each sent by itself; `whole` is all of them in one: what thousands of kills change is copied once. */
  publishPatches(patches: readonly Patch[], whole: Patch, given?: string): boolean {
    if (this.#snapshot === undefined) return false;
    const before = this.#snapshot;
    const applied = applyPatch(before, whole);
    if (!applied.ok) return false;
    this.#coverNewNames(applied.value);
    this.#snapshot = applied.value;
    if (given === undefined) this.#sealed = undefined;
    this.#urgentText = undefined;
    const sent = patches.map((patch) => this.#send(patch, given));
    this.#pruneUrgent();
    for (const { patch, signature } of sent) this.#tell({ kind: "patch", patch, signature, before });
    return true;
  }

  #send(patch: Patch, given: string | undefined): SentPatch {
    this.#knowKills(patch);
    const data = encodePatch(patch);
    const signature = given ?? this.#signer?.sign("patch", this.environment, data);
    const entry = { patch, signature, frame: frames.patch({ epoch: patch.epoch, seq: patch.to }, data, signature) };
    this.#ring.push(entry);
    this.#ringBytes += entry.frame.length;
    while (this.#ring.length > RING_PATCHES_MAX || (this.#ringBytes > RING_BYTES_MAX && this.#ring.length > 1))
      this.#ringBytes -= this.#ring.shift()?.frame.length ?? 0;
    this.#broadcast(entry.frame);
    return entry;
  }

  /** As `knownSince` says it of the whole list: thousands of kills that enter the log one after the other must not be looked through for each. */
  #knowKills({ set, drop, to }: Patch): void {
    const placed = set?.kills ?? {};
    for (const id of drop?.kills ?? []) if (!Object.hasOwn(placed, id)) this.#killsSince.delete(id);
    for (const id of Object.keys(placed)) if (!this.#killsSince.has(id)) this.#killsSince.set(id, to);
  }

  /** Replaces everything; those who listen are told to fetch it. What a new epoch has forgotten to kill stays killed beside it. */
  publishSnapshot(snapshot: Snapshot, given?: string): void {
    this.#coverNewNames(snapshot);
    const before = this.#snapshot;
    const since = this.#killsSince;
    this.#snapshot = snapshot;
    this.#killsSince = new Map(knownSince(before?.epoch === snapshot.epoch ? since : new Map(), Object.keys(snapshot.kills ?? {}), snapshot.seq));
    this.#sealed = given === undefined ? undefined : { snapshot, signature: given };
    this.#bytes = undefined;
    this.#ring = [];
    this.#ringBytes = 0;
    this.#pruneUrgent();
    this.#broadcast(frames.reset(snapshot));
    this.#tell({ kind: "reset" });
    if (before === undefined) return;
    const { epoch, seq, kills = {} } = before;
    for (const kill of carriedKills({ epoch, seq, kills: Object.entries(kills), since }, snapshot)) this.publishUrgent(kill);
  }

  /** Puts a kill in force beside the snapshot, until a snapshot has it. */
  publishUrgent(asked: UrgentKill, given?: string): void {
    if (this.#urgent.has(asked.id)) return;
    if (this.#snapshot !== undefined && !isUrgentInForce(asked, this.#snapshot)) return;
    const kill = given === undefined ? this.#underEveryName(asked) : asked;
    const data = encodeUrgentKill(kill);
    const signature = given ?? this.#signer?.sign("kill", this.environment, data);
    const frame = frames.urgent(data, signature);
    this.#urgent.set(kill.id, { kill, signature, frame });
    if (given !== undefined) this.#covered = undefined;
    this.#urgentText = undefined;
    if (this.#isSendable({ kill, signature, frame })) this.#broadcast(frame);
    this.#tell({ kind: "urgent", kill, signature });
  }

  /** Whoever checks signatures would end its stream over a text without one, and hear nothing more. */
  #isSendable({ signature }: UrgentEntry): boolean {
    return signature !== undefined || !this.isSigned;
  }

  /** By now this process may sign kills: those that it could not sign are sent. */
  signUrgent(): void {
    for (const { kill, signature } of this.urgentSent) {
      if (signature !== undefined) continue;
      this.#urgent.delete(kill.id);
      this.publishUrgent(kill);
    }
  }

  /** The list of urgent kills as somebody else signed it; it is handed out until the list changes. */
  giveUrgentText(text: string, signature: string): void {
    this.#urgentText = { text, signature };
  }

  /** Whoever decided may have known the flag under one of its names alone. What came signed was named by whoever signed it. */
  #underEveryName(kill: UrgentKill): UrgentKill {
    return this.#snapshot === undefined ? kill : { ...kill, flags: killedNames(kill.flags, aliasesIn(this.#snapshot.flags)) };
  }

  /**
   * A flag is renamed while an emergency kill of it waits for the log: the other name is killed before anybody can ask for it. As a kill of its
   * own, because an SDK that knows an id does not look at it again; the journal's counter ends both.
   */
  #coverNewNames(next: Snapshot): void {
    // Nearly always none waits, and every kill's patch comes by here: the flags are looked through only for one that does.
    if (this.#urgent.size === 0 || next.flags === this.#covered) return;
    const aliases = aliasesIn(next.flags);
    for (const kill of this.urgent) {
      const flags = kill.counter === undefined ? kill.flags : killedNames(kill.flags, aliases);
      const more = flags.filter((flag) => !kill.flags.includes(flag));
      if (more.length > 0) this.publishUrgent({ ...kill, id: `${kill.id}:${more.join(",")}`, flags });
    }
    this.#covered = next.flags;
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
        sampling: this.#sampling,
      }),
    );
    for (const bytes of this.#catchUp(snapshot, known)) sink.write(bytes);
    for (const entry of this.#urgent.values()) if (this.#isSendable(entry)) sink.write(entry.frame);
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

  heartbeat(sampling?: string): void {
    this.#sampling = sampling;
    if (this.#snapshot !== undefined) this.#broadcast(frames.heartbeat(this.#snapshot, sampling));
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
