import { type AskedEarlyAccess, browserProblems, EARLY_STANDS, type EarlyOffer, type EarlyStand, type Problem } from "@sluice/contract";
import type { Result } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import { type Cell, cellOf, decideOptIn, decideOptOut, type Decisions, ENDED, givenState, holdsOn, missingVersions, type ReleaseState } from "@sluice/releases";
import type { ControlPlane } from "./control-plane.ts";

/** Wishes of one customer within an hour: people change their mind some times, a script that plays with the button does not fill the log. */
const WISHES_PER_HOUR = 20;
const HOUR_MS = 3_600_000;
/** Customers whose wishes are counted at once; more than press within an hour, and when it is full the counting begins anew. */
const COUNTED_MAX = 50_000;
/** Who decides in the log: the customer itself, which is nobody's account. */
const BY = "customer";

/** Early access as a customer's own page asks for it: what this customer could have, and its own word about it. */
export class EarlyAccess {
  readonly #world: Pick<World, "clock">;
  readonly #plane: Pick<ControlPlane, "decisions" | "decide" | "flagProblem" | "freshen">;
  #wishes = new Map<string, readonly number[]>();
  /** Ids by hash, as of the registry that it was made from. */
  #ids: { readonly of: Decisions["customers"]; readonly environment: string; readonly byHash: ReadonlyMap<string, string> } | undefined;

  constructor(world: Pick<World, "clock">, plane: Pick<ControlPlane, "decisions" | "decide" | "flagProblem" | "freshen">) {
    this.#world = world;
    this.#plane = plane;
  }

  /** What is offered, after the wish where there is one. */
  async ask({ environment, customerHash, person, wish }: AskedEarlyAccess): Promise<Result<{ readonly offers: readonly EarlyOffer[] }, Problem>> {
    await this.#plane.freshen();
    const customer = this.#customerOf(environment, customerHash);
    if (customer === undefined) return { ok: false, problem: browserProblems.noCustomer };
    if (wish !== undefined) {
      const done = await this.#decide({ environment, customer, person, wish });
      if (!done.ok) return done;
    }
    const time = { nowMs: this.#world.clock.nowMs(), atMs: this.#world.clock.nowMs() };
    const { decisions, flagProblem } = this.#plane;
    const offers = offeredIn(decisions, environment).map((release) =>
      offerOf(release, cellOf(decisions, { release, customer, ...time }, flagProblem), {
        nowMs: time.nowMs,
        isReady: missingVersions(decisions.deployments, release).length === 0,
        ...heldNow(decisions, release, { customer, nowMs: time.nowMs }),
      }),
    );
    return { ok: true, value: { offers: offers.toSorted((a, b) => EARLY_STANDS.indexOf(a.stands) - EARLY_STANDS.indexOf(b.stands)) } };
  }

  async #decide({
    environment,
    customer,
    person,
    wish,
  }: Pick<AskedEarlyAccess, "environment" | "person"> & { readonly customer: string; readonly wish: NonNullable<AskedEarlyAccess["wish"]> }): Promise<
    Result<unknown, Problem>
  > {
    const atMs = this.#world.clock.nowMs();
    if (!this.#isWithinLimit(customer, atMs)) return { ok: false, problem: browserProblems.tooOften };
    const decide = wish.wants === "in" ? decideOptIn : decideOptOut;
    return this.#plane.decide(wish.command, async (decisions) => {
      const release = decisions.releases.get(wish.release);
      const isHad = release?.optIns.has(customer) === true;
      if (isHad === (wish.wants === "in") && release?.content.environment === environment) return { ok: true, value: [] };
      return decide(decisions, {
        command: wish.command,
        atMs,
        by: BY,
        // With the right of whoever looks after the customer, and over this one alone.
        role: "customerSuccess",
        own: new Set([customer]),
        customer,
        // A release of another environment is none that this token may speak of.
        release: release?.content.environment === environment ? wish.release : "",
        ...(person === undefined ? {} : { reason: `${person} pressed it on the customer's own page` }),
      });
    });
  }

  #customerOf(environment: string, hash: string): string | undefined {
    const { customers } = this.#plane.decisions;
    if (this.#ids?.of !== customers || this.#ids.environment !== environment) {
      const byHash = new Map(
        customers.entriesSorted().flatMap(([id, { hashes }]) => (hashes[environment] === undefined ? [] : [[hashes[environment], id] as const])),
      );
      this.#ids = { of: customers, environment, byHash };
    }
    return this.#ids.byHash.get(hash);
  }

  #isWithinLimit(customer: string, atMs: number): boolean {
    const recent = (this.#wishes.get(customer) ?? []).filter((at) => at > atMs - HOUR_MS);
    if (recent.length >= WISHES_PER_HOUR) return false;
    if (this.#wishes.size >= COUNTED_MAX) this.#wishes = new Map();
    this.#wishes.set(customer, [...recent, atMs]);
    return true;
  }
}

/** Releases that let customers in early and have not ended, or have reached everybody. */
function offeredIn({ releases }: Decisions, environment: string): readonly ReleaseState[] {
  return releases
    .entriesSorted()
    .map(([, release]) => release)
    .filter(
      ({ phase, content }) =>
        content.environment === environment && content.earlyAccessFromMs !== undefined && !["draft", "cancelled", "rolledBack"].includes(phase),
    );
}

function heldNow(
  decisions: Decisions,
  release: ReleaseState,
  { customer, nowMs }: { readonly customer: string; readonly nowMs: number },
): Pick<OfferParts, "heldUntilMs"> {
  const ends = holdsOn(decisions, release, customer).flatMap(({ fromMs, untilMs }) => (fromMs <= nowMs && nowMs < untilMs ? [untilMs] : []));
  return ends.length === 0 ? {} : { heldUntilMs: Math.max(...ends) };
}

interface OfferParts {
  readonly nowMs: number;
  /** The versions that the release needs run. */
  readonly isReady: boolean;
  /** The end of the holds of this customer that are in force now. */
  readonly heldUntilMs?: number;
}

function offerOf(
  { id: release, phase, content: { title, earlyAccessFromMs = 0 } }: ReleaseState,
  cell: Cell,
  { nowMs, isReady, heldUntilMs }: OfferParts,
): EarlyOffer {
  const offer = (stands: EarlyStand, more: Partial<EarlyOffer> = {}): EarlyOffer => ({ release, title, stands, ...more });
  const state = givenState(cell);
  switch (state.state) {
    case "on":
      return offer("everybody", { sinceMs: state.sinceMs });
    case "earlyAccess":
      return offer("taken", { sinceMs: state.sinceMs });
    case "offKilled":
      return offer("off");
    case "held":
      return offer("waits", { comesAtMs: state.atMs });
    case "scheduled":
    case "notIncluded":
    case "needsDecision": {
      const comes = state.state === "scheduled" ? { comesAtMs: state.atMs } : {};
      if (phase === "paused" || ENDED.includes(phase)) return offer("off");
      if (earlyAccessFromMs > nowMs) return offer("later", { comesAtMs: earlyAccessFromMs });
      // Its wave may come after the hold; until then a press would be refused all the same.
      if (heldUntilMs !== undefined) return offer("waits", { comesAtMs: heldUntilMs });
      return isReady ? offer("open", comes) : offer("notReady", comes);
    }
  }
}
