import { RELAY_BATCHES_MAX, RELAY_TELEMETRY_BYTES_MAX, type PassedBatch } from "@sluice/contract";
import type { Timer, World } from "@sluice/ports";

/** What waits while the server is away: some 20,000 batches of ordinary processes. Beyond it the newest is dropped, and counted. */
const WAITING_BYTES_MAX = 8 << 20;
/** Batches wait for others; a guard looks once a minute. */
const SEND_EVERY_MS = 1_000;
/** After an attempt that did not come through. */
const AGAIN_AFTER_MS = 5_000;

interface Waiting {
  readonly environment: string;
  readonly text: string;
  readonly outcomes: number;
  readonly answers: number;
}

interface Parts {
  readonly world: Pick<World, "timers" | "log">;
  /** Under which this relay reports what it dropped itself: unique, so that its batches count once too. */
  readonly instance: string;
  /** Posts this JSON text to the server; gives the status, undefined where there was no answer. */
  readonly send: (text: string) => Promise<number | undefined>;
}

/** Batches of processes behind a relay on their way to the server, in their order; what comes twice is counted once there. */
export class TelemetryQueue {
  readonly #parts: Parts;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #timer: Timer | undefined;
  #isSending = false;
  #isStopped = false;
  readonly #dropped = new Map<string, { droppedOutcomes: number; droppedAnswers: number }>();
  #reports = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  put(environment: string, body: PassedBatch): void {
    const outcomes = body.outcomes.reduce((sum, { ok, failed }) => sum + ok + failed, body.droppedOutcomes);
    const answers = body.answers.reduce((sum, { count }) => sum + count, body.droppedAnswers);
    const text = JSON.stringify({ environment, ...body });
    if (this.#bytes + text.length > WAITING_BYTES_MAX) this.#drop({ environment, text, outcomes, answers });
    else {
      this.#waiting.push({ environment, text, outcomes, answers });
      this.#bytes += text.length;
    }
    this.#within(SEND_EVERY_MS);
  }

  /** The server is there again. */
  reachable(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#waiting.length > 0) this.#within(0);
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #drop({ environment, outcomes, answers }: Waiting): void {
    const dropped = this.#dropped.get(environment) ?? { droppedOutcomes: 0, droppedAnswers: 0 };
    dropped.droppedOutcomes += outcomes;
    dropped.droppedAnswers += answers;
    this.#dropped.set(environment, dropped);
  }

  /** What was dropped is told as a batch of this relay's own, before the next of others. */
  #reportDropped(): void {
    for (const [environment, dropped] of this.#dropped) {
      this.#reports += 1;
      const text = JSON.stringify({ environment, instance: this.#parts.instance, batch: this.#reports, ...dropped });
      this.#waiting.push({ environment, text, outcomes: dropped.droppedOutcomes, answers: dropped.droppedAnswers });
      this.#bytes += text.length;
    }
    this.#dropped.clear();
  }

  #within(waitMs: number): void {
    if (this.#timer !== undefined || this.#isSending || this.#isStopped) return;
    this.#timer = this.#parts.world.timers.after(waitMs, () => {
      this.#timer = undefined;
      void this.#send();
    });
  }

  async #send(): Promise<void> {
    this.#isSending = true;
    const batches = this.#next();
    const status = await this.#parts.send(`{"batches":[${batches.map(({ text }) => text).join()}]}`);
    this.#isSending = false;
    const isTaken = status !== undefined && status < 300;
    // What the server calls malformed would be so again, and an earlier one has no such route.
    const isRefused = status === 400 || status === 404 || status === 413;
    if (isTaken || isRefused) {
      this.#waiting = this.#waiting.slice(batches.length);
      this.#bytes -= batches.reduce((sum, { text }) => sum + text.length, 0);
    }
    if (isRefused) {
      this.#parts.world.log.warn("relay.telemetryRefused", { status, batches: batches.length });
      for (const batch of batches) this.#drop(batch);
    }
    if (isTaken) this.#reportDropped();
    if (this.#waiting.length > 0) this.#within(isTaken ? 0 : AGAIN_AFTER_MS);
  }

  /** As many of the oldest as one request takes, in bytes of UTF-8 at most three for each unit of text. */
  #next(): readonly Waiting[] {
    let bytes = 0;
    const end = this.#waiting.findIndex(({ text }, at) => at >= RELAY_BATCHES_MAX || (bytes += text.length * 3 + 1) > RELAY_TELEMETRY_BYTES_MAX - 100);
    return end === -1 ? [...this.#waiting] : this.#waiting.slice(0, Math.max(1, end));
  }
}
