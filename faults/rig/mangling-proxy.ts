import { connect, createServer, type Socket } from "node:net";
import { freePort } from "@sluice/ports/node";

/** What may happen to one patch on its way: shares of 1, the rest passes untouched. */
const DOUBLED = 0.2;
const SWAPPED = 0.15;
const LOST = 0.1;
const CUT = 0.08;

export interface ManglingCounts {
  doubled: number;
  swapped: number;
  lost: number;
  cut: number;
}

export interface ManglingProxy {
  readonly url: string;
  readonly counts: ManglingCounts;
  close(): Promise<void>;
}

/** Mangles the patches of one stream; whatever is no patch passes. */
class StreamMangler {
  readonly #to: Socket;
  readonly #counts: ManglingCounts;
  #rest = "";
  #held: string | undefined;

  constructor(to: Socket, counts: ManglingCounts) {
    this.#to = to;
    this.#counts = counts;
  }

  /** Gives on what arrived; false where the connection was cut in the middle of a patch. */
  take(text: string): boolean {
    const frames = (this.#rest + text).split("\n\n");
    this.#rest = frames.pop() ?? "";
    for (const frame of frames) if (!this.#frame(`${frame}\n\n`)) return false;
    return true;
  }

  #frame(frame: string): boolean {
    const isPatch = frame.startsWith("event: patch");
    const held = this.#held;
    if (held !== undefined) {
      this.#held = undefined;
      this.#to.write(frame + held);
      return true;
    }
    const dice = isPatch ? Math.random() : 1;
    if (dice < DOUBLED) {
      this.#counts.doubled += 1;
      this.#to.write(frame + frame);
    } else if (dice < DOUBLED + SWAPPED) {
      this.#counts.swapped += 1;
      this.#held = frame;
    } else if (dice < DOUBLED + SWAPPED + LOST) {
      this.#counts.lost += 1;
    } else if (dice < DOUBLED + SWAPPED + LOST + CUT) {
      this.#counts.cut += 1;
      this.#to.write(frame.slice(0, 1 + Math.floor(Math.random() * (frame.length - 2))));
      this.#to.end();
      return false;
    } else this.#to.write(frame);
    return true;
  }
}

/** A proxy in front of the server that doubles, swaps, loses and cuts patches of streams. */
export async function startManglingProxy(target: string): Promise<ManglingProxy> {
  const { hostname, port } = new URL(target);
  const counts: ManglingCounts = { doubled: 0, swapped: 0, lost: 0, cut: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((inner) => {
    const outer = connect({ host: hostname, port: Number(port) });
    let mangler: StreamMangler | undefined;
    for (const [socket, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => other.destroy());
      socket.once("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    inner.on("data", (chunk) => outer.write(chunk));
    outer.on("data", (chunk) => {
      if (mangler !== undefined) {
        if (!mangler.take(chunk.toString("utf8"))) outer.destroy();
        return;
      }
      const text = chunk.toString("latin1");
      const head = text.indexOf("\r\n\r\n");
      if (head < 0 || !/content-type: text\/event-stream/i.test(text.slice(0, head))) return void inner.write(chunk);
      inner.write(chunk.subarray(0, head + 4));
      mangler = new StreamMangler(inner, counts);
      mangler.take(chunk.subarray(head + 4).toString("utf8"));
    });
  });
  const own = await freePort();
  await new Promise<void>((resolve) => server.listen(own, "127.0.0.1", () => resolve()));
  return {
    url: `http://127.0.0.1:${own}`,
    counts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
