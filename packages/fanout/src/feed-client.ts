import { FEED_PING_MS, type FeedMessage, parseFeedMessage } from "@sluice/contract";
import type { World } from "@sluice/ports";

/** Three pings missed: the API is gone, or busy beyond use. */
const SILENT_MS = 3 * FEED_PING_MS;
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 2_000;
/** One line: a snapshot of an environment at the very most. */
const LINE_CHARS_MAX = 64 << 20;

/** Where the feed is, of the API or of the server that a relay stands behind, and who is told. */
export interface FeedOptions {
  readonly url: string;
  /** Sent with each attempt. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** False where the message does not fit: then the feed begins anew. */
  readonly take: (message: FeedMessage) => boolean;
  /** `reachable` changed. */
  readonly onReachable: () => void;
}

/** Hears a feed, for ever; each message is given on, and a feed that stops making sense is begun anew. */
export class FeedClient {
  /** True while the feed is alive. */
  reachable = false;
  readonly #world: World;
  readonly #options: FeedOptions;
  #connection: { close(): void } | undefined;
  #heardMs = 0;
  #reachableMs = 0;
  #retryMs = RETRY_MS_MIN;
  #stopped = false;
  #generation = 0;

  constructor(world: World, options: FeedOptions) {
    this.#world = world;
    this.#options = options;
  }

  start(): void {
    this.#connect();
    this.#watch();
  }

  stop(): void {
    this.#stopped = true;
    this.#connection?.close();
  }

  #watch(): void {
    if (this.#stopped) return;
    if (this.#connection !== undefined && this.#world.clock.monotonicMs() - this.#heardMs > SILENT_MS) this.#again("silent");
    this.#world.timers.after(FEED_PING_MS / 2, () => this.#watch());
  }

  #again(why: string): void {
    if (this.#stopped) return;
    if (this.reachable) this.#world.log.warn("feed.lost", { why });
    const was = this.reachable;
    this.reachable = false;
    if (was) this.#options.onReachable();
    this.#connection?.close();
    this.#connection = undefined;
    this.#generation++;
    const generation = this.#generation;
    // Only a feed that held for a while begins the waits anew: one that fails each time at once must not be asked ten times a second.
    if (was && this.#world.clock.monotonicMs() - this.#reachableMs > SILENT_MS) this.#retryMs = RETRY_MS_MIN;
    const delay = this.#retryMs * (0.5 + this.#world.random.unit() / 2);
    this.#retryMs = Math.min(RETRY_MS_MAX, this.#retryMs * 2);
    this.#world.timers.after(delay, () => generation === this.#generation && this.#connect());
  }

  #hear(line: string): void {
    const message = parseFeedMessage(line);
    if (message === "unknown") return;
    if (message === "broken") return this.#again("a line that is no message");
    if (!this.#options.take(message)) return this.#again("a publication did not fit");
    if (this.reachable) return;
    this.reachable = true;
    this.#reachableMs = this.#world.clock.monotonicMs();
    this.#world.log.info("feed.connected");
    this.#options.onReachable();
  }

  #connect(): void {
    if (this.#stopped) return;
    const generation = ++this.#generation;
    const mine = (): boolean => generation === this.#generation && !this.#stopped;
    this.#heardMs = this.#world.clock.monotonicMs();
    const decoder = new TextDecoder();
    let rest = "";
    this.#connection = this.#world.http.stream(
      { method: "GET", url: this.#options.url, headers: this.#options.headers(), body: new Uint8Array() },
      {
        opened: () => {
          this.#heardMs = this.#world.clock.monotonicMs();
        },
        chunk: (bytes) => {
          if (!mine()) return;
          this.#heardMs = this.#world.clock.monotonicMs();
          const text = decoder.decode(bytes, { stream: true });
          rest += text;
          if (rest.length > LINE_CHARS_MAX) return this.#again("a line without an end");
          // A snapshot comes in many chunks: only those that end a line are worth a look at the whole.
          if (!text.includes("\n")) return;
          const lines = rest.split("\n");
          rest = lines.pop() ?? "";
          for (const line of lines) if (line !== "" && mine()) this.#hear(line);
        },
        ended: (why) => mine() && this.#again(why),
      },
    );
  }
}
