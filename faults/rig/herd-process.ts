// A process that is many applications: each has an SDK client of its own, as if it were alone.
import { createClient, type SluiceClient } from "@sluice/node";

interface Setup {
  readonly url: string;
  readonly key: string;
  readonly count: number;
  readonly flag: string;
}

/** What one client has seen since it was last asked: when it was connected, and when it answered off, in nanoseconds; absent where it did not. */
interface Seen {
  readyNs?: string;
  offNs?: string;
}

/** Clients that begin at once: the drill is about coming back, not about starting. */
const STARTING_MAX = 100;
const quiet = { info: () => {}, warn: () => {}, error: () => {} };

const { url, key, count, flag }: Setup = JSON.parse(process.argv[2] ?? "{}");
let seen: Seen[] = [];
const clients: SluiceClient[] = [];
const isOff = (client: SluiceClient): boolean => !client.getBoolean(flag, true, { targetingKey: "user-1", customer: "acme" });
const now = (): string => String(process.hrtime.bigint());

async function start(index: number): Promise<void> {
  const client = createClient({ url, key, service: `herd-${process.pid}`, version: "1.0.0", waitMs: 60_000, log: quiet });
  clients[index] = client;
  client.onChange(() => {
    if (isOff(client)) (seen[index] ??= {}).offNs ??= now();
  });
  client.onState((state) => {
    if (state === "ready") (seen[index] ??= {}).readyNs = now();
  });
  await client.ready();
}

for (let from = 0; from < count; from += STARTING_MAX)
  await Promise.all(Array.from({ length: Math.min(STARTING_MAX, count - from) }, (_, offset) => start(from + offset)));
process.send?.({ kind: "started" });
process.on("message", (asked: { readonly kind: "forget" | "count" | "report" }) => {
  if (asked.kind === "forget") seen = [];
  if (asked.kind === "report") process.send?.({ kind: "report", seen: Array.from({ length: count }, (_, index) => seen[index] ?? {}) });
  else process.send?.({ kind: "count", ready: clients.filter(({ state }) => state === "ready").length, off: clients.filter(isOff).length });
});
process.on("disconnect", () => process.exit(0));
