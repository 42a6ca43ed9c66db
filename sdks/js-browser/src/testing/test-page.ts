import type { PageWorld } from "../world.ts";

interface Planned {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** One request of the client; the test answers it, or leaves it open. */
export class Asked {
  readonly path: string;
  readonly url: string;
  readonly token: string | undefined;
  readonly signal: AbortSignal;
  readonly cache: RequestCache | undefined;
  /** What was sent, as JSON says it; absent where nothing was. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
  isAnswered: boolean = false;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly #resolve: (response: Response) => void;
  readonly #reject: (error: unknown) => void;

  constructor(
    url: string,
    init: Parameters<PageWorld["fetch"]>[1],
    answer: { readonly resolve: (response: Response) => void; readonly reject: (error: unknown) => void },
  ) {
    this.url = url;
    this.path = new URL(url).pathname.split("/").pop() ?? "";
    this.token = init.headers["authorization"];
    this.signal = init.signal;
    this.cache = init.cache;
    this.body = init.body === undefined ? undefined : JSON.parse(init.body);
    this.#resolve = answer.resolve;
    this.#reject = answer.reject;
    init.signal.addEventListener("abort", () => {
      this.#reject(init.signal.reason);
      if (this.isOpen) this.#controller?.error(init.signal.reason);
      this.isOpen = false;
    });
  }

  isOpen: boolean = false;

  reply(status: number, body: unknown): void {
    this.isAnswered = true;
    const text = typeof body === "string" ? body : JSON.stringify(body);
    this.#resolve(new Response(status === 204 ? undefined : text, { status }));
  }

  fail(): void {
    this.isAnswered = true;
    this.#reject(new TypeError("Failed to fetch"));
  }

  /** Opens a stream, whose events the test sends. */
  open(): this {
    this.isAnswered = true;
    this.isOpen = true;
    this.#resolve(new Response(new ReadableStream({ start: (controller) => void (this.#controller = controller) }), { status: 200 }));
    return this;
  }

  send(event: string, data: unknown): void {
    this.bytes(new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
  }

  bytes(bytes: Uint8Array): void {
    this.#controller?.enqueue(bytes);
  }

  end(): void {
    this.isOpen = false;
    this.#controller?.close();
  }
}

/** Lets everything that is ready run, however deep its promises chain. */
export const settle = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve));

/** A page whose time moves only when the test says so, and whose server is the test. Its storage outlives it where it is handed on. */
export class TestPage implements PageWorld {
  nowMs: number = 0;
  hidden: boolean = false;
  readonly asked: Asked[] = [];
  readonly storage: Map<string, string>;
  #planned: Planned[] = [];
  #order = 0;
  readonly #hiddenListeners = new Set<() => void>();
  /** Answers what is asked, at once; where it does not, the request waits. */
  server: (asked: Asked) => void = () => {};

  constructor(storage: Map<string, string> = new Map()) {
    this.storage = storage;
  }

  fetch = (url: string, init: Parameters<PageWorld["fetch"]>[1]): Promise<Response> =>
    new Promise((resolve, reject) => {
      const asked = new Asked(url, init, { resolve, reject });
      this.asked.push(asked);
      this.server(asked);
    });

  after = (ms: number, run: () => void): (() => void) => {
    const entry: Planned = { atMs: this.nowMs + ms, order: (this.#order += 1), run };
    this.#planned.push(entry);
    return () => (this.#planned = this.#planned.filter((other) => other !== entry));
  };

  unit = (): number => 0.5;

  keep = (name: string, text?: string): string | undefined => {
    if (text === undefined) return this.storage.get(name);
    this.storage.set(name, text);
    return undefined;
  };

  isHidden = (): boolean => this.hidden;

  onHidden = (run: () => void): (() => void) => {
    this.#hiddenListeners.add(run);
    return () => this.#hiddenListeners.delete(run);
  };

  hide(hidden: boolean): void {
    this.hidden = hidden;
    for (const run of this.#hiddenListeners) run();
  }

  get timers(): number {
    return this.#planned.length;
  }

  get listeners(): number {
    return this.#hiddenListeners.size;
  }

  of(path: "answers" | "stream" | "telemetry"): readonly Asked[] {
    return this.asked.filter((asked) => asked.path === path);
  }

  /** The newest request of its kind. Throws where there is none. */
  last(path: "answers" | "stream" | "telemetry"): Asked {
    const asked = [...this.of(path)].pop();
    if (asked === undefined) throw new Error(`nothing was asked of ${path}`);
    return asked;
  }

  async pass(ms: number): Promise<void> {
    const end = this.nowMs + ms;
    await settle();
    for (;;) {
      const [next] = this.#planned.filter(({ atMs }) => !(atMs > end)).sort((a, b) => a.atMs - b.atMs || a.order - b.order);
      if (next === undefined) break;
      this.#planned = this.#planned.filter((other) => other !== next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.run();
      await settle();
    }
    this.nowMs = end;
  }
}
