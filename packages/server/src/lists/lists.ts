import type { ListChanged, ListListing, ListsReply, ListView, Problem, WaitingListView } from "@sluice/contract";
import { customerHash, type Result } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import {
  decideChangeList,
  decideListChange,
  type Decisions,
  didYouMean,
  LIST_MEMBERS_MAX,
  type ListChange,
  type ListEffect,
  may,
  withListChange,
} from "@sluice/releases";
import { type AdoptedProject, type EnlargedFlag, enlargedByList, flagsAsking, treeOf } from "@sluice/snapshot";
import { isOperator, type Person, type Store } from "@sluice/store";
import { accountNames } from "../account-names.ts";
import { askingOf } from "../asking.ts";
import type { ControlPlane } from "../control-plane.ts";

/** Members of one page. */
const PAGE_MEMBERS = 500;
/** Ids that a waiting change names; the rest is counted. */
const NAMED_MAX = 20;

interface ListsParts {
  readonly world: Pick<World, "clock" | "random">;
  readonly plane: ControlPlane;
  readonly store: Pick<Store, "customers" | "accounts" | "listedIds" | "saveListedIds" | "eraseListedIds">;
}

interface ChangeWish {
  readonly command: string;
  readonly environment: string;
  readonly add: readonly string[];
  readonly remove: readonly string[];
  readonly dryRun: boolean;
  readonly reason?: string | undefined;
}

/** Runtime lists: who is in them is decided here, by hash in the log and by id in the store beside it. */
export class Lists {
  readonly #parts: ListsParts;

  constructor(parts: ListsParts) {
    this.#parts = parts;
  }

  /** Every list of every environment, by key, and what waits for a person. */
  async list(): Promise<ListsReply> {
    const { decisions } = this.#parts.plane;
    const names = await accountNames(this.#parts.store);
    const lists = this.#keys().flatMap((list) =>
      Object.keys(decisions.environments)
        .sort()
        .map((environment) => this.#listing(environment, list, names)),
    );
    const waiting = Object.entries(decisions.environments).flatMap(([environment, own]) =>
      own.listChanges.entriesSorted().map(([, change]) => ({ environment, change })),
    );
    return { lists, waiting: await Promise.all(waiting.map(({ environment, change }) => this.#waiting(environment, change, names))) };
  }

  /** One list: a page of its members by id, and whether an id is in it. */
  async one(list: string, query: URLSearchParams): Promise<Result<ListView, Problem>> {
    const environment = query.get("environment") ?? "production";
    const own = this.#parts.plane.decisions.environments[environment];
    if (own === undefined) return { ok: false, problem: this.#unknownEnvironment(environment) };
    if (!this.#keys().includes(list)) return { ok: false, problem: this.#unknownList(list) };
    const hashes = own.lists.get(list)?.hashes ?? [];
    const after = query.get("after") ?? "";
    const from = after === "" ? 0 : hashes.findIndex((hash) => hash > after);
    const page = from < 0 ? [] : hashes.slice(from, from + PAGE_MEMBERS);
    const ids = await this.#parts.store.listedIds(environment, list);
    const named = await this.#customerNames(environment);
    const shown = page.map((hash) => {
      const [id, name] = [ids.get(hash), named.get(hash)];
      return { hash, ...(id === undefined ? {} : { id }), ...(name === undefined ? {} : { name }) };
    });
    const last = page.at(-1);
    const id = query.get("id");
    return {
      ok: true,
      value: {
        ...this.#listing(environment, list, await accountNames(this.#parts.store)),
        shown,
        ...(last === undefined || last === hashes.at(-1) ? {} : { after: last }),
        ...(id === null ? {} : { asked: { id, isMember: hashes.includes(customerHash(own.salt, id)) } }),
      },
    };
  }

  /** Ids join and leave, now or once somebody with the role has let it through; with `dryRun` nothing happens. */
  async change(person: Person, list: string, wish: ChangeWish): Promise<Result<ListChanged, Problem>> {
    const { plane, store, world } = this.#parts;
    const { environment, command } = wish;
    const salt = plane.decisions.environments[environment]?.salt;
    if (salt === undefined) return { ok: false, problem: this.#unknownEnvironment(environment) };
    const hashed = (ids: readonly string[]): readonly { readonly id: string; readonly hash: string }[] =>
      [...new Set(ids)].map((each) => ({ id: each, hash: customerHash(salt, each) }));
    const [adding, removing] = [hashed(wish.add), hashed(wish.remove)];
    const change: ListChange = { list, add: adding.map(({ hash }) => hash), remove: removing.map(({ hash }) => hash) };
    const id = `l${Buffer.from(world.random.bytes(5)).toString("hex")}`;
    const isMachine = isOperator(person);
    const plan = (decisions: Decisions): { readonly enlarged: readonly EnlargedFlag[]; readonly decided: ReturnType<typeof decideChangeList> } => {
      const enlarged = this.#enlarged(decisions, environment, change);
      const decided = decideChangeList(decisions, {
        ...change,
        environment,
        change: id,
        isMachine,
        lists: new Set(this.#keys()),
        effect: this.#effect(environment, list, enlarged),
        ...askingOf(world, person, wish),
      });
      return { enlarged, decided };
    };
    if (wish.dryRun) {
      const { enlarged, decided } = plan(plane.decisions);
      return decided.ok ? { ok: true, value: this.#told({ environment, change, enlarged }, { outcome: "dryRun", person }) } : decided;
    }
    let enlarged: readonly EnlargedFlag[] = [];
    const before = plane.decisions;
    const done = await plane.decide(command, async (decisions) => {
      const planned = plan(decisions);
      ({ enlarged } = planned);
      // Before the log, so that nobody is in a list by a hash that nothing can name; what is not decided after all is taken back.
      if (planned.decided.ok && planned.decided.value.length > 0) await store.saveListedIds(environment, list, adding);
      return planned.decided;
    });
    await this.#eraseGone(environment, list, [...change.add, ...change.remove]);
    if (!done.ok) return done;
    const kind = plane.decisions.commands.get(command)?.kind;
    const outcome = kind === "listChangeAsked" ? "waits" : kind === "listChanged" ? "changed" : "nothing";
    const told = this.#told({ environment, change, enlarged, before }, { outcome, person });
    return { ok: true, value: { ...told, ...done.value, ...(outcome === "waits" ? { change: plane.decisions.commands.get(command)?.id ?? id } : {}) } };
  }

  /** Let a change through that waits, or say no to it. */
  async decide(
    person: Person,
    change: string,
    wish: { readonly command: string; readonly environment: string; readonly isAccepted: boolean; readonly reason?: string | undefined },
  ): Promise<Result<{ readonly seq?: number }, Problem>> {
    const { plane, world } = this.#parts;
    const { environment, isAccepted, command } = wish;
    const waiting = plane.decisions.environments[environment]?.listChanges.get(change);
    const done = await plane.decide(command, async (decisions) => {
      const now = decisions.environments[environment]?.listChanges.get(change);
      const effect = now === undefined ? NO_EFFECT : this.#effect(environment, now.list, this.#enlarged(decisions, environment, now));
      return decideListChange(decisions, { environment, change, isAccepted, effect, isMachine: isOperator(person), ...askingOf(world, person, wish) });
    });
    if (waiting !== undefined) await this.#eraseGone(environment, waiting.list, [...waiting.add, ...waiting.remove]);
    return done;
  }

  #enlarged(decisions: Decisions, environment: string, change: ListChange): readonly EnlargedFlag[] {
    return enlargedByList(decisions, { environment, change }, this.#parts.plane.texts.read);
  }

  #effect(environment: string, list: string, enlarged: readonly EnlargedFlag[]): ListEffect {
    const { plane } = this.#parts;
    const project = this.#project();
    return {
      enlarges: enlarged.map(({ flag }) => flag),
      isGuarded: plane.waitsForPeople && project.decidedByPeople.includes(environment),
      isOfCustomers: this.#by(list) === (project.customer ?? "customer"),
    };
  }

  #told(
    {
      environment,
      change,
      enlarged,
      before = this.#parts.plane.decisions,
    }: { readonly environment: string; readonly change: ListChange; readonly enlarged: readonly EnlargedFlag[]; readonly before?: Decisions },
    { outcome, person }: { readonly outcome: ListChanged["outcome"]; readonly person: Person },
  ): ListChanged {
    const own = before.environments[environment];
    const was = new Set(own?.lists.get(change.list)?.hashes);
    const is = new Set(own === undefined ? [] : withListChange(own, { seq: 0, atMs: 0 }, change).lists.get(change.list)?.hashes);
    const waits =
      outcome === "waits" ||
      (outcome === "dryRun" &&
        enlarged.length > 0 &&
        this.#effect(environment, change.list, enlarged).isGuarded &&
        (isOperator(person) || !may(person.role, "acceptEnlargement")));
    return {
      outcome,
      added: [...is].filter((hash) => !was.has(hash)).length,
      removed: [...was].filter((hash) => !is.has(hash)).length,
      members: outcome === "waits" ? was.size : is.size,
      enlarges: enlarged,
      waits,
    };
  }

  /** Ids of those who are neither members nor waiting are nobody's business any more. */
  async #eraseGone(environment: string, list: string, hashes: readonly string[]): Promise<void> {
    const own = this.#parts.plane.decisions.environments[environment];
    const kept = new Set(own?.lists.get(list)?.hashes);
    for (const [, waiting] of own?.listChanges.entriesSorted() ?? []) if (waiting.list === list) for (const hash of waiting.add) kept.add(hash);
    await this.#parts.store.eraseListedIds(
      environment,
      list,
      hashes.filter((hash) => !kept.has(hash)),
    );
  }

  #project(): AdoptedProject {
    const { plane } = this.#parts;
    return plane.texts.read(treeOf(plane.decisions.files));
  }

  #keys(): readonly string[] {
    return [...this.#project().segments].flatMap(([key, { isRuntimeList }]) => (isRuntimeList === true ? [key] : [])).sort();
  }

  #by(list: string): string {
    return this.#project().segments.get(list)?.form.by ?? "targetingKey";
  }

  #listing(environment: string, list: string, names: ReadonlyMap<string, string>): ListListing {
    const { plane } = this.#parts;
    const known = plane.decisions.environments[environment]?.lists.get(list);
    const description = this.#project().segments.get(list)?.description;
    const by = known?.by;
    return {
      list,
      environment,
      ...(description === undefined ? {} : { description }),
      by: this.#by(list),
      members: known?.hashes.length ?? 0,
      membersMax: LIST_MEMBERS_MAX,
      ...(known === undefined ? {} : { changedAtMs: known.atMs }),
      ...(by === undefined ? {} : { changedBy: names.get(by) ?? by }),
      flags: flagsAsking(plane.state(environment)?.snapshot, list),
    };
  }

  async #waiting(
    environment: string,
    change: ListChange & { readonly id: string; readonly atMs: number; readonly by?: string },
    names: ReadonlyMap<string, string>,
  ): Promise<WaitingListView> {
    const { list, add, remove, id, atMs, by } = change;
    const ids = await this.#parts.store.listedIds(environment, list);
    return {
      change: id,
      list,
      environment,
      add: add.length,
      remove: remove.length,
      named: add.slice(0, NAMED_MAX).flatMap((hash) => ids.get(hash) ?? []),
      askedAtMs: atMs,
      ...(by === undefined ? {} : { askedBy: names.get(by) ?? by }),
      enlarges: this.#enlarged(this.#parts.plane.decisions, environment, change),
    };
  }

  /** Names of registered customers, by their hash in one environment. */
  async #customerNames(environment: string): Promise<ReadonlyMap<string, string>> {
    const names = new Map((await this.#parts.store.customers()).map(({ id, name }) => [id, name]));
    const { customers } = this.#parts.plane.decisions;
    return new Map(
      customers.entriesSorted().flatMap(([id, { hashes }]): readonly (readonly [string, string])[] => {
        const [hash, name] = [hashes[environment], names.get(id)];
        return hash === undefined || name === undefined ? [] : [[hash, name]];
      }),
    );
  }

  #unknownEnvironment(environment: string): Problem {
    const known = Object.keys(this.#parts.plane.decisions.environments);
    return {
      code: "unknownEnvironment",
      field: "environment",
      message: `There is no environment ${JSON.stringify(environment)}.`,
      fix: didYouMean(environment, known),
    };
  }

  #unknownList(list: string): Problem {
    const near = didYouMean(list, this.#keys());
    const fix = near.startsWith("Did") ? near : "`sluice list` shows what lists there are.";
    return { code: "unknownList", field: "list", message: `There is no runtime list ${JSON.stringify(list)}.`, fix };
  }
}

const NO_EFFECT: ListEffect = { enlarges: [], isGuarded: false, isOfCustomers: false };
