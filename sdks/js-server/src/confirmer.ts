import type { Version } from "@sluice/evaluation";
import type { Timer, World } from "@sluice/ports";
import type { AskedKeys } from "./asked-keys.ts";
import { Backoff } from "./backoff.ts";
import { requestTo, type ServerAddress } from "./server-address.ts";
import { REFUSED_WAIT_MS_MIN } from "./trouble.ts";

/** A confirm is a few hundred bytes to a process that answers from memory. */
const CONFIRM_MS_MAX = 5_000;
/** The answer is empty. */
const REPLY_BYTES_MAX = 16 * 1024;
/** Newly asked keys wait for others to join them, drawn from this range; the console shows an unknown key within 30 s. */
const KEYS_WAIT_MS_MIN = 2_000;
const KEYS_WAIT_MS_MAX = 10_000;
/** Kill ids in one confirm, so that the body stays below the server's 16 KiB. The newest are the ones somebody waits for. */
const URGENT_IDS_MAX = 100;

/** What is confirmed. */
export interface Served {
  readonly version: Version;
  readonly urgent: readonly string[];
}

/**
 * Tells the server what this process serves and asks for: after each swap, spread over the jitter that the server named.
 * At most one confirm is under way; what changes meanwhile goes with the next. Only while the stream is connected.
 */
export class Confirmer {
  readonly #world: Pick<World, "clock" | "timers" | "random" | "http">;
  readonly #address: ServerAddress;
  readonly #keys: AskedKeys;
  readonly #served: () => Served | undefined;
  readonly #backoff: Backoff;
  #timer: Timer | undefined;
  #timerDueMs = 0;
  #jitterMs = 0;
  #isConnected = false;
  #isSending = false;
  #isDue = false;
  #isClosed = false;

  constructor(world: Pick<World, "clock" | "timers" | "random" | "http">, address: ServerAddress, keys: AskedKeys, served: () => Served | undefined) {
    this.#world = world;
    this.#address = address;
    this.#keys = keys;
    this.#served = served;
    this.#backoff = new Backoff(world.random);
  }

  /** The stream is there: what this process serves is confirmed, also when nothing changed, because the server may be a new one. */
  connected(jitterMs: number): void {
    this.#jitterMs = jitterMs;
    this.#isConnected = true;
    // Waits after confirms that failed go on growing: a stream that says hello and then nothing is opened again and again.
    this.changed();
  }

  disconnected(): void {
    this.#isConnected = false;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** After a swap. Where the server asks for no spreading, the confirm leaves at once. */
  changed(): void {
    this.#isDue = true;
    // Never in the first half of it, where others may still have to swap on the same cores.
    this.#within(((1 + this.#world.random.unit()) / 2) * this.#jitterMs);
  }

  /** A key was asked for the first time. */
  keysNoted(): void {
    this.#within(KEYS_WAIT_MS_MIN + this.#world.random.unit() * (KEYS_WAIT_MS_MAX - KEYS_WAIT_MS_MIN));
  }

  close(): void {
    this.#isClosed = true;
    this.disconnected();
  }

  /** Sends within this time; an earlier plan stands. */
  #within(delayMs: number): void {
    if (!this.#isConnected || this.#isSending || this.#isClosed) return;
    const dueMs = this.#world.clock.monotonicMs() + delayMs;
    if (this.#timer !== undefined && this.#timerDueMs <= dueMs) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (delayMs === 0) return this.#send();
    this.#timerDueMs = dueMs;
    this.#timer = this.#world.timers.after(delayMs, () => {
      this.#timer = undefined;
      this.#send();
    });
  }

  #send(): void {
    const served = this.#served();
    if (served === undefined || this.#isSending) return;
    this.#isSending = true;
    this.#isDue = false;
    const keys = this.#keys.peek();
    const body = JSON.stringify({ instance: this.#address.instance, ...served.version, urgent: served.urgent.slice(-URGENT_IDS_MAX), ...keys });
    const request = requestTo(this.#address, "POST /sdk/v1/confirm", { "content-type": "application/json" }, body);
    this.#world.http.request(request, { timeoutMs: CONFIRM_MS_MAX, maxBytes: REPLY_BYTES_MAX }).then(
      ({ status }) => {
        // Keys that the server calls malformed would be malformed again: they are dropped, and the confirm goes on without them.
        if (status < 300 || status === 400 || status === 413) this.#keys.sent(keys);
        if (status < 300) this.#sent();
        else this.#failed(status === 401 || status === 403 || status === 404 ? REFUSED_WAIT_MS_MIN : 0);
      },
      () => this.#failed(0),
    );
  }

  #sent(): void {
    this.#isSending = false;
    this.#backoff.succeeded();
    if (this.#isDue) this.changed();
    else if (!this.#keys.isEmpty) this.keysNoted();
  }

  /** The connection's own trouble is logged by the connection; a confirm only has to come through some time. */
  #failed(floorMs: number): void {
    this.#isSending = false;
    this.#isDue = true;
    this.#within(this.#backoff.failed(this.#world.clock.monotonicMs(), floorMs, 1));
  }
}
