import { createServer, request, type ClientRequest } from "node:http";
import { freePort } from "@sluice/ports/node";

/** A proxy that gives on an answer when it is whole, as some gateways and virus scanners do: a stream, which never is, gives nothing. */
export interface BufferingProxy {
  readonly url: string;
  /** Streams of which nothing was given on. */
  readonly heldBack: number;
  close(): Promise<void>;
}

export async function startBufferingProxy(to: string): Promise<BufferingProxy> {
  const { hostname, port } = new URL(to);
  const onward = new Set<ClientRequest>();
  let heldBack = 0;
  const server = createServer((asked, answer) => {
    const asking = request({ host: hostname, port, method: asked.method, path: asked.url, headers: asked.headers }, (reply) => {
      const chunks: Buffer[] = [];
      if (reply.headers["content-type"]?.startsWith("text/event-stream") === true) heldBack += 1;
      reply.on("data", (chunk: Buffer) => chunks.push(chunk));
      reply.once("end", () => answer.writeHead(reply.statusCode ?? 502, reply.headers).end(Buffer.concat(chunks)));
    });
    onward.add(asking);
    asking.on("error", () => answer.destroy());
    asking.once("close", () => onward.delete(asking));
    answer.once("close", () => asking.destroy());
    asked.pipe(asking);
  });
  const own = await freePort();
  await new Promise<void>((resolve) => server.listen(own, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${own}`,
    get heldBack() {
      return heldBack;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const one of onward) one.destroy();
      }),
  };
}
