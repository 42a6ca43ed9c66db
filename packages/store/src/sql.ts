/** A value both databases take and give alike: whole numbers are numbers (below 2⁵³), bytes are Uint8Array, absent is null. */
export type SqlValue = string | number | Uint8Array | null;
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** One statement's way in. Parameters are `$1`, `$2`, … in both databases. */
export interface SqlSession {
  all(sql: string, parameters: readonly SqlValue[]): Promise<readonly SqlRow[]>;
}

/** A database as SqlStore needs it. Every method throws `StoreUnavailable` when the database does not serve. */
export interface SqlDatabase extends SqlSession {
  /** Runs `work` in one write transaction: all of it is durable when this resolves, or none of it happened. `work` may run again after a lock. */
  write<T>(work: (session: SqlSession) => Promise<T>): Promise<T>;
  /** Column type of a byte string. */
  readonly bytesType: string;
  /** What makes a SELECT lock the rows it reads: empty where a write transaction excludes others anyway. */
  readonly forUpdate: string;
  /** Tells other processes, inside the transaction, that something was appended. */
  notify(session: SqlSession): Promise<void>;
  watch(hint: () => void): () => void;
  close(): Promise<void>;
}

/** Each entry takes the schema one version further; entries are never edited, only added. */
export function migrations(bytesType: string): readonly (readonly string[])[] {
  return [
    [
      `CREATE TABLE head (id BIGINT PRIMARY KEY, epoch TEXT NOT NULL, seq BIGINT NOT NULL, hash TEXT NOT NULL)`,
      `CREATE TABLE events (seq BIGINT PRIMARY KEY, epoch TEXT NOT NULL, at_ms BIGINT NOT NULL, command TEXT NOT NULL, part BIGINT NOT NULL, facts TEXT NOT NULL,
         personal TEXT, salt TEXT, personal_hash TEXT NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL, UNIQUE (command, part))`,
      `CREATE TABLE blobs (id TEXT PRIMARY KEY, bytes ${bytesType} NOT NULL)`,
      `CREATE TABLE checkpoints (name TEXT PRIMARY KEY, seq BIGINT NOT NULL, hash TEXT NOT NULL, bytes ${bytesType} NOT NULL)`,
      `CREATE TABLE accounts (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL, role TEXT NOT NULL, password_hash TEXT NOT NULL, failures BIGINT NOT NULL, locked_until_ms BIGINT NOT NULL)`,
      `CREATE TABLE grants (hash TEXT PRIMARY KEY, kind TEXT NOT NULL, account TEXT, expires_at_ms BIGINT NOT NULL)`,
      `CREATE TABLE sdk_keys (hash TEXT PRIMARY KEY, environment TEXT NOT NULL, name TEXT NOT NULL)`,
      `CREATE TABLE asked (environment TEXT NOT NULL, flag TEXT NOT NULL, at_ms BIGINT NOT NULL, PRIMARY KEY (environment, flag))`,
    ],
    [`CREATE TABLE customers (id TEXT PRIMARY KEY, customer_key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, owner TEXT, aliases TEXT, contacts TEXT)`],
    [`CREATE TABLE listed_ids (environment TEXT NOT NULL, list TEXT NOT NULL, hash TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (environment, list, hash))`],
    [`CREATE TABLE pending_changes (id TEXT PRIMARY KEY, account TEXT NOT NULL, at_ms BIGINT NOT NULL, content TEXT NOT NULL)`],
    [
      `CREATE TABLE probe_head (id BIGINT PRIMARY KEY, epoch TEXT NOT NULL, seq BIGINT NOT NULL, hash TEXT NOT NULL)`,
      `CREATE TABLE probe_events (seq BIGINT PRIMARY KEY, epoch TEXT NOT NULL, at_ms BIGINT NOT NULL, command TEXT NOT NULL, part BIGINT NOT NULL, facts TEXT NOT NULL,
         personal TEXT, salt TEXT, personal_hash TEXT NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL, UNIQUE (command, part))`,
    ],
    [`CREATE TABLE sampled_contexts (environment TEXT NOT NULL, id TEXT NOT NULL, day BIGINT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (environment, id))`],
  ];
}
