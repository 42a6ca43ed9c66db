import type { Random } from "@sluice/ports";
import { findBrokenLink, type LoggedEvent, NO_HASH, type Proposal } from "@sluice/releases";
import { inGroups, places } from "./id-groups.ts";
import { eventOf, text, whole } from "./rows.ts";
import { CommandsPartlyKnown, newEpoch, READ_LIMIT_MAX, sealEvents, sha256hex } from "./sealing.ts";
import type { SqlDatabase, SqlSession } from "./sql.ts";
import { readOn } from "./read-on.ts";
import type { Appended, Blob, Head, Place } from "./store.ts";

/** The two tables of one log. */
export interface LogTables {
  readonly head: string;
  readonly events: string;
}

/** One append-only, hash-chained log in two tables of a database. */
export class SqlEventLog {
  readonly #database: SqlDatabase;
  readonly #random: Random;
  readonly #tables: LogTables;

  constructor(database: SqlDatabase, random: Random, tables: LogTables) {
    this.#database = database;
    this.#random = random;
    this.#tables = tables;
  }

  /** Makes the head row where there is none. */
  async begin(session: SqlSession): Promise<void> {
    await session.all(`INSERT INTO ${this.#tables.head} (id, epoch, seq, hash) VALUES (1, $1, 0, $2) ON CONFLICT (id) DO NOTHING`, [
      newEpoch(this.#random),
      NO_HASH,
    ]);
  }

  head(): Promise<Head> {
    return this.#readHead(this.#database, "");
  }

  /** Keeps every other writer of this log waiting until the transaction ends. */
  async hold(session: SqlSession): Promise<void> {
    await this.#readHead(session, this.#database.forUpdate);
  }

  async #readHead(session: SqlSession, lock: string): Promise<Head> {
    const [row] = await session.all(`SELECT epoch, seq, hash FROM ${this.#tables.head} WHERE id = 1 ${lock}`, []);
    if (row === undefined) throw new TypeError("the head row is missing: the schema was not made by migrate()");
    return { epoch: text(row["epoch"]), seq: whole(row["seq"]), hash: text(row["hash"]) };
  }

  append(proposals: readonly Proposal[], expected: number | undefined, blobs: readonly Blob[]): Promise<Appended> {
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
      await session.all(`UPDATE ${this.#tables.head} SET epoch = $1, seq = $2, hash = $3 WHERE id = 1`, [last.epoch, last.seq, last.hash]);
      await this.#database.notify(session);
      return { kind: "appended", events };
    });
  }

  async #again(session: SqlSession, proposals: readonly Proposal[]): Promise<readonly LoggedEvent[] | undefined> {
    const commands = [...new Set(proposals.map((proposal) => proposal.command))];
    const rows = await inGroups(commands, (group) =>
      session.all(`SELECT * FROM ${this.#tables.events} WHERE command IN (${places(group)}) ORDER BY seq`, group),
    );
    if (rows.length === 0) return undefined;
    const events = rows.map(eventOf);
    const known = new Set(events.map((event) => event.command));
    if (known.size < commands.length) throw new CommandsPartlyKnown(`of ${commands.join(", ")} only ${[...known].join(", ")} are in the log`);
    return events.sort((a, b) => a.seq - b.seq);
  }

  async #insert(session: SqlSession, event: LoggedEvent, part: number): Promise<void> {
    await session.all(
      `INSERT INTO ${this.#tables.events} (seq, epoch, at_ms, command, part, facts, personal, salt, personal_hash, prev_hash, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
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
    const rows = await this.#database.all(`SELECT * FROM ${this.#tables.events} WHERE seq > $1 ORDER BY seq LIMIT $2`, [
      after,
      Math.min(limit, READ_LIMIT_MAX),
    ]);
    return rows.map(eventOf);
  }

  readOn(place: Place, limit: number): Promise<readonly LoggedEvent[] | undefined> {
    return readOn(this, place, limit);
  }

  async lastSeqAt(atMs: number): Promise<number> {
    // One pass over the table; an index would cost every append more than the slider of a page is worth.
    const [row] = await this.#database.all(`SELECT COALESCE(MAX(seq), 0) AS seq FROM ${this.#tables.events} WHERE at_ms <= $1`, [Math.floor(atMs)]);
    return whole(row?.["seq"]);
  }

  async readAt(seqs: readonly number[]): Promise<readonly LoggedEvent[]> {
    const rows = await inGroups([...new Set(seqs)], (group) =>
      this.#database.all(`SELECT * FROM ${this.#tables.events} WHERE seq IN (${places(group)})`, group),
    );
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
    await this.#database.write((session) => session.all(`UPDATE ${this.#tables.events} SET personal = NULL, salt = NULL WHERE seq = $1`, [seq]));
  }

  async forget(upTo: number, beforeMs: number): Promise<void> {
    await this.#database.write((session) => session.all(`DELETE FROM ${this.#tables.events} WHERE seq <= $1 AND at_ms < $2`, [upTo, beforeMs]));
  }
}
