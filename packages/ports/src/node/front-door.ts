import type { Socket } from "node:net";

/**
 * Connections that are taken in one turn of the event loop: what each asks first costs up to a millisecond, and a kill must come between.
 * A thousand a second still come in where the process has a core of its own.
 */
const TAKEN_PER_TURN = 32;
/** Whoever has waited so long has given up and comes again. */
const WAITING_MS_MAX = 10_000;
/** Of those, let go in one turn. */
const LET_GO_PER_TURN = 64;

interface Waiting {
  readonly socket: Socket;
  readonly sinceMs: number;
}

/**
 * Lets connections in at a bounded pace, so that thousands that come at once neither keep those waiting who are in, nor a kill. Of those who wait
 * the newest comes first: where more come than can be served, whoever waits longest has given up by the time it would be its turn, and serving it
 * would be for nothing. Nothing is read of those who wait, so each costs a few kilobytes.
 */
export class FrontDoor {
  readonly #take: (socket: Socket) => void;
  readonly #nowMs: () => number;
  readonly #waiting: Waiting[] = [];
  #taken = 0;
  #isTurnPlanned = false;

  /** `take` is given each connection once, in its turn; `nowMs` is a monotonic clock. */
  constructor(take: (socket: Socket) => void, nowMs: () => number) {
    this.#take = take;
    this.#nowMs = nowMs;
  }

  /** A connection that nothing was read of yet. */
  knock(socket: Socket): void {
    if (this.#taken < TAKEN_PER_TURN) this.#letIn(socket);
    else this.#waiting.push({ socket, sinceMs: this.#nowMs() });
    if (this.#isTurnPlanned) return;
    this.#isTurnPlanned = true;
    setImmediate(() => this.#turn());
  }

  #letIn(socket: Socket): void {
    this.#taken += 1;
    if (!socket.destroyed) this.#take(socket);
  }

  #turn(): void {
    this.#taken = 0;
    const tooOldMs = this.#nowMs() - WAITING_MS_MAX;
    const fresh = this.#waiting.findIndex(({ sinceMs }) => sinceMs >= tooOldMs);
    for (const { socket } of this.#waiting.splice(0, Math.min(LET_GO_PER_TURN, fresh < 0 ? this.#waiting.length : fresh))) socket.destroy();
    while (this.#taken < TAKEN_PER_TURN) {
      const next = this.#waiting.pop();
      if (next === undefined) break;
      this.#letIn(next.socket);
    }
    this.#isTurnPlanned = this.#taken > 0 || this.#waiting.length > 0;
    if (this.#isTurnPlanned) setImmediate(() => this.#turn());
  }
}
