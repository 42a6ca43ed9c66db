import { logBar, logEvidence, logMean, logRatioEvidence, ratiosAbove } from "./evidence.ts";
import { addTo, type Counts, logLateBar, none, type Span, spans } from "./span.ts";
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
/** Customers of one guard; for further ones those are forgotten that have been silent longest, and for at least a day. */
export const WATCHED_MAX = 5_000;
/** Who reports once a day is not forgotten: else whoever invents customers would have the real ones forgotten. */
const SILENT_MS_MIN = 24 * 3_600_000;
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
  readonly counts: Readonly<Record<Span, Counts>>;
  recent: readonly Recent[];
  /** When it last reported. */
  heardMs: number;
}

/** What all who have the feature show together, since the week began or since it last spoke against harm. */
interface Together {
  /** Of each ratio. */
  logs: readonly number[];
  /** Of windows in which nobody was without the feature: they are held against the past alone. */
  lone: readonly [failed: number, expected: number];
}

/** State of a watch as it is kept over a restart. Evidence is of one margin; what is normal stands under another too. */
export interface WatchState {
  readonly margin: number;
  readonly sinceMs: number;
  readonly group: readonly (readonly [logs: readonly number[], loneFailed: number, loneExpected: number])[];
  readonly groupRecent: readonly Recent[];
  readonly windowMs: number;
  readonly customers: readonly (readonly [customer: string, numbers: readonly number[], recent: readonly Recent[]])[];
}

/**
 * Watches one outcome of one flag in one environment, window by window. Two tests side by side, each safe to look at after every window:
 * each customer against its own share before (negative binomial, Bonferroni over the customers), and all who have the feature against those
 * who do not have it, in the same window, both relative to their own share before (difference in differences, conditional binomial).
 *
 * Each test gathers evidence twice, for half of its error each: over the whole week, and from where it last spoke against harm. The second begins
 * anew wherever it falls to 1 or below, as Page's CUSUM does (Page 1954), so that healthy days do not have to be outweighed by harm that begins
 * late. It is one of the e-processes begun at each window; their sum is an e-detector (Shin, Ramdas and Rinaldo 2022, "E-detectors"), whose mean
 * after T windows is at most T, so that it reaches T/α within a week of T windows with a probability of at most α (Doob).
 * Same windows in, same findings out; it reads no clock.
 */
export class HarmWatch {
  readonly #rule: HarmRule;
  readonly #customers = new Map<string, Watched>();
  readonly #ratios: readonly number[];
  #sinceMs: number | undefined;
  readonly #group: Readonly<Record<"whole" | "shared", Together>>;
  #groupRecent: readonly Recent[] = [];
  /** Of the last window. */
  #hasControl = false;
  #windowMs = 0;
  /** Customers that were forgotten for others, and outcomes of those for whom there was no room, since this watch was made. */
  #forgotten = 0;
  #unwatched = 0;

  constructor(rule: HarmRule, state?: WatchState) {
    this.#rule = rule;
    this.#ratios = ratiosAbove(rule.margin);
    const fresh = (): Together => ({ logs: this.#ratios.map(() => 0), lone: [0, 0] });
    this.#group = { whole: fresh(), shared: fresh() };
    if (state === undefined) return;
    const isSame = state.margin === rule.margin && state.group.every(([logs]) => logs.length === this.#ratios.length);
    for (const [customer, [baseFailed = 0, baseOf = 0, heardMs = 0, ...numbers], recent] of state.customers) {
      const counts = (at: number): Counts => {
        const [failed = 0, of = 0, adjusted = 0] = isSame ? numbers.slice(3 * at) : [];
        return { failed, of, adjusted };
      };
      const spans = { whole: counts(0), late: counts(1), shared: counts(2) };
      this.#customers.set(customer, { base: { failed: baseFailed, of: baseOf }, counts: spans, recent: isSame ? recent : [], heardMs });
    }
    this.#windowMs = state.windowMs;
    if (!isSame) return;
    [this.#sinceMs, this.#groupRecent] = [state.sinceMs, state.groupRecent];
    for (const [at, span] of [this.#group.whole, this.#group.shared].entries()) {
      const [logs, failed, expected] = state.group[at] ?? [span.logs, 0, 0];
      Object.assign(span, { logs, lone: [failed, expected] });
    }
  }

  get state(): WatchState {
    const numbers = ({ failed, of, adjusted }: Counts): readonly number[] => [failed, of, adjusted];
    const customers = [...this.#customers].map(
      ([
        customer,
        {
          base,
          counts: { whole, late, shared },
          recent,
          heardMs,
        },
      ]) => [customer, [base.failed, base.of, heardMs, ...numbers(whole), ...numbers(late), ...numbers(shared)], recent] as const,
    );
    const group = [this.#group.whole, this.#group.shared].map(({ logs, lone }) => [logs, ...lone] as const);
    return { margin: this.#rule.margin, sinceMs: this.#sinceMs ?? 0, group, groupRecent: this.#groupRecent, windowMs: this.#windowMs, customers };
  }

  /**
   * Customers that have reported with the feature since the watch began, and outcomes without it that they are held against; customers that were
   * forgotten for others, and outcomes of customers for whom there was no room.
   */
  get seen(): { readonly customers: number; readonly baseline: number; readonly forgotten?: number; readonly unwatched?: number } {
    const all = [...this.#customers.values()];
    return {
      customers: all.filter(({ counts }) => counts.whole.of > 0).length,
      baseline: Math.round(all.reduce((sum, { base }) => sum + base.of, 0)),
      ...(this.#forgotten === 0 ? {} : { forgotten: this.#forgotten }),
      ...(this.#unwatched === 0 ? {} : { unwatched: this.#unwatched }),
    };
  }

  /** Takes one window that ended at `atMs` and was `windowMs` long; harm, where there is some. What is found is found again until `forget`. */
  take(outcomes: readonly CustomerOutcomes[], atMs: number, windowMs: number): Harm | undefined {
    this.#beginWeek(atMs);
    this.#windowMs = windowMs;
    const known = this.#admit(outcomes, atMs);
    const population = populationOf([...this.#customers.values()].map(({ base }) => base));
    const control = this.#controlOf(known, population);
    this.#hasControl = control.expected > 0;
    const drift = Math.max(1, (control.failed + DRIFT_SMOOTHING) / (control.expected + DRIFT_SMOOTHING));
    this.#takeGroup(known, population, control);
    for (const { customer, on } of known) if (on.of > 0) this.#takeCustomer(customer, on, population, drift);
    this.#learn(known, 2 ** (-windowMs / HALF_LIFE_MS));
    const harm = this.#judge(population);
    this.#beginAnew(population);
    return harm;
  }

  /** Those of whom this watch keeps something; for new ones the longest silent are forgotten. Heard last stands last. */
  #admit(outcomes: readonly CustomerOutcomes[], atMs: number): readonly CustomerOutcomes[] {
    const known: CustomerOutcomes[] = [];
    for (const one of outcomes) {
      const watched = this.#customers.get(one.customer);
      if (watched === undefined && this.#customers.size >= WATCHED_MAX && !this.#forgetSilent(atMs)) {
        this.#unwatched += one.off.of + one.on.of;
        continue;
      }
      this.#customers.delete(one.customer);
      this.#customers.set(one.customer, { ...(watched ?? { base: { failed: 0, of: 0 }, counts: spans(), recent: [] }), heardMs: atMs });
      known.push(one);
    }
    return known;
  }

  #forgetSilent(atMs: number): boolean {
    const [silent] = this.#customers;
    if (silent === undefined || Math.abs(atMs - silent[1].heardMs) < SILENT_MS_MIN) return false;
    this.#customers.delete(silent[0]);
    this.#forgotten += 1;
    return true;
  }

  /** Begins anew with these customers: what was found about them was acted upon. */
  forget(customers: readonly string[]): void {
    for (const customer of customers) {
      const watched = this.#customers.get(customer);
      if (watched !== undefined) Object.assign(watched, { counts: spans(), recent: [] });
    }
    for (const span of [this.#group.whole, this.#group.shared]) Object.assign(span, { logs: this.#ratios.map(() => 0), lone: [0, 0] });
    for (const { counts } of this.#customers.values()) Object.assign(counts.shared, none());
    this.#groupRecent = [];
  }

  /** Where evidence from late on speaks against harm, it begins anew with the next window. */
  #beginAnew(population: Population): void {
    for (const { counts, base } of this.#customers.values())
      if (counts.late.of > 0 && this.#evidence(counts.late, base, population) <= 0) Object.assign(counts.late, none());
    if (logMean(this.#group.shared.logs) > 0) return;
    Object.assign(this.#group.shared, { logs: this.#ratios.map(() => 0), lone: [0, 0] });
    for (const { counts } of this.#customers.values()) Object.assign(counts.shared, none());
  }

  /**
   * What is normal is learnt while nobody has the feature, for all alike: were it learnt on, of those who go without it alone, then a trouble of
   * everybody would become normal for them and harm for the others. A customer of whom little is known is learnt all the same.
   */
  #learn(known: readonly CustomerOutcomes[], keep: number): void {
    const isLive = [...this.#customers.values()].some(({ counts }) => counts.whole.of > 0);
    for (const { customer, off } of known) {
      const watched = this.#customers.get(customer);
      if (watched === undefined || off.of === 0 || (isLive && watched.base.of >= LEARNT_MIN)) continue;
      watched.base = { failed: watched.base.failed * keep + off.failed, of: watched.base.of * keep + off.of };
    }
  }

  #beginWeek(atMs: number): void {
    // A clock that was set back begins a week too: better less evidence than evidence of two weeks.
    if (this.#sinceMs !== undefined && atMs - this.#sinceMs < WEEK_MS && atMs >= this.#sinceMs) return;
    if (this.#sinceMs !== undefined) this.forget([...this.#customers.keys()]);
    this.#sinceMs = atMs;
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
    const logRatio = (counts: typeof control & { priorFailed: number; priorExpected: number }, at: number): number =>
      logRatioEvidence(counts, this.#ratios[at] ?? 1, this.#rule.margin);
    if (control.expected > 0) {
      const now = { failed: counted, expected, priorFailed: control.failed, priorExpected: control.expected };
      for (const span of [this.#group.whole, this.#group.shared]) span.logs = span.logs.map((log, at) => log + logRatio(now, at));
      return;
    }
    // Nobody is without it: the past alone says what is normal, so the increment is that of the predictive likelihood so far.
    const prior = { priorFailed: Math.min(before, all), priorExpected: Math.min(before, all) };
    for (const span of [this.#group.whole, this.#group.shared]) {
      const [wasFailed, wasExpected] = span.lone;
      const [was, is] = [
        { failed: wasFailed, expected: wasExpected, ...prior },
        { failed: wasFailed + counted, expected: wasExpected + expected, ...prior },
      ];
      span.lone = [is.failed, is.expected];
      span.logs = span.logs.map((log, at) => log + logRatio(is, at) - logRatio(was, at));
    }
  }

  #takeCustomer(customer: string, on: Baseline, population: Population, drift: number): void {
    const watched = this.#customers.get(customer);
    if (watched === undefined) return;
    for (const span of Object.values(watched.counts)) addTo(span, on, drift);
    watched.recent = [...watched.recent, [on.failed, on.of, this.#normal(customer, population, on.of) * drift] as const].slice(-this.#rule.of);
  }

  #judge(population: Population): Harm | undefined {
    const reporting = [...this.#customers].filter(([, { counts }]) => counts.whole.of > 0);
    const named = reporting.filter((one) => this.#isAbove(one[1]) || (this.#isSteady(one[1]) && this.#isProved(one[1], population, reporting.length)));
    const since = this.#groupWorseSince(reporting.length);
    if (since === undefined) return named.length === 0 ? undefined : this.#harm("customers", named, "late", reporting.length);
    // All together are worse: by those few who stand out, or by the feature as such.
    const standOut = new Set(reporting.filter((one) => named.includes(one) || this.#mostEvidence(one[1], population) >= STANDS_OUT));
    if (this.#isRestWorse(reporting, standOut, { population, since })) return this.#harm("everybody", reporting, since, reporting.length);
    const sure = [...standOut].filter(([, one]) => this.#isAbove(one) || this.#isSteady(one));
    return sure.length === 0 ? undefined : this.#harm("customers", sure, "late", reporting.length);
  }

  /** Beyond doubt by the whole week or by what came last, all customers looked at together. */
  #isProved({ counts, base }: Watched, population: Population, tests: number): boolean {
    const alpha = ALPHA_PER_WEEK / 4;
    return (
      this.#evidence(counts.whole, base, population) >= logBar(alpha, tests) ||
      this.#evidence(counts.late, base, population) >= logLateBar(alpha, tests, WEEK_MS / this.#windowMs)
    );
  }

  /** Whether all but these, and but the worst of the others, are beyond the margin too: by more than chance, since a handful of failures says nothing. */
  #isRestWorse(
    reporting: readonly Reporting[],
    left: ReadonlySet<Reporting>,
    { population, since }: { readonly population: Population; readonly since: Span },
  ): boolean {
    const others = reporting
      .filter((one) => !left.has(one))
      .map(([customer, { counts }]) => ({ failed: counts[since].failed, normal: this.#normal(customer, population, counts[since].adjusted) }))
      .sort((a, b) => a.failed - a.normal - (b.failed - b.normal))
      .slice(0, -Math.ceil(reporting.length * WORST_SHARE));
    const [failed, normal] = others.reduce(([sum, expected], one) => [sum + one.failed, expected + one.normal], [0, 0]);
    const allowed = this.#rule.margin * normal;
    return failed > allowed + UPPER_95 * Math.sqrt(allowed);
  }

  #evidence({ failed, adjusted }: Counts, base: Baseline, population: Population): number {
    const share = customerShare(population, base);
    return logEvidence({ failed, expected: adjusted, priorFailed: share.shape, priorExpected: share.rate }, this.#rule.margin);
  }

  #mostEvidence({ counts, base }: Watched, population: Population): number {
    return Math.max(this.#evidence(counts.whole, base, population), this.#evidence(counts.late, base, population));
  }

  /** Enough was reported, and often enough it was bad: not in one burst. */
  #isSteady({ counts: { whole }, recent }: Watched): boolean {
    const { margin, minimum, bad } = this.#rule;
    return whole.failed >= FAILURES_MIN && whole.of >= minimum && recent.filter(([worse, , normal]) => worse > margin * normal).length >= bad;
  }

  #isAbove({ recent }: Watched): boolean {
    const { above, minimum, bad } = this.#rule;
    if (above === undefined) return false;
    const [failed, of] = recent.reduce<readonly [number, number]>(([sum, all], [one, outcomes]) => [sum + one, all + outcomes], [0, 0]);
    return of >= minimum && failed > above * of && recent.filter(([one, outcomes]) => one > above * outcomes).length >= bad;
  }

  /** Since when all who have it are worse: the week, or from late on; undefined where they are not. */
  #groupWorseSince(reporting: number): "whole" | "shared" | undefined {
    const { margin, bad } = this.#rule;
    if (reporting < 2 || this.#groupRecent.filter(([failed, , normal]) => failed > margin * normal).length < bad) return undefined;
    const alpha = ALPHA_PER_WEEK / 4;
    if (logMean(this.#group.whole.logs) >= logBar(alpha, 1)) return "whole";
    return logMean(this.#group.shared.logs) >= logLateBar(alpha, 1, WEEK_MS / this.#windowMs) ? "shared" : undefined;
  }

  /** With the shares of the span that speaks for harm: healthy days before it say nothing of how bad it is. */
  #harm(who: Harm["who"], harmed: readonly Reporting[], since: Span, of: number): Harm {
    const sum = (count: (watched: Watched) => number): number => harmed.reduce((total, [, watched]) => total + count(watched), 0);
    const isSeen = sum(({ counts }) => counts[since].of) > 0;
    const span = isSeen ? since : "whole";
    const [baseOf, on] = [sum(({ base }) => base.of), sum(({ counts }) => counts[span].of)];
    return {
      who,
      customers: harmed.map(([customer]) => customer).sort(),
      of,
      before: baseOf === 0 ? 0 : sum(({ base }) => base.failed) / baseOf,
      now: sum(({ counts }) => counts[span].failed) / on,
      isSure: this.#hasControl || harmed.length * 2 <= of || harmed.every(([, one]) => this.#isAbove(one)),
    };
  }
}
