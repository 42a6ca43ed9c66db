import type { LoggedEvent, Proposal } from "@sluice/releases";

/** Where the log ends: what the next append must follow. `seq` 0 and 64 zeros for an empty log. */
export interface Head {
  readonly epoch: string;
  readonly seq: number;
  readonly hash: string;
}

/** An event of a log, or its beginning: `seq` 0 and 64 zeros. The hash says all that came before it. */
export type Place = Pick<Head, "seq" | "hash">;

/** What an append reports. `again`: every proposal's command was in the log already, nothing was written. */
export type Appended =
  | { readonly kind: "appended"; readonly events: readonly LoggedEvent[] }
  | { readonly kind: "again"; readonly events: readonly LoggedEvent[] }
  /** The head was not `expected`: read what is new, decide again. */
  | { readonly kind: "conflict"; readonly head: Head };

/** One content-addressed text beside the log: git blob id → bytes. */
export interface Blob {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** The fold of the log up to `seq`, as the writer serialised it. Only a shortcut: a reader that cannot use it folds from the start. */
export interface Checkpoint {
  readonly name: string;
  readonly seq: number;
  readonly hash: string;
  readonly bytes: Uint8Array;
}

export type Role = "engineer" | "product" | "marketing" | "customerSuccess" | "admin" | "auditor";

export interface Account {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  /** Argon2id, PHC string. */
  readonly passwordHash: string;
  readonly failures: number;
  readonly lockedUntilMs: number;
}

/** A signed-in browser, a personal token, the operator key, the kill key that follows from it, a one-time link: all are 256-bit secrets of which only the SHA-256 is kept. */
export interface Grant {
  readonly hash: string;
  readonly kind: "session" | "token" | "operator" | "kill" | "once";
  /** Absent for `operator`, for `kill`, and for `once` before an account exists. */
  readonly account?: string;
  readonly expiresAtMs: number;
}

export interface SdkKey {
  readonly hash: string;
  readonly environment: string;
  readonly name: string;
}

/**
 * What a person may ask to have erased of a customer: the log knows the id alone, so that deleting the row erases it. Zone, track, tags and
 * hashes are facts of the log (`Customer` of the releases package).
 */
export interface RegisteredCustomer {
  /** The id under which the log knows the customer. */
  readonly id: string;
  /** The value that the application sends as its customer: case-sensitive, unique, at most 200 characters. */
  readonly key: string;
  /** Keys of customers that were merged into this one: found by imports and searches, not by evaluation. */
  readonly aliases?: readonly string[];
  readonly name: string;
  /** Account id in customer success; absent where nobody looks after the customer. */
  readonly owner?: string;
  readonly contacts?: readonly CustomerContact[];
}

/** Somebody at the customer. */
export interface CustomerContact {
  readonly name: string;
  readonly email: string;
}

/** An id that somebody put into a runtime list: the log knows its hash alone, so that deleting the row erases it. */
export interface ListedId {
  readonly hash: string;
  readonly id: string;
}

/** A change of definitions that somebody prepares or has sent to Git: what Git holds itself, beside its state and whose it is. */
export interface PendingChange {
  readonly id: string;
  readonly account: string;
  readonly atMs: number;
  /** JSON, as whoever wrote it knows it; at most 256 KiB. */
  readonly content: string;
}

/** A context that SDKs have sampled, as far as `sluice.yaml` lets it out: an observation, never an input of compile. */
export interface SampleRow {
  /** A keyed hash of the content: equal contexts are one row. */
  readonly id: string;
  /** When it was last seen: days since 1970-01-01 (UTC). No finer time is kept. */
  readonly day: number;
  /** JSON, as whoever wrote it knows it. */
  readonly content: string;
}

/** When a flag was last asked for by an SDK: an observation, never an input of compile. */
export interface Asked {
  readonly environment: string;
  readonly flag: string;
  readonly atMs: number;
}

/**
 * The durable side of one project. One suite (store-suite.ts) runs over every adapter.
 * Throws `StoreUnavailable` when the database cannot be reached, is full or locked longer than the adapter's stated wait.
 */
export interface Store {
  head(): Promise<Head>;
  /**
   * Appends all or nothing, gapless, durable when it resolves. Blobs are written in the same transaction.
   * `expected` absent means: after whatever the head is. An append whose commands are all known is `again`;
   * one whose commands are partly known is a bug of the caller and throws.
   * `personal` is hashed with a fresh salt; hashes are computed inside the transaction, on the real previous event.
   */
  append(proposals: readonly Proposal[], expected: number | undefined, blobs?: readonly Blob[]): Promise<Appended>;
  /** Events with `after < seq`, in order, without gaps, at most `limit` (≤ 10,000). */
  read(after: number, limit: number): Promise<readonly LoggedEvent[]>;
  /** As `read`, for somebody who has read up to a place; undefined where the log does not have that place: the database has lost it. */
  readOn(place: Place, limit: number): Promise<readonly LoggedEvent[] | undefined>;
  /**
   * Place of the last event whose own time is not later than this one; 0 where there is none. Where a clock was set back, events before it may
   * bear later times: they had happened all the same.
   */
  lastSeqAt(atMs: number): Promise<number>;
  /** The events at these places, in order; places that the log does not have are left out. */
  readAt(seqs: readonly number[]): Promise<readonly LoggedEvent[]>;
  /** Recomputes every hash; the first sequence that does not fit, if any. */
  verify(): Promise<{ readonly checked: number; readonly broken?: { readonly seq: number; readonly why: string } }>;
  /** Forgets `personal` and its salt; the chain stays intact. */
  erase(seq: number): Promise<void>;
  /** As `append`, to the log of the probe: kills and lifts of a flag that nobody has, made to see that kills work. It stands beside the project's. */
  probeAppend(proposals: readonly Proposal[], expected: number | undefined): Promise<Appended>;
  /** As `read`, of the probe's log; it begins where `probeForget` left off. */
  probeRead(after: number, limit: number): Promise<readonly LoggedEvent[]>;
  /** As `readOn`, of the probe's log. */
  probeReadOn(place: Place, limit: number): Promise<readonly LoggedEvent[] | undefined>;
  /** Deletes events of the probe's log up to this place that are older than this time. The caller holds a checkpoint of `upTo` or later. */
  probeForget(upTo: number, beforeMs: number): Promise<void>;
  blobs(ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
  checkpoint(name: string): Promise<Checkpoint | undefined>;
  saveCheckpoint(checkpoint: Checkpoint): Promise<void>;
  /** Calls `hint` when something may have been appended, by whatever process: a hint, so callers re-read by sequence. Returns the way to stop. */
  watch(hint: () => void): () => void;

  account(id: string): Promise<Account | undefined>;
  accountByEmail(email: string): Promise<Account | undefined>;
  accounts(): Promise<readonly Account[]>;
  saveAccount(account: Account): Promise<void>;
  grant(hash: string): Promise<Grant | undefined>;
  grants(kind: Grant["kind"]): Promise<readonly Grant[]>;
  saveGrant(grant: Grant): Promise<void>;
  /** True for the one caller that removed it: how a one-time link is spent once. */
  takeGrant(hash: string): Promise<boolean>;
  sdkKeys(): Promise<readonly SdkKey[]>;
  saveSdkKey(key: SdkKey): Promise<void>;
  /** Deletes it for good; one that is not there is passed over. */
  endSdkKey(hash: string): Promise<void>;
  noteAsked(asked: readonly Asked[]): Promise<void>;
  askedSince(environment: string, atMs: number): Promise<readonly string[]>;
  /** When each environment was last asked for this flag, by environment in code unit order. */
  lastAsked(flag: string): Promise<readonly Asked[]>;
  /** The whole registry, by key in code unit order. */
  customers(): Promise<readonly RegisteredCustomer[]>;
  /**
   * Registers or replaces customers by id, all or nothing. The answer lists, sorted, the keys that belong to another customer, registered or
   * in the list itself; where it is not empty, nothing was written. Two of the list may swap their keys.
   */
  saveCustomers(customers: readonly RegisteredCustomer[]): Promise<readonly string[]>;
  /** Deletes rows for good; ids that are not there are passed over. */
  eraseCustomers(ids: readonly string[]): Promise<void>;
  /** Ids behind the hashes of one runtime list of one environment, by hash: members, and those of changes that wait. */
  listedIds(environment: string, list: string): Promise<ReadonlyMap<string, string>>;
  /** Writes or replaces ids by hash, all or nothing. */
  saveListedIds(environment: string, list: string, ids: readonly ListedId[]): Promise<void>;
  /** Deletes rows for good; hashes that are not there are passed over. */
  eraseListedIds(environment: string, list: string, hashes: readonly string[]): Promise<void>;
  /** All of them, by id in code unit order. */
  pendingChanges(): Promise<readonly PendingChange[]>;
  /** Writes or replaces one by its id. */
  savePendingChange(change: PendingChange): Promise<void>;
  /** Deletes rows for good; ids that are not there are passed over. */
  erasePendingChanges(ids: readonly string[]): Promise<void>;
  /** Sampled contexts of one environment, by id in code unit order. */
  sampledContexts(environment: string): Promise<readonly SampleRow[]>;
  /** Writes or replaces rows by id, all or nothing. */
  saveSampledContexts(environment: string, rows: readonly SampleRow[]): Promise<void>;
  /** Deletes rows for good; ids that are not there are passed over. */
  eraseSampledContexts(environment: string, ids: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** The database did not take or give it: locked, full, gone. What was not acknowledged may or may not be there; retry with the same command. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
}

/** Methods that are one question and one answer: what a store behind a thread or a wire passes on. */
export type StoreQuestion = Exclude<keyof Store, "watch" | "close">;

/** All of them. */
export const storeQuestions: readonly StoreQuestion[] = [
  "head",
  "append",
  "read",
  "readOn",
  "lastSeqAt",
  "readAt",
  "verify",
  "erase",
  "probeAppend",
  "probeRead",
  "probeReadOn",
  "probeForget",
  "blobs",
  "checkpoint",
  "saveCheckpoint",
  "account",
  "accountByEmail",
  "accounts",
  "saveAccount",
  "grant",
  "grants",
  "saveGrant",
  "takeGrant",
  "sdkKeys",
  "saveSdkKey",
  "endSdkKey",
  "noteAsked",
  "askedSince",
  "lastAsked",
  "customers",
  "saveCustomers",
  "eraseCustomers",
  "listedIds",
  "saveListedIds",
  "eraseListedIds",
  "pendingChanges",
  "savePendingChange",
  "erasePendingChanges",
  "sampledContexts",
  "saveSampledContexts",
  "eraseSampledContexts",
];
