import { createHash } from "node:crypto";
import type { ImportedRow, ImportProblem } from "@sluice/contract";
import { canonicalJson } from "@sluice/evaluation";
import { type Customer, type Decisions, isInternal } from "@sluice/releases";
import type { Account, Person, RegisteredCustomer } from "@sluice/store";
import type { CustomerRow, CustomersCsv } from "./csv/read-customers.ts";
import { CustomerIds } from "./customer-ids.ts";

/** Rows and problems that are listed; the rest is counted. */
const LISTED_MAX = 100;

/** What is known when a file is looked at. */
export interface Known {
  readonly registry: readonly RegisteredCustomer[];
  readonly decisions: Decisions;
  readonly accounts: readonly Account[];
  readonly person: Pick<Person, "id" | "role">;
  readonly newId: () => string;
}

/** Everything that importing a file writes, and what people are told about it. */
export interface ImportPlan {
  readonly set: readonly Customer[];
  readonly register: readonly RegisteredCustomer[];
  /** Ids whose name or owner changes. */
  readonly touched: ReadonlySet<string>;
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly leftOut: number;
  readonly remarks: number;
  readonly problems: readonly ImportProblem[];
  readonly rows: readonly ImportedRow[];
  /** SHA-256 of what is written, without ids that are made anew each time: what a person agrees to. */
  readonly hash: string;
}

type Change = ImportedRow["changes"][number];

/** A customer as a file would have it. */
interface Wanted {
  readonly name: string;
  readonly zone?: string;
  readonly track: Customer["track"];
  readonly tags: readonly string[];
  readonly owner?: string;
}

/**
 * What a file of customers would write. Whoever is known by key, or by the key of somebody merged into it, is changed where the file says
 * something else; a column that is not there changes nothing. Customer success changes its own customers only, and owns those it adds without an owner.
 */
export function planImport(csv: CustomersCsv, known: Known): ImportPlan {
  const planning = new Planning(known);
  for (const row of csv.rows) planning.take(row);
  const { problems, leftOut, remarks, ...rest } = planning.result;
  const listed = [...csv.problems, ...problems].sort((a, b) => a.line - b.line);
  return { ...rest, leftOut: csv.leftOut + leftOut, remarks: csv.remarks + remarks, problems: listed.slice(0, LISTED_MAX) };
}

class Planning {
  readonly #known: Known;
  readonly #ids: CustomerIds;
  readonly #owners: ReadonlyMap<string, Account>;
  readonly #set: Customer[] = [];
  readonly #register: RegisteredCustomer[] = [];
  readonly #touched = new Set<string>();
  readonly #rows: ImportedRow[] = [];
  readonly #problems: ImportProblem[] = [];
  readonly #hash = createHash("sha256");
  /** Line of the row that an id was taken from. */
  readonly #seen = new Map<string, number>();
  #counts = { added: 0, changed: 0, unchanged: 0, leftOut: 0, remarks: 0 };

  constructor(known: Known) {
    this.#known = known;
    this.#ids = new CustomerIds(known.decisions, known.registry);
    this.#owners = ownersOf(known.accounts);
  }

  get result(): ImportPlan {
    return {
      set: this.#set,
      register: this.#register,
      touched: this.#touched,
      ...this.#counts,
      problems: this.#problems,
      rows: this.#rows,
      hash: this.#hash.digest("hex"),
    };
  }

  take(row: CustomerRow): void {
    const found = this.#ids.find(row.key);
    const facts = found === undefined ? undefined : this.#known.decisions.customers.get(found.id);
    const before = found !== undefined && facts !== undefined ? { registered: found.registered, facts } : undefined;
    const twice = found === undefined ? undefined : this.#seen.get(found.id);
    if (twice !== undefined)
      return this.#leaveOut(row, `The key ${JSON.stringify(row.key)} is another name of the customer on line ${twice}.`, "Keep one of the two.");
    if (found !== undefined) this.#seen.set(found.id, row.line);
    if (before !== undefined && !this.#isMine(before.registered))
      return this.#leaveOut(row, `Somebody else looks after ${before.registered?.name ?? row.key}.`, "Ask its owner, or an admin to make it yours.");
    const owner = this.#owner(row, before?.registered?.owner);
    const wanted = wantedOf(row, { before, ...(owner === undefined ? {} : { owner }) });
    const changes = before === undefined ? [] : changesOf(before, wanted, this.#known.accounts);
    if (before !== undefined && changes.length === 0) return void (this.#counts.unchanged += 1);
    this.#write(row, { id: found?.id ?? this.#known.newId(), registered: found?.registered, isNew: before === undefined }, { wanted, changes });
  }

  #write(
    row: CustomerRow,
    { id, registered, isNew }: { readonly id: string; readonly registered: RegisteredCustomer | undefined; readonly isNew: boolean },
    { wanted, changes }: { readonly wanted: Wanted; readonly changes: readonly Change[] },
  ): void {
    const { name, owner, zone, track, tags } = wanted;
    const { owner: _owner, ...kept } = registered ?? { key: row.key };
    this.#register.push({ ...kept, id, name, ...(owner === undefined ? {} : { owner }) });
    const { hashes } = this.#ids;
    this.#set.push({
      id,
      ...(zone === undefined ? {} : { zone }),
      track,
      tags,
      ...(isInternal({ track, tags }) ? { internal: true as const } : {}),
      hashes: hashes(kept.key),
    });
    if (isNew || changes.some(({ field }) => field === "name" || field === "owner")) this.#touched.add(id);
    const kind = isNew ? "added" : "changed";
    this.#counts[kind] += 1;
    this.#hash.update(canonicalJson([kind, kept.key, { ...wanted }, changes.map((change) => ({ ...change }))]));
    if (this.#rows.length < LISTED_MAX) this.#rows.push({ line: row.line, key: kept.key, name, kind, changes });
  }

  #isMine(registered: RegisteredCustomer | undefined): boolean {
    const { role, id } = this.#known.person;
    return role !== "customerSuccess" || registered?.owner === id;
  }

  /** Account id; `undefined` for nobody. */
  #owner(row: CustomerRow, before: string | undefined): string | undefined {
    const { person } = this.#known;
    const none = person.role === "customerSuccess" ? person.id : undefined;
    if (row.owner === undefined) return before ?? none;
    if (row.owner === "") return none;
    const account = this.#owners.get(row.owner.toLowerCase());
    if (account !== undefined) return account.id;
    this.#counts.remarks += 1;
    this.#note(row, "remark", `There is no account ${JSON.stringify(row.owner)}; the owner stays ${before === undefined ? "empty" : "who it is"}.`, {
      fix: "Invite them in the settings, then import the file again.",
    });
    return before ?? none;
  }

  #leaveOut(row: CustomerRow, message: string, fix: string): void {
    this.#counts.leftOut += 1;
    this.#note(row, "leftOut", message, { fix });
  }

  #note({ line }: CustomerRow, kind: ImportProblem["kind"], message: string, { fix }: { readonly fix: string }): void {
    if (this.#problems.length < LISTED_MAX) this.#problems.push({ line, kind, message, fix });
  }
}

/** Accounts by e-mail, id and name, in lower case; of two with one name the first. */
function ownersOf(accounts: readonly Account[]): ReadonlyMap<string, Account> {
  const owners = new Map<string, Account>();
  for (const by of ["name", "id", "email"] as const) for (const account of accounts.toReversed()) owners.set(account[by].toLowerCase(), account);
  return owners;
}

interface Before {
  readonly registered: RegisteredCustomer | undefined;
  readonly facts: Customer;
}

function wantedOf(row: CustomerRow, { before, owner }: { readonly before: Before | undefined; readonly owner?: string }): Wanted {
  const zone = row.zone ?? before?.facts.zone ?? "";
  return {
    name: row.name ?? before?.registered?.name ?? row.key,
    ...(zone === "" ? {} : { zone }),
    track: row.track ?? before?.facts.track ?? "standard",
    tags: row.tags ?? before?.facts.tags ?? [],
    ...(owner === undefined ? {} : { owner }),
  };
}

function changesOf({ registered, facts }: Before, wanted: Wanted, accounts: readonly Account[]): readonly Change[] {
  const nameOf = (id: string | undefined): string => accounts.find((account) => account.id === id)?.name ?? id ?? "";
  const pairs: readonly Change[] = [
    { field: "name", from: registered?.name ?? "", to: wanted.name },
    { field: "zone", from: facts.zone ?? "", to: wanted.zone ?? "" },
    { field: "track", from: facts.track, to: wanted.track },
    { field: "tags", from: facts.tags.join("; "), to: wanted.tags.join("; ") },
    ...(registered?.owner === wanted.owner ? [] : [{ field: "owner" as const, from: nameOf(registered?.owner), to: nameOf(wanted.owner) }]),
  ];
  return pairs.filter(({ field, from, to }) => field === "owner" || from !== to);
}
