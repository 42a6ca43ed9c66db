import type { Random } from "@sluice/ports";

/** Shortest wait before trying again. */
const WAIT_MS_MIN = 250;
/**
 * Longest wait for one request: drawn evenly between a quarter of it and the whole, so that a server that refuses hears from one process
 * once in 31 s on average, and one that comes back after hours is found within a minute.
 */
const WAIT_MS_MAX = 50_000;
/** In the first minute of an outage the wait stays short, so that a restart of the server is over for everybody within 10 s. */
const EARLY_MS = 60_000;
const EARLY_WAIT_MS_MAX = 4_000;

/**
 * Waits between attempts: doubling, drawn evenly between a quarter and the whole of the current step, for ever.
 * One object for one thing that is tried; `succeeded` starts it again from the shortest wait.
 */
export class Backoff {
  readonly #random: Random;
  #failures = 0;
  #sinceMs: number | undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  get hasFailed(): boolean {
    return this.#sinceMs !== undefined;
  }

  /** How long the trouble has lasted, in milliseconds; 0 where there is none. */
  lastedMs(nowMs: number): number {
    return this.#sinceMs === undefined ? 0 : nowMs - this.#sinceMs;
  }

  /** Milliseconds to wait after a failure at `nowMs` (monotonic) of an attempt of `requests` requests (1 or more), never below `floorMs`. */
  failed(nowMs: number, floorMs: number, requests: number): number {
    this.#sinceMs ??= nowMs;
    const ceiling = this.lastedMs(nowMs) < EARLY_MS ? EARLY_WAIT_MS_MAX : WAIT_MS_MAX * requests;
    // 2^10 × 1 s is far above the longest wait; the exponent is bounded so that years of failures stay a number.
    const step = Math.min(ceiling, WAIT_MS_MIN * 4 * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    return Math.max(floorMs, step / 4 + this.#random.unit() * (step - step / 4), WAIT_MS_MIN);
  }

  /** At `nowMs` something came through all the same: the trouble counts from now on, so that waits stay short. They go on growing to that. */
  progressed(nowMs: number): void {
    if (this.#sinceMs !== undefined) this.#sinceMs = nowMs;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#sinceMs = undefined;
  }
}
