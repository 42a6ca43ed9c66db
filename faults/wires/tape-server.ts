import { encodeSnapshot } from "@sluice/evaluation";
import type { Exchange, Fault } from "../sdk/fault-proxy.ts";
import type { Tape } from "./tapes.ts";

const PIECE_BYTES_MAX = 200;
const HEARTBEAT_MS = 5_000;
/** A client that leaves streams for what they say would otherwise never be through. */
const REPEATS_MAX = 20;
const JSON_TYPE = { "content-type": "application/json" };

export interface TapeServer {
  readonly fault: Fault;
  /** Every stream of the tape was heard, and one after them opened. */
  readonly isOver: () => boolean;
  /** After the tape the client asked for a snapshot: what it had heard did not lead it to the end. */
  readonly isHelped: () => boolean;
}

/**
 * Gives a client what a tape has: each stream in its order and cut anywhere, with the newest snapshot that had come by then; then what the log came to,
 * for ever. A client that asks early, since the machine is slow and its clock is fast, gets no more than the tape had at that place, and a stream that it
 * leaves before the end is played again: so neither says anything about what it reads.
 */
export function tapeServer(tape: Tape, unit: () => number): TapeServer {
  let [opened, repeats, isHelped] = [0, 0, false];
  let urgent: Buffer | undefined;
  const { epoch, seq } = tape.last;
  const head = JSON.stringify({ epoch, seq });
  const isOver = (): boolean => opened > tape.streams.length;
  const last = (exchange: Exchange): void => {
    exchange.head(200, { "content-type": "text/event-stream" });
    exchange.socket.write(`event: hello\ndata: ${JSON.stringify({ environment: tape.environment, epoch, seq, heartbeatMs: 5_000, confirmJitterMs: 0 })}\n\n`);
    const beat = setInterval(() => exchange.socket.write(`event: heartbeat\ndata: ${head}\n\n`), exchange.realMs(HEARTBEAT_MS));
    exchange.socket.once("close", () => clearInterval(beat));
  };
  const snapshot = (exchange: Exchange): void => {
    isHelped ||= isOver();
    const one = isOver() ? undefined : (tape.snapshots.findLast(({ streamsBefore }) => streamsBefore <= opened) ?? tape.snapshots[0]);
    urgent = one?.urgent;
    exchange.answer(200, { ...JSON_TYPE, ...(urgent === undefined ? {} : { "sluice-urgent": "1" }) }, one?.body ?? encodeSnapshot(tape.last));
  };
  const stream = (exchange: Exchange): void => {
    const place = opened;
    const bytes = tape.streams[place];
    opened += 1;
    if (bytes === undefined) return last(exchange);
    play(exchange, bytes, unit, () => {
      if (repeats >= REPEATS_MAX) return;
      repeats += 1;
      opened = Math.min(opened, place);
    });
  };
  const fault: Fault = (exchange) => {
    if (exchange.wanted === "snapshot") return snapshot(exchange);
    if (exchange.wanted === "stream") return stream(exchange);
    if (exchange.path === "/sdk/v1/urgent") return exchange.answer(200, JSON_TYPE, urgent ?? '{"urgent":[]}');
    return exchange.answer(204, {}, "");
  };
  return { fault, isOver, isHelped: () => isHelped };
}

/** One piece a turn of the loop, each a packet of its own. `left` is called where the client did not wait for the end. */
function play({ socket, head }: Exchange, bytes: Buffer, unit: () => number, left: () => void): void {
  head(200, { "content-type": "text/event-stream" });
  let at = 0;
  // A client that closes with bytes unread resets the connection; one that has read the end answers it with its own.
  socket.once("close", (hadError) => {
    if (hadError || at < bytes.length) left();
  });
  const next = (): void => {
    if (socket.destroyed) return;
    if (at >= bytes.length) return void socket.end();
    const to = Math.min(bytes.length, at + 1 + Math.floor(unit() * PIECE_BYTES_MAX));
    socket.write(bytes.subarray(at, to));
    at = to;
    setImmediate(next);
  };
  next();
}
