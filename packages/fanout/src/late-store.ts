import type { Log, Timers } from "@sluice/ports";
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
} from "@sluice/store";
import type { LoggedEvent, Proposal } from "@sluice/releases";

const RETRY_MS = 1_000;

/**
 * Opens a store; where that fails, gives one that refuses every call at once and goes on trying each second.
 * So a process that is started again during an outage of the database serves, and kills, from what it has.
 */
export async function openSoonerOrLater(open: () => Promise<Store>, world: { readonly timers: Timers; readonly log: Log }): Promise<Store> {
  try {
    return await open();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    world.log.error("store.notOpened", { why });
    const late = new LateStore(open, world, notYet(why));
    late.tryLater();
    return late;
  }
}

/** For a process that has no store and never will: every call is refused. */
export function noStore(world: { readonly timers: Timers; readonly log: Log }): Store {
  return new LateStore(() => Promise.reject(new StoreUnavailable("there is none")), world, "a relay has no store");
}

const notYet = (why: string): string => `the store could not be opened yet: ${why}`;

class LateStore implements Store {
  readonly #open: () => Promise<Store>;
  readonly #world: { readonly timers: Timers; readonly log: Log };
  /** Of each hint that somebody asked for, how to stop it. */
  readonly #watches = new Map<() => void, () => void>();
  #store: Store | undefined;
  #why: string;
  #isClosed = false;

  constructor(open: () => Promise<Store>, world: { readonly timers: Timers; readonly log: Log }, why: string) {
    this.#open = open;
    this.#world = world;
    this.#why = why;
  }

  tryLater(): void {
    this.#world.timers.after(RETRY_MS, () => {
      if (!this.#isClosed) void this.#tryNow();
    });
  }

  async #tryNow(): Promise<void> {
    try {
      const store = await this.#open();
      this.#store = store;
      if (this.#isClosed) return await store.close();
      this.#world.log.info("store.opened");
      for (const hint of this.#watches.keys()) {
        this.#watches.set(hint, store.watch(hint));
        hint();
      }
    } catch (error) {
      this.#why = notYet(error instanceof Error ? error.message : String(error));
      this.tryLater();
    }
  }

  async #now(): Promise<Store> {
    if (this.#store === undefined) throw new StoreUnavailable(this.#why);
    return this.#store;
  }

  head = async (): Promise<Head> => (await this.#now()).head();
  append = async (proposals: readonly Proposal[], expected: number | undefined, blobs?: readonly Blob[]): Promise<Appended> =>
    (await this.#now()).append(proposals, expected, blobs);
  lastSeqAt = async (atMs: number): Promise<number> => (await this.#now()).lastSeqAt(atMs);
  readAt = async (seqs: readonly number[]): Promise<readonly LoggedEvent[]> => (await this.#now()).readAt(seqs);
  read = async (after: number, limit: number): Promise<readonly LoggedEvent[]> => (await this.#now()).read(after, limit);
  readOn = async (place: Place, limit: number): Promise<readonly LoggedEvent[] | undefined> => (await this.#now()).readOn(place, limit);
  verify = async (): ReturnType<Store["verify"]> => (await this.#now()).verify();
  erase = async (seq: number): Promise<void> => (await this.#now()).erase(seq);
  probeAppend = async (proposals: readonly Proposal[], expected: number | undefined): Promise<Appended> => (await this.#now()).probeAppend(proposals, expected);
  probeRead = async (after: number, limit: number): Promise<readonly LoggedEvent[]> => (await this.#now()).probeRead(after, limit);
  probeReadOn = async (place: Place, limit: number): Promise<readonly LoggedEvent[] | undefined> => (await this.#now()).probeReadOn(place, limit);
  probeForget = async (upTo: number, beforeMs: number): Promise<void> => (await this.#now()).probeForget(upTo, beforeMs);
  blobs = async (ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> => (await this.#now()).blobs(ids);
  checkpoint = async (name: string): Promise<Checkpoint | undefined> => (await this.#now()).checkpoint(name);
  saveCheckpoint = async (checkpoint: Checkpoint): Promise<void> => (await this.#now()).saveCheckpoint(checkpoint);
  account = async (id: string): Promise<Account | undefined> => (await this.#now()).account(id);
  accountByEmail = async (email: string): Promise<Account | undefined> => (await this.#now()).accountByEmail(email);
  accounts = async (): Promise<readonly Account[]> => (await this.#now()).accounts();
  saveAccount = async (account: Account): Promise<void> => (await this.#now()).saveAccount(account);
  grant = async (hash: string): Promise<Grant | undefined> => (await this.#now()).grant(hash);
  grants = async (kind: Grant["kind"]): Promise<readonly Grant[]> => (await this.#now()).grants(kind);
  saveGrant = async (grant: Grant): Promise<void> => (await this.#now()).saveGrant(grant);
  takeGrant = async (hash: string): Promise<boolean> => (await this.#now()).takeGrant(hash);
  sdkKeys = async (): Promise<readonly SdkKey[]> => (await this.#now()).sdkKeys();
  saveSdkKey = async (key: SdkKey): Promise<void> => (await this.#now()).saveSdkKey(key);
  endSdkKey = async (hash: string): Promise<void> => (await this.#now()).endSdkKey(hash);
  noteAsked = async (asked: readonly Asked[]): Promise<void> => (await this.#now()).noteAsked(asked);
  askedSince = async (environment: string, atMs: number): Promise<readonly string[]> => (await this.#now()).askedSince(environment, atMs);
  lastAsked = async (flag: string): Promise<readonly Asked[]> => (await this.#now()).lastAsked(flag);
  customers = async (): Promise<readonly RegisteredCustomer[]> => (await this.#now()).customers();
  saveCustomers = async (customers: readonly RegisteredCustomer[]): Promise<readonly string[]> => (await this.#now()).saveCustomers(customers);
  eraseCustomers = async (ids: readonly string[]): Promise<void> => (await this.#now()).eraseCustomers(ids);
  listedIds = async (environment: string, list: string): Promise<ReadonlyMap<string, string>> => (await this.#now()).listedIds(environment, list);
  saveListedIds = async (environment: string, list: string, ids: readonly ListedId[]): Promise<void> =>
    (await this.#now()).saveListedIds(environment, list, ids);
  eraseListedIds = async (environment: string, list: string, hashes: readonly string[]): Promise<void> =>
    (await this.#now()).eraseListedIds(environment, list, hashes);
  pendingChanges = async (): Promise<readonly PendingChange[]> => (await this.#now()).pendingChanges();
  savePendingChange = async (change: PendingChange): Promise<void> => (await this.#now()).savePendingChange(change);
  erasePendingChanges = async (ids: readonly string[]): Promise<void> => (await this.#now()).erasePendingChanges(ids);
  sampledContexts = async (environment: string): Promise<readonly SampleRow[]> => (await this.#now()).sampledContexts(environment);
  saveSampledContexts = async (environment: string, rows: readonly SampleRow[]): Promise<void> => (await this.#now()).saveSampledContexts(environment, rows);
  eraseSampledContexts = async (environment: string, ids: readonly string[]): Promise<void> => (await this.#now()).eraseSampledContexts(environment, ids);

  watch(hint: () => void): () => void {
    this.#watches.set(hint, this.#store?.watch(hint) ?? ((): void => {}));
    return () => {
      this.#watches.get(hint)?.();
      this.#watches.delete(hint);
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#store?.close();
  }
}
