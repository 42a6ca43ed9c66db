import type { HttpRequest, Timer, World } from "@sluice/ports";
import { type StreamFrame, StreamParser } from "./stream.ts";

/** Heartbeats come every 5 s; a stream silent for this long is dead (docs/protocol.md). */
export const SILENT_MS_MAX = 12_000;
/** The head of the answer and the first bytes must be there by then; healthy servers take a few milliseconds. */
const OPEN_MS_MAX = 5_000;

/** Why a stream is over. `silent` and `late` were ended by us. */
export type StreamEnd =
  | { readonly kind: "closed"; readonly why: string }
  | { readonly kind: "late"; readonly afterMs: number }
  | { readonly kind: "silent"; readonly afterMs: number }
  | { readonly kind: "tooLong"; readonly why: string };

/** What the owner of a stream hears. Nothing follows `ended`, and nothing follows a `close()` of its own. */
export interface LiveStreamListener {
  /** The head. False refuses it: the stream is closed silently, and the owner goes on by itself. */
  opened(status: number, headers: Readonly<Record<string, string>>): boolean;
  frame(frame: StreamFrame): void;
  ended(end: StreamEnd): void;
}

/** Follows one server-sent event stream until it ends, goes silent or is closed. */
export class LiveStream {
  readonly #world: Pick<World, "http" | "timers" | "clock">;
  readonly #listener: LiveStreamListener;
  readonly #parser = new StreamParser();
  readonly #connection: { close(): void };
  #watch: Timer | undefined;
  #heardMs: number;
  #hasBytes = false;
  #hasFrames = false;
  #isOver = false;

  constructor(world: Pick<World, "http" | "timers" | "clock">, request: HttpRequest, listener: LiveStreamListener) {
    this.#world = world;
    this.#listener = listener;
    this.#heardMs = world.clock.monotonicMs();
    this.#watchFor(OPEN_MS_MAX);
    this.#connection = world.http.stream(request, {
      opened: (status, headers) => this.#opened(status, headers),
      chunk: (bytes) => this.#chunk(bytes),
      ended: (why) => this.#end({ kind: "closed", why }),
    });
  }

  /** Ends it silently. Idempotent. */
  close(): void {
    this.#isOver = true;
    this.#watch?.cancel();
    this.#connection.close();
  }

  #opened(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.#isOver) return;
    if (!this.#listener.opened(status, headers)) this.close();
  }

  #chunk(bytes: Uint8Array): void {
    if (this.#isOver) return;
    // Bytes alone are no sign of life before the first event: a proxy may drip them for ever.
    if (!this.#hasBytes || this.#hasFrames) this.#heardMs = this.#world.clock.monotonicMs();
    this.#hasBytes = true;
    const push = this.#parser.push(bytes);
    if (!push.ok) return this.#end({ kind: "tooLong", why: push.problem });
    this.#hasFrames ||= push.frames.length > 0;
    for (const frame of push.frames) {
      // A frame's listener may close the stream.
      if (this.#isOver) return;
      this.#listener.frame(frame);
    }
  }

  #end(end: StreamEnd): void {
    if (this.#isOver) return;
    this.close();
    this.#listener.ended(end);
  }

  /** One timer that looks when bytes last came: cheaper than a new timer for each chunk. */
  #watchFor(delayMs: number): void {
    this.#watch = this.#world.timers.after(delayMs, () => {
      if (this.#isOver) return;
      const silentMs = this.#world.clock.monotonicMs() - this.#heardMs;
      if (!this.#hasBytes) return this.#end({ kind: "late", afterMs: OPEN_MS_MAX });
      if (silentMs >= SILENT_MS_MAX) return this.#end({ kind: "silent", afterMs: SILENT_MS_MAX });
      this.#watchFor(Math.max(1, SILENT_MS_MAX - silentMs));
    });
  }
}
