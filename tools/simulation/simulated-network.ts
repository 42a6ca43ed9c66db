import { gunzipSync } from "node:zlib";
import type { HttpClient, HttpHandler, HttpReply, HttpRequest, HttpStreamReply, StreamListener } from "@sluice/ports";
import { NetworkFailed } from "@sluice/ports";
import type { Scheduler } from "./scheduler.ts";
import type { Life, SimulatedProcess } from "./simulated-process.ts";

/** How bad the network is in this world; each seed draws its own. */
export interface Weather {
  /** One-way delay bounds in milliseconds. */
  readonly latency: readonly [low: number, high: number];
  /** Probability that a request never arrives, or that its answer does not. */
  readonly loss: number;
  /** Probability that a stream's bytes are cut into two chunks at a random place. */
  readonly cuts: number;
}

interface OpenStream {
  readonly from: string;
  readonly to: string;
  /** When the last bytes arrive: a stream never reorders. */
  lastArrival: number;
  open: boolean;
  /** A lost segment stops everything behind it, silently. */
  half: boolean;
  detach: () => void;
  readonly end: (why: string) => void;
}

/** A process as the network knows it: what arrives is given to it in its life. */
interface Client {
  readonly from: string;
  readonly life: Life;
  readonly inLife: (run: () => void) => void;
}

/** A request that was lost without a word. */
interface Swallowed {
  readonly from: string;
  readonly to: string;
  readonly life: Life;
}

/** One character a byte: a chunk may end within a character. */
const latin1 = new TextDecoder("latin1");

/** What one host was told over one request or stream, in the order it arrived. */
export interface Heard {
  readonly by: string;
  text: string;
}

/** A lossy, slow, partitionable network of named hosts. URLs are `http://<process name>/path`. */
export class SimulatedNetwork {
  readonly #scheduler: Scheduler;
  readonly #processes = new Map<string, SimulatedProcess>();
  readonly #streams = new Set<OpenStream>();
  readonly #partitions = new Set<string>();
  /** Every byte that reached anybody, by request and by stream. */
  readonly heard: Heard[] = [];
  /** Requests that nobody will answer and whose sender still waits. */
  readonly #swallowed = new Set<Swallowed>();
  /** By who asked: streams in a row of which nothing was ever heard, the one under way included. */
  readonly #deaf = new Map<string, number>();
  /** Names that lead to a host, as a load balancer's does. */
  readonly #routes = new Map<string, string>();
  weather: Weather;

  constructor(scheduler: Scheduler, weather: Weather) {
    this.#scheduler = scheduler;
    this.weather = weather;
  }

  add(process: SimulatedProcess): void {
    this.#processes.set(process.name, process);
  }

  /** From now on `name` leads to the process `host`. */
  route(name: string, host: string): void {
    this.#routes.set(name, host);
  }

  resolve(name: string): string {
    return this.#routes.get(name) ?? name;
  }

  /** Whoever stands between ends the streams of a host. */
  closeStreamsOf(from: string): void {
    for (const stream of this.#streams) if (stream.from === from) this.#close(stream, "connection reset");
  }

  partition(a: string, b: string): () => void {
    this.#partitions.add(`${a}|${b}`);
    return () => this.#partitions.delete(`${a}|${b}`);
  }

  heal(): void {
    this.#partitions.clear();
  }

  /** Whether a whole stream stands between the two: what "connected" means for a bound on how soon something is heard. */
  hasStream(from: string, to: string): boolean {
    return [...this.#streams].some((stream) => stream.from === from && stream.to === to && stream.open && !stream.half);
  }

  /** Whether `from` waits for something that will never come: a stream gone silent, or a request that was lost. */
  awaitsSwallowed(from: string): boolean {
    const isSilent = [...this.#streams].some((stream) => stream.from === from && stream.half);
    return isSilent || [...this.#swallowed].some((lost) => lost.from === from && lost.life.alive);
  }

  /** Whether an SDK has reason to think that something holds streams back: then it asks for the snapshot each 24 to 48 s and hears nothing between. */
  thinksStreamsHeldBack(from: string): boolean {
    return (this.#deaf.get(from) ?? 0) >= 2;
  }

  /** Open streams, for chaos to break. */
  breakOneStream(): void {
    const streams = [...this.#streams];
    if (streams.length === 0) return;
    const stream = this.#scheduler.pick(streams);
    if (this.#scheduler.chance(0.5)) stream.half = true;
    else this.#close(stream, "connection reset");
  }

  processDied(name: string): void {
    for (const stream of this.#streams) {
      if (stream.from === name) this.#forget(stream);
      // A dead host resets what it can; the rest of its peers only notice the silence.
      else if (stream.to === name) {
        stream.detach = () => {};
        if (this.#scheduler.chance(0.6)) this.#close(stream, "connection reset");
        else stream.half = true;
      }
    }
  }

  #cut(a: string, b: string): boolean {
    return this.#partitions.has(`${a}|${b}`) || this.#partitions.has(`${b}|${a}`);
  }

  #delay(): number {
    return this.#scheduler.between(this.weather.latency[0], this.weather.latency[1]);
  }

  #forget(stream: OpenStream): void {
    if (!stream.open) return;
    stream.open = false;
    this.#streams.delete(stream);
    this.#scheduler.after(this.#delay(), () => stream.detach());
  }

  #close(stream: OpenStream, why: string): void {
    if (!stream.open) return;
    const end = stream.end;
    this.#forget(stream);
    this.#scheduler.after(Math.max(0, stream.lastArrival - this.#scheduler.now) + this.#delay(), () => end(why));
  }

  clientFor(from: string, life: Life, inLife: (run: () => void) => void): HttpClient {
    const client = { from, life, inLife };
    return {
      request: (request, limits) => this.#request(client, request, limits),
      stream: (request, listener) => this.#stream(client, request, listener),
    };
  }

  /** Carries a request to its host and gives what the handler answered, or why there is none. */
  async #carry(
    { from }: Client,
    { request, to }: { readonly request: HttpRequest; readonly to: string },
    swallow: () => void,
  ): Promise<HttpReply | HttpStreamReply> {
    const url = new URL(request.url);
    await this.#scheduler.sleep(this.#delay());
    if (this.#cut(from, to) || this.#scheduler.chance(this.weather.loss)) {
      swallow();
      return new Promise(() => {});
    }
    const process = this.#processes.get(to);
    const handler: HttpHandler | undefined = process?.handler;
    const life = process?.life;
    if (!process || !handler || !life) throw new NetworkFailed(`${to} refused the connection`, "ECONNREFUSED");
    if (process.paused) {
      await new Promise<void>((resolve) => {
        life.waiting.push(resolve);
      });
    }
    const reply = await handler({ ...request, url: url.pathname + url.search, remote: from });
    await this.#scheduler.sleep(0);
    if (!life.alive) throw new NetworkFailed(`${to} reset the connection`, "ECONNRESET");
    return reply;
  }

  #request(
    client: Client,
    request: HttpRequest,
    limits: { readonly timeoutMs: number; readonly maxBytes: number },
  ): Promise<HttpReply & { readonly body: Uint8Array }> {
    const { from, life, inLife } = client;
    const lost: Swallowed = { from, to: this.resolve(new URL(request.url).hostname), life };
    const swallow = (): unknown => this.#swallowed.add(lost);
    return new Promise((resolve, reject) => {
      const timeout = this.#scheduler.after(limits.timeoutMs, () => {
        this.#swallowed.delete(lost);
        inLife(() => reject(new NetworkFailed(`no answer from ${request.url} within ${limits.timeoutMs} ms`, "ETIMEDOUT")));
      });
      const answered = (deliver: () => void): void => {
        this.#scheduler.after(this.#delay(), () => {
          timeout.cancel();
          inLife(deliver);
        });
      };
      this.#carry(client, { request, to: lost.to }, swallow).then(
        (reply) => {
          if (this.#cut(from, lost.to) || this.#scheduler.chance(this.weather.loss)) {
            swallow();
            return;
          }
          if ("attach" in reply) {
            answered(() => reject(new NetworkFailed("a stream where an answer was expected", "EPROTO")));
            return;
          }
          const sent = typeof reply.body === "string" ? new TextEncoder().encode(reply.body) : reply.body.slice();
          // A client decodes what it asked to be compressed, as the Node adapter does.
          const body = reply.headers["content-encoding"] === "gzip" ? new Uint8Array(gunzipSync(sent)) : sent;
          this.heard.push({ by: from, text: latin1.decode(body) });
          answered(() =>
            body.length > limits.maxBytes
              ? reject(new NetworkFailed(`answer over ${limits.maxBytes} bytes`, "EMSGSIZE"))
              : resolve({ status: reply.status, headers: reply.headers, body }),
          );
        },
        (error: unknown) => answered(() => reject(error instanceof Error ? error : new NetworkFailed(String(error), "EIO"))),
      );
    });
  }

  #stream(client: Client, request: HttpRequest, listener: StreamListener): { close(): void } {
    const { from, life, inLife } = client;
    const lost: Swallowed = { from, to: this.resolve(new URL(request.url).hostname), life };
    const swallow = (): unknown => this.#swallowed.add(lost);
    let closed = false;
    let stream: OpenStream | undefined;
    this.#deaf.set(from, (this.#deaf.get(from) ?? 0) + 1);
    let ended = false;
    const end = (why: string): void =>
      inLife(() => {
        if (closed || ended) return;
        ended = true;
        listener.ended(why);
      });
    this.#carry(client, { request, to: lost.to }, swallow).then(
      (reply) => {
        const { to } = lost;
        const opened = this.#scheduler.now + this.#delay();
        if (this.#cut(from, to)) {
          swallow();
          return;
        }
        if (!("attach" in reply)) {
          this.#scheduler.after(opened - this.#scheduler.now, () => {
            inLife(() => !closed && listener.opened(reply.status, reply.headers));
            end(`status ${reply.status}`);
          });
          return;
        }
        if (closed || !life.alive) return;
        stream = { from, to, lastArrival: opened, open: true, half: false, detach: () => {}, end };
        this.#streams.add(stream);
        this.#scheduler.after(opened - this.#scheduler.now, () => inLife(() => !closed && listener.opened(200, reply.headers)));
        this.#attach(stream, reply, (bytes) => inLife(() => !closed && !ended && listener.chunk(bytes)));
      },
      (error: unknown) => this.#scheduler.after(this.#delay(), () => end(error instanceof Error ? error.message : String(error))),
    );
    return {
      close: () => {
        closed = true;
        this.#swallowed.delete(lost);
        if (stream) this.#forget(stream);
      },
    };
  }

  #attach(stream: OpenStream, reply: HttpStreamReply, deliver: (bytes: Uint8Array) => void): void {
    const send = (bytes: Uint8Array): void => {
      // Strictly later than what was sent before: simultaneous events have no order, a stream has.
      stream.lastArrival = Math.max(stream.lastArrival + 0.001, this.#scheduler.now + this.#delay());
      this.#scheduler.after(stream.lastArrival - this.#scheduler.now, () => {
        if (!stream.open || stream.half) return;
        if (this.#cut(stream.from, stream.to)) stream.half = true;
        else receive(bytes);
      });
    };
    const heard: Heard = { by: stream.from, text: "" };
    this.heard.push(heard);
    const receive = (bytes: Uint8Array): void => {
      heard.text += latin1.decode(bytes);
      this.#deaf.set(stream.from, 0);
      deliver(bytes);
    };
    stream.detach = reply.attach({
      write: (chunk) => {
        if (!stream.open || stream.half) return true;
        const copy = chunk.slice();
        const cut = copy.length > 1 && this.#scheduler.chance(this.weather.cuts) ? this.#scheduler.between(1, copy.length - 1) : copy.length;
        send(copy.subarray(0, cut));
        if (cut < copy.length) send(copy.subarray(cut));
        return true;
      },
      close: () => this.#close(stream, "closed by the server"),
    });
  }
}
