import { nodeClock, nodeRandom, nodeTimers } from "@sluice/ports/node";
import { MemoryDatabase, MemoryStore } from "./memory/memory-store.ts";
import { PostgresDatabase } from "./postgres/postgres-database.ts";
import { SqliteDatabase } from "./sqlite/sqlite-database.ts";
import { SqlStore } from "./sql-store.ts";
import type { Store } from "./store.ts";

/**
 * Opens `sqlite:<path>`, `postgres://…` or `memory:` and brings its schema up to date.
 * SQLite commits on this thread: a process that must not wait for a disk opens it through `openStoreInWorker`.
 */
export async function openStore(url: string): Promise<Store> {
  if (url === "memory:") return new MemoryStore(new MemoryDatabase(nodeRandom), nodeRandom);
  const database = url.startsWith("sqlite:")
    ? new SqliteDatabase({
        path: url.slice("sqlite:".length),
        timers: nodeTimers({ keepsAlive: true }),
        synchronous: "FULL",
        monotonicMs: () => nodeClock.monotonicMs(),
      })
    : await PostgresDatabase.open(url);
  const store = new SqlStore(database, nodeRandom);
  try {
    await store.migrate();
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}
