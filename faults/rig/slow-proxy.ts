import { connect, createServer, type Socket } from "node:net";
import { freePort } from "@sluice/ports/node";

/** A long way: every byte, in either direction, comes `latencyMs` later; nothing is lost and nothing overtakes. */
export interface SlowProxy {
  readonly url: string;
  close(): Promise<void>;
}

export async function startSlowProxy(to: string, latencyMs: number): Promise<SlowProxy> {
  const { hostname, port } = new URL(to);
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (from) => {
    const onward = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    for (const [socket, other] of [
      [from, onward],
      [onward, from],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("data", (chunk) => void setTimeout(() => other.writable && other.write(chunk), latencyMs));
      socket.on("end", () => void setTimeout(() => other.end(), latencyMs));
      socket.on("error", () => other.destroy());
      socket.once("close", () => {
        sockets.delete(socket);
        setTimeout(() => other.destroy(), latencyMs);
      });
    }
  });
  const own = await freePort();
  await new Promise<void>((resolve) => server.listen(own, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${own}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
