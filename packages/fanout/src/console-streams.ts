import { problemReply, problems } from "@sluice/contract";
import type { HttpReply, HttpStreamReply, StreamSink, Timers } from "@sluice/ports";
import type { LoggedEvent } from "@sluice/releases";
import { frames } from "./frames.ts";

const STREAMS_MAX = 1_000;
/** Pages are told of confirmations at most this often: ten thousand come within a second. */
const RECEIPT_EVERY_MS = 200;

/** Events after which the console's list of kills is another. */
export const CHANGES_KILLS: ReadonlySet<LoggedEvent["facts"]["kind"]> = new Set([
  "flagsKilled",
  "killLifted",
  "liftAsked",
  "liftRefused",
  "killKept",
  "drillEnded",
  "ownersTold",
  "harmFound",
]);

/** The console's open pages, which are told what to ask for anew. */
export class ConsoleStreams {
  readonly #timers: Timers;
  readonly #sinks = new Set<StreamSink>();
  #isReceiptDue = false;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** One more page. */
  open(): HttpReply | HttpStreamReply {
    if (this.#sinks.size >= STREAMS_MAX) return problemReply(problems.tooManyStreams);
    return {
      status: 200,
      headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store" },
      attach: (sink) => {
        sink.write(frames.console("hello"));
        this.#sinks.add(sink);
        return () => this.#sinks.delete(sink);
      },
    };
  }

  tell(event: string): void {
    const bytes = frames.console(event);
    for (const sink of this.#sinks) {
      if (sink.write(bytes)) continue;
      this.#sinks.delete(sink);
      sink.close();
    }
  }

  /** A receipt gained a confirmation. */
  receiptSoon(): void {
    if (this.#isReceiptDue || this.#sinks.size === 0) return;
    this.#isReceiptDue = true;
    this.#timers.after(RECEIPT_EVERY_MS, () => {
      this.#isReceiptDue = false;
      this.tell("receipt");
    });
  }

  closeAll(): void {
    for (const sink of this.#sinks) sink.close();
  }
}
