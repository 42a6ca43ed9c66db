import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { type Frame, framesOf, type HeadOf, nextHead, textOf } from "./stream-frames.ts";

/** A heartbeat comes each 5 s of the protocol's time. */
const HEARTBEAT_MS = 5_000;
const REQUEST_BYTES_MAX = 2 * 1024 * 1024;

/** What a request asks for, in the words of docs/protocol.md. */
export type Wanted = "snapshot" | "stream" | "answers" | "other";

/** An answer of the server behind the proxy, whole. */
export interface Whole {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** One request of a client, and the ways to answer it. */
export interface Exchange {
  readonly wanted: Wanted;
  /** As the server would see it. */
  readonly path: string;
  readonly body: Buffer;
  /** How many requests of this client came before since the fault began. */
  readonly before: number;
  readonly socket: Socket;
  /** Milliseconds of this machine for milliseconds of the protocol. */
  realMs(ms: number): number;
  /** Asks the server; for what is no stream. */
  whole(): Promise<Whole>;
  /** Sends an answer and ends the connection. */
  answer(status: number, headers: Readonly<Record<string, string>>, body: string | Uint8Array): void;
  /** Sends the head of an answer whose body follows. */
  head(status: number, headers: Readonly<Record<string, string>>): void;
  /** What the server would be answered with, each frame of a stream as `change` makes it. */
  pass(change?: (frame: Frame) => string): void;
}

/** How a request is answered while the fault lasts. */
export type Fault = (exchange: Exchange) => void | Promise<void>;

/** One link between many clients and one server. Each client has an address of its own, by which it is told from the others. */
export interface FaultProxy {
  url(client: string): string;
  /** From now on the client's requests meet the fault, or none; connections that are open end. */
  set(client: string, fault: Fault | undefined): void;
  /** Nobody listens at the second port, or somebody does: a server that is down. */
  listen(isUp: boolean): Promise<void>;
  /** Addresses at the second port. */
  downUrl(client: string): string;
  /** When each of the client's requests came, `performance.now()`, since its fault was last set. */
  requests(client: string): readonly number[];
  close(): Promise<void>;
}

interface Client {
  fault: Fault | undefined;
  requests: number[];
  readonly open: Set<Socket>;
}

interface Asked {
  readonly client: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** `speed`: how many times faster than the machine's the clocks of the clients run; the stream's heartbeats are repeated at that pace. */
export async function startFaultProxy(options: { readonly upstream: string; readonly speed: number }): Promise<FaultProxy> {
  const clients = new Map<string, Client>();
  const clientOf = (name: string): Client => {
    const known = clients.get(name) ?? { fault: undefined, requests: [], open: new Set<Socket>() };
    clients.set(name, known);
    return known;
  };
  const serve = (socket: Socket): void => {
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    readRequest(socket, (asked) => {
      const client = clientOf(asked.client);
      client.open.add(socket);
      socket.once("close", () => client.open.delete(socket));
      const before = client.requests.push(performance.now()) - 1;
      const exchange = exchangeOf(options, socket, asked, before);
      const answered = client.fault === undefined ? exchange.pass() : client.fault(exchange);
      if (answered instanceof Promise) answered.catch(() => socket.destroy());
    });
  };
  const server = createServer(serve);
  const port = await listening(server, 0);
  let down = createServer(serve);
  const downPort = await listening(down, 0);
  const ended = (one: Server): Promise<void> => new Promise((resolve) => (one.listening ? one.close(() => resolve()) : resolve()));
  return {
    url: (client) => `http://127.0.0.1:${port}/c/${client}`,
    downUrl: (client) => `http://127.0.0.1:${downPort}/c/${client}`,
    set: (name, fault) => {
      const client = clientOf(name);
      client.fault = fault;
      client.requests = [];
      for (const socket of client.open) socket.destroy();
    },
    listen: async (isUp) => {
      if (isUp === down.listening) return;
      if (!isUp) return ended(down);
      down = createServer(serve);
      await listening(down, downPort);
    },
    requests: (client) => clientOf(client).requests,
    close: async () => {
      const all = Promise.all([ended(server), ended(down)]);
      for (const { open } of clients.values()) for (const socket of open) socket.destroy();
      await all;
    },
  };
}

function listening(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

/** One request a connection: every answer says that it is closed. */
function readRequest(socket: Socket, done: (asked: Asked) => void): void {
  let bytes = Buffer.alloc(0);
  const take = (chunk: Buffer): void => {
    bytes = Buffer.concat([bytes, chunk]);
    const end = bytes.indexOf("\r\n\r\n");
    if (bytes.length > REQUEST_BYTES_MAX) return void socket.destroy();
    if (end < 0) return;
    const [first = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
    const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]));
    if (bytes.length < end + 4 + Number(headers["content-length"] ?? 0)) return;
    socket.off("data", take);
    socket.resume();
    const [method = "", target = ""] = first.split(" ");
    const [, client = "", path = ""] = /^\/c\/([^/]+)(\/.*)$/.exec(target) ?? [];
    if (client === "") return void socket.destroy();
    done({ client, method, path, headers, body: bytes.subarray(end + 4) });
  };
  socket.on("data", take);
}

function wantedOf(path: string): Wanted {
  if (path.startsWith("/sdk/v1/snapshot")) return "snapshot";
  if (path.startsWith("/browser/v1/answers")) return "answers";
  return path.includes("/v1/stream") ? "stream" : "other";
}

/** Pages of any origin may read what comes: the clients of pages are no guests of this drill. */
const OPEN_TO_PAGES = { "access-control-allow-origin": "*", "access-control-allow-headers": "*", connection: "close" };

function exchangeOf(options: { readonly upstream: string; readonly speed: number }, socket: Socket, asked: Asked, before: number): Exchange {
  const wanted = wantedOf(asked.path);
  const head = (status: number, headers: Readonly<Record<string, string>>): void => {
    const all = Object.entries({ ...headers, ...OPEN_TO_PAGES }).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 ${status} Drill\r\n${all.join("")}\r\n`);
  };
  const answer: Exchange["answer"] = (status, headers, body) => {
    head(status, { ...headers, "content-length": String(Buffer.byteLength(body)) });
    socket.end(body);
  };
  const ask = (done: (reply: IncomingMessage) => void): void => {
    const { origin: _, host: __, connection: ___, "content-length": ____, ...headers } = asked.headers;
    const upstream = httpRequest(`${options.upstream}${asked.path}`, { method: asked.method, headers, agent: false }, done);
    upstream.on("error", () => socket.destroy());
    socket.once("close", () => upstream.destroy());
    upstream.end(asked.body);
  };
  const whole = (): Promise<Whole> => new Promise((resolve, reject) => ask((reply) => void collect(reply).then(resolve, reject)));
  const exchange: Exchange = {
    wanted,
    path: asked.path,
    body: asked.body,
    before,
    socket,
    realMs: (ms) => ms / options.speed,
    whole,
    answer,
    head,
    pass: (change = textOf) => {
      if (asked.method === "OPTIONS") return answer(204, {}, "");
      ask((reply) => {
        if (wanted !== "stream" || reply.statusCode !== 200) {
          return void collect(reply).then(
            ({ status, headers, body }) => answer(status, headers, body),
            () => socket.destroy(),
          );
        }
        head(200, flat(reply.headers));
        followStream(reply, exchange, change);
      });
    },
  };
  return exchange;
}

/** Hands frames on, and says between them what the last one said of the version, as a server does whose clock runs as fast as its clients'. */
function followStream(reply: IncomingMessage, { socket, realMs }: Exchange, change: (frame: Frame) => string): void {
  const read = framesOf();
  let head: HeadOf | undefined;
  const beat = setInterval(() => {
    if (head !== undefined) socket.write(change({ event: "heartbeat", data: head.data, text: `event: heartbeat\ndata: ${head.data}\n\n` }));
  }, realMs(HEARTBEAT_MS));
  const end = (): void => {
    clearInterval(beat);
    socket.destroy();
    reply.destroy();
  };
  reply.on("data", (chunk: Buffer) => {
    for (const frame of read(chunk)) {
      head = nextHead(head, frame);
      socket.write(change(frame));
    }
  });
  reply.once("close", end);
  reply.on("error", end);
  socket.once("close", end);
}

async function collect(reply: IncomingMessage): Promise<Whole> {
  const chunks: Buffer[] = [];
  for await (const chunk of reply) chunks.push(chunk as Buffer);
  return { status: reply.statusCode ?? 0, headers: flat(reply.headers), body: Buffer.concat(chunks) };
}

function flat(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const { "transfer-encoding": _, "content-length": __, connection: ___, "keep-alive": ____, ...rest } = headers;
  return Object.fromEntries(Object.entries(rest).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
}
