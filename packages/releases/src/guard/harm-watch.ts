import { logBar, logEvidence, logMean, logRatioEvidence, ratiosAbove } from "./evidence.ts";
import { type Baseline, customerShare, type Population, populationOf } from "./population.ts";

/** What a guard calls harm. */
export interface HarmRule {
  /** How many times its share without the feature a customer's share of failures may be. Above 1. */
  readonly margin: number;
  /** Outcomes that a customer must have reported with the feature before anything is said of it. */
  readonly minimum: number;
  /** A share of failures that is harm whatever it was before, 0 to 1. */
  readonly above?: number;
  /** Windows, of the last `of` in which the customer reported, that must be bad. */
  readonly bad: number;
  readonly of: number;
}

/** What one customer reported in one window, with the off variant and with another. */
export interface CustomerOutcomes {
  readonly customer: string;
  readonly off: Baseline;
  readonly on: Baseline;
}

/** What is harm: for these customers, with their share of failures without the feature and with it. */
export interface Harm {
  /** `customers`: each of them by its own numbers. `everybody`: the feature as such; who has it cannot be told apart. */
  readonly who: "customers" | "everybody";
  readonly customers: readonly string[];
  /** Customers that had reported with the feature. */
  readonly of: number;
  readonly before: number;
  readonly now: number;
  /**
   * True where somebody without the feature reported in the same window, where most who have it are well, or where a share was harm whatever it was
   * before. Else the past alone says so, and a trouble of everything looks the same.
   */
  readonly isSure: boolean;
}

/** False alarms of one guard in one week, at most, where the feature is no worse than the margin: half for each test. */
export const ALPHA_PER_WEEK = 0.01;
/** Evidence is gathered for so long, then begins anew: an error rate is a rate of something. */
export const WEEK_MS: number = 7 * 24 * 3_600_000;
/** Customers of one guard; what others report is counted as not watched. */
export const WATCHED_MAX = 5_000;
/** Failures without the feature below which "how many times more" says nothing of a group. */
const FAILURES_MIN = 3;
/** Outcomes without the feature from which on a customer's share is no longer learnt while others have it. */
const LEARNT_MIN = 200;
/** What a week ago was normal counts half. */
const HALF_LIFE_MS = WEEK_MS;
/** So many failures of customers without the feature are taken as normal beside those seen, so that one of them is no general trouble. */
const DRIFT_SMOOTHING = 1;
/** Evidence by which a customer stands out, once it is proved that all together are worse. */
const STANDS_OUT = Math.log(20);
/** Failures of one customer in one window that count for everybody: so many, and so many times what is normal. */
const BURST_MIN = 2;
const BURST_TIMES = 5;
/** Share of the customers, the worst of those who do not stand out, that must not be what makes everybody worse. */
const WORST_SHARE = 0.05;
/** Upper 95 % point of the normal distribution: how far "normal" may have been underestimated. */
const UPPER_95 = 1.645;

/** `[failed, of, normal]` of a window in which a customer reported with the feature. */
type Recent = readonly [failed: number, of: number, normal: number];

type Reporting = readonly [customer: string, watched: Watched];

interface Watched {
  base: Baseline;
  failed: number;
  of: number;
  /** Outcomes with the feature, those in a general trouble counting more. */
  adjusted: number;
  recent: readonly Recent[];
}

/** State of a watch as it is kept over a restart. Evidence is of one margin; what is normal stands under another too. */
export interface WatchState {
  readonly margin: number;
  readonly sinceMs: number;
  readonly group: readonly number[];
  readonly groupRecent: readonly Recent[];
  readonly lone: readonly [failed: number, expected: number];
  readonly customers: readonly (readonly [customer: string, numbers: readonly number[], recent: readonly Recent[]])[];
}

/**
 * Watches one outcome of one flag in one environment, window by window. Two tests side by side, each safe to look at after every window:
 * each customer against its own share before (negative binomial, Bonferroni over the customers), and all who have the feature against those
 * who do not have it, in the same window, both relative to their own share before (difference in differences, conditional binomial).
 * Same windows in, same findings out; it reads no clock.
 */
export class HarmWatch {
  readonly #rule: HarmRule;
  readonly #customers = new Map<string, Watched>();
  readonly #ratios: readonly number[];
  #sinceMs: number | undefined;
  #group: number[];
  #groupRecent: readonly Recent[] = [];
  /** Of windows in which nobody was without the feature: they are held against the past alone. */
  #lone: readonly [failed: number, expected: number] = [0, 0];
  /** Of the last window. */
  #hasControl = false;

  constructor(rule: HarmRule, state?: WatchState) {
    this.#rule = rule;
    this.#ratios = ratiosAbove(rule.margin);
    this.#group = this.#ratios.map(() => 0);
    if (state === undefined) return;
    const isSame = state.margin === rule.margin && state.group.length === this.#ratios.length;
    for (const [customer, [baseFailed = 0, baseOf = 0, failed = 0, of = 0, adjusted = 0], recent] of state.customers) {
      const seen = isSame ? { failed, of, adjusted, recent } : { failed: 0, of: 0, adjusted: 0, recent: [] };
      this.#customers.set(customer, { base: { failed: baseFailed, of: baseOf }, ...seen });
    }
    if (isSame) [this.#sinceMs, this.#group, this.#groupRecent, this.#lone] = [state.sinceMs, [...state.group], state.groupRecent, state.lone];
  }

  get state(): WatchState {
    const customers = [...this.#customers].map(
      ([customer, { base, failed, of, adjusted, recent }]) => [customer, [base.failed, base.of, failed, of, adjusted], recent] as const,
    );
    return { margin: this.#rule.margin, sinceMs: this.#sinceMs ?? 0, group: this.#group, groupRecent: this.#groupRecent, lone: this.#lone, customers };
  }

  /** Customers that have reported with the feature since the watch began, and outcomes without it that they are held against. */
  get seen(): { readonly customers: number; readonly baseline: number } {
    const all = [...this.#customers.values()];
    return { customers: all.filter(({ of }) => of > 0).length, baseline: Math.round(all.reduce((sum, { base }) => sum + base.of, 0)) };
  }

  /** Takes one window that ended at `atMs` and was `windowMs` long; harm, where there is some. What is found is found again until `forget`. */
  take(outcomes: readonly CustomerOutcomes[], atMs: number, windowMs: number): Harm | undefined {
    this.#beginWeek(atMs);
    let room = WATCHED_MAX - this.#customers.size;
    const known = outcomes.filter(({ customer }) => this.#customers.has(customer) || room-- > 0);
    const population = populationOf([...this.#customers.values()].map(({ base }) => base));
    const control = this.#controlOf(known, population);
    this.#hasControl = control.expected > 0;
    const drift = Math.max(1, (control.failed + DRIFT_SMOOTHING) / (control.expected + DRIFT_SMOOTHING));
    this.#takeGroup(known, population, control);
    for (const { customer, on } of known) if (on.of > 0) this.#takeCustomer(customer, on, population, drift);
    this.#learn(known, 2 ** (-windowMs / HALF_LIFE_MS));
    return this.#judge(population);
  }

  /** Begins anew with these customers: what was found about them was acted upon. */
  forget(customers: readonly string[]): void {
    for (const customer of customers) {
      const watched = this.#customers.get(customer);
      if (watched !== undefined) Object.assign(watched, { failed: 0, of: 0, adjusted: 0, recent: [] });
    }
    this.#group = this.#ratios.map(() => 0);
    this.#groupRecent = [];
    this.#lone = [0, 0];
  }

  /**
   * What is normal is learnt while nobody has the feature, for all alike: were it learnt on, of those who go without it alone, then a trouble of
   * everybody would become normal for them and harm for the others. A customer of whom little is known is learnt all the same.
   */
  #learn(known: readonly CustomerOutcomes[], keep: number): void {
    const isLive = [...this.#customers.values()].some(({ of }) => of > 0);
    for (const { customer, off } of known) {
      const { base } = this.#watched(customer);
      if (off.of === 0 || (isLive && base.of >= LEARNT_MIN)) continue;
      this.#watched(customer).base = { failed: base.failed * keep + off.failed, of: base.of * keep + off.of };
    }
  }

  #beginWeek(atMs: number): void {
    // A clock that was set back begins a week too: better less evidence than evidence of two weeks.
    if (this.#sinceMs !== undefined && atMs - this.#sinceMs < WEEK_MS && atMs >= this.#sinceMs) return;
    if (this.#sinceMs !== undefined) this.forget([...this.#customers.keys()]);
    this.#sinceMs = atMs;
  }

  #watched(customer: string): Watched {
    let watched = this.#customers.get(customer);
    if (watched === undefined) this.#customers.set(customer, (watched = { base: { failed: 0, of: 0 }, failed: 0, of: 0, adjusted: 0, recent: [] }));
    return watched;
  }

  #baseOf(customer: string): Baseline {
    return this.#customers.get(customer)?.base ?? { failed: 0, of: 0 };
  }

  #normal(customer: string, population: Population, of: number): number {
    const share = customerShare(population, this.#baseOf(customer));
    return (of * share.shape) / share.rate;
  }

  /** What customers without the feature reported in this window, and what would have been normal for them. */
  #controlOf(known: readonly CustomerOutcomes[], population: Population): { readonly failed: number; readonly expected: number } {
    let [failed, expected] = [0, 0];
    for (const { customer, off } of known) [failed, expected] = [failed + off.failed, expected + this.#normal(customer, population, off.of)];
    return { failed, expected };
  }

  #takeGroup(known: readonly CustomerOutcomes[], population: Population, control: { readonly failed: number; readonly expected: number }): void {
    let [counted, of, normal, before] = [0, 0, 0, 0];
    for (const { customer, on } of known) {
      if (on.of === 0) continue;
      const expected = this.#normal(customer, population, on.of);
      // One customer's burst is that customer's: it does not speak for everybody. Fewer failures are never more evidence.
      counted += Math.min(on.failed, BURST_MIN + BURST_TIMES * expected);
      [of, normal] = [of + on.of, normal + expected];
      before += customerShare(population, this.#baseOf(customer)).shape;
    }
    if (of === 0) return;
    const all = [...this.#customers.values()].reduce((sum, { base }) => sum + base.failed, 0);
    if (all < FAILURES_MIN) return;
    const expected = normal * (1 + UPPER_95 / Math.sqrt(Math.min(before, all) + 1));
    this.#groupRecent = [...this.#groupRecent, [counted, of, expected] as const].slice(-this.#rule.of);
    if (control.expected > 0) return this.#addGroup({ failed: counted, expected, priorFailed: control.failed, priorExpected: control.expected });
    // Nobody is without it: the past alone says what is normal, so the increment is that of the predictive likelihood so far.
    const prior = { priorFailed: Math.min(before, all), priorExpected: Math.min(before, all) };
    const [wasFailed, wasExpected] = this.#lone;
    this.#lone = [wasFailed + counted, wasExpected + expected];
    this.#addGroup({ failed: wasFailed + counted, expected: wasExpected + expected, ...prior });
    this.#group = this.#group.map(
      (log, at) => log - logRatioEvidence({ failed: wasFailed, expected: wasExpected, ...prior }, this.#ratios[at] ?? 1, this.#rule.margin),
    );
  }

  #addGroup(counts: Parameters<typeof logRatioEvidence>[0]): void {
    this.#group = this.#group.map((log, at) => log + logRatioEvidence(counts, this.#ratios[at] ?? 1, this.#rule.margin));
  }

  #takeCustomer(customer: string, on: Baseline, population: Population, drift: number): void {
    const watched = this.#watched(customer);
    const normal = this.#normal(customer, population, on.of) * drift;
    watched.failed += on.failed;
    watched.of += on.of;
    watched.adjusted += on.of * drift;
    watched.recent = [...watched.recent, [on.failed, on.of, normal] as const].slice(-this.#rule.of);
  }

  #judge(population: Population): Harm | undefined {
    const reporting = [...this.#customers].filter(([, { of }]) => of > 0);
    const named = this.#named(reporting, population, logBar(ALPHA_PER_WEEK / 2, reporting.length));
    if (!this.#isGroupWorse(reporting.length)) return named.length === 0 ? undefined : this.#harm("customers", named, reporting.length);
    // All together are worse: by those few who stand out, or by the feature as such.
    const standOut = new Set(reporting.filter((one) => named.includes(one) || this.#evidence(one[1], population) >= STANDS_OUT));
    if (this.#isRestWorse(reporting, standOut, population)) return this.#harm("everybody", reporting, reporting.length);
    const sure = [...standOut].filter(([, one]) => this.#isAbove(one) || this.#isSteady(one));
    return sure.length === 0 ? undefined : this.#harm("customers", sure, reporting.length);
  }

  #named(reporting: readonly Reporting[], population: Population, bar: number): readonly Reporting[] {
    return reporting.filter(([, one]) => this.#isAbove(one) || (this.#isSteady(one) && this.#evidence(one, population) >= bar));
  }

  /** Whether all but these, and but the worst of the others, are beyond the margin too: by more than chance, since a handful of failures says nothing. */
  #isRestWorse(reporting: readonly Reporting[], left: ReadonlySet<Reporting>, population: Population): boolean {
    const others = reporting
      .filter((one) => !left.has(one))
      .map(([customer, { failed, adjusted }]) => ({ failed, normal: this.#normal(customer, population, adjusted) }))
      .sort((a, b) => a.failed - a.normal - (b.failed - b.normal))
      .slice(0, -Math.ceil(reporting.length * WORST_SHARE));
    const [failed, normal] = others.reduce(([sum, expected], one) => [sum + one.failed, expected + one.normal], [0, 0]);
    const allowed = this.#rule.margin * normal;
    return failed > allowed + UPPER_95 * Math.sqrt(allowed);
  }

  #evidence({ failed, adjusted, base }: Watched, population: Population): number {
    const share = customerShare(population, base);
    return logEvidence({ failed, expected: adjusted, priorFailed: share.shape, priorExpected: share.rate }, this.#rule.margin);
  }

  /** Enough was reported, and often enough it was bad: not in one burst. */
  #isSteady({ failed, of, recent }: Watched): boolean {
    const { margin, minimum, bad } = this.#rule;
    return failed >= FAILURES_MIN && of >= minimum && recent.filter(([worse, , normal]) => worse > margin * normal).length >= bad;
  }

  #isAbove({ recent }: Watched): boolean {
    const { above, minimum, bad } = this.#rule;
    if (above === undefined) return false;
    const [failed, of] = recent.reduce<readonly [number, number]>(([sum, all], [one, outcomes]) => [sum + one, all + outcomes], [0, 0]);
    return of >= minimum && failed > above * of && recent.filter(([one, outcomes]) => one > above * outcomes).length >= bad;
  }

  #isGroupWorse(reporting: number): boolean {
    const { margin, bad } = this.#rule;
    if (reporting < 2 || this.#groupRecent.filter(([failed, , normal]) => failed > margin * normal).length < bad) return false;
    return logMean(this.#group) >= logBar(ALPHA_PER_WEEK / 2, 1);
  }

  #harm(who: Harm["who"], harmed: readonly Reporting[], of: number): Harm {
    const sum = (count: (watched: Watched) => number): number => harmed.reduce((total, [, watched]) => total + count(watched), 0);
    const [baseOf, on] = [sum(({ base }) => base.of), sum((watched) => watched.of)];
    return {
      who,
      customers: harmed.map(([customer]) => customer).sort(),
      of,
      before: baseOf === 0 ? 0 : sum(({ base }) => base.failed) / baseOf,
      now: sum(({ failed }) => failed) / on,
      isSure: this.#hasControl || harmed.length * 2 <= of || harmed.every(([, one]) => this.#isAbove(one)),
    };
  }
}
