import type { PinnableView, PinsView, PinView, Problem } from "@sluice/contract";
import type { Result } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import { decidePin, decideUnpin, type Decisions, type Pin, pinInForce, pinnable, type PinnableFlags, pinsByEnd } from "@sluice/releases";
import type { Person, RegisteredCustomer, Store } from "@sluice/store";
import { accountNames } from "../account-names.ts";
import { askingOf } from "../asking.ts";
import type { ControlPlane } from "../control-plane.ts";
import { reasonsAt } from "../reasons.ts";
import { CustomerIds } from "../customers/customer-ids.ts";

/** Pins that are shown at once. */
const SHOWN_MAX = 200;

/** What pins need of the rest of the server. */
export interface PinsParts {
  readonly world: Pick<World, "clock" | "random">;
  readonly store: Pick<Store, "customers" | "accounts" | "readAt">;
  readonly decisions: () => Decisions;
  /** Flags that each environment serves. */
  readonly servedFlags: (decisions: Decisions) => Promise<(environment: string) => PinnableFlags>;
  /** Customers whose owner this person is. */
  readonly ownCustomers: (person: Person) => Promise<ReadonlySet<string>>;
  readonly decide: ControlPlane["decide"];
}

/** What `POST /api/pins` asks for. */
export interface PlacePinWish {
  readonly command: string;
  readonly environment: string;
  readonly flag: string;
  readonly customer?: string | undefined;
  readonly customerKey?: string | undefined;
  readonly serve: string;
  readonly untilMs: number;
  readonly reason: string;
}

type Done = Result<{ readonly pin: string; readonly seq?: number }, Problem>;

/** Pins as the API reads and changes them. */
export class Pins {
  readonly #parts: PinsParts;

  constructor(parts: PinsParts) {
    this.#parts = parts;
  }

  /** Those of one customer (by its id, or by its key), of one flag, of both, or all. Throws `StoreUnavailable`. */
  async list(person: Person, asked: { readonly customer?: string; readonly customerKey?: string; readonly flag?: string }): Promise<Result<PinsView, Problem>> {
    const { decisions, store } = this.#parts;
    const now = decisions();
    const { customerKey } = asked;
    const id = customerKey === undefined ? asked.customer : await this.#idOf(now, customerKey);
    if (customerKey !== undefined && id === undefined) return { ok: false, problem: unknownKey(customerKey) };
    const only = { customer: id, flag: asked.flag };
    const all = Object.values(now.environments)
      .flatMap(({ pins }) => pinsByEnd(pins))
      .filter(({ customer, flag }) => (only.customer ?? customer) === customer && (only.flag ?? flag) === flag)
      .sort((a, b) => a.untilMs - b.untilMs);
    const names = await accountNames(store);
    const registry = new Map((await store.customers()).map((customer) => [customer.id, customer]));
    const own = await this.#parts.ownCustomers(person);
    const flagsIn = await this.#parts.servedFlags(now);
    const flags = new Map(Object.keys(now.environments).map((environment) => [environment, flagsIn(environment)]));
    const asking = { ...askingOf(this.#parts.world, person, { command: "may" }), own };
    const shown = all.slice(0, SHOWN_MAX);
    const reasons = await reasonsAt(store, shown);
    const pins = shown.map((pin): PinView => {
      const reason = reasons.get(pin.seq);
      return {
        ...facts(pin, registry.get(pin.customer)),
        ...(pin.by === undefined ? {} : { who: names.get(pin.by) ?? pin.by }),
        ...(reason === undefined ? {} : { reason }),
        mayEnd: decideUnpin(now, flags.get(pin.environment) ?? new Map(), { ...asking, pin: pin.id }).ok,
      };
    });
    return { ok: true, value: { pins, of: all.length } };
  }

  /** What this person could pin for the customer now, in each environment. */
  async pinnable(person: Person, customer: string): Promise<PinnableView> {
    const now = this.#parts.decisions();
    const asked = { customer, role: person.role, own: await this.#parts.ownCustomers(person), atMs: this.#parts.world.clock.nowMs() };
    const flagsIn = await this.#parts.servedFlags(now);
    const flags = Object.keys(now.environments)
      .sort()
      .flatMap((environment) =>
        [...pinnable(now, flagsIn(environment), { ...asked, environment })].map(([flag, variants]) => ({ environment, flag, variants })),
      );
    return { flags };
  }

  async place(person: Person, wish: PlacePinWish): Promise<Done> {
    const { decide } = this.#parts;
    const { customer, customerKey, ...rest } = wish;
    const pin = `p${Buffer.from(this.#parts.world.random.bytes(5)).toString("hex")}`;
    const done = await decide(wish.command, async (decisions) => {
      const id = customer ?? (await this.#idOf(decisions, customerKey ?? ""));
      if (id === undefined) return { ok: false, problem: unknownKey(customerKey ?? "") };
      const own = await this.#parts.ownCustomers(person);
      const flags = (await this.#parts.servedFlags(decisions))(wish.environment);
      return decidePin(decisions, flags, { ...rest, ...askingOf(this.#parts.world, person, wish), reason: wish.reason, customer: id, pin, own });
    });
    return done.ok ? { ok: true, value: { pin: this.#parts.decisions().commands.get(wish.command)?.id ?? pin, ...done.value } } : done;
  }

  async end(person: Person, pin: string, wish: { readonly command: string; readonly reason?: string | undefined }): Promise<Done> {
    const done = await this.#parts.decide(wish.command, async (decisions) => {
      const flags = (await this.#parts.servedFlags(decisions))(pinInForce(decisions, pin)?.environment ?? "");
      return decideUnpin(decisions, flags, { ...askingOf(this.#parts.world, person, wish), pin, own: await this.#parts.ownCustomers(person) });
    });
    return done.ok ? { ok: true, value: { pin, ...done.value } } : done;
  }

  async #idOf(decisions: Decisions, key: string): Promise<string | undefined> {
    return new CustomerIds(decisions, await this.#parts.store.customers()).find(key)?.id;
  }
}

function facts({ id, environment, flag, customer, serve, atMs, untilMs, release }: Pin, registered: RegisteredCustomer | undefined): Omit<PinView, "mayEnd"> {
  return {
    pin: id,
    environment,
    flag,
    customer,
    ...(registered === undefined ? {} : { name: registered.name, key: registered.key }),
    serve,
    atMs,
    untilMs,
    ...(release === undefined ? {} : { release }),
  };
}

const unknownKey = (key: string): Problem => ({
  code: "unknownCustomer",
  field: "customerKey",
  message: `No customer has the key ${JSON.stringify(key)}.`,
  fix: "Give the key that your application sends, as the list of customers has it.",
});
