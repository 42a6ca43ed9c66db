import { FEED_PING_MS, type FeedMessage } from "@sluice/contract";
import type { World } from "@sluice/ports";

/** Three pings missed: the API is gone, or busy beyond use. */
const SILENT_MS = 3 * FEED_PING_MS;
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 2_000;
/** One line: a snapshot of an environment at the very most. */
const LINE_BYTES_MAX = 64 << 20;

/** Where the API is, and who is told. */
export interface FeedOptions {
  readonly url: string;
  readonly key: string;
  /** False where the message does not fit: then the feed begins anew. */
  readonly take: (message: FeedMessage) => boolean;
  /** `reachable` changed. */
  readonly onReachable: () => void;
}

/** Hears the API's feed, for ever; each message is given on, and a feed that stops making sense is begun anew. */
export class FeedClient {
  /** True while the feed is alive. */
  reachable = false;
  readonly #world: World;
  readonly #options: FeedOptions;
  #connection: { close(): void } | undefined;
  #heardMs = 0;
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
    const delay = this.#retryMs * (0.5 + this.#world.random.unit() / 2);
    this.#retryMs = Math.min(RETRY_MS_MAX, this.#retryMs * 2);
    this.#world.timers.after(delay, () => generation === this.#generation && this.#connect());
  }

  #connect(): void {
    if (this.#stopped) return;
    const generation = ++this.#generation;
    const mine = (): boolean => generation === this.#generation && !this.#stopped;
    this.#heardMs = this.#world.clock.monotonicMs();
    const decoder = new TextDecoder();
    let rest = "";
    this.#connection = this.#world.http.stream(
      { method: "GET", url: `${this.#options.url}/internal/v1/feed`, headers: { authorization: `Bearer ${this.#options.key}` }, body: new Uint8Array() },
      {
        opened: () => {
          this.#heardMs = this.#world.clock.monotonicMs();
        },
        chunk: (bytes) => {
          if (!mine()) return;
          this.#heardMs = this.#world.clock.monotonicMs();
          rest += decoder.decode(bytes, { stream: true });
          if (rest.length > LINE_BYTES_MAX) return this.#again("a line without an end");
          const lines = rest.split("\n");
          rest = lines.pop() ?? "";
          for (const line of lines) {
            if (line === "" || !mine()) continue;
            const message = parseMessage(line);
            if (message === undefined || !this.#options.take(message)) return this.#again(message === undefined ? "a line that is no message" : "a publication did not fit");
          }
          if (!this.reachable && lines.length > 0) {
            this.reachable = true;
            this.#retryMs = RETRY_MS_MIN;
            this.#world.log.info("feed.connected");
            this.#options.onReachable();
          }
        },
        ended: (why) => mine() && this.#again(why),
      },
    );
  }
}

function parseMessage(line: string): FeedMessage | undefined {
  try {
    return JSON.parse(line) as FeedMessage;
  } catch {
    // Cut off or mangled on its way: the feed begins anew, and what it says then is whole.
    return undefined;
  }
}
