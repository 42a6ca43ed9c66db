import type { Socket } from "node:net";

/** Connections that are let in in one turn of the event loop at most: a thousand a second still come in where the process has a core of its own. */
const LET_IN_PER_TURN_MAX = 32;
/**
 * What a turn may take. What each connection asks first costs up to a millisecond, several on a machine with little to spare; a kill takes some turns,
 * and so must the answers to those who are in come between.
 */
const TURN_MS_MAX = 10;
/**
 * Node takes one connection from the kernel in one turn (libuv since 1.46), and the kernel gives them in the order in which they came: while each turn
 * brings another, a kill may stand behind thousands, so that turns are to be short. Then one is let in in so many turns: connections that come without
 * an end must not keep everybody out.
 */
const TURNS_WHILE_COMING = 32;
/** Whoever has waited so long has given up and comes again. */
const WAITING_MS_MAX = 10_000;
/** Of those, let go in one turn. */
const LET_GO_PER_TURN = 64;

interface Waiting {
  readonly socket: Socket;
  readonly sinceMs: number;
  /** Nobody looks at what it says first any more. */
  readonly unheard: () => void;
}

/** Request line of what a connection says first, as `GET /path`; what is none is looked at by whoever lets it in. */
const REQUEST = /^([A-Z]{3,7}) ([^ ?\r\n]{1,500})/;

/**
 * Lets connections in at a bounded pace, so that thousands that come at once neither keep those waiting who are in, nor a kill. All are taken from the
 * kernel before any is read, and of those who wait the newest comes first: where more come than can be served, whoever waits longest has given up by the
 * time it would be its turn, and serving it would be for nothing. Of those who wait the first line alone is looked at, so each costs a few kilobytes:
 * a kill among them comes before everybody who may wait.
 */
export class FrontDoor {
  readonly #take: (socket: Socket) => void;
  readonly #nowMs: () => number;
  readonly #mayWait: (method: string, path: string) => boolean;
  readonly #waiting: Waiting[] = [];
  /** Those who ask for what may not wait, in the order in which they said so. */
  readonly #urgent: Waiting[] = [];
  #isTurnPlanned = false;
  /** Whether this turn has brought a connection. */
  #hasCome = false;
  /** How many the next turn may let in: fewer where the last ones took long. */
  #room = LET_IN_PER_TURN_MAX;
  /** When this turn began, where it has let somebody in. */
  #letInMs: number | undefined;
  /** Turns in a row that have each brought a connection. */
  #coming = 0;

  /** `take` is given each connection once, in its turn; `nowMs` is a monotonic clock; `mayWait` says which requests come by the thousand. */
  constructor(take: (socket: Socket) => void, nowMs: () => number, mayWait: (method: string, path: string) => boolean) {
    this.#take = take;
    this.#nowMs = nowMs;
    this.#mayWait = mayWait;
  }

  /** A connection that nothing was read of yet. */
  knock(socket: Socket): void {
    this.#hasCome = true;
    if (this.#isTurnPlanned) this.#wait(socket);
    else {
      this.#take(socket);
      this.#plan();
    }
  }

  #wait(socket: Socket): void {
    const hear = (chunk: Buffer): void => {
      socket.pause();
      socket.unshift(chunk);
      const [, method, path] = REQUEST.exec(chunk.subarray(0, 512).toString("latin1")) ?? [];
      const at = method === undefined || path === undefined || this.#mayWait(method, path) ? -1 : this.#waiting.lastIndexOf(one);
      if (at >= 0) this.#urgent.push(...this.#waiting.splice(at, 1));
    };
    const one: Waiting = { socket, sinceMs: this.#nowMs(), unheard: () => socket.off("data", hear) };
    this.#waiting.push(one);
    socket.once("data", hear);
    socket.resume();
  }

  #plan(): void {
    this.#isTurnPlanned = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    const nowMs = this.#nowMs();
    if (this.#letInMs !== undefined)
      this.#room = nowMs - this.#letInMs > TURN_MS_MAX ? Math.max(1, this.#room >> 1) : Math.min(LET_IN_PER_TURN_MAX, this.#room + 1);
    this.#coming = this.#hasCome ? this.#coming + 1 : 0;
    this.#hasCome = false;
    this.#letGo(nowMs - WAITING_MS_MAX);
    const room = this.#coming === 0 ? this.#room : Number(this.#coming % TURNS_WHILE_COMING === 0);
    const urgent = this.#letIn(() => this.#urgent.shift(), this.#room);
    this.#letInMs = urgent + this.#letIn(() => this.#waiting.pop(), room - urgent) > 0 ? nowMs : undefined;
    this.#isTurnPlanned = false;
    if (this.#coming > 0 || this.#letInMs !== undefined || this.#waiting.length + this.#urgent.length > 0) this.#plan();
  }

  #letGo(tooOldMs: number): void {
    const fresh = this.#waiting.findIndex(({ sinceMs }) => sinceMs >= tooOldMs);
    for (const { socket } of this.#waiting.splice(0, Math.min(LET_GO_PER_TURN, fresh < 0 ? this.#waiting.length : fresh))) socket.destroy();
  }

  /** How many were let in; whoever has gone is none. */
  #letIn(who: () => Waiting | undefined, room: number): number {
    let count = 0;
    while (count < room) {
      const next = who();
      if (next === undefined) break;
      if (next.socket.destroyed) continue;
      next.unheard();
      this.#take(next.socket);
      count += 1;
    }
    return count;
  }
}
