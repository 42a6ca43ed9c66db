import type { Random } from "@sluice/ports";
import { findBrokenLink, type LoggedEvent, NO_HASH, type Proposal } from "@sluice/releases";
import { accountOf, customerOf, eventOf, grantOf, keyOf, text, whole } from "./rows.ts";
import { CommandsPartlyKnown, newEpoch, READ_LIMIT_MAX, sealEvents, sha256hex } from "./sealing.ts";
import { migrations, type SqlDatabase, type SqlSession } from "./sql.ts";
import type { Account, Appended, Asked, Blob, Checkpoint, Grant, Head, ListedId, PendingChange, RegisteredCustomer, SdkKey, Store } from "./store.ts";
import { byKey, takenKeys } from "./customer-keys.ts";

/** Ids of one `IN (…)`: below SQLite's and PostgreSQL's limits on parameters. */
const IDS_PER_QUERY = 500;
const LISTED_PER_QUERY = 400;

/** The store over any SQL database: the same statements in SQLite and PostgreSQL. */
export class SqlStore implements Store {
  readonly #database: SqlDatabase;
  readonly #random: Random;

  constructor(database: SqlDatabase, random: Random) {
    this.#database = database;
    this.#random = random;
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
      await session.all(`INSERT INTO head (id, epoch, seq, hash) VALUES (1, $1, 0, $2) ON CONFLICT (id) DO NOTHING`, [newEpoch(this.#random), NO_HASH]);
    });
  }

  head(): Promise<Head> {
    return this.#readHead(this.#database, "");
  }

  async #readHead(session: SqlSession, lock: string): Promise<Head> {
    const [row] = await session.all(`SELECT epoch, seq, hash FROM head WHERE id = 1 ${lock}`, []);
    if (row === undefined) throw new TypeError("the head row is missing: the schema was not made by migrate()");
    return { epoch: text(row["epoch"]), seq: whole(row["seq"]), hash: text(row["hash"]) };
  }

  append(proposals: readonly Proposal[], expected: number | undefined, blobs: readonly Blob[] = []): Promise<Appended> {
    return this.#database.write(async (session): Promise<Appended> => {
      const head = await this.#readHead(session, this.#database.forUpdate);
      const again = await this.#again(session, proposals);
      if (again) return { kind: "again", events: again };
      if (expected !== undefined && expected !== head.seq) return { kind: "conflict", head };
      const events = sealEvents(head, proposals, this.#random);
      for (const blob of blobs) await session.all(`INSERT INTO blobs (id, bytes) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`, [blob.id, blob.bytes]);
      const parts = new Map<string, number>();
      for (const event of events) {
        const part = parts.get(event.command) ?? 0;
        parts.set(event.command, part + 1);
        await this.#insert(session, event, part);
      }
      const last = events.at(-1) ?? head;
      await session.all(`UPDATE head SET epoch = $1, seq = $2, hash = $3 WHERE id = 1`, [last.epoch, last.seq, last.hash]);
      await this.#database.notify(session);
      return { kind: "appended", events };
    });
  }

  async #again(session: SqlSession, proposals: readonly Proposal[]): Promise<readonly LoggedEvent[] | undefined> {
    const commands = [...new Set(proposals.map((proposal) => proposal.command))];
    const rows = await inGroups(commands, (group) => session.all(`SELECT * FROM events WHERE command IN (${places(group)}) ORDER BY seq`, group));
    if (rows.length === 0) return undefined;
    const events = rows.map(eventOf);
    const known = new Set(events.map((event) => event.command));
    if (known.size < commands.length) throw new CommandsPartlyKnown(`of ${commands.join(", ")} only ${[...known].join(", ")} are in the log`);
    return events.sort((a, b) => a.seq - b.seq);
  }

  async #insert(session: SqlSession, event: LoggedEvent, part: number): Promise<void> {
    await session.all(
      `INSERT INTO events (seq, epoch, at_ms, command, part, facts, personal, salt, personal_hash, prev_hash, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        event.seq,
        event.epoch,
        event.atMs,
        event.command,
        part,
        JSON.stringify(event.facts),
        JSON.stringify(event.personal),
        event.salt ?? null,
        event.personalHash,
        event.prevHash,
        event.hash,
      ],
    );
  }

  async read(after: number, limit: number): Promise<readonly LoggedEvent[]> {
    const rows = await this.#database.all(`SELECT * FROM events WHERE seq > $1 ORDER BY seq LIMIT $2`, [after, Math.min(limit, READ_LIMIT_MAX)]);
    return rows.map(eventOf);
  }

  async lastSeqAt(atMs: number): Promise<number> {
    // One pass over the table; an index would cost every append more than the slider of a page is worth.
    const [row] = await this.#database.all(`SELECT COALESCE(MAX(seq), 0) AS seq FROM events WHERE at_ms <= $1`, [Math.floor(atMs)]);
    return whole(row?.["seq"]);
  }

  async readAt(seqs: readonly number[]): Promise<readonly LoggedEvent[]> {
    const rows = await inGroups([...new Set(seqs)], (group) => this.#database.all(`SELECT * FROM events WHERE seq IN (${places(group)})`, group));
    return rows.map(eventOf).sort((a, b) => a.seq - b.seq);
  }

  async verify(): Promise<{ readonly checked: number; readonly broken?: { readonly seq: number; readonly why: string } }> {
    let last = { seq: 0, hash: NO_HASH };
    for (;;) {
      const events = await this.read(last.seq, 1_000);
      if (events.length === 0) break;
      const broken = findBrokenLink(events, sha256hex, last);
      if (broken !== undefined) return { checked: broken.seq, broken };
      const end = events.at(-1);
      if (end !== undefined) last = { seq: end.seq, hash: end.hash };
    }
    const head = await this.head();
    if (head.seq > last.seq || (head.seq === last.seq && head.hash !== last.hash))
      return { checked: last.seq, broken: { seq: last.seq + 1, why: "the head names an event that is not there" } };
    return { checked: last.seq };
  }

  async erase(seq: number): Promise<void> {
    await this.#database.write((session) => session.all(`UPDATE events SET personal = NULL, salt = NULL WHERE seq = $1`, [seq]));
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

  async customers(): Promise<readonly RegisteredCustomer[]> {
    // Sorted here: databases differ in how they compare texts.
    return byKey((await this.#database.all(`SELECT * FROM customers`, [])).map(customerOf));
  }

  saveCustomers(customers: readonly RegisteredCustomer[]): Promise<readonly string[]> {
    return this.#database.write(async (session) => {
      // One writer at a time, as in append: two that take the same key at once see each other.
      await this.#readHead(session, this.#database.forUpdate);
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
      for (let start = 0; start < customers.length; start += IDS_PER_QUERY) await insertCustomers(session, customers.slice(start, start + IDS_PER_QUERY));
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

  close(): Promise<void> {
    return this.#database.close();
  }
}

const places = (group: readonly unknown[]): string => group.map((_, index) => `$${index + 1}`).join(", ");

async function deleteCustomers(session: SqlSession, ids: readonly string[]): Promise<void> {
  await inGroups(ids, (group) => session.all(`DELETE FROM customers WHERE id IN (${places(group)})`, group));
}

async function insertCustomers(session: SqlSession, customers: readonly RegisteredCustomer[]): Promise<void> {
  const values = customers.flatMap(({ id, key, name, owner, aliases, contacts }) => [
    id,
    key,
    name,
    owner ?? null,
    aliases === undefined ? null : JSON.stringify(aliases),
    contacts === undefined ? null : JSON.stringify(contacts),
  ]);
  const rows = customers.map((_, row) => `(${[1, 2, 3, 4, 5, 6].map((column) => `$${row * 6 + column}`).join(", ")})`);
  await session.all(`INSERT INTO customers (id, customer_key, name, owner, aliases, contacts) VALUES ${rows.join(", ")}`, values);
}

async function inGroups<K, T>(ids: readonly K[], query: (group: readonly K[]) => Promise<readonly T[]>): Promise<T[]> {
  const rows: T[] = [];
  for (let start = 0; start < ids.length; start += IDS_PER_QUERY) rows.push(...(await query(ids.slice(start, start + IDS_PER_QUERY))));
  return rows;
}
