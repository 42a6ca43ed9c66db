import { encodeSnapshot } from "@sluice/evaluation";
import type { Exchange, Fault } from "../sdk/fault-proxy.ts";
import type { Tape } from "./tapes.ts";

const PIECE_BYTES_MAX = 200;
const HEARTBEAT_MS = 5_000;
const JSON_TYPE = { "content-type": "application/json" };

export interface TapeServer {
  readonly fault: Fault;
  /** Every stream of the tape was opened, and one after them. */
  readonly isOver: () => boolean;
  /** The client asked for a snapshot more than the one that the tape is of: what it heard did not lead it to the end. */
  readonly isHelped: () => boolean;
}

/** Gives a client what a tape has, each reply and each stream once, in its order and cut anywhere; then what the log came to, for ever. */
export function tapeServer(tape: Tape, unit: () => number): TapeServer {
  let [snapshots, streams] = [0, 0];
  let urgent: Buffer | undefined;
  const { epoch, seq } = tape.last;
  const head = JSON.stringify({ epoch, seq });
  const last = (exchange: Exchange): void => {
    exchange.head(200, { "content-type": "text/event-stream" });
    exchange.socket.write(`event: hello\ndata: ${JSON.stringify({ environment: tape.environment, epoch, seq, heartbeatMs: 5_000, confirmJitterMs: 0 })}\n\n`);
    const beat = setInterval(() => exchange.socket.write(`event: heartbeat\ndata: ${head}\n\n`), exchange.realMs(HEARTBEAT_MS));
    exchange.socket.once("close", () => clearInterval(beat));
  };
  const fault: Fault = (exchange) => {
    if (exchange.wanted === "snapshot") {
      const one = tape.snapshots[snapshots];
      snapshots += 1;
      urgent = one?.urgent;
      return exchange.answer(200, { ...JSON_TYPE, ...(urgent === undefined ? {} : { "sluice-urgent": "1" }) }, one?.body ?? encodeSnapshot(tape.last));
    }
    if (exchange.wanted === "stream") {
      const bytes = tape.streams[streams];
      streams += 1;
      return bytes === undefined ? last(exchange) : play(exchange, bytes, unit);
    }
    if (exchange.path === "/sdk/v1/urgent") return exchange.answer(200, JSON_TYPE, urgent ?? '{"urgent":[]}');
    return exchange.answer(204, {}, "");
  };
  return { fault, isOver: () => streams > tape.streams.length, isHelped: () => snapshots > tape.snapshots.length };
}

/** One piece a turn of the loop, each a packet of its own. */
function play({ socket, head }: Exchange, bytes: Buffer, unit: () => number): void {
  head(200, { "content-type": "text/event-stream" });
  let at = 0;
  const next = (): void => {
    if (socket.destroyed) return;
    if (at >= bytes.length) return socket.destroySoon();
    const to = Math.min(bytes.length, at + 1 + Math.floor(unit() * PIECE_BYTES_MAX));
    socket.write(bytes.subarray(at, to));
    at = to;
    setImmediate(next);
  };
  next();
}
