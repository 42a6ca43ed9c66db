import type { Random } from "@sluice/ports";
import type { LoggedEvent, Proposal } from "@sluice/releases";
import { inGroups, places } from "./id-groups.ts";
import { accountOf, customerOf, grantOf, keyOf, text, whole } from "./rows.ts";
import { SqlEventLog } from "./sql-event-log.ts";
import { migrations, type SqlDatabase, type SqlRow, type SqlSession } from "./sql.ts";
import type {
  Account,
  Appended,
  Asked,
  Blob,
  Checkpoint,
  Grant,
  Head,
  ListedId,
  PendingChange,
  Place,
  RegisteredCustomer,
  SampleRow,
  SdkKey,
  Store,
} from "./store.ts";
import { byKey, takenKeys } from "./customer-keys.ts";

const LISTED_PER_QUERY = 400;
const SAMPLES_PER_QUERY = 300;

/** The store over any SQL database: the same statements in SQLite and PostgreSQL. */
export class SqlStore implements Store {
  readonly #database: SqlDatabase;
  readonly #log: SqlEventLog;
  readonly #probe: SqlEventLog;

  constructor(database: SqlDatabase, random: Random) {
    this.#database = database;
    this.#log = new SqlEventLog(database, random, { head: "head", events: "events" });
    this.#probe = new SqlEventLog(database, random, { head: "probe_head", events: "probe_events" });
  }

  /** Brings the schema to this version; several processes may do it at once. */
  async migrate(): Promise<void> {
    await this.#database.write(async (session) => {
      await session.all(`CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)`, []);
      const [row] = await session.all(`SELECT max(version) AS version FROM schema_version`, []);
      const steps = migrations(this.#database.bytesType);
      for (let version = whole(row?.["version"] ?? 0); version < steps.length; version++) {
        for (const statement of steps[version] ?? []) await session.all(statement, []);
        await session.all(`INSERT INTO schema_version (version) VALUES ($1)`, [version + 1]);
      }
      await this.#log.begin(session);
      await this.#probe.begin(session);
    });
  }

  head(): Promise<Head> {
    return this.#log.head();
  }

  append(proposals: readonly Proposal[], expected: number | undefined, blobs: readonly Blob[] = []): Promise<Appended> {
    return this.#log.append(proposals, expected, blobs);
  }

  read(after: number, limit: number): Promise<readonly LoggedEvent[]> {
    return this.#log.read(after, limit);
  }

  readOn(place: Place, limit: number): Promise<readonly LoggedEvent[] | undefined> {
    return this.#log.readOn(place, limit);
  }

  lastSeqAt(atMs: number): Promise<number> {
    return this.#log.lastSeqAt(atMs);
  }

  readAt(seqs: readonly number[]): Promise<readonly LoggedEvent[]> {
    return this.#log.readAt(seqs);
  }

  verify(): ReturnType<Store["verify"]> {
    return this.#log.verify();
  }

  erase(seq: number): Promise<void> {
    return this.#log.erase(seq);
  }

  probeAppend(proposals: readonly Proposal[], expected: number | undefined): Promise<Appended> {
    return this.#probe.append(proposals, expected, []);
  }

  probeReadOn(place: Place, limit: number): Promise<readonly LoggedEvent[] | undefined> {
    return this.#probe.readOn(place, limit);
  }

  probeRead(after: number, limit: number): Promise<readonly LoggedEvent[]> {
    return this.#probe.read(after, limit);
  }

  probeForget(upTo: number, beforeMs: number): Promise<void> {
    return this.#probe.forget(upTo, beforeMs);
  }

  async blobs(ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const rows = await inGroups(ids, (group) => this.#database.all(`SELECT id, bytes FROM blobs WHERE id IN (${places(group)})`, group));
    return new Map(rows.map((row) => [text(row["id"]), row["bytes"] instanceof Uint8Array ? row["bytes"] : new Uint8Array()]));
  }

  async checkpoint(name: string): Promise<Checkpoint | undefined> {
    const [row] = await this.#database.all(`SELECT name, seq, hash, bytes FROM checkpoints WHERE name = $1`, [name]);
    if (row === undefined) return undefined;
    return { name, seq: whole(row["seq"]), hash: text(row["hash"]), bytes: row["bytes"] instanceof Uint8Array ? row["bytes"] : new Uint8Array() };
  }

  async saveCheckpoint({ name, seq, hash, bytes }: Checkpoint): Promise<void> {
    await this.#database.write((session) =>
      session.all(
        `INSERT INTO checkpoints (name, seq, hash, bytes) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, bytes = excluded.bytes`,
        [name, seq, hash, bytes],
      ),
    );
  }

  watch(hint: () => void): () => void {
    return this.#database.watch(hint);
  }

  async account(id: string): Promise<Account | undefined> {
    return (await this.#database.all(`SELECT * FROM accounts WHERE id = $1`, [id])).map(accountOf)[0];
  }

  async accountByEmail(email: string): Promise<Account | undefined> {
    return (await this.#database.all(`SELECT * FROM accounts WHERE email = $1`, [email])).map(accountOf)[0];
  }

  async accounts(): Promise<readonly Account[]> {
    return (await this.#database.all(`SELECT * FROM accounts ORDER BY email`, [])).map(accountOf);
  }

  async saveAccount(account: Account): Promise<void> {
    await this.#database.write((session) =>
      session.all(
        `INSERT INTO accounts (id, email, name, role, password_hash, failures, locked_until_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (id) DO UPDATE SET email = excluded.email, name = excluded.name, role = excluded.role, password_hash = excluded.password_hash, failures = excluded.failures, locked_until_ms = excluded.locked_until_ms`,
        [account.id, account.email, account.name, account.role, account.passwordHash, account.failures, account.lockedUntilMs],
      ),
    );
  }

  async grant(hash: string): Promise<Grant | undefined> {
    return (await this.#database.all(`SELECT * FROM grants WHERE hash = $1`, [hash])).map(grantOf)[0];
  }

  async grants(kind: Grant["kind"]): Promise<readonly Grant[]> {
    return (await this.#database.all(`SELECT * FROM grants WHERE kind = $1 ORDER BY hash`, [kind])).map(grantOf);
  }

  async saveGrant(grant: Grant): Promise<void> {
    await this.#database.write((session) =>
      session.all(
        `INSERT INTO grants (hash, kind, account, expires_at_ms) VALUES ($1, $2, $3, $4) ON CONFLICT (hash) DO UPDATE SET kind = excluded.kind, account = excluded.account, expires_at_ms = excluded.expires_at_ms`,
        [grant.hash, grant.kind, grant.account ?? null, grant.expiresAtMs],
      ),
    );
  }

  async takeGrant(hash: string): Promise<boolean> {
    return this.#database.write(async (session) => (await session.all(`DELETE FROM grants WHERE hash = $1 RETURNING hash`, [hash])).length === 1);
  }

  async sdkKeys(): Promise<readonly SdkKey[]> {
    return (await this.#database.all(`SELECT * FROM sdk_keys ORDER BY hash`, [])).map(keyOf);
  }

  async saveSdkKey(key: SdkKey): Promise<void> {
    await this.#database.write((session) =>
      session.all(
        `INSERT INTO sdk_keys (hash, environment, name) VALUES ($1, $2, $3) ON CONFLICT (hash) DO UPDATE SET environment = excluded.environment, name = excluded.name`,
        [key.hash, key.environment, key.name],
      ),
    );
  }

  async endSdkKey(hash: string): Promise<void> {
    await this.#database.write((session) => session.all(`DELETE FROM sdk_keys WHERE hash = $1`, [hash]));
  }

  async noteAsked(asked: readonly Asked[]): Promise<void> {
    if (asked.length === 0) return;
    await this.#database.write(async (session) => {
      for (const one of asked)
        await session.all(
          `INSERT INTO asked (environment, flag, at_ms) VALUES ($1, $2, $3) ON CONFLICT (environment, flag) DO UPDATE SET at_ms = excluded.at_ms`,
          [one.environment, one.flag, one.atMs],
        );
    });
  }

  async askedSince(environment: string, atMs: number): Promise<readonly string[]> {
    return (await this.#database.all(`SELECT flag FROM asked WHERE environment = $1 AND at_ms >= $2 ORDER BY flag`, [environment, atMs])).map((row) =>
      text(row["flag"]),
    );
  }

  async lastAsked(flag: string): Promise<readonly Asked[]> {
    const rows = await this.#database.all(`SELECT environment, at_ms FROM asked WHERE flag = $1`, [flag]);
    // Sorted here: databases differ in how they compare texts.
    return rows
      .map((row): Asked => ({ environment: text(row["environment"]), flag, atMs: whole(row["at_ms"]) }))
      .sort((a, b) => (a.environment < b.environment ? -1 : 1));
  }

  async customers(): Promise<readonly RegisteredCustomer[]> {
    // Sorted here: databases differ in how they compare texts.
    return byKey((await this.#database.all(`SELECT * FROM customers`, [])).map(customerOf));
  }

  saveCustomers(customers: readonly RegisteredCustomer[]): Promise<readonly string[]> {
    return this.#database.write(async (session) => {
      // One writer at a time, as in append: two that take the same key at once see each other.
      await this.#log.hold(session);
      const keys = customers.map(({ key }) => key);
      const known = await inGroups(keys, (group) => session.all(`SELECT id, customer_key FROM customers WHERE customer_key IN (${places(group)})`, group));
      const taken = takenKeys(
        customers,
        known.map((row) => ({ id: text(row["id"]), key: text(row["customer_key"]) })),
      );
      if (taken.length > 0) return taken;
      // First away, then written: so two may swap their keys.
      await deleteCustomers(
        session,
        customers.map(({ id }) => id),
      );
      await inGroups(customers, (group) => insertCustomers(session, group));
      return [];
    });
  }

  async eraseCustomers(ids: readonly string[]): Promise<void> {
    await this.#database.write((session) => deleteCustomers(session, ids));
  }

  async listedIds(environment: string, list: string): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#database.all(`SELECT hash, id FROM listed_ids WHERE environment = $1 AND list = $2`, [environment, list]);
    return new Map(rows.map((row) => [text(row["hash"]), text(row["id"])]));
  }

  async saveListedIds(environment: string, list: string, ids: readonly ListedId[]): Promise<void> {
    await this.#database.write(async (session) => {
      for (let start = 0; start < ids.length; start += LISTED_PER_QUERY) {
        const group = ids.slice(start, start + LISTED_PER_QUERY);
        const rows = group.map((_, row) => `($1, $2, $${row * 2 + 3}, $${row * 2 + 4})`);
        await session.all(
          `INSERT INTO listed_ids (environment, list, hash, id) VALUES ${rows.join(", ")} ON CONFLICT (environment, list, hash) DO UPDATE SET id = excluded.id`,
          [environment, list, ...group.flatMap(({ hash, id }) => [hash, id])],
        );
      }
    });
  }

  async eraseListedIds(environment: string, list: string, hashes: readonly string[]): Promise<void> {
    await this.#database.write((session) =>
      inGroups(hashes, (group) =>
        session.all(`DELETE FROM listed_ids WHERE environment = $1 AND list = $2 AND hash IN (${group.map((_, index) => `$${index + 3}`).join(", ")})`, [
          environment,
          list,
          ...group,
        ]),
      ),
    );
  }

  async pendingChanges(): Promise<readonly PendingChange[]> {
    const rows = await this.#database.all(`SELECT * FROM pending_changes`, []);
    const changes = rows.map((row) => ({ id: text(row["id"]), account: text(row["account"]), atMs: whole(row["at_ms"]), content: text(row["content"]) }));
    // Sorted here: databases differ in how they compare texts.
    return changes.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async savePendingChange({ id, account, atMs, content }: PendingChange): Promise<void> {
    await this.#database.write((session) =>
      session.all(
        `INSERT INTO pending_changes (id, account, at_ms, content) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET account = excluded.account, at_ms = excluded.at_ms, content = excluded.content`,
        [id, account, atMs, content],
      ),
    );
  }

  async erasePendingChanges(ids: readonly string[]): Promise<void> {
    await this.#database.write((session) => inGroups(ids, (group) => session.all(`DELETE FROM pending_changes WHERE id IN (${places(group)})`, group)));
  }

  async sampledContexts(environment: string): Promise<readonly SampleRow[]> {
    const rows = await this.#database.all(`SELECT id, day, content FROM sampled_contexts WHERE environment = $1`, [environment]);
    const samples = rows.map((row) => ({ id: text(row["id"]), day: whole(row["day"]), content: text(row["content"]) }));
    // Sorted here: databases differ in how they compare texts.
    return samples.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async saveSampledContexts(environment: string, rows: readonly SampleRow[]): Promise<void> {
    await this.#database.write(async (session) => {
      for (let start = 0; start < rows.length; start += SAMPLES_PER_QUERY) {
        const group = rows.slice(start, start + SAMPLES_PER_QUERY);
        const values = group.map((_, row) => `($1, $${row * 3 + 2}, $${row * 3 + 3}, $${row * 3 + 4})`);
        await session.all(
          `INSERT INTO sampled_contexts (environment, id, day, content) VALUES ${values.join(", ")} ON CONFLICT (environment, id) DO UPDATE SET day = excluded.day, content = excluded.content`,
          [environment, ...group.flatMap(({ id, day, content }) => [id, day, content])],
        );
      }
    });
  }

  async eraseSampledContexts(environment: string, ids: readonly string[]): Promise<void> {
    await this.#database.write((session) =>
      inGroups(ids, (group) =>
        session.all(`DELETE FROM sampled_contexts WHERE environment = $1 AND id IN (${group.map((_, index) => `$${index + 2}`).join(", ")})`, [
          environment,
          ...group,
        ]),
      ),
    );
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

async function deleteCustomers(session: SqlSession, ids: readonly string[]): Promise<void> {
  await inGroups(ids, (group) => session.all(`DELETE FROM customers WHERE id IN (${places(group)})`, group));
}

function insertCustomers(session: SqlSession, customers: readonly RegisteredCustomer[]): Promise<readonly SqlRow[]> {
  const values = customers.flatMap(({ id, key, name, owner, aliases, contacts }) => [
    id,
    key,
    name,
    owner ?? null,
    aliases === undefined ? null : JSON.stringify(aliases),
    contacts === undefined ? null : JSON.stringify(contacts),
  ]);
  const rows = customers.map((_, row) => `(${[1, 2, 3, 4, 5, 6].map((column) => `$${row * 6 + column}`).join(", ")})`);
  return session.all(`INSERT INTO customers (id, customer_key, name, owner, aliases, contacts) VALUES ${rows.join(", ")}`, values);
}
