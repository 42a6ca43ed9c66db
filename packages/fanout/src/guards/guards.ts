import type { GuardView, PassedBatch } from "@sluice/contract";
import type { Timer } from "@sluice/ports";
import { type Harm, HarmWatch, harmWords, keyNow, queryWords, QueryWatch, type WatchState } from "@sluice/releases";
import { GuardDeeds } from "./guard-deeds.ts";
import { GuardMemory } from "./guard-memory.ts";
import { type FlagGuard, guardKey, type GuardOf, guardsOf } from "./guarded-flags.ts";
import { OutcomeBook } from "./outcome-book.ts";
import { type Asked, Prometheus } from "./prometheus.ts";
import { Voices } from "./voices.ts";

/** A window, where nobody says another; guards look at the end of each. */
const WINDOW_MS = 60_000;
/** Queries under way at once: Prometheus has others to answer too. */
const QUERIES_AT_ONCE_MAX = 4;

type Parts = ConstructorParameters<typeof GuardDeeds>[0] & {
  readonly flags: () => Parameters<typeof guardsOf>[0];
  /** Address of Prometheus; absent: queries have no data. */
  readonly prometheus: string | undefined;
  /** Length of a window; a minute where absent. Drills ask for less. */
  readonly guardWindowMs: number | undefined;
};

/** What is remembered of a guard while this process runs. */
interface Watching {
  readonly rule: string;
  readonly outcome?: HarmWatch;
  readonly voices: Voices;
  readonly query?: QueryWatch;
  noData: string | undefined;
}

/** Guards of flags: what SDKs and Prometheus report is looked at once a minute, and harm is acted upon. Needs neither Git nor the API. */
export class Guards {
  readonly #parts: Parts;
  readonly #deeds: GuardDeeds;
  readonly #memory: GuardMemory;
  readonly #book: OutcomeBook;
  readonly #prometheus: Prometheus | undefined;
  #watching = new Map<string, Watching>();
  #closedAtMs: number;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#deeds = new GuardDeeds(parts);
    this.#memory = new GuardMemory(parts.world);
    this.#prometheus = parts.prometheus === undefined ? undefined : new Prometheus(parts.world, parts.prometheus);
    this.#closedAtMs = parts.world.clock.monotonicMs();
    this.#book = new OutcomeBook({
      watched: () =>
        this.#list.flatMap(({ flag, guard: { environment, watches } }) =>
          watches.kind === "outcome" ? [{ environment, flag, outcome: watches.outcome }] : [],
        ),
      offOf: (environment, name) => {
        const flag = keyNow(parts.log.decisions.aliases, name);
        const form = parts.publisher.hub(environment)?.snapshot?.flags[flag];
        return form === undefined ? undefined : { flag, off: form.off ?? "off" };
      },
    });
  }

  get #list(): readonly GuardOf[] {
    return guardsOf(this.#parts.flags());
  }

  async start(): Promise<void> {
    await this.#memory.load();
    this.#later();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#deeds.stop();
  }

  /** What an SDK reports. */
  note(environment: string, body: PassedBatch): void {
    this.#book.note(environment, body);
  }

  /** Outcomes that were reported and not counted since this process began. */
  get dropped(): number {
    return this.#book.dropped;
  }

  get views(): readonly GuardView[] {
    return this.#list.map((one) => this.#viewOf(one));
  }

  #viewOf(one: GuardOf): GuardView {
    const { flag, guard } = one;
    const { name, environment, reaction, watches } = guard;
    const { outcome, noData } = this.#watching.get(guardKey(one)) ?? {};
    const last = this.#parts.log.decisions.environments[environment]?.harm?.findLast((found) => found.guard === name && found.flag === flag);
    return {
      name,
      flag,
      environment,
      reaction,
      watches: watches.kind === "outcome" ? { kind: "outcome", outcome: watches.outcome } : { kind: "query", query: watches.query },
      ...(outcome === undefined ? {} : { seen: outcome.seen }),
      ...(noData === undefined ? {} : { noData }),
      ...(last === undefined ? {} : { last }),
    };
  }

  #later(): void {
    this.#timer = this.#parts.world.timers.after(this.#parts.guardWindowMs ?? WINDOW_MS, () => {
      if (this.#stopped) return;
      void this.#look()
        .catch((error: unknown) => this.#parts.world.log.error("guard.failed", { why: error instanceof Error ? error.message : String(error) }))
        .finally(() => {
          if (!this.#stopped) this.#later();
        });
    });
  }

  async #look(): Promise<void> {
    const { clock } = this.#parts.world;
    const [nowMs, monotonicMs] = [clock.nowMs(), clock.monotonicMs()];
    const windowMs = monotonicMs - this.#closedAtMs;
    this.#closedAtMs = monotonicMs;
    const list = this.#list;
    this.#watching = new Map(list.map((one) => [guardKey(one), this.#watchingOf(one)]));
    const counted = this.#book.close();
    for (const one of list) {
      const { watches, environment } = one.guard;
      const watch = this.#watching.get(guardKey(one));
      if (watches.kind !== "outcome" || watch?.outcome === undefined) continue;
      const { outcomes, reporting, complaints } = counted({ environment, flag: one.flag, outcome: watches.outcome });
      watch.voices.close(reporting, complaints);
      const harm = watch.outcome.take(outcomes, nowMs, windowMs);
      watch.noData = noOutcomes(watch.outcome);
      if (harm !== undefined)
        await this.#outcomeHarm(one, watch.outcome, { harm: { ...harm, customers: watch.voices.bounded(harm.customers) }, outcome: watches.outcome });
    }
    await this.#lookAtQueries(list.filter(({ guard }) => guard.watches.kind === "query"));
    const states = [...this.#watching].flatMap(([key, { outcome }]): (readonly [string, WatchState])[] =>
      outcome === undefined ? [] : [[key, outcome.state]],
    );
    await this.#memory.save(states);
  }

  async #outcomeHarm(one: GuardOf, watch: HarmWatch, { harm, outcome }: { readonly harm: Harm; readonly outcome: string }): Promise<void> {
    const { customers, of, before, now, isSure } = harm;
    const words = (harmed = customers): string => harmWords({ outcome, before, now, harmed: harmed.length, of });
    await this.#deeds.react(one, { customers, of, isAlone: !isSure, words });
    watch.forget(customers);
  }

  async #lookAtQueries(list: readonly GuardOf[]): Promise<void> {
    const waiting = [...list];
    const worker = async (): Promise<void> => {
      for (let one = waiting.shift(); one !== undefined && !this.#stopped; one = waiting.shift()) await this.#lookAtQuery(one);
    };
    await Promise.all(Array.from({ length: QUERIES_AT_ONCE_MAX }, worker));
  }

  async #lookAtQuery(one: GuardOf): Promise<void> {
    const watch = this.#watching.get(guardKey(one));
    const { watches, environment } = one.guard;
    if (watches.kind !== "query" || watch?.query === undefined) return;
    const asked = await this.#ask(environment, watches);
    if ("noData" in asked) {
      watch.noData = asked.noData;
      return;
    }
    watch.noData = undefined;
    const harm = watch.query.take(asked.samples);
    if (harm === undefined) return;
    const { customers, most } = harm;
    const words = (harmed?: readonly string[]): string => queryWords({ above: watches.above, most: most(harmed), harmed: harmed?.length });
    await this.#deeds.react(one, { ...(customers === undefined ? {} : { customers }), words });
    watch.query.forget();
  }

  async #ask(environment: string, { query, customer }: Extract<FlagGuard["watches"], { readonly kind: "query" }>): Promise<Asked> {
    const salt = this.#parts.log.decisions.environments[environment]?.salt ?? this.#parts.publisher.hub(environment)?.snapshot?.salt;
    if (this.#prometheus === undefined) return { noData: "This server was not told where Prometheus is (--prometheus)." };
    if (salt === undefined) return { noData: "The environment is not known yet." };
    return this.#prometheus.ask({ query, ...(customer === undefined ? {} : { customer }) }, salt);
  }

  /** What is known of a guard; anew where its rule is another, but for what is normal. */
  #watchingOf(one: GuardOf): Watching {
    const [key, { watches, bad, of }] = [guardKey(one), one.guard];
    const rule = JSON.stringify([watches, bad, of]);
    const known = this.#watching.get(key);
    if (known?.rule === rule) return known;
    if (watches.kind === "query") return { rule, voices: new Voices(), query: new QueryWatch({ above: watches.above, bad, of }), noData: undefined };
    const { margin, minimum, above } = watches;
    const state = known?.outcome?.state ?? this.#memory.take(key);
    const voices = known?.voices ?? new Voices();
    return { rule, voices, outcome: new HarmWatch({ margin, minimum, bad, of, ...(above === undefined ? {} : { above }) }, state), noData: undefined };
  }
}

/** What a guard of outcomes cannot see yet, in words. */
function noOutcomes({ seen: { customers, baseline } }: HarmWatch): string | undefined {
  if (customers === 0 && baseline === 0) return "Nobody has reported this outcome yet.";
  return baseline === 0 ? "Nobody has reported it without the feature, so there is nothing to hold it against." : undefined;
}
