import type { FeedMessage } from "@sluice/contract";
import {
  type Clock,
  type Disk,
  DiskFailed,
  type HttpClient,
  type HttpReply,
  type HttpRequest,
  type Journal,
  type Log,
  NetworkFailed,
  type Random,
  type StreamListener,
  type StreamSink,
  type Timers,
  type World,
} from "@sluice/ports";
import type { Proposal } from "@sluice/releases";
import { type Appended, type Blob, type Checkpoint, type Grant, MemoryStore, type SdkKey, type Account, StoreUnavailable } from "@sluice/store";

interface Planned {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Lets everything that is ready run, however deep its promises chain. */
export const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Time, timers, chance and log of one process; time moves only when the test says so. */
export class TestWorld implements World {
  static readonly WALL_MS = 1_795_424_400_000;
  monotonicMs: number = 0;
  readonly lines: string[] = [];
  readonly disk: TestDisk;
  readonly http: TestApi;
  readonly clock: Clock = { nowMs: (): number => TestWorld.WALL_MS + this.monotonicMs, monotonicMs: (): number => this.monotonicMs };
  readonly timers: Timers = {
    after: (delayMs: number, run: () => void): { cancel(): void } => {
      const entry: Planned = { atMs: this.monotonicMs + delayMs, order: ++this.#order, run };
      this.#planned.push(entry);
      return { cancel: (): void => void (this.#planned = this.#planned.filter((other) => other !== entry)) };
    },
  };
  readonly random: Random = {
    unit: (): number => 0.5,
    bytes: (count: number): Uint8Array => new Uint8Array(count).map((_, index) => (this.#drawn = (this.#drawn * 31 + 17 + index) % 256)),
  };
  readonly log: Log;
  #planned: Planned[] = [];
  #order = 0;
  #drawn = 5;

  constructor(parts: { readonly disk: TestDisk; readonly api: TestApi }) {
    this.disk = parts.disk;
    this.http = parts.api;
    const write =
      (level: string) =>
      (event: string, fields?: Readonly<Record<string, unknown>>): void =>
        void this.lines.push(`${level} ${event} ${JSON.stringify(fields ?? {})}`);
    this.log = { info: write("info"), warn: write("warn"), error: write("error") };
  }

  /** Lets this much time pass, with everything that was planned for it, in its order. */
  async advance(ms: number): Promise<void> {
    const end = this.monotonicMs + ms;
    await settle();
    for (;;) {
      const [next] = this.#planned.filter(({ atMs }) => atMs <= end).sort((a, b) => a.atMs - b.atMs || a.order - b.order);
      if (next === undefined) break;
      this.#planned = this.#planned.filter((other) => other !== next);
      this.monotonicMs = Math.max(this.monotonicMs, next.atMs);
      next.run();
      await settle();
    }
    this.monotonicMs = end;
  }
}

/** A disk that outlives its process. */
export class TestDisk implements Disk {
  readonly files: Map<string, Uint8Array> = new Map();
  readonly journals: Map<string, Uint8Array[]> = new Map();
  /** Whole files are refused. */
  isFull: boolean = false;
  /** Journal records are refused. */
  isJournalBroken: boolean = false;

  async read(name: string): Promise<Uint8Array | undefined> {
    return this.files.get(name);
  }

  async replace(name: string, bytes: Uint8Array): Promise<void> {
    if (this.isFull) throw new DiskFailed("no space left");
    this.files.set(name, bytes.slice());
  }

  async openJournal(name: string, capacityBytes: number): Promise<Journal> {
    const records = this.journals.get(name) ?? [];
    this.journals.set(name, records);
    return {
      records: [...records],
      damagedBytes: 0,
      append: async (record) => {
        const used = records.reduce((sum, one) => sum + one.length + 8, 0);
        if (this.isJournalBroken || used + record.length + 8 > capacityBytes) throw new DiskFailed("the journal refused");
        records.push(record.slice());
      },
      reset: async () => void records.splice(0),
    };
  }
}

/** The API process as the fan-out sees it: the test plays it. */
export class TestApi implements HttpClient {
  isUp: boolean = true;
  /** Everything that was asked but the feed. */
  readonly requests: HttpRequest[] = [];
  /** What a new feed is told first. */
  everything: () => readonly FeedMessage[] = () => [];
  answer: (request: HttpRequest) => HttpReply = () => ({ status: 204, headers: {}, body: "" });
  #feeds: StreamListener[] = [];

  async request(request: HttpRequest, limits: { readonly timeoutMs: number; readonly maxBytes: number }): Promise<HttpReply & { readonly body: Uint8Array }> {
    if (!this.isUp) throw new NetworkFailed("refused", "ECONNREFUSED");
    this.requests.push(request);
    const { status, headers, body } = this.answer(request);
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    if (bytes.length > limits.maxBytes) throw new NetworkFailed("too large", "EMSGSIZE");
    return { status, headers, body: bytes };
  }

  stream(_request: HttpRequest, listener: StreamListener): { close(): void } {
    if (!this.isUp) {
      queueMicrotask(() => listener.ended("ECONNREFUSED"));
      return { close: (): void => {} };
    }
    this.#feeds.push(listener);
    queueMicrotask(() => {
      listener.opened(200, {});
      for (const message of this.everything()) send(listener, message);
    });
    return { close: (): void => void (this.#feeds = this.#feeds.filter((one) => one !== listener)) };
  }

  get feeds(): number {
    return this.#feeds.length;
  }

  tell(message: FeedMessage): void {
    for (const listener of this.#feeds) send(listener, message);
  }

  /** Bytes that are no message, or half of one. */
  tellRaw(text: string): void {
    for (const listener of this.#feeds) listener.chunk(new TextEncoder().encode(text));
  }

  down(): void {
    this.isUp = false;
    for (const listener of this.#feeds.splice(0)) listener.ended("reset");
  }
}

/** Every message in two chunks, cut in the middle. */
function send(listener: StreamListener, message: FeedMessage): void {
  const bytes = new TextEncoder().encode(`${JSON.stringify(message)}\n`);
  const cut = Math.floor(bytes.length / 2);
  listener.chunk(bytes.subarray(0, cut));
  listener.chunk(bytes.subarray(cut));
}

/** What is the matter with the database. `hangs`: calls wait until it is over. `deaf`: it commits, and its answer is lost. */
export type Trouble = "none" | "hangs" | "refuses" | "deaf";

/** The memory store with a database that can be gone. */
export class TestStore extends MemoryStore {
  #trouble: Trouble = "none";
  #hanging: (() => void)[] = [];

  get trouble(): Trouble {
    return this.#trouble;
  }

  set trouble(trouble: Trouble) {
    this.#trouble = trouble;
    if (trouble !== "hangs") for (const goOn of this.#hanging.splice(0)) goOn();
  }

  async #ready(): Promise<void> {
    if (this.#trouble === "hangs") await new Promise<void>((resolve) => void this.#hanging.push(resolve));
    if (this.#trouble === "refuses") throw new StoreUnavailable("gone");
  }

  override async append(proposals: readonly Proposal[], expected: number | undefined, blobs: readonly Blob[] = []): Promise<Appended> {
    await this.#ready();
    const appended = await super.append(proposals, expected, blobs);
    return this.trouble === "deaf" ? new Promise(() => {}) : appended;
  }
  override async read(after: number, limit: number): ReturnType<MemoryStore["read"]> {
    await this.#ready();
    return super.read(after, limit);
  }
  override async probeAppend(proposals: readonly Proposal[], expected: number | undefined): Promise<Appended> {
    await this.#ready();
    return super.probeAppend(proposals, expected);
  }
  override async probeRead(after: number, limit: number): ReturnType<MemoryStore["probeRead"]> {
    await this.#ready();
    return super.probeRead(after, limit);
  }
  override async checkpoint(name: string): Promise<Checkpoint | undefined> {
    await this.#ready();
    return super.checkpoint(name);
  }
  override async accounts(): Promise<readonly Account[]> {
    await this.#ready();
    return super.accounts();
  }
  override async account(id: string): Promise<Account | undefined> {
    await this.#ready();
    return super.account(id);
  }
  override async grant(hash: string): Promise<Grant | undefined> {
    await this.#ready();
    return super.grant(hash);
  }
  override async grants(kind: Grant["kind"]): Promise<readonly Grant[]> {
    await this.#ready();
    return super.grants(kind);
  }
  override async takeGrant(hash: string): Promise<boolean> {
    await this.#ready();
    return super.takeGrant(hash);
  }
  override async sdkKeys(): Promise<readonly SdkKey[]> {
    await this.#ready();
    return super.sdkKeys();
  }
}

/** A reader of a stream that keeps what it is given; `limit` is the number of chunks after which it refuses. */
export class TestSink implements StreamSink {
  readonly chunks: string[] = [];
  isClosed: boolean = false;
  limit: number = Number.POSITIVE_INFINITY;

  write(chunk: Uint8Array): boolean {
    if (this.isClosed) return false;
    this.chunks.push(new TextDecoder().decode(chunk));
    return this.chunks.length <= this.limit;
  }

  close(): void {
    this.isClosed = true;
  }

  /** The events so far, data parsed. */
  get events(): readonly { readonly event: string; readonly id?: string; readonly data: unknown }[] {
    return this.chunks
      .join("")
      .split("\n\n")
      .filter((block) => block !== "")
      .map((block) => {
        const fields = new Map(block.split("\n").map((line): [string, string] => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
        const id = fields.get("id");
        return { event: fields.get("event") ?? "message", ...(id === undefined ? {} : { id }), data: JSON.parse(fields.get("data") ?? "null") as unknown };
      });
  }

  named(event: string): readonly unknown[] {
    return this.events.filter((one) => one.event === event).map((one) => one.data);
  }
}
