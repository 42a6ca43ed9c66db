import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { Timers } from "@sluice/ports";
import type { SqlDatabase, SqlRow, SqlSession, SqlValue } from "../sql.ts";
import { StoreUnavailable } from "../store.ts";

/** Waiting for another process's write in all; then the caller is told (a kill goes the emergency way long before). */
const LOCK_WAIT_MS_MAX = 5_000;
const LOCK_RETRY_MS = 2;
/** How often other processes' appends are looked for: one page read of a file that is in memory. */
const WATCH_EVERY_MS = 100;

export interface SqliteOptions {
  readonly path: string;
  readonly timers: Timers;
  /** FULL is the only setting that survives a power cut; the others exist as controls of the fault suite that must fail. */
  readonly synchronous: "FULL" | "NORMAL" | "OFF";
  readonly monotonicMs: () => number;
}

/** One SQLite file in WAL mode. Several processes may open it; a lock is waited for without blocking this thread. */
export class SqliteDatabase implements SqlDatabase {
  readonly bytesType = "BLOB";
  readonly forUpdate = "";
  readonly #database: DatabaseSync;
  readonly #options: SqliteOptions;
  readonly #statements = new Map<string, StatementSync>();
  #turn: Promise<unknown> = Promise.resolve();
  #open = true;

  constructor(options: SqliteOptions) {
    this.#options = options;
    try {
      this.#database = new DatabaseSync(options.path);
      // Opening and switching to WAL happen once, before anything is served: here blocking on another process's start is right.
      this.#database.exec(
        `PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${options.synchronous}; PRAGMA busy_timeout = 0; PRAGMA wal_autocheckpoint = 400; PRAGMA cache_size = -4000`,
      );
    } catch (error) {
      throw new StoreUnavailable(`${options.path} could not be opened: ${messageOf(error)}`, { cause: error });
    }
  }

  async all(sql: string, parameters: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    return this.#patiently(() => this.#run(sql, parameters));
  }

  /** Writers of this process take turns; `work` sees no other statement between its own. */
  write<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    const mine = this.#turn.then(() => this.#transaction(work));
    this.#turn = mine.catch(() => {});
    return mine;
  }

  async #transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    await this.#patiently(() => this.#run("BEGIN IMMEDIATE", []));
    try {
      const result = await work({ all: async (sql, parameters) => this.#now(sql, parameters) });
      this.#now("COMMIT", []);
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  #rollBack(): void {
    try {
      if (this.#open && this.#database.isTransaction) this.#database.exec("ROLLBACK");
    } catch (error) {
      // SQLite rolls back by itself on a full or failing disk; a connection that cannot say so is of no further use.
      throw new StoreUnavailable(`a failed transaction could not be rolled back: ${messageOf(error)}`, { cause: error });
    }
  }

  #now(sql: string, parameters: readonly SqlValue[]): readonly SqlRow[] {
    try {
      return this.#run(sql, parameters);
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  #run(sql: string, parameters: readonly SqlValue[]): readonly SqlRow[] {
    if (!this.#open) throw new StoreUnavailable("the store is closed");
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql.replaceAll(/\$(\d+)/g, "?$1"));
      // Statements with an IN list differ by its length; the rest are a few dozen.
      if (this.#statements.size < 200) this.#statements.set(sql, statement);
    }
    const bound: SQLInputValue[] = [...parameters];
    return statement.all(...bound) as SqlRow[];
  }

  async #patiently<T>(attempt: () => T): Promise<T> {
    const end = this.#options.monotonicMs() + LOCK_WAIT_MS_MAX;
    for (;;) {
      try {
        return attempt();
      } catch (error) {
        if (!isBusy(error) || this.#options.monotonicMs() >= end) throw asUnavailable(error);
      }
      await new Promise<void>((resolve) => {
        this.#options.timers.after(LOCK_RETRY_MS, resolve);
      });
    }
  }

  async notify(): Promise<void> {
    // Other processes look at data_version; there is nothing to tell.
  }

  watch(hint: () => void): () => void {
    let stopped = false;
    let seen = -1;
    const look = (): void => {
      if (stopped || !this.#open) return;
      // data_version changes when another connection commits: cheaper than reading the head.
      try {
        const version = Number(this.#database.prepare("PRAGMA data_version").get()?.["data_version"] ?? 0);
        if (seen >= 0 && version !== seen) hint();
        seen = version;
      } catch (error) {
        if (!isBusy(error)) throw asUnavailable(error);
      }
      this.#options.timers.after(WATCH_EVERY_MS, look);
    };
    look();
    return () => {
      stopped = true;
    };
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    await this.#turn;
    this.#open = false;
    this.#database.close();
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** SQLITE_BUSY is 5 and SQLITE_LOCKED 6, with extended codes above the low byte (sqlite.org/rescode.html). */
function isBusy(error: unknown): boolean {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return false;
  const code = error.errcode & 0xff;
  return code === 5 || code === 6;
}

function asUnavailable(error: unknown): unknown {
  if (error instanceof Error && "errcode" in error) return new StoreUnavailable(`SQLite: ${error.message}`, { cause: error });
  return error;
}
