import { createHash } from "node:crypto";
import type { HttpHead, World } from "@sluice/ports";
import { KILL_KEY_ACTOR, type Role } from "@sluice/releases";
import type { Grant, Store } from "./store.ts";

/** Sessions are good from memory for this long after the store confirmed them: long enough for an outage, short enough for a leaver. */
const CACHED_MS_MAX = 12 * 60 * 60_000;
/** Known sessions are confirmed with the store again after this, in the background. */
const REFRESH_MS = 60_000;
const LOOKUP_TIMEOUT_MS = 250;
/** A store that is away is told this often: anybody may ask, as often as they like. */
const TOLD_EVERY_MS = 60_000;
const CACHED_MAX = 10_000;

/** Somebody who is signed in. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  /** SHA-256 of what was shown. */
  readonly grant: string;
  /** True where a browser sent it by itself: then unsafe requests must prove where they come from. */
  readonly byCookie: boolean;
  /** What was shown opens this alone, whatever the role may do; absent where the role says it all. */
  readonly opens?: "kills";
}

interface Known {
  person: Omit<Person, "byCookie">;
  expiresAtMs: number;
  confirmedMs: number;
}

/** Somebody who may come in, known by the hash of what they show. */
export interface KnownPerson {
  readonly hash: string;
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly expiresAtMs: number;
}

const OPERATOR = { id: "operator", name: "Operator of this machine", email: "", role: "admin" } as const;
/** Of the roles that may kill every flag the one that may least; admission lets it kill alone. */
const KILL_KEY: Holder = { id: KILL_KEY_ACTOR, name: "A kill key", email: "", role: "engineer", opens: "kills" };
/** Grants of machines, which have no account. */
const MACHINES: Readonly<Record<MachineKind, Holder>> = { operator: OPERATOR, kill: KILL_KEY };

type MachineKind = "operator" | "kill";
type Holder = Omit<Person, "grant" | "byCookie">;

const machineOf = (kind: Grant["kind"]): Holder | undefined => (kind === "operator" || kind === "kill" ? MACHINES[kind] : undefined);
const isMachine = ({ id }: Pick<Person, "id">): boolean => id === OPERATOR.id || id === KILL_KEY.id;

/** Everybody who may come in by somebody else's word; keys by their hashes. */
export interface Admitted {
  readonly operators: readonly string[];
  readonly killKeys: readonly string[];
  readonly people: readonly KnownPerson[];
}

/** True for whoever shows the operator key: a machine, or a person at the server's own machine whom nobody knows by name. */
export const isOperator = ({ id }: Pick<Person, "id">): boolean => id === OPERATOR.id;

/** The secret a request shows: a Bearer token, or the session cookie. */
export function shownSecret(request: HttpHead): { readonly secret: string; readonly byCookie: boolean } | undefined {
  const bearer = /^Bearer ([\w.~+/=-]{16,300})$/.exec(request.headers["authorization"] ?? "")?.[1];
  if (bearer !== undefined) return { secret: bearer, byCookie: false };
  const cookie = /(?:^|;\s*)(?:__Host-)?sluice_session=([\w-]{16,300})(?:;|$)/.exec(request.headers["cookie"] ?? "")?.[1];
  return cookie === undefined ? undefined : { secret: cookie, byCookie: true };
}

/** What is kept of a secret: its SHA-256. Secrets are 256 random bits, so no salt and no slow hash is needed. */
export const secretHash = (secret: string): string => createHash("sha256").update(secret).digest("hex");

/** How people know an SDK key: the first digits of its hash tell keys apart, and nothing of the key. */
export const sdkKeyDigits = (hash: string): string => hash.slice(0, 8);

/** Who is signed in, from memory first, so that a kill needs no database. */
export class Sessions {
  readonly #store: Store;
  readonly #world: World;
  readonly #known = new Map<string, Known>();
  readonly #own = new Set<string>();
  #ends = 0;
  /** When it was told last that the store cannot be asked, and how many lookups failed since. */
  #told = { atMs: -TOLD_EVERY_MS, more: 0 };

  constructor(store: Store, world: World) {
    this.#store = store;
    this.#world = world;
  }

  /** Takes every session into memory, before anybody asks. */
  async preload(): Promise<void> {
    const accounts = new Map((await this.#store.accounts()).map((account) => [account.id, account]));
    for (const kind of ["operator", "kill", "session", "token"] as const) {
      for (const grant of (await this.#store.grants(kind)).slice(0, CACHED_MAX)) {
        const holder = machineOf(kind) ?? (grant.account === undefined ? undefined : accounts.get(grant.account));
        if (holder !== undefined) this.#keep(grant, holder);
      }
    }
  }

  /** Takes those into memory who have come since, for relays; nobody, where somebody was sent out while the store was read. */
  async learn(): Promise<void> {
    const before = this.#ends;
    const accounts = new Map((await this.#store.accounts()).map((account) => [account.id, account]));
    const grants = [...(await this.#store.grants("session")), ...(await this.#store.grants("token"))];
    if (before !== this.#ends) return;
    for (const grant of grants.slice(0, CACHED_MAX)) {
      const account = grant.account === undefined ? undefined : accounts.get(grant.account);
      if (account !== undefined && !this.#known.has(grant.hash)) this.#keep(grant, account);
    }
  }

  #keep(grant: Grant, { id, name, email, role, opens }: Holder): Known {
    const person = { id, name, email, role, grant: grant.hash, ...(opens === undefined ? {} : { opens }) };
    const known: Known = { person, expiresAtMs: grant.expiresAtMs, confirmedMs: this.#world.clock.monotonicMs() };
    if (this.#known.size >= CACHED_MAX) {
      const oldest = this.#known.keys().next().value;
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    this.#known.set(grant.hash, known);
    return known;
  }

  /** Hashes of the operator keys in memory, for a start with no store to ask. */
  get operators(): readonly string[] {
    return this.#machines("operator");
  }

  /** Hashes of the kill keys in memory, for the same. */
  get killKeys(): readonly string[] {
    return this.#machines("kill");
  }

  #machines(kind: MachineKind): readonly string[] {
    return [...this.#known].flatMap(([hash, { person }]) => (person.id === MACHINES[kind].id ? [hash] : []));
  }

  /** Everybody in memory who has an account, for a relay. */
  get people(): readonly KnownPerson[] {
    return [...this.#known].flatMap(([hash, { person, expiresAtMs }]) =>
      isMachine(person) ? [] : [{ hash, id: person.id, name: person.name, role: person.role, expiresAtMs }],
    );
  }

  /** Who may come in by somebody else's word: those of the list, and nobody who came in so before and is not in it. */
  admitOnly({ operators, killKeys, people }: Admitted): void {
    const named = new Set([...operators, ...killKeys, ...people.map(({ hash }) => hash)]);
    for (const hash of this.#known.keys()) if (!named.has(hash) && !this.#own.has(hash)) this.#known.delete(hash);
    this.admitMachines("operator", operators);
    this.admitMachines("kill", killKeys);
    for (const { hash, id, name, role, expiresAtMs } of people) this.#keep({ hash, kind: "token", expiresAtMs }, { id, name, email: "", role });
  }

  /** An operator key of this machine alone, and the kill key that follows from it: no list of others ends them. */
  admitOwn({ operator, killKey }: { readonly operator: string; readonly killKey: string }): void {
    this.#own.add(operator).add(killKey);
    this.admitMachines("operator", [operator]);
    this.admitMachines("kill", [killKey]);
  }

  /** Keys known from an earlier life of this process. They are confirmed like all others once the store answers. */
  admitMachines(kind: MachineKind, hashes: readonly string[]): void {
    for (const hash of hashes) if (!this.#known.has(hash)) this.#keep({ hash, kind, expiresAtMs: Number.MAX_SAFE_INTEGER }, MACHINES[kind]);
  }

  /** Ends keys of an earlier life that the store does not know. */
  async endUnknownMachines(): Promise<void> {
    const known = new Set([...(await this.#store.grants("operator")), ...(await this.#store.grants("kill"))].map(({ hash }) => hash));
    for (const hash of [...this.operators, ...this.killKeys]) if (!known.has(hash)) this.end(hash);
  }

  end(hash: string): void {
    this.#ends++;
    this.#known.delete(hash);
  }

  async person(request: HttpHead): Promise<Person | undefined> {
    const shown = shownSecret(request);
    if (shown === undefined) return undefined;
    const hash = secretHash(shown.secret);
    const now = this.#world.clock.monotonicMs();
    let known = this.#known.get(hash);
    // The keys of machines are for the outage that lasts.
    if (known !== undefined && !isMachine(known.person) && now - known.confirmedMs > CACHED_MS_MAX) known = undefined;
    if (known === undefined) known = await this.#lookUp(hash);
    else if (now - known.confirmedMs > REFRESH_MS) this.#refresh(hash, known);
    if (known === undefined || known.expiresAtMs <= this.#world.clock.nowMs()) return undefined;
    return { ...known.person, byCookie: shown.byCookie };
  }

  #refresh(hash: string, known: Known): void {
    // Asked again at the earliest in a minute, also when the store does not answer now.
    const before = known.confirmedMs;
    known.confirmedMs = Math.max(before, this.#world.clock.monotonicMs() - REFRESH_MS + 5_000);
    this.#confirm(hash, known).catch(() => {
      known.confirmedMs = before;
    });
  }

  /** As the store has it now: what was taken back ends, and a role that was changed holds. */
  async #confirm(hash: string, known: Known): Promise<void> {
    const grant = await this.#store.grant(hash);
    const account = grant?.account === undefined ? undefined : await this.#store.account(grant.account);
    // Signed out meanwhile: what the store said before must not bring it back.
    if (this.#known.get(hash) !== known) return;
    if (grant === undefined || (machineOf(grant.kind) === undefined && account === undefined)) return void this.#known.delete(hash);
    known.confirmedMs = this.#world.clock.monotonicMs();
    if (account === undefined) return;
    const { id, name, email, role } = account;
    known.person = { id, name, email, role, grant: hash };
    known.expiresAtMs = grant.expiresAtMs;
  }

  async #lookUp(hash: string): Promise<Known | undefined> {
    const looked = this.#fromStore(hash);
    const tooLong = new Promise<undefined>((resolve) => {
      this.#world.timers.after(LOOKUP_TIMEOUT_MS, () => resolve(undefined));
    });
    return Promise.race([looked, tooLong]);
  }

  async #fromStore(hash: string): Promise<Known | undefined> {
    try {
      const grant = await this.#store.grant(hash);
      if (grant === undefined || grant.kind === "once") return undefined;
      const holder = machineOf(grant.kind) ?? (grant.account === undefined ? undefined : await this.#store.account(grant.account));
      return holder === undefined ? undefined : this.#keep(grant, holder);
    } catch (error) {
      this.#tell(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  #tell(why: string): void {
    const now = this.#world.clock.monotonicMs();
    const { atMs, more } = this.#told;
    if (now - atMs < TOLD_EVERY_MS) {
      this.#told.more += 1;
      return;
    }
    this.#told = { atMs: now, more: 0 };
    this.#world.log.warn("session.lookup", { why, ...(more === 0 ? {} : { failedSince: more }) });
  }
}
