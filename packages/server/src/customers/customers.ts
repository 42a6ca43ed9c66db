import type { CustomerListing, CustomersImport, Problem } from "@sluice/contract";
import type { Result } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import {
  type ChangeCustomersWish,
  type Customer,
  decideChangeCustomers,
  decideMergeCustomers,
  type Decisions,
  isInternal,
  machineCommand,
  may,
  type Proposal,
  type Track,
} from "@sluice/releases";
import type { Person, RegisteredCustomer, Store } from "@sluice/store";
import { accountNames } from "../account-names.ts";
import { askingOf } from "../asking.ts";
import type { ControlPlane } from "../control-plane.ts";
import { readCustomersCsv } from "./csv/read-customers.ts";
import { writeCustomersCsv } from "./csv/write-customers.ts";
import { CustomerIds } from "./customer-ids.ts";
import { type ImportPlan, planImport } from "./import-plan.ts";

/** What the registry needs of the rest of the server. */
export interface CustomersParts {
  readonly world: Pick<World, "clock" | "random">;
  readonly store: Pick<Store, "customers" | "saveCustomers" | "eraseCustomers" | "accounts">;
  readonly decisions: () => Decisions;
  readonly decide: ControlPlane["decide"];
}

/** Who asks for something, and under which command. */
interface Wish {
  readonly command: string;
  readonly reason?: string | undefined;
}

interface SaveCustomerWish extends Wish {
  readonly customer?: string | undefined;
  readonly key: string;
  readonly name: string;
  readonly zone?: string | undefined;
  readonly track: Track;
  readonly tags: readonly string[];
  readonly owner?: string | undefined;
}

interface ImportWish extends Wish {
  readonly base64: string;
  readonly dryRun: boolean;
  readonly hash?: string | undefined;
}

type Done = Result<{ readonly customer: string; readonly seq?: number }, Problem>;

/** Customers by name: the registry beside the log, and the facts in it. Each change is decided before the registry is touched. */
export class Customers {
  readonly #parts: CustomersParts;

  constructor(parts: CustomersParts) {
    this.#parts = parts;
  }

  /** Ids of those whose owner this person is. */
  async own(person: Person): Promise<ReadonlySet<string>> {
    return new Set((await this.#parts.store.customers()).filter(({ owner }) => owner === person.id).map(({ id }) => id));
  }

  /** Every customer that the log knows, by name, or the one of this id; one that the registry has lost is shown by its id. */
  async list(person: Person, only?: string): Promise<readonly CustomerListing[]> {
    const registered = new Map((await this.#parts.store.customers()).map((each) => [each.id, each]));
    const names = await accountNames(this.#parts.store);
    const { customers } = this.#parts.decisions();
    const one = only === undefined ? undefined : customers.get(only);
    const entries = only === undefined ? customers.entriesSorted() : one === undefined ? [] : [[only, one] as const];
    const listings = entries.map(([id, { hashes: _hashes, ...facts }]): CustomerListing => {
      const { key = id, name = id, owner, aliases } = registered.get(id) ?? {};
      const ownerName = owner === undefined ? undefined : names.get(owner);
      return {
        ...facts,
        key,
        name,
        ...(aliases === undefined ? {} : { aliases }),
        ...(owner === undefined ? {} : { owner }),
        ...(ownerName === undefined ? {} : { ownerName }),
        mayChange: may(person.role, "changeCustomers") && (person.role !== "customerSuccess" || owner === person.id),
      };
    });
    return listings.sort((a, b) => a.name.localeCompare(b.name, "en") || (a.id < b.id ? -1 : 1));
  }

  /** The whole registry as a CSV that an import reads back as the same. */
  async exportCsv(person: Person): Promise<string> {
    const emails = new Map((await this.#parts.store.accounts()).map(({ id, email }) => [id, email]));
    return writeCustomersCsv(
      (await this.list(person)).map(({ owner, ...rest }) => ({ ...rest, ...(owner === undefined ? {} : { owner: emails.get(owner) ?? owner }) })),
    );
  }

  async save(person: Person, wish: SaveCustomerWish): Promise<Done> {
    let customer = wish.customer ?? this.#newId();
    const done = await this.#parts.decide(wish.command, async (decisions) => {
      const registry = await this.#parts.store.customers();
      const ids = new CustomerIds(decisions, registry);
      const refusal = refuseKey(wish, ids, decisions) ?? (await this.#refuseOwner(wish.owner));
      if (refusal !== undefined) return { ok: false, problem: refusal };
      customer = wish.customer ?? ids.find(wish.key)?.id ?? customer;
      const before = registry.find(({ id }) => id === customer);
      const owner = wish.owner ?? (person.role === "customerSuccess" ? person.id : undefined);
      const { owner: _owner, ...kept } = before ?? { key: wish.key };
      const row: RegisteredCustomer = { ...kept, id: customer, name: wish.name, ...(owner === undefined ? {} : { owner }) };
      const isTouched = before === undefined || before.name !== row.name || before.owner !== row.owner;
      const change = {
        set: [factsOf(customer, { ...wish, hashes: ids.hashes(row.key) })],
        touched: new Set(isTouched ? [customer] : []),
        own: ownIn(registry, person),
      };
      return this.#decided(decisions, { ...askingOf(this.#parts.world, person, wish), ...change }, { save: [row] });
    });
    return done.ok ? { ok: true, value: { customer: this.#parts.decisions().commands.get(wish.command)?.id ?? customer, ...done.value } } : done;
  }

  /** What a file would change, or with its hash the change itself: exactly what the hash is of, else nothing. */
  async importCsv(person: Person, wish: ImportWish): Promise<Result<CustomersImport, Problem>> {
    const csv = readCustomersCsv(Buffer.from(wish.base64, "base64"));
    if (!csv.ok) return { ok: false, problem: { code: "fileNotRead", ...csv.problem } };
    const { encoding, separator, ignoredColumns } = csv.value;
    const planNow = async (decisions: Decisions): Promise<{ readonly plan: ImportPlan; readonly own: ReadonlySet<string> }> => {
      const [registry, accounts] = [await this.#parts.store.customers(), await this.#parts.store.accounts()];
      const plan = planImport(csv.value, { registry, accounts, decisions, person, newId: this.#newIds() });
      return { plan, own: ownIn(registry, person) };
    };
    if (wish.dryRun) {
      const { plan } = await planNow(this.#parts.decisions());
      return { ok: true, value: { isDone: false, ...told(plan), encoding, separator, ignoredColumns } };
    }
    let last: ImportPlan | undefined;
    const done = await this.#parts.decide(wish.command, async (decisions) => {
      const { plan, own } = await planNow(decisions);
      last ??= plan;
      if (decisions.commands.has(wish.command)) return decideChangeCustomers(decisions, { ...askingOf(this.#parts.world, person, wish), set: [] });
      if (plan.hash !== wish.hash) return { ok: false, problem: changedSince(wish.hash) };
      return this.#decided(
        decisions,
        { ...askingOf(this.#parts.world, person, wish), set: plan.set, touched: plan.touched, own, wish: plan.hash.slice(0, 12) },
        { save: plan.register },
      );
    });
    if (!done.ok) return done;
    if (last === undefined) return { ok: false, problem: changedSince(undefined) };
    return { ok: true, value: { isDone: true, ...told(last), encoding, separator, ignoredColumns, ...done.value } };
  }

  /** Name, key and contacts are deleted for good; what its key has stays as it is (semantics 14). */
  async erase(person: Person, customer: string, wish: Wish): Promise<Done> {
    const done = await this.#parts.decide(wish.command, async (decisions) => {
      const own = await this.own(person);
      return this.#decided(decisions, { ...askingOf(this.#parts.world, person, wish), set: [], removed: [customer], own }, { erase: [customer] });
    });
    return done.ok ? { ok: true, value: { customer, ...done.value } } : done;
  }

  /** `merged` is one with `into`, which stays as it is and is found by both keys. */
  async merge(person: Person, merged: string, wish: Wish & { readonly into: string }): Promise<Done> {
    const done = await this.#parts.decide(wish.command, async (decisions) => {
      const registry = await this.#parts.store.customers();
      const decided = decideMergeCustomers(decisions, { ...askingOf(this.#parts.world, person, wish), kept: wish.into, merged, own: ownIn(registry, person) });
      if (!decided.ok || decided.value.length === 0) return decided;
      const [left, gone] = [registry.find(({ id }) => id === wish.into), registry.find(({ id }) => id === merged)];
      const aliases = [...new Set([...(left?.aliases ?? []), ...(gone === undefined ? [] : [gone.key, ...(gone.aliases ?? [])])])];
      return this.#written(decided.value, { save: left === undefined ? [] : [{ ...left, aliases }], erase: [merged] });
    });
    return done.ok ? { ok: true, value: { customer: wish.into, ...done.value } } : done;
  }

  /** Customers get a hash in environments that are newer than they are; without one no wave could reach them there. */
  async completeHashes(): Promise<void> {
    const { decisions, decide, store, world } = this.#parts;
    if (incomplete(decisions()).length === 0) return;
    const command = machineCommand.hashes(decisions().seq);
    const keys = new Map((await store.customers()).map(({ id, key }) => [id, key]));
    await decide(command, async (now) => {
      const { hashes } = new CustomerIds(now, []);
      const set = incomplete(now).flatMap((customer) => {
        const key = keys.get(customer.id);
        return key === undefined ? [] : [{ ...customer, hashes: hashes(key) }];
      });
      return decideChangeCustomers(now, { command, atMs: world.clock.nowMs(), by: "server", role: "admin", set });
    });
  }

  async #decided(decisions: Decisions, wish: ChangeCustomersWish, rows: Rows): Promise<Result<readonly Proposal[], Problem>> {
    const decided = decideChangeCustomers(decisions, wish);
    return decided.ok && decided.value.length > 0 ? this.#written(decided.value, rows) : decided;
  }

  /** The registry first: a crash between the two leaves a name without facts, which the next save mends, or facts without a name. */
  async #written(proposals: readonly Proposal[], { save = [], erase = [] }: Rows): Promise<Result<readonly Proposal[], Problem>> {
    if (erase.length > 0) await this.#parts.store.eraseCustomers(erase);
    const [taken] = save.length === 0 ? [] : await this.#parts.store.saveCustomers(save);
    return taken === undefined ? { ok: true, value: proposals } : { ok: false, problem: keyTaken(taken) };
  }

  async #refuseOwner(owner: string | undefined): Promise<Problem | undefined> {
    if (owner === undefined || (await this.#parts.store.accounts()).some(({ id }) => id === owner)) return undefined;
    return { code: "badRequest", field: "owner", message: "There is no such account.", fix: "Choose somebody of the list, or leave it empty." };
  }

  /** Ids for many at once: one draw and a number, since drawing for each takes longer than everything else. */
  #newIds(): () => string {
    const id = this.#newId();
    let count = 0;
    return () => `${id}-${(count += 1)}`;
  }

  #newId(): string {
    return `c${Buffer.from(this.#parts.world.random.bytes(8)).toString("hex")}`;
  }
}

/** What is written into the registry beside an event. */
interface Rows {
  readonly save?: readonly RegisteredCustomer[];
  readonly erase?: readonly string[];
}

const ownIn = (registry: readonly RegisteredCustomer[], person: Person): ReadonlySet<string> =>
  new Set(registry.filter(({ owner }) => owner === person.id).map(({ id }) => id));

function factsOf(id: string, { zone, track, tags, hashes }: Pick<SaveCustomerWish, "zone" | "track" | "tags"> & Pick<Customer, "hashes">): Customer {
  const sorted = [...new Set(tags.map((tag) => tag.trim().toLowerCase()).filter((tag) => tag !== ""))].sort();
  return {
    id,
    ...(zone === undefined ? {} : { zone }),
    track,
    tags: sorted,
    ...(isInternal({ track, tags: sorted }) ? { internal: true as const } : {}),
    hashes,
  };
}

const told = ({ set: _set, register: _register, touched: _touched, ...rest }: ImportPlan): Omit<ImportPlan, "set" | "register" | "touched"> => rest;

/** Those whose hash in some environment is missing. */
function incomplete({ customers, environments }: Decisions): readonly Customer[] {
  const keys = Object.keys(environments);
  return customers.entriesSorted().flatMap(([, customer]) => (keys.every((key) => customer.hashes[key] !== undefined) ? [] : [customer]));
}

function refuseKey({ customer, key }: SaveCustomerWish, ids: CustomerIds, decisions: Decisions): Problem | undefined {
  const found = ids.find(key);
  if (customer === undefined) return found !== undefined && decisions.customers.has(found.id) ? keyTaken(key) : undefined;
  if (!decisions.customers.has(customer))
    return { code: "unknownCustomer", field: "customer", message: "There is no such customer.", fix: "Look at the list of customers." };
  if (found?.id === customer && found.registered?.key === key) return undefined;
  // One that the registry has lost gets its key back.
  if (found === undefined && ids.hasLost(customer)) return undefined;
  return {
    code: "badRequest",
    field: "key",
    message: "A key is never edited: it is what your application sends, so another key is another customer.",
    fix: "Register the other key and merge the two.",
  };
}

const keyTaken = (key: string): Problem => ({
  code: "keyTaken",
  field: "key",
  message: `The key ${JSON.stringify(key)} belongs to a customer already.`,
  fix: "Edit that customer; keys of merged customers belong to the one they were merged into.",
});

const changedSince = (hash: string | undefined): Problem =>
  hash === undefined
    ? {
        code: "badRequest",
        field: "hash",
        message: "An import needs the hash of its dry run.",
        fix: "Send the file with dryRun first, look at what it changes, then send its hash.",
      }
    : {
        code: "staleContent",
        field: "hash",
        message: "What this file would change is not what the dry run said: the file or the customers have changed since. Nothing was written.",
        fix: "Look at the dry run again, then import.",
      };
