import { decodeSnapshot, type SignedKind, type Snapshot, type UrgentKill } from "@sluice/evaluation";
import type { Clock, Disk, Log, Timer, Timers } from "@sluice/ports";
import { createHash } from "node:crypto";
import type { SdkWorld } from "./options.ts";
import type { SignedStep } from "./signed-trail.ts";
import { parseRecord, readUrgentItems } from "./wire.ts";

/** A state as it is kept on disk: what is served, or, where signatures are checked, the signed texts that it is made of. */
export type StoredState = { readonly snapshot: Snapshot; readonly urgent: readonly UrgentKill[] } | { readonly signed: readonly SignedStep[] };

/** More than a trail ever has, with those of a replaced epoch. */
const SIGNED_MAX = 10_000;

/** Changes that come in a burst are written once. */
const WRITE_DELAY_MS = 200;
/** A busy configuration must not wear out the disk. Kills do not wait for this. */
const WRITE_PERIOD_MS = 1_000;
/** A disk that refused is asked again after this, also without a further change. */
const WRITE_RETRY_MS = 30_000;

/**
 * The name of the file: the environment where it was stated, else 16 hex digits of the key's SHA-256.
 * Letters of the key itself would put part of a secret into a file name, and keys of two environments may begin alike.
 */
export function storedName(environment: string | undefined, key: string): string {
  const name = environment?.toLowerCase().replaceAll(/[^a-z0-9.-]/g, "-") ?? createHash("sha256").update(key).digest("hex").slice(0, 16);
  return `sluice-${name}.json`;
}

/** Reads a stored state from its bytes. A state that cannot be read whole is no state. */
export function readStored(bytes: Uint8Array): { readonly ok: true; readonly value: StoredState } | { readonly ok: false; readonly problem: string } {
  const record = parseRecord(new TextDecoder().decode(bytes));
  if (Object.hasOwn(record, "signed")) {
    const signed = readSteps(record["signed"]);
    return signed === undefined ? { ok: false, problem: "its list of signed texts cannot be read" } : { ok: true, value: { signed } };
  }
  // A bare snapshot is accepted too: that is what `GET /sdk/v1/snapshot` gives and what people save by hand.
  const snapshot = decodeSnapshot(Object.hasOwn(record, "snapshot") ? record["snapshot"] : record);
  if (!snapshot.ok) return { ok: false, problem: snapshot.problem.map(({ path, message }) => `${path} ${message}`.trim()).join("; ") };
  const urgent = readUrgentItems(record["urgent"] ?? []);
  if (urgent === undefined) return { ok: false, problem: "its list of urgent kills cannot be read" };
  return { ok: true, value: { snapshot: snapshot.value, urgent } };
}

function readSteps(list: unknown): readonly SignedStep[] | undefined {
  if (!Array.isArray(list) || list.length > SIGNED_MAX) return undefined;
  const steps: SignedStep[] = [];
  for (const item of list as readonly unknown[]) {
    const { kind, text, signature }: Readonly<Record<string, unknown>> = typeof item === "object" && item !== null ? { ...item } : {};
    if (!isSignedKind(kind) || typeof text !== "string" || typeof signature !== "string") return undefined;
    steps.push({ kind, text, signature });
  }
  return steps;
}

function isSignedKind(kind: unknown): kind is SignedKind {
  return kind === "snapshot" || kind === "patch" || kind === "kill" || kind === "kills";
}

/** Bytes of a published snapshot; the same as the server's own, after decompression. */
const PUBLISHED_BYTES_MAX = 64 * 1024 * 1024;
const PUBLISHED_TIMEOUT_MS = 10_000;

async function readPublished({ http }: Pick<SdkWorld, "http">, url: string): Promise<Uint8Array> {
  const request = { method: "GET", url, headers: { accept: "application/json", "accept-encoding": "gzip" }, body: new Uint8Array() };
  const { status, body } = await http.request(request, { timeoutMs: PUBLISHED_TIMEOUT_MS, maxBytes: PUBLISHED_BYTES_MAX });
  if (status !== 200) throw new Error(`status ${status}`);
  return body;
}

/** The state in a file of the host's, or at an address; undefined where there is none that can be read, with a line in the log. */
export async function readSnapshotFile(world: Pick<SdkWorld, "readFile" | "log" | "http">, path: string): Promise<StoredState | undefined> {
  try {
    const bytes = /^https?:\/\//.test(path) ? await readPublished(world, path) : await world.readFile?.(path);
    const stored = bytes === undefined ? { ok: false as const, problem: "there is no such file" } : readStored(bytes);
    if (stored.ok) return stored.value;
    world.log.error("sluice.file.unreadable", { message: `The snapshot file ${path} cannot be used: ${stored.problem}.` });
  } catch (error) {
    world.log.error("sluice.file.unreadable", {
      message: `The snapshot file ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    });
  }
  return undefined;
}

/** What the store needs of the world. */
export interface StoreWorld {
  readonly disk: Disk;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly log: Log;
}

/** Keeps the last good state on disk, replaced whole, one write at a time. Never fails into its caller: trouble is logged when it changes. */
export class LastKnownGood {
  readonly #world: StoreWorld;
  readonly #name: string;
  readonly #state: () => StoredState | undefined;
  #timer: Timer | undefined;
  #writing: Promise<void> | undefined;
  #isDirty = false;
  #isKillWaiting = false;
  #isFailing = false;
  #isClosed = false;
  #writtenMs = Number.NEGATIVE_INFINITY;

  /** `state` gives what is served now; it is asked at the moment of writing, so what is written is never older than what is held. */
  constructor(world: StoreWorld, name: string, state: () => StoredState | undefined) {
    this.#world = world;
    this.#name = name;
    this.#state = state;
  }

  /** The stored state; `undefined` where there is none or none that can be read. */
  async load(): Promise<StoredState | undefined> {
    const bytes = await this.#world.disk.read(this.#name).catch((error: unknown) => this.#say("sluice.cache.unreadable", error));
    if (bytes === undefined) return undefined;
    const stored = readStored(bytes);
    if (stored.ok) return stored.value;
    this.#world.log.warn("sluice.cache.ignored", { message: `The stored flags in ${this.#name} cannot be used: ${stored.problem}. They will be replaced.` });
    return undefined;
  }

  /** Notes that the state changed. A kill is written at once, everything else after a short delay and at most once a second. */
  changed(isKill: boolean): void {
    if (this.#isClosed) return;
    this.#isDirty = true;
    this.#isKillWaiting ||= isKill;
    if (this.#writing !== undefined) return;
    if (isKill) this.#write();
    else this.#plan(Math.max(WRITE_DELAY_MS, this.#writtenMs + WRITE_PERIOD_MS - this.#world.clock.monotonicMs()));
  }

  /** Writes what is not written yet, and then nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#writing;
    if (this.#isDirty) {
      this.#write();
      await this.#writing;
    }
    this.#timer?.cancel();
  }

  #plan(delayMs: number): void {
    if (this.#timer !== undefined) return;
    this.#timer = this.#world.timers.after(delayMs, () => {
      this.#timer = undefined;
      if (this.#isDirty && this.#writing === undefined) this.#write();
    });
  }

  #write(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const state = this.#state();
    if (state === undefined) return;
    this.#isDirty = false;
    this.#isKillWaiting = false;
    this.#writtenMs = this.#world.clock.monotonicMs();
    const bytes = new TextEncoder().encode(JSON.stringify(state));
    this.#writing = this.#world.disk.replace(this.#name, bytes).then(
      () => this.#wrote(),
      (error: unknown) => this.#couldNotWrite(error),
    );
  }

  #wrote(): void {
    this.#writing = undefined;
    if (this.#isFailing) this.#world.log.info("sluice.cache.written", { message: `${this.#name} can be written again.` });
    this.#isFailing = false;
    if (this.#isDirty && !this.#isClosed) this.changed(this.#isKillWaiting);
  }

  #couldNotWrite(error: unknown): void {
    this.#writing = undefined;
    if (!this.#isFailing) this.#say("sluice.cache.notWritten", error);
    this.#isFailing = true;
    // A closing process does not try again: what is on disk stays the older good state.
    this.#isDirty = !this.#isClosed;
    if (this.#isDirty) this.#plan(WRITE_RETRY_MS);
  }

  #say(event: string, error: unknown): undefined {
    const why = error instanceof Error ? error.message : String(error);
    this.#world.log.warn(event, { message: `The last good flags could not be kept in ${this.#name}: ${why}. Answers are not affected.` });
    return undefined;
  }
}
