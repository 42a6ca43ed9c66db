// A process with many bare stream connections: what the wire and the kernel allow, without any SDK work.
import { connect } from "node:net";

interface Setup {
  readonly host: string;
  readonly port: number;
  readonly key: string;
  readonly count: number;
}

/** One loopback address runs out of ports; and a listen queue is 511 long. */
const PER_ADDRESS = 2_000;
const OPENING_MAX = 200;
const MARK = "event: patch";

const { host, port, key, count }: Setup = JSON.parse(process.argv[2] ?? "{}");
const at: bigint[] = [];
let missing = 0;

function open(index: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, localAddress: `127.0.1.${1 + Math.floor(index / PER_ADDRESS)}` });
    socket.setNoDelay(true);
    let greeted = false;
    socket.once("connect", () =>
      socket.write(
        `GET /sdk/v1/stream HTTP/1.1\r\nHost: sluice\r\nAuthorization: Bearer ${key}\r\nSluice-Instance: raw-${index}\r\nSluice-Service: raw\r\n\r\n`,
      ),
    );
    socket.on("data", (chunk) => {
      const now = process.hrtime.bigint();
      if (!greeted && chunk.includes("event: hello")) {
        greeted = true;
        return resolve();
      }
      if (missing === 0 || at[index] !== 0n || !chunk.includes(MARK)) return;
      at[index] = now;
      missing -= 1;
      if (missing === 0) process.send?.({ kind: "all", atNs: at.map(String) });
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error(`connection ${index} was closed`)));
  });
}

for (let index = 0; index < count; index += OPENING_MAX) {
  await Promise.all(Array.from({ length: Math.min(OPENING_MAX, count - index) }, (_, offset) => open(index + offset)));
}
process.send?.({ kind: "open" });
process.on("message", () => {
  missing = count;
  for (let index = 0; index < count; index += 1) at[index] = 0n;
  process.send?.({ kind: "armed" });
});
process.on("disconnect", () => process.exit(0));
