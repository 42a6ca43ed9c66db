// One application process with the SDK in it: polls its flags as a request handler would and says when an answer changed.
import { createClient } from "@sluice/node";

interface Setup {
  readonly url: string;
  readonly key: string;
  /** Of each client in this process: one stream each. */
  readonly services: readonly string[];
  readonly watch: readonly string[];
  readonly pollMs: number;
}

const { url, key, services, watch, pollMs }: Setup = JSON.parse(process.argv[2] ?? "{}");
/** What is reported waits this long: a hundred reports must not compete for the cores with the swaps that they report. */
const REPORT_AFTER_MS = 250;

async function runClient(service: string): Promise<void> {
  const client = createClient({ url, key, service, version: "1.0.0", waitMs: 30_000, log: { info: () => {}, warn: () => {}, error: () => {} } });
  const seen = new Map<string, boolean>();
  const look = (): void => {
    for (const flag of watch) {
      const value = client.getBoolean(flag, true, { targetingKey: "user-1", customer: "acme" });
      if (seen.get(flag) === value) continue;
      const atNs = process.hrtime.bigint();
      seen.set(flag, value);
      setTimeout(() => process.send?.({ kind: "answer", service, flag, value, atNs: String(atNs) }), REPORT_AFTER_MS);
    }
  };
  // An answer that changed is read at once, besides the polling: as an application does that is told of changes.
  client.onChange(look);
  await client.ready();
  look();
  process.send?.({ kind: "ready", service, state: client.state, instance: client.version?.seq });
  // Pollers of one round are out of phase, as applications are.
  setTimeout(() => setInterval(look, pollMs), Math.random() * pollMs);
}

await Promise.all(services.map(runClient));
process.on("disconnect", () => process.exit(0));
