import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { createGunzip } from "node:zlib";
import { type HttpClient, type HttpReply, type HttpRequest, NetworkFailed, type StreamListener } from "../ports.ts";

/** A stream's head must arrive within this; afterwards its owner watches heartbeats. */
const STREAM_OPEN_TIMEOUT_MS = 10_000;

/** Idle connections kept for the next request, and for how long. */
const FREE_SOCKETS_MAX = 4;
const FREE_SOCKET_MS = 60_000;

/** Zlib's 16 KiB at a time are four thousand small blocks of a large answer, which an allocator keeps. */
const DECODED_CHUNK_BYTES = 256 * 1024;

interface ClientParts {
  readonly open: (request: HttpRequest) => ClientRequest;
  readonly keepsAlive: boolean;
}

/**
 * Keeps connections for reuse, decodes gzip. Redirects are not followed: a flag server does not move, and a key must not be sent elsewhere.
 * `keepsAlive: false` lets the host process end while an answer is awaited.
 */
export function nodeHttpClient(options: { readonly keepsAlive: boolean }): HttpClient {
  const kept = { keepAlive: true, maxFreeSockets: FREE_SOCKETS_MAX, timeout: FREE_SOCKET_MS };
  const agents = { http: new HttpAgent(kept), https: new HttpsAgent(kept) };
  const open = (request: HttpRequest): ClientRequest => {
    const url = new URL(request.url);
    const secure = url.protocol === "https:";
    const client = (secure ? httpsRequest : httpRequest)(url, {
      method: request.method,
      headers: { ...request.headers, ...(request.body.length > 0 ? { "content-length": String(request.body.length) } : {}) },
      agent: secure ? agents.https : agents.http,
    });
    if (!options.keepsAlive) client.once("socket", (socket) => socket.unref());
    client.end(request.body);
    return client;
  };
  const parts = { open, keepsAlive: options.keepsAlive };
  return { request: (request, limits) => ask(parts, request, limits), stream: (request, listener) => openStream(parts, request, listener) };
}

function ask(
  { open, keepsAlive }: ClientParts,
  request: HttpRequest,
  limits: { readonly timeoutMs: number; readonly maxBytes: number },
): Promise<HttpReply & { readonly body: Uint8Array }> {
  return new Promise((resolve, reject) => {
    let client: ClientRequest | undefined;
    const fail = (error: unknown): void => {
      clearTimeout(timer);
      client?.destroy();
      reject(asNetworkFailed(error, request.url));
    };
    const timer = setTimeout(
      () => fail(new NetworkFailed(`no whole answer from ${origin(request.url)} within ${limits.timeoutMs} ms`, "ETIMEDOUT")),
      limits.timeoutMs,
    );
    if (!keepsAlive) timer.unref();
    try {
      client = open(request);
    } catch (error) {
      fail(error);
      return;
    }
    // Not `once`: destroying a request that has failed may say so again.
    client.on("error", fail);
    client.once("response", (response) => {
      collect(response, limits.maxBytes).then((body) => {
        clearTimeout(timer);
        resolve({ status: response.statusCode ?? 0, headers: flatHeaders(response), body });
      }, fail);
    });
  });
}

function openStream({ open, keepsAlive }: ClientParts, request: HttpRequest, listener: StreamListener): { close(): void } {
  let finished = false;
  let client: ClientRequest | undefined;
  const close = (): void => {
    finished = true;
    clearTimeout(timer);
    client?.destroy();
  };
  const end = (why: string): void => {
    if (finished) return;
    close();
    listener.ended(why);
  };
  const timer = setTimeout(() => end(`no answer within ${STREAM_OPEN_TIMEOUT_MS} ms`), STREAM_OPEN_TIMEOUT_MS);
  if (!keepsAlive) timer.unref();
  try {
    client = open(request);
  } catch (error) {
    queueMicrotask(() => end(error instanceof Error ? error.message : String(error)));
    return { close };
  }
  client.on("error", (error) => end(asNetworkFailed(error, request.url).message));
  client.once("response", (response) => {
    if (finished) return;
    clearTimeout(timer);
    hear(response, { listener, end, isFinished: () => finished });
  });
  return { close };
}

function hear(
  response: IncomingMessage,
  to: { readonly listener: StreamListener; readonly end: (why: string) => void; readonly isFinished: () => boolean },
): void {
  const { listener, end, isFinished } = to;
  listener.opened(response.statusCode ?? 0, flatHeaders(response));
  if (response.statusCode !== 200) {
    response.resume();
    end(`status ${response.statusCode}`);
    return;
  }
  response.on("data", (chunk: Buffer) => {
    if (!isFinished()) listener.chunk(chunk);
  });
  response.once("close", () => end("the connection was closed"));
  response.on("error", (error) => end(error.message));
}

/** What comes, decoded and whole. Whatever ends it, nothing of it is held any longer and nothing is decoded that nobody waits for. */
function collect(response: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const gunzip = response.headers["content-encoding"] === "gzip" ? createGunzip({ chunkSize: DECODED_CHUNK_BYTES }) : undefined;
    const body = gunzip === undefined ? response : response.pipe(gunzip);
    let chunks: Buffer[] = [];
    let size = 0;
    const fail = (error: Error): void => {
      // First: what is destroyed says at once that it was cut off.
      reject(error);
      chunks = [];
      response.destroy();
      gunzip?.destroy();
    };
    body.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) fail(new NetworkFailed(`an answer of more than ${maxBytes} bytes`, "EMSGSIZE"));
      else chunks.push(chunk);
    });
    body.once("end", () => (response.complete ? resolve(Buffer.concat(chunks)) : fail(new NetworkFailed("the answer was cut off", "ECONNRESET"))));
    // Not `once`: what is destroyed may say so again.
    body.on("error", fail);
    response.once("aborted", () => fail(new NetworkFailed("the answer was cut off", "ECONNRESET")));
  });
}

function flatHeaders(response: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(response.headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]])),
  );
}

const origin = (url: string): string => (URL.canParse(url) ? new URL(url).origin : url);

function asNetworkFailed(error: unknown, url: string): NetworkFailed {
  if (error instanceof NetworkFailed) return error;
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "EIO";
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return new NetworkFailed(`${origin(url)}: ${first instanceof Error ? first.message : String(first)}`, code, { cause: error });
}
