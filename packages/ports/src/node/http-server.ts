import { createServer as createHttp, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createDoor, type Socket } from "node:net";
import type { HttpHandler, HttpHead, HttpReply, Log } from "../ports.ts";
import { FrontDoor } from "./front-door.ts";
import { attach } from "./http-stream.ts";

export interface ListenOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Larger bodies are answered with 413 before they are read whole. By method and path without its query, where some may be larger. */
  readonly maxBodyBytes: number | ((method: string, path: string) => number);
  /** Asked before a body is read: an answer refuses the request, and nothing more of it is read. */
  readonly beforeBody?: (head: HttpHead) => Promise<HttpReply | undefined>;
  /** Which requests come by the thousand and wait, where many come at once, for all others; absent: all do. */
  readonly mayWait?: (method: string, path: string) => boolean;
  readonly log: Log;
}

export interface Listening {
  readonly port: number;
  /** Ends every connection; resolves when the port is free again. */
  close(): Promise<void>;
}

/** The port could not be opened; `code` is the system's, e.g. `EADDRINUSE`. */
export class PortNotOpened extends Error {
  override readonly name = "PortNotOpened";
  readonly code: string;
  constructor(message: string, code: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Against clients that send a byte now and then: the head must be whole within this, */
const HEADERS_TIMEOUT_MS = 10_000;
/** the body within this, */
const REQUEST_TIMEOUT_MS = 30_000;
/** and a connection on which nothing moves for this long is ended; streams have heartbeats instead. */
const IDLE_TIMEOUT_MS = 120_000;
/** A connection is kept so long for a next request. */
const KEPT_MS = 60_000;
const HEADER_BYTES_MAX = 16 << 10;
/** As many streams as one process serves, and room for everybody else. Those beyond are refused before they cost memory. */
const CONNECTIONS_MAX = 25_000;
const BACKLOG_MAX = 4_096;
/**
 * From so many on, a connection whose request is answered is not kept for a next one: ten thousand SDKs that come back at once and confirm would
 * each hold a second connection for a minute, and nobody else got in.
 */
const CROWDED_FROM = 5_000;

/** Serves `handler`. Streams are written to the raw socket in prebuilt chunks: no framing, no compression, no copy per client. */
export async function listen(handler: HttpHandler, options: ListenOptions): Promise<Listening> {
  const sockets = new Set<Socket>();
  // One for all connections: tens of thousands of streams must not hold one each.
  const forget = function (this: Socket): void {
    sockets.delete(this);
  };
  const serveOptions = { ...options, forget };
  const isCrowded = (): boolean => sockets.size >= CROWDED_FROM;
  const server = createHttp(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEPT_MS, maxHeaderSize: HEADER_BYTES_MAX },
    (incoming, response) => {
      if (isCrowded()) response.setHeader("connection", "close");
      serve(handler, incoming, response, serveOptions).catch((error: unknown) => failed(error, response, options.log));
    },
  );
  server.setTimeout(IDLE_TIMEOUT_MS);
  // It listens through the door; from this event on it watches its timeouts.
  server.emit("listening");
  const letIn = (socket: Socket): void => {
    server.emit("connection", socket);
    socket.resume();
  };
  const frontDoor = new FrontDoor(letIn, () => performance.now(), options.mayWait ?? (() => true));
  const door = createDoor({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", forget);
    // Until it is let in nobody else hears of its errors.
    socket.on("error", () => socket.destroy());
    frontDoor.knock(socket);
  });
  door.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    door.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        new PortNotOpened(
          error.code === "EADDRINUSE"
            ? `port ${options.port} on ${options.host} is already in use`
            : `port ${options.port} on ${options.host} could not be opened: ${error.message}`,
          error.code ?? "EIO",
          { cause: error },
        ),
      ),
    );
    door.listen(options.port, options.host, BACKLOG_MAX, () => resolve());
  });
  const address = door.address();
  return {
    port: isAddress(address) ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        door.close(() => resolve());
        // Its timeouts end with it; that it never listened itself is no news.
        server.close(() => {});
        for (const socket of sockets) socket.destroy();
      }),
  };
}

const isAddress = (address: string | AddressInfo | null): address is AddressInfo => typeof address === "object" && address !== null;

function failed(error: unknown, response: ServerResponse, log: Log): void {
  log.error("http.handler", { why: error instanceof Error ? error.message : String(error), stack: error instanceof Error ? error.stack : undefined });
  if (!response.headersSent) response.writeHead(500, { "content-type": "application/json" });
  response.end(
    '{"error":{"code":"internal","message":"Something went wrong inside the server.","fix":"Try again; if it stays, look into the server\'s log."}}',
  );
}

type ServeOptions = ListenOptions & { readonly forget: (this: Socket) => void };

async function serve(handler: HttpHandler, incoming: IncomingMessage, response: ServerResponse, options: ServeOptions): Promise<void> {
  const head = headOf(incoming);
  const refusal = await options.beforeBody?.(head);
  if (refusal !== undefined) {
    send(response, head, { ...refusal, headers: { ...refusal.headers, connection: "close" } });
    return;
  }
  const maxBytes = bodyBytesMax(incoming, options);
  const body = await readBody(incoming, maxBytes);
  if (body === undefined) {
    response.writeHead(413, { "content-type": "application/json", connection: "close" });
    response.end(`{"error":{"code":"bodyTooLarge","message":"The body is larger than ${maxBytes} bytes.","fix":"Send less at once."}}`);
    return;
  }
  const reply = await handler({ ...head, body });
  if (!("attach" in reply)) send(response, head, reply);
  else if (head.method === "HEAD") response.writeHead(200, reply.headers).end();
  else attach(reply, response, options.forget);
}

function headOf(incoming: IncomingMessage): HttpHead {
  return {
    method: incoming.method ?? "GET",
    url: incoming.url ?? "/",
    headers: Object.fromEntries(
      Object.entries(incoming.headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]])),
    ),
    ...(incoming.socket.remoteAddress === undefined ? {} : { remote: incoming.socket.remoteAddress }),
  };
}

function send(response: ServerResponse, { method }: HttpHead, reply: HttpReply): void {
  const bytes = typeof reply.body === "string" ? Buffer.from(reply.body) : reply.body;
  const bodyless = reply.status === 204 || reply.status === 304;
  response.writeHead(reply.status, bodyless ? reply.headers : { ...reply.headers, "content-length": String(bytes.length) });
  response.end(bodyless || method === "HEAD" ? undefined : bytes);
}

function bodyBytesMax({ method = "GET", url = "/" }: IncomingMessage, { maxBodyBytes }: ListenOptions): number {
  return typeof maxBodyBytes === "number" ? maxBodyBytes : maxBodyBytes(method, url.split("?")[0] ?? "/");
}

function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) {
        incoming.pause();
        resolve(undefined);
      } else chunks.push(chunk);
    });
    incoming.once("end", () => resolve(Buffer.concat(chunks)));
    incoming.once("error", reject);
  });
}
