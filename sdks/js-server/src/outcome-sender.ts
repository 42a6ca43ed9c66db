import type { Timer, World } from "@sluice/ports";
import { Backoff } from "./backoff.ts";
import type { OutcomeCounts } from "./outcome-counts.ts";
import { requestTo, type ServerAddress } from "./server-address.ts";
import { REFUSED_WAIT_MS_MIN } from "./trouble.ts";

/** Counts wait for others to join them: a guard looks once a minute. Drawn from this range, so that a fleet does not send at once. */
const WAIT_MS_MIN = 5_000;
const WAIT_MS_MAX = 10_000;
const SEND_MS_MAX = 5_000;
/** A process that ends waits so long for its last counts. */
const LAST_MS_MAX = 1_000;
const REPLY_BYTES_MAX = 16 * 1024;

/** Sends counts of outcomes while the stream is connected, one request at a time; what does not come through is sent again as the same batch. */
export class OutcomeSender {
  readonly #world: Pick<World, "clock" | "timers" | "random" | "http">;
  readonly #address: ServerAddress;
  readonly #counts: OutcomeCounts;
  readonly #backoff: Backoff;
  #timer: Timer | undefined;
  #isConnected = false;
  #isSending = false;
  #isClosed = false;

  constructor(world: Pick<World, "clock" | "timers" | "random" | "http">, address: ServerAddress, counts: OutcomeCounts) {
    this.#world = world;
    this.#address = address;
    this.#counts = counts;
    this.#backoff = new Backoff(world.random);
  }

  connected(): void {
    this.#isConnected = true;
    this.#backoff.succeeded();
    if (!this.#counts.isEmpty) this.noted();
  }

  disconnected(): void {
    this.#isConnected = false;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Something was counted. */
  noted(): void {
    this.#within(WAIT_MS_MIN + this.#world.random.unit() * (WAIT_MS_MAX - WAIT_MS_MIN));
  }

  /** Sends what there is at the end of an invocation, once, and waits a second for it at most; what does not come through goes with the next. */
  async flush(): Promise<void> {
    if (this.#isSending || this.#isClosed || this.#counts.isEmpty) return;
    this.#isSending = true;
    const status = await this.#post(LAST_MS_MAX).catch(() => 0);
    this.#isSending = false;
    if (isDone(status)) this.#counts.sent();
  }

  /** Sends what is left, once, and waits a second for it at most. */
  async close(): Promise<void> {
    const isWorthIt = this.#isConnected && !this.#isSending && !this.#counts.isEmpty;
    this.#isClosed = true;
    this.disconnected();
    if (isWorthIt) await this.#post(LAST_MS_MAX).catch(() => undefined);
  }

  #within(delayMs: number): void {
    if (!this.#isConnected || this.#isSending || this.#isClosed || this.#timer !== undefined) return;
    this.#timer = this.#world.timers.after(delayMs, () => {
      this.#timer = undefined;
      this.#send();
    });
  }

  #send(): void {
    this.#isSending = true;
    this.#post(SEND_MS_MAX).then(
      (status) => this.#answered(status),
      () => this.#failed(0),
    );
  }

  async #post(timeoutMs: number): Promise<number> {
    const body = JSON.stringify({ instance: this.#address.instance, ...this.#counts.next() });
    const request = requestTo(this.#address, "POST /sdk/v1/telemetry", { "content-type": "application/json" }, body);
    return (await this.#world.http.request(request, { timeoutMs, maxBytes: REPLY_BYTES_MAX })).status;
  }

  #answered(status: number): void {
    if (isDone(status)) this.#counts.sent();
    if (status >= 300) return this.#failed(status < 500 ? REFUSED_WAIT_MS_MIN : 0);
    this.#isSending = false;
    this.#backoff.succeeded();
    if (!this.#counts.isEmpty) this.noted();
  }

  #failed(floorMs: number): void {
    this.#isSending = false;
    if (!this.#counts.isEmpty) this.#within(this.#backoff.failed(this.#world.clock.monotonicMs(), floorMs, 1));
  }
}

/** What the server calls malformed would be so again; an earlier server has no such route. Neither is sent again. */
function isDone(status: number): boolean {
  return (status >= 200 && status < 300) || status === 400 || status === 404 || status === 413;
}
