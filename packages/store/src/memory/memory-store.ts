import type { Random } from "@sluice/ports";
import { findBrokenLink, type LoggedEvent, NO_HASH, type Proposal } from "@sluice/releases";
import { CommandsPartlyKnown, newEpoch, READ_LIMIT_MAX, sealEvents, sha256hex } from "../sealing.ts";
import { byKey, takenKeys } from "../customer-keys.ts";
import { readOn } from "../read-on.ts";
import {
  type Account,
  type Appended,
  type Asked,
  type Blob,
  type Checkpoint,
  type Grant,
  type Head,
  type ListedId,
  type PendingChange,
  type Place,
  type RegisteredCustomer,
  type SampleRow,
  type SdkKey,
  type Store,
  StoreUnavailable,
} from "../store.ts";

/** What a database would hold: outlives the stores opened on it, as a file outlives its process. */
export class MemoryDatabase {
  epoch: string;
  events: LoggedEvent[] = [];
  /** The last event of each append: what is written in one transaction is lost together. */
  readonly appendEnds: Set<number> = new Set();
  readonly commands: Map<string, number[]> = new Map();
  readonly blobs: Map<string, Uint8Array> = new Map();
  readonly checkpoints: Map<string, Checkpoint> = new Map();
  readonly accounts: Map<string, Account> = new Map();
  readonly grants: Map<string, Grant> = new Map();
  readonly sdkKeys: Map<string, SdkKey> = new Map();
  readonly asked: Map<string, Asked> = new Map();
  /** By id. */
  readonly customers: Map<string, RegisteredCustomer> = new Map();
  /** By environment and list, then by hash. */
  readonly listedIds: Map<string, Map<string, string>> = new Map();
  readonly pendingChanges: Map<string, PendingChange> = new Map();
  /** By environment, then by id. */
  readonly samples: Map<string, Map<string, SampleRow>> = new Map();
  readonly watchers: Set<() => void> = new Set();
  readonly #random: Random;
  #probe: MemoryDatabase | undefined;

  constructor(random: Random) {
    this.epoch = newEpoch(random);
    this.#random = random;
  }

  /** The probe's log, as a database of its own. */
  get probe(): MemoryDatabase {
    return (this.#probe ??= new MemoryDatabase(this.#random));
  }

  head(): Head {
    const last = this.events.at(-1);
    return { epoch: last?.epoch ?? this.epoch, seq: last?.seq ?? 0, hash: last?.hash ?? NO_HASH };
  }

  /** Forgets what comes behind the event `head`, as a failover that lost its tail would; for the simulation. */
  loseBehind(head: number): void {
    for (const event of this.events.splice(head)) {
      this.commands.delete(event.command);
      this.appendEnds.delete(event.seq);
    }
    for (const [name, { seq }] of this.checkpoints) if (seq > this.head().seq) this.checkpoints.delete(name);
  }
}

/** The store over memory: for tests and for the simulation, where the database is a thing of its own that can be slow or gone. */
export class MemoryStore implements Store {
  readonly #database: MemoryDatabase;
  readonly #random: Random;
  #closed = false;

  constructor(database: MemoryDatabase, random: Random) {
    this.#database = database;
    this.#random = random;
  }

  #open(): MemoryDatabase {
    if (this.#closed) throw new StoreUnavailable("the store is closed");
    return this.#database;
  }

  async head(): Promise<Head> {
    return this.#open().head();
  }

  async append(proposals: readonly Proposal[], expected: number | undefined, blobs: readonly Blob[] = []): Promise<Appended> {
    const database = this.#open();
    const head = database.head();
    const commands = [...new Set(proposals.map((proposal) => proposal.command))];
    const known = commands.filter((command) => database.commands.has(command));
    if (known.length > 0) {
      if (known.length < commands.length) throw new CommandsPartlyKnown(`of ${commands.join(", ")} only ${known.join(", ")} are in the log`);
      const seqs = new Set(commands.flatMap((command) => database.commands.get(command) ?? []));
      return { kind: "again", events: database.events.filter((event) => seqs.has(event.seq)) };
    }
    if (expected !== undefined && expected !== head.seq) return { kind: "conflict", head };
    const events = sealEvents(head, proposals, this.#random);
    for (const blob of blobs) database.blobs.set(blob.id, blob.bytes.slice());
    for (const event of events) {
      database.events.push(event);
      database.commands.set(event.command, [...(database.commands.get(event.command) ?? []), event.seq]);
    }
    database.appendEnds.add(database.head().seq);
    for (const hint of database.watchers) hint();
    return { kind: "appended", events };
  }

  async read(after: number, limit: number): Promise<readonly LoggedEvent[]> {
    const { events } = this.#open();
    const from = Math.max(0, after + 1 - (events[0]?.seq ?? 1));
    return events.slice(from, from + Math.min(limit, READ_LIMIT_MAX));
  }

  readOn(place: Place, limit: number): Promise<readonly LoggedEvent[] | undefined> {
    return readOn(this, place, limit);
  }

  async probeReadOn(place: Place, limit: number): Promise<readonly LoggedEvent[] | undefined> {
    return readOn({ read: (...given) => this.probeRead(...given), head: async () => this.#open().probe.head() }, place, limit);
  }

  async probeAppend(proposals: readonly Proposal[], expected: number | undefined): Promise<Appended> {
    const appended = await new MemoryStore(this.#open().probe, this.#random).append(proposals, expected);
    if (appended.kind === "appended") for (const hint of this.#database.watchers) hint();
    return appended;
  }

  async probeRead(after: number, limit: number): Promise<readonly LoggedEvent[]> {
    return new MemoryStore(this.#open().probe, this.#random).read(after, limit);
  }

  async probeForget(upTo: number, beforeMs: number): Promise<void> {
    const { probe } = this.#open();
    for (const { command } of probe.events.filter(({ seq, atMs }) => seq <= upTo && atMs < beforeMs)) probe.commands.delete(command);
    probe.events = probe.events.filter(({ seq, atMs }) => seq > upTo || atMs >= beforeMs);
  }

  async lastSeqAt(atMs: number): Promise<number> {
    return this.#open().events.findLast((event) => event.atMs <= atMs)?.seq ?? 0;
  }

  async readAt(seqs: readonly number[]): Promise<readonly LoggedEvent[]> {
    const wanted = new Set(seqs);
    return this.#open().events.filter(({ seq }) => wanted.has(seq));
  }

  async verify(): Promise<{ readonly checked: number; readonly broken?: { readonly seq: number; readonly why: string } }> {
    const { events } = this.#open();
    const broken = findBrokenLink(events, sha256hex);
    return { checked: events.length, ...(broken === undefined ? {} : { broken }) };
  }

  async erase(seq: number): Promise<void> {
    const database = this.#open();
    database.events = database.events.map((event) => {
      if (event.seq !== seq) return event;
      const { personal: _personal, salt: _salt, ...rest } = event;
      return rest;
    });
  }

  async blobs(ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const database = this.#open();
    return new Map(ids.flatMap((id) => (database.blobs.has(id) ? [[id, database.blobs.get(id) ?? new Uint8Array()] as const] : [])));
  }

  async checkpoint(name: string): Promise<Checkpoint | undefined> {
    return this.#open().checkpoints.get(name);
  }

  async saveCheckpoint(checkpoint: Checkpoint): Promise<void> {
    this.#open().checkpoints.set(checkpoint.name, checkpoint);
  }

  watch(hint: () => void): () => void {
    const { watchers } = this.#database;
    watchers.add(hint);
    return () => watchers.delete(hint);
  }

  async account(id: string): Promise<Account | undefined> {
    return this.#open().accounts.get(id);
  }

  async accountByEmail(email: string): Promise<Account | undefined> {
    return [...this.#open().accounts.values()].find((account) => account.email === email);
  }

  async accounts(): Promise<readonly Account[]> {
    return [...this.#open().accounts.values()].sort((a, b) => (a.email < b.email ? -1 : 1));
  }

  async saveAccount(account: Account): Promise<void> {
    this.#open().accounts.set(account.id, account);
  }

  async grant(hash: string): Promise<Grant | undefined> {
    return this.#open().grants.get(hash);
  }

  async grants(kind: Grant["kind"]): Promise<readonly Grant[]> {
    return [...this.#open().grants.values()].filter((grant) => grant.kind === kind);
  }

  async saveGrant(grant: Grant): Promise<void> {
    this.#open().grants.set(grant.hash, grant);
  }

  async takeGrant(hash: string): Promise<boolean> {
    return this.#open().grants.delete(hash);
  }

  async sdkKeys(): Promise<readonly SdkKey[]> {
    return [...this.#open().sdkKeys.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1));
  }

  async saveSdkKey(key: SdkKey): Promise<void> {
    this.#open().sdkKeys.set(key.hash, key);
  }

  async endSdkKey(hash: string): Promise<void> {
    this.#open().sdkKeys.delete(hash);
  }

  async noteAsked(asked: readonly Asked[]): Promise<void> {
    const database = this.#open();
    for (const one of asked) database.asked.set(`${one.environment}\n${one.flag}`, one);
  }

  async askedSince(environment: string, atMs: number): Promise<readonly string[]> {
    return [...this.#open().asked.values()]
      .filter((one) => one.environment === environment && one.atMs >= atMs)
      .map((one) => one.flag)
      .sort();
  }

  async lastAsked(flag: string): Promise<readonly Asked[]> {
    const found = [...this.#open().asked.values()].filter((one) => one.flag === flag);
    return found.sort((a, b) => (a.environment < b.environment ? -1 : 1));
  }

  async customers(): Promise<readonly RegisteredCustomer[]> {
    return byKey([...this.#open().customers.values()]);
  }

  async saveCustomers(customers: readonly RegisteredCustomer[]): Promise<readonly string[]> {
    const registry = this.#open().customers;
    const taken = takenKeys(customers, [...registry.values()]);
    if (taken.length > 0) return taken;
    for (const customer of customers) registry.set(customer.id, customer);
    return [];
  }

  async eraseCustomers(ids: readonly string[]): Promise<void> {
    const registry = this.#open().customers;
    for (const id of ids) registry.delete(id);
  }

  async listedIds(environment: string, list: string): Promise<ReadonlyMap<string, string>> {
    return new Map(this.#listed(environment, list));
  }

  async saveListedIds(environment: string, list: string, ids: readonly ListedId[]): Promise<void> {
    const listed = this.#listed(environment, list);
    for (const { hash, id } of ids) listed.set(hash, id);
  }

  async eraseListedIds(environment: string, list: string, hashes: readonly string[]): Promise<void> {
    const listed = this.#listed(environment, list);
    for (const hash of hashes) listed.delete(hash);
  }

  #listed(environment: string, list: string): Map<string, string> {
    const { listedIds } = this.#open();
    const key = JSON.stringify([environment, list]);
    const listed = listedIds.get(key) ?? new Map<string, string>();
    listedIds.set(key, listed);
    return listed;
  }

  async pendingChanges(): Promise<readonly PendingChange[]> {
    return [...this.#open().pendingChanges.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async savePendingChange(change: PendingChange): Promise<void> {
    this.#open().pendingChanges.set(change.id, change);
  }

  async erasePendingChanges(ids: readonly string[]): Promise<void> {
    const { pendingChanges } = this.#open();
    for (const id of ids) pendingChanges.delete(id);
  }

  async sampledContexts(environment: string): Promise<readonly SampleRow[]> {
    return [...this.#samples(environment).values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async saveSampledContexts(environment: string, rows: readonly SampleRow[]): Promise<void> {
    const samples = this.#samples(environment);
    for (const row of rows) samples.set(row.id, row);
  }

  async eraseSampledContexts(environment: string, ids: readonly string[]): Promise<void> {
    const samples = this.#samples(environment);
    for (const id of ids) samples.delete(id);
  }

  #samples(environment: string): Map<string, SampleRow> {
    const { samples } = this.#open();
    const found = samples.get(environment) ?? new Map<string, SampleRow>();
    samples.set(environment, found);
    return found;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}
