/**
 * The world as Sluice sees it. Every class that waits, listens, writes or guesses takes these instead of Node's globals,
 * so the same classes run in production (`@sluice/ports/node`) and in the deterministic simulation (`tools/simulation`).
 */

/** Reads time. Only the server's scheduler and the shells hold a clock; evaluation never does. */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970-01-01T00:00:00Z. May jump either way. */
  nowMs(): number;
  /** Milliseconds on a clock that never goes back; the origin is arbitrary. For durations and deadlines. */
  monotonicMs(): number;
}

/** A pending wake-up; `cancel` is idempotent and safe after it fired. */
export interface Timer {
  cancel(): void;
}

export interface Timers {
  /** Calls `run` once, not before `delayMs` (≥ 0) have passed. */
  after(delayMs: number, run: () => void): Timer;
}

export interface Random {
  /** A number in [0, 1). For jitter only. */
  unit(): number;
  /** Cryptographically strong bytes in production, seeded in the simulation. For ids, salts and secrets. */
  bytes(count: number): Uint8Array;
}

/** A small durable key-value space: one directory. Names are `[a-z0-9.-]+`. */
export interface Disk {
  /** The content as last written whole, or `undefined` where nothing was. Throws `DiskFailed`. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Replaces the content so that a crash leaves the old or the new bytes, never a mixture; durable when it resolves. Throws `DiskFailed`. */
  replace(name: string, bytes: Uint8Array): Promise<void>;
  /** Opens (creates and preallocates to `capacityBytes`) an append-only journal. */
  openJournal(name: string, capacityBytes: number): Promise<Journal>;
}

/** Append-only records in space that was reserved when it was opened, so a full disk cannot refuse an append. */
export interface Journal {
  /** Whole records in order; a torn last record is left out, and so is one that the disk has damaged since. */
  readonly records: readonly Uint8Array[];
  /** Bytes between whole records that are none: damage, which somebody must hear of. 0 for a journal that was only cut short. */
  readonly damagedBytes: number;
  /** Resolves when the record would survive a power cut. Rejects with `DiskFailed` when the reserved space is used up. */
  append(record: Uint8Array): Promise<void>;
  /** Forgets everything; the space stays reserved. */
  reset(): Promise<void>;
}

/** The disk refused or failed: `cause` has the reason. The caller keeps what it had. */
export class DiskFailed extends Error {
  override readonly name = "DiskFailed";
}

/** A request as far as it is known before its body is read. */
export type HttpHead = Omit<HttpRequest, "body">;

export interface HttpRequest {
  readonly method: string;
  /** Path and query, e.g. `/sdk/v1/stream?x=1`, for a handler; a whole URL for a client. */
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Remote address, for logs and rate limits; absent in clients. */
  readonly remote?: string;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

/** One open response body that the handler goes on writing to. */
export interface StreamSink {
  /** Queues bytes. Returns false when more than the adapter's stated limit is waiting: the handler should close the stream. */
  write(chunk: Uint8Array): boolean;
  close(): void;
}

/** An answer whose body stays open. `attach` is called once the head is on its way; the returned function when the peer has gone. */
export interface HttpStreamReply {
  readonly status: 200;
  readonly headers: Readonly<Record<string, string>>;
  readonly attach: (sink: StreamSink) => () => void;
}

/** What a server is: a function from request to reply. Must not throw; the adapter answers 500 and logs if it does. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpReply | HttpStreamReply>;

export interface StreamListener {
  /** The head has arrived. A status other than 200 is followed by `ended`. */
  opened(status: number, headers: Readonly<Record<string, string>>): void;
  /** Bytes cut anywhere, also inside a UTF-8 sequence. */
  chunk(bytes: Uint8Array): void;
  /** Called exactly once, also when the connection never opened; never after `close()`. */
  ended(why: string): void;
}

export interface HttpClient {
  /** Rejects with `NetworkFailed` when no whole answer arrived within `timeoutMs`, or one was over `maxBytes`. */
  request(request: HttpRequest, limits: { readonly timeoutMs: number; readonly maxBytes: number }): Promise<HttpReply & { readonly body: Uint8Array }>;
  /** Opens a long answer. `close()` is silent and idempotent. */
  stream(request: HttpRequest, listener: StreamListener): { close(): void };
}

/** No answer: refused, reset, timed out, unresolvable. `code` is the system's (`ECONNREFUSED`, `ENOTFOUND`, `ETIMEDOUT`, …). */
export class NetworkFailed extends Error {
  override readonly name = "NetworkFailed";
  readonly code: string;
  constructor(message: string, code: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Structured, low-cardinality log. `event` is a stable dotted name; fields never hold secrets or customer names. */
export interface Log {
  info(event: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void;
  error(event: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Everything above that a long-running part needs. */
export interface World {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly disk: Disk;
  readonly http: HttpClient;
  readonly log: Log;
}
