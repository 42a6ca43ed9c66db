import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { HttpStreamReply, StreamSink } from "../ports.ts";

/** Bytes that may wait for one slow reader before its stream is given up: a few snapshots' worth of patches. */
const SINK_BACKLOG_BYTES_MAX = 4 << 20;
/** A stream that is closed has this long, from when it last took something, to take the rest. */
const CLOSING_MS = 10_000;

/**
 * Hands the socket to the handler once the head is out; the connection is closed when the stream ends, or when its reader says that it sends no more.
 * `forget`: the one listener for the connection's end that stays.
 */
export function attach(reply: HttpStreamReply, response: ServerResponse, forget: (this: Socket) => void): void {
  const socket = response.socket;
  // Gone while the handler was thinking, or a pipelined request that waits for another's answer: a stream has a connection of its own.
  if (!socket || socket.destroyed) {
    response.destroy();
    return;
  }
  socket.setTimeout(0);
  response.useChunkedEncodingByDefault = false;
  // The head and what the stream begins with leave together.
  socket.cork();
  response.writeHead(200, { ...reply.headers, connection: "close" });
  response.flushHeaders();
  letGoOfHttp(socket, response, forget);
  const sink = new SocketSink(socket);
  socket.on("close", () => sink.gone());
  try {
    sink.detach = reply.attach(sink);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  socket.uncork();
}

/**
 * A stream needs nothing of HTTP once its head is out, and is open for days: its parser, request and response would be a third of what ten thousand
 * streams hold. Node lets go of them where a connection is upgraded and where it has closed; this is the same, for one that goes on.
 */
function letGoOfHttp(socket: Socket, response: ServerResponse, forget: (this: Socket) => void): void {
  response.detachSocket(socket);
  // Those of Node's server give the parser back and end what stands behind this request on the same connection.
  const closed = socket.listeners("close").filter((listener) => listener !== forget);
  socket.removeAllListeners();
  for (const listener of closed) listener.call(socket);
  socket.on("close", forget);
  socket.on("error", destroy);
  socket.on("end", end);
  // What a reader sends after its request is read, and dropped: only so is heard that it has gone.
  socket.resume();
}

function destroy(this: Socket): void {
  this.destroy();
}

function end(this: Socket): void {
  this.end();
}

class SocketSink implements StreamSink {
  readonly #socket: Socket;
  #isOpen = true;
  /** Called when the reader has gone. */
  detach: () => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  write(chunk: Uint8Array): boolean {
    if (!this.#isOpen) return false;
    this.#socket.write(chunk);
    return this.#socket.writableLength <= SINK_BACKLOG_BYTES_MAX;
  }

  close(): void {
    if (!this.#isOpen) return;
    const socket = this.#socket;
    socket.end();
    // Who does not read hears of no end: what waits for it, and its place, would be kept for ever.
    if (socket.writableLength > SINK_BACKLOG_BYTES_MAX) socket.destroy();
    else socket.setTimeout(CLOSING_MS, () => socket.destroy());
  }

  gone(): void {
    this.#isOpen = false;
    this.detach();
  }
}
