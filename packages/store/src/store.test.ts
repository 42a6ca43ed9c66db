import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { nodeRandom } from "@sluice/ports/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MemoryDatabase, MemoryStore, openStore, openStoreInWorker, StoreUnavailable } from "./index.ts";
import { findPostgres, startPostgres, type PostgresServer } from "./postgres/test-server.ts";
import { describeLostEnd, type LosingDatabase } from "./lost-end-suite.ts";
import { describeStore } from "./store-suite.ts";

/** One statement per way of tampering, for both databases. */
const tampering = {
  facts: `UPDATE events SET facts = replace(facts, 'k1', 'k9') WHERE seq = `,
  personal: `UPDATE events SET personal = replace(personal, 'mara', 'nobody') WHERE seq = `,
  prevHash: `UPDATE events SET prev_hash = hash WHERE seq = `,
  at: `UPDATE events SET at_ms = at_ms + 1 WHERE seq = `,
  delete: `DELETE FROM events WHERE seq = `,
} as const;

/** As a failover leaves it: events and head of an earlier moment. */
const losing = (events: number): string =>
  `DELETE FROM events WHERE seq > (SELECT max(seq) FROM events) - ${events}; UPDATE head SET (epoch, seq, hash) = (SELECT epoch, seq, hash FROM events ORDER BY seq DESC LIMIT 1)`;

async function sqlitePlace(open: (url: string) => ReturnType<typeof openStore>): Promise<LosingDatabase & { readonly path: string }> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-store-"));
  const path = join(folder, "store.db");
  return {
    path,
    open: () => open(`sqlite:${path}`),
    tamper: async (seq, change) => {
      const database = new DatabaseSync(path);
      database.exec(`PRAGMA busy_timeout = 2000; ${tampering[change]}${seq}`);
      database.close();
    },
    loseEnd: async (events) => {
      const database = new DatabaseSync(path);
      database.exec(`PRAGMA busy_timeout = 2000; ${losing(events)}`);
      database.close();
    },
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

const inMemory = async (): Promise<LosingDatabase> => {
  const database = new MemoryDatabase(nodeRandom);
  return {
    open: async () => new MemoryStore(database, nodeRandom),
    loseEnd: async (events) => database.loseBehind(database.events.length - events),
    remove: async () => {},
  };
};
const inWorker = (): ReturnType<typeof sqlitePlace> =>
  sqlitePlace((url) => openStoreInWorker(url, new URL("./sqlite/adapters/worker-entry.ts", import.meta.url)));
for (const describeOver of [describeStore, describeLostEnd]) {
  describeOver("memory", inMemory);
  describeOver("SQLite", () => sqlitePlace(openStore));
}
describeStore("SQLite in a worker", inWorker);

describe("the SQLite store", () => {
  test("says what is wrong when its file cannot be opened", async () => {
    await expect(openStore("sqlite:/nowhere/at/all/store.db")).rejects.toThrow(StoreUnavailable);
  });

  test("waits for a short lock of another process and says so when it stays locked", async () => {
    const place = await sqlitePlace(openStore);
    const store = await place.open();
    const path = place.path ?? "";
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    setTimeout(() => other.exec("COMMIT"), 50);
    expect((await store.append([{ command: "a", atMs: 1, facts: { kind: "killLifted", kill: "k", environment: "e" }, personal: { by: "x" } }], 0)).kind).toBe(
      "appended",
    );
    other.exec("BEGIN IMMEDIATE");
    await expect(
      store.append([{ command: "b", atMs: 1, facts: { kind: "killLifted", kill: "k", environment: "e" }, personal: { by: "x" } }], 1),
    ).rejects.toThrow(StoreUnavailable);
    other.exec("COMMIT");
    other.close();
    await store.close();
    await place.remove();
  });
});

const binaries = findPostgres();
if (binaries === undefined && process.env["CI"] !== "true") console.log("skipped: the PostgreSQL store, because initdb was not found on this machine");
describe.skipIf(binaries === undefined && process.env["CI"] !== "true")("with a real PostgreSQL", () => {
  let server: PostgresServer;
  let databases = 0;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop());
  const inPostgres = async (): Promise<LosingDatabase> => {
    const name = `sluice_${++databases}`;
    await server.query("postgres", `CREATE DATABASE ${name}`);
    return {
      open: () => openStore(server.url(name)),
      tamper: async (seq, change) => server.query(name, `${tampering[change]}${seq}`),
      loseEnd: async (events) => server.query(name, losing(events)),
      remove: async () => server.query("postgres", `DROP DATABASE ${name} WITH (FORCE)`),
    };
  };
  describeStore("PostgreSQL", inPostgres);
  describeLostEnd("PostgreSQL", inPostgres);
});
