import pg from "pg";
import type { SqlDatabase, SqlRow, SqlSession, SqlValue } from "../sql.ts";
import { StoreUnavailable } from "../store.ts";

/** Connections of one process: appends serialise on the head row anyway, the rest are reads. */
const POOL_MAX = 8;
const CONNECT_TIMEOUT_MS = 3_000;
const STATEMENT_TIMEOUT_MS = 10_000;
const LISTEN_RETRY_MS = 1_000;
/** A notice can be lost in a reconnect, so watchers are also hinted on a slow beat. */
const WATCH_EVERY_MS = 1_000;
const CHANNEL = "sluice_log";

/** A PostgreSQL database (14 or newer). */
export class PostgresDatabase implements SqlDatabase {
  readonly bytesType = "BYTEA";
  readonly forUpdate = "FOR UPDATE";
  readonly #pool: pg.Pool;
  readonly #url: string;
  readonly #watchers = new Set<() => void>();
  #listener: pg.Client | undefined;
  #retry: NodeJS.Timeout | undefined;
  #beat: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(url: string) {
    this.#url = url;
    this.#pool = new pg.Pool({
      connectionString: url,
      max: POOL_MAX,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: STATEMENT_TIMEOUT_MS,
      idleTimeoutMillis: 30_000,
      allowExitOnIdle: true,
    });
    // An idle connection that the server ends is replaced at the next query; without a listener it would end the process.
    this.#pool.on("error", () => this.#hint());
  }

  static async open(url: string): Promise<PostgresDatabase> {
    const database = new PostgresDatabase(url);
    try {
      await database.all("SELECT 1 AS one", []);
    } catch (error) {
      await database.close();
      throw error;
    }
    return database;
  }

  async all(sql: string, parameters: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    try {
      return rowsOf(await this.#pool.query(sql, bound(parameters)));
    } catch (error) {
      throw unavailable(error);
    }
  }

  async write<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    let client: pg.PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (error) {
      throw unavailable(error);
    }
    // A connection that the server ends between two of our statements says so here, and the next statement fails too;
    // without a listener it would end the process.
    let lost: Error | undefined;
    const onLost = (error: Error): void => {
      lost = error;
    };
    client.on("error", onLost);
    const session: SqlSession = {
      all: async (sql, parameters) => {
        try {
          return rowsOf(await client.query(sql, bound(parameters)));
        } catch (error) {
          throw unavailable(error);
        }
      },
    };
    let broken: Error | undefined;
    try {
      await session.all("BEGIN", []);
      const result = await work(session);
      await session.all("COMMIT", []);
      return result;
    } catch (error) {
      // After a failed COMMIT nobody knows; the connection is thrown away and the command id makes a retry safe.
      broken = await client.query("ROLLBACK").then(
        () => undefined,
        (rollback: unknown) => (rollback instanceof Error ? rollback : new Error(String(rollback))),
      );
      throw error;
    } finally {
      client.release(broken ?? lost);
      client.off("error", onLost);
    }
  }

  async notify(session: SqlSession): Promise<void> {
    await session.all(`SELECT pg_notify('${CHANNEL}', '')`, []);
  }

  watch(hint: () => void): () => void {
    this.#watchers.add(hint);
    if (this.#listener === undefined && this.#retry === undefined) void this.#listen();
    this.#beat ??= setInterval(() => this.#hint(), WATCH_EVERY_MS).unref();
    return () => this.#watchers.delete(hint);
  }

  #hint(): void {
    for (const hint of this.#watchers) hint();
  }

  async #listen(): Promise<void> {
    this.#retry = undefined;
    if (this.#closed) return;
    const listener = new pg.Client({ connectionString: this.#url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
    this.#listener = listener;
    const again = (): void => {
      if (this.#listener !== listener) return;
      this.#listener = undefined;
      listener.removeAllListeners();
      listener.on("error", () => this.#hint());
      listener.end().catch(() => this.#hint());
      if (!this.#closed) this.#retry = setTimeout(() => void this.#listen(), LISTEN_RETRY_MS).unref();
    };
    listener.on("error", again);
    listener.on("end", again);
    listener.on("notification", () => this.#hint());
    try {
      await listener.connect();
      await listener.query(`LISTEN ${CHANNEL}`);
      // Whatever was appended while nobody listened.
      this.#hint();
    } catch {
      again();
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#beat);
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.removeAllListeners();
    listener?.on("error", () => this.#hint());
    await listener?.end();
    await this.#pool.end();
  }
}

const bound = (parameters: readonly SqlValue[]): unknown[] => parameters.map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value));

function rowsOf(result: pg.QueryResult): readonly SqlRow[] {
  // `Buffer` is a Uint8Array of its own kind; both adapters give the plain one.
  return (result.rows as SqlRow[]).map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value instanceof Uint8Array ? new Uint8Array(value) : value])),
  );
}

/** PostgreSQL error classes that mean "asked wrongly" (22, 23, 42): ours to mend, so they stay what they are. */
function unavailable(error: unknown): unknown {
  if (error instanceof StoreUnavailable) return error;
  if (error instanceof pg.DatabaseError && /^(?:22|23|42)/.test(error.code ?? "")) return error;
  return new StoreUnavailable(`PostgreSQL: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}
