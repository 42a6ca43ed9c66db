import { FEED_PING_MS, type FeedMessage } from "@sluice/contract";
import type { StreamSink, World } from "@sluice/ports";

/** Fan-out processes and relays of one API. */
const FEEDS_MAX = 100;

const utf8 = new TextEncoder();
const encodeLine = (message: FeedMessage): Uint8Array => utf8.encode(`${JSON.stringify(message)}\n`);

/** Everybody who listens to the API's feed. */
export class FeedHub {
  readonly #world: World;
  readonly #sinks = new Set<StreamSink>();
  #stopped = false;

  constructor(world: World) {
    this.#world = world;
  }

  /** One more listener: first everything as it is, then every change. No await between the two. */
  attach(sink: StreamSink, everything: () => readonly FeedMessage[]): () => void {
    if (this.#sinks.size >= FEEDS_MAX) {
      sink.close();
      return () => {};
    }
    for (const message of everything()) sink.write(encodeLine(message));
    this.#sinks.add(sink);
    return () => this.#sinks.delete(sink);
  }

  tell(message: FeedMessage): void {
    const line = encodeLine(message);
    for (const sink of this.#sinks) {
      if (sink.write(line)) continue;
      this.#sinks.delete(sink);
      sink.close();
    }
  }

  /** Pings, so that silence means something. */
  start(): void {
    if (this.#stopped) return;
    this.tell({ kind: "ping" });
    this.#world.timers.after(FEED_PING_MS, () => this.start());
  }

  stop(): void {
    this.#stopped = true;
    for (const sink of this.#sinks) sink.close();
    this.#sinks.clear();
  }
}
