// A server of one snapshot whose contexts are sampled, for programs that measure what that costs: the snapshot on standard input, its address printed.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

const HEARTBEAT_MS = 5_000;
const snapshot = await text(process.stdin);
const { environment, epoch, seq } = JSON.parse(snapshot) as { readonly environment: string; readonly epoch: string; readonly seq: number };
const sampling = "bench";
const terms = { id: sampling, attributes: { country: "plain", region: "hashed" }, customer: "customer", key: "k".repeat(43), everyMs: 60_000 };

const server = createServer((request, response) => {
  const path = request.url ?? "";
  request.resume();
  if (path === "/sdk/v1/snapshot") {
    response.writeHead(200, { "content-type": "application/json", etag: `"${epoch}:${seq}"` }).end(snapshot);
  } else if (path === "/sdk/v1/sampling") {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(terms));
  } else if (path === "/sdk/v1/stream") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const say = (event: string, data: object): void => void response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    say("hello", { environment, epoch, seq, heartbeatMs: HEARTBEAT_MS, confirmJitterMs: 0, sampling });
    const beat = setInterval(() => say("heartbeat", { epoch, seq, sampling }), HEARTBEAT_MS);
    response.on("close", () => clearInterval(beat));
  } else response.writeHead(204).end();
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
