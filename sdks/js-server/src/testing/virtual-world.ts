import type { Clock, Disk, HttpReply, HttpRequest, Log, Random, StreamListener, Timers, World } from "@sluice/ports";
import { DiskFailed, NetworkFailed } from "@sluice/ports";

/** One line of the log. */
export interface Line {
  readonly level: "info" | "warn" | "error";
  readonly event: string;
  readonly message: string;
}

/** A stream that the code under test has opened; the test plays the server. */
export interface OpenedStream {
  readonly request: HttpRequest;
  readonly listener: StreamListener;
  isClosed: boolean;
}

interface Planned {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** A world whose time moves only when the test says so, and whose server is the test. */
export class VirtualWorld implements World {
  nowMs: number = 0;
  readonly lines: Line[] = [];
  readonly streams: OpenedStream[] = [];
  readonly requests: HttpRequest[] = [];
  readonly files: Map<string, Uint8Array> = new Map();
  readonly writes: string[] = [];
  diskRefuses: boolean = false;
  /** Answers requests that are no streams. */
  answer: (request: HttpRequest) => HttpReply | "refused" | "never" = () => "refused";
  /** Answers the opening of a stream; 0 refuses the connection. */
  streamStatus: number = 200;
  /** Event that the server sends as soon as a stream is open; none where undefined. */
  hello: unknown;
  #planned: Planned[] = [];
  #order = 0;

  readonly clock: Clock = { nowMs: (): number => 1_795_424_400_000 + this.nowMs, monotonicMs: (): number => this.nowMs };
  readonly timers: Timers = {
    after: (delayMs: number, run: () => void): { cancel(): void } => {
      const entry: Planned = { atMs: this.nowMs + delayMs, order: (this.#order += 1), run };
      this.#planned.push(entry);
      return { cancel: () => (this.#planned = this.#planned.filter((other) => other !== entry)) };
    },
  };
  readonly random: Random = { unit: (): number => 0.5, bytes: (count: number): Uint8Array => new Uint8Array(count).fill(7) };
  readonly disk: Disk = {
    read: async (name) => {
      if (this.diskRefuses) throw new DiskFailed("EIO");
      return this.files.get(name);
    },
    replace: async (name, bytes) => {
      if (this.diskRefuses) throw new DiskFailed("ENOSPC");
      this.writes.push(new TextDecoder().decode(bytes));
      this.files.set(name, bytes);
    },
    openJournal: async () => {
      throw new DiskFailed("an SDK opens no journal");
    },
  };
  readonly log: Log = { info: this.#line("info"), warn: this.#line("warn"), error: this.#line("error") };
  readonly http: World["http"] = {
    request: async (request, limits) => {
      this.requests.push(request);
      const reply = this.answer(request);
      if (reply === "refused") throw new NetworkFailed("connection refused", "ECONNREFUSED");
      if (reply === "never")
        return new Promise((_, reject) => this.timers.after(limits.timeoutMs, () => reject(new NetworkFailed("no whole answer", "ETIMEDOUT"))));
      return { ...reply, body: typeof reply.body === "string" ? new TextEncoder().encode(reply.body) : reply.body };
    },
    stream: (request, listener) => {
      const opened: OpenedStream = { request, listener, isClosed: false };
      this.streams.push(opened);
      const status = this.streamStatus;
      this.timers.after(0, () => {
        if (opened.isClosed) return;
        if (status === 0) return listener.ended("connection refused");
        listener.opened(status, { "content-type": status === 200 ? "text/event-stream" : "application/json" });
        if (status === 200 && this.hello !== undefined && !opened.isClosed) listener.chunk(encodeEvent("hello", this.hello));
        if (status !== 200 && !opened.isClosed) listener.ended(`status ${status}`);
      });
      return { close: () => (opened.isClosed = true) };
    },
  };

  /** Timers that wait, for tests of what `close()` leaves. */
  get plannedCount(): number {
    return this.#planned.length;
  }

  /** Lets time pass, running what falls due in order and everything that follows from it. */
  async pass(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    await this.settle();
    for (;;) {
      const next = this.#planned.filter((entry) => entry.atMs <= endMs).sort((a, b) => a.atMs - b.atMs || a.order - b.order)[0];
      if (next === undefined) break;
      this.#planned = this.#planned.filter((entry) => entry !== next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.run();
      await this.settle();
    }
    this.nowMs = endMs;
  }

  /** Runs every promise that is ready. */
  async settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** The stream that is open now. */
  get stream(): OpenedStream {
    const stream = this.streams.findLast((candidate) => !candidate.isClosed);
    if (stream === undefined) throw new Error("no stream is open");
    return stream;
  }

  /** Sends one event on the open stream. */
  send(event: string, data: unknown): void {
    this.sendBytes(encodeEvent(event, data));
  }

  sendBytes(bytes: Uint8Array): void {
    this.stream.listener.chunk(bytes);
  }

  /** Ends the open stream from the server's side. */
  drop(why: string): void {
    const { listener } = this.stream;
    this.stream.isClosed = true;
    listener.ended(why);
  }

  /** Messages of one event name. */
  said(event: string): readonly string[] {
    return this.lines.filter((line) => line.event === event).map((line) => line.message);
  }

  #line(level: Line["level"]): (event: string, fields?: Readonly<Record<string, unknown>>) => void {
    return (event, fields) => {
      const message = fields?.["message"];
      this.lines.push({ level, event, message: typeof message === "string" ? message : "" });
    };
  }
}

function encodeEvent(event: string, data: unknown): Uint8Array {
  return new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

/** A JSON answer. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpReply {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}
