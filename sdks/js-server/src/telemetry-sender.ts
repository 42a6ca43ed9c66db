import type { Version } from "@sluice/evaluation";
import type { Timer, World } from "@sluice/ports";
import type { AnswerCounts } from "./answer-counts.ts";
import { Backoff } from "./backoff.ts";
import type { OutcomeCounts } from "./outcome-counts.ts";
import { requestTo, type ServerAddress } from "./server-address.ts";
import { REFUSED_WAIT_MS_MIN } from "./trouble.ts";

/** Outcomes wait for others to join them: a guard looks once a minute. Drawn from this range, so that a fleet does not send at once. */
const OUTCOMES_WAIT_MS_MIN = 5_000;
const OUTCOMES_WAIT_MS_MAX = 10_000;
/** Answers alone are told this often. */
const ANSWERS_WAIT_MS_MIN = 30_000;
const ANSWERS_WAIT_MS_MAX = 60_000;
const SEND_MS_MAX = 5_000;
/** A process that ends waits so long for its last counts. */
const LAST_MS_MAX = 1_000;
const REPLY_BYTES_MAX = 16 * 1024;
/** First digits of the instance's name, which are drawn when a client is made. */
const PLACE_DIGITS = 6;

/** What there is to tell. */
export interface Telemetry {
  readonly outcomes: OutcomeCounts;
  readonly answers: AnswerCounts;
  /** What is served now. */
  readonly version: () => Version | undefined;
}

/**
 * Tells the server what this process has seen, while the stream is connected, one request at a time; what does not come through is sent again as the
 * same batch.
 */
export class TelemetrySender {
  readonly #world: Pick<World, "clock" | "timers" | "random" | "http">;
  readonly #address: ServerAddress;
  readonly #telemetry: Telemetry;
  readonly #backoff: Backoff;
  #timer: Timer | undefined;
  #dueMs = 0;
  #isConnected = false;
  #isSending = false;
  #isClosed = false;
  #batches = 0;
  #underWay: string | undefined;

  constructor(world: Pick<World, "clock" | "timers" | "random" | "http">, address: ServerAddress, telemetry: Telemetry) {
    this.#world = world;
    this.#address = address;
    this.#telemetry = telemetry;
    this.#backoff = new Backoff(world.random);
  }

  connected(): void {
    this.#isConnected = true;
    this.#backoff.succeeded();
    this.#planNext();
  }

  disconnected(): void {
    this.#isConnected = false;
    this.#stopTimer();
  }

  /** An outcome was counted. */
  noted(): void {
    this.#planNext();
  }

  /** Sends what there is at the end of an invocation, once, and waits a second for it at most; what does not come through goes with the next. */
  async flush(): Promise<void> {
    if (this.#isSending || this.#isClosed || this.#isEmpty) return;
    this.#isSending = true;
    const status = await this.#post(LAST_MS_MAX).catch(() => 0);
    this.#isSending = false;
    if (isDone(status)) this.#underWay = undefined;
  }

  /** Sends what is left, once, and waits a second for it at most. */
  async close(): Promise<void> {
    const isWorthIt = this.#isConnected && !this.#isSending && !this.#isEmpty;
    this.#isClosed = true;
    this.disconnected();
    if (isWorthIt) await this.#post(LAST_MS_MAX).catch(() => undefined);
  }

  /** Where this process stands among the others, 0 to 1: its answers are told at a pace of its own, for which nothing is drawn. */
  get #place(): number {
    return Number.parseInt(this.#address.instance.slice(0, PLACE_DIGITS), 16) / 16 ** PLACE_DIGITS;
  }

  get #isEmpty(): boolean {
    return !this.#hasOutcomes && this.#telemetry.answers.isTold;
  }

  /** Outcomes, which a guard waits for, or a batch that is under way. */
  get #hasOutcomes(): boolean {
    return this.#underWay !== undefined || !this.#telemetry.outcomes.isEmpty;
  }

  #planNext(): void {
    if (this.#backoff.hasFailed) return;
    if (this.#hasOutcomes) this.#within(OUTCOMES_WAIT_MS_MIN + this.#world.random.unit() * (OUTCOMES_WAIT_MS_MAX - OUTCOMES_WAIT_MS_MIN));
    else this.#within(ANSWERS_WAIT_MS_MIN + this.#place * (ANSWERS_WAIT_MS_MAX - ANSWERS_WAIT_MS_MIN));
  }

  #stopTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Sends within this time; an earlier plan stands. */
  #within(delayMs: number): void {
    if (!this.#isConnected || this.#isSending || this.#isClosed) return;
    const dueMs = this.#world.clock.monotonicMs() + delayMs;
    if (this.#timer !== undefined && this.#dueMs <= dueMs) return;
    this.#stopTimer();
    this.#dueMs = dueMs;
    this.#timer = this.#world.timers.after(delayMs, () => this.#fire());
  }

  #fire(): void {
    this.#timer = undefined;
    if (this.#isEmpty) return this.#planNext();
    this.#isSending = true;
    this.#post(SEND_MS_MAX).then(
      (status) => this.#answered(status),
      () => this.#answered(0),
    );
  }

  async #post(timeoutMs: number): Promise<number> {
    const request = requestTo(this.#address, "POST /sdk/v1/telemetry", { "content-type": "application/json" }, this.#next());
    return (await this.#world.http.request(request, { timeoutMs, maxBytes: REPLY_BYTES_MAX })).status;
  }

  /** The batch to send next: the same until the server has it, or will never take it. */
  #next(): string {
    if (this.#underWay !== undefined) return this.#underWay;
    const { outcomes, answers, version } = this.#telemetry;
    const [went, given, applied] = [outcomes.take(), answers.take(), version()];
    this.#batches += 1;
    this.#underWay = JSON.stringify({
      instance: this.#address.instance,
      batch: this.#batches,
      outcomes: went.outcomes,
      droppedOutcomes: went.dropped,
      answers: given.answers,
      droppedAnswers: given.dropped,
      ...(applied === undefined ? {} : { applied: { epoch: applied.epoch, seq: applied.seq } }),
    });
    return this.#underWay;
  }

  /** 0: no answer. */
  #answered(status: number): void {
    this.#isSending = false;
    if (isDone(status)) this.#underWay = undefined;
    if (status >= 200 && status < 300) {
      this.#backoff.succeeded();
      return this.#planNext();
    }
    this.#within(this.#backoff.failed(this.#world.clock.monotonicMs(), status >= 300 && status < 500 ? REFUSED_WAIT_MS_MIN : 0, 1));
  }
}

/** What the server calls malformed would be so again; an earlier server has no such route. Neither is sent again. */
function isDone(status: number): boolean {
  return (status >= 200 && status < 300) || status === 400 || status === 404 || status === 413;
}
