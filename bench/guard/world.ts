import { seeded } from "../../conformance/worlds.ts";
import type { CustomerOutcomes } from "@sluice/releases";

/** A company whose customers use a feature; what is true of it is known, because it was made so. */
export interface GuardedWorld {
  readonly seed: number;
  readonly customers: number;
  /** Share of the customers that have the feature. */
  readonly wave: number;
  /** Outcomes a minute of a customer, on average; single customers differ by a log-normal factor of σ 1. */
  readonly perMinute: number;
  /** Share of outcomes that fail without the feature, on average; single customers differ by a Gamma factor of this shape. */
  readonly share: number;
  readonly alikeness: number;
  /** Length of a window in minutes, and how many minutes the customers were seen before the feature came. */
  readonly windowMinutes: number;
  readonly baselineMinutes: number;
  /** How many times as many outcomes fail with the feature, and for which share of those who have it. */
  readonly harm: { readonly ratio: number; readonly among: number };
  /** Minute after the feature came from which on it does harm; from the beginning where absent. */
  readonly harmFrom?: number;
  /** Once a day everybody fails three times as often for half an hour, whether or not they have the feature. */
  readonly hasTroubles?: boolean;
}

interface Person {
  readonly id: string;
  readonly perMinute: number;
  readonly share: number;
  readonly has: boolean;
  readonly isHarmed: boolean;
}

const DAY_MINUTES = 1_440;
const SHARE_MAX = 0.9;
/** From here on the normal approximation is better than 1 % of its standard deviation. */
const NORMAL_FROM = 60;

/** Draws from distributions; by the textbook methods (Devroye 1986), so that nothing of the guard is in it. */
export class Draws {
  readonly #unit: () => number;

  constructor(seed: number) {
    this.#unit = seeded(seed);
  }

  unit(): number {
    return this.#unit();
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.#unit())) * Math.cos(2 * Math.PI * this.#unit());
  }

  poisson(mean: number): number {
    if (mean <= 0) return 0;
    if (mean >= NORMAL_FROM) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    const limit = Math.exp(-mean);
    let [count, product] = [0, this.#unit()];
    while (product > limit) [count, product] = [count + 1, product * this.#unit()];
    return count;
  }

  /** Failures among `of` outcomes of a small share: Poisson, never more than there are. */
  failures(of: number, share: number): number {
    return Math.min(of, this.poisson(of * Math.min(SHARE_MAX, share)));
  }

  /** Gamma of a whole shape with mean 1: a sum of exponentials. */
  gamma(shape: number): number {
    let sum = 0;
    for (let at = 0; at < shape; at++) sum -= Math.log(1 - this.#unit());
    return sum / shape;
  }
}

/** The customers of a world, windows of it, and who is really harmed. */
export class Company {
  readonly draws: Draws;
  readonly world: GuardedWorld;
  readonly people: readonly Person[];

  constructor(world: GuardedWorld) {
    this.world = world;
    this.draws = new Draws(world.seed);
    const having = Math.round(world.customers * world.wave);
    const harmed = Math.round(having * world.harm.among);
    this.people = Array.from({ length: world.customers }, (_, at) => ({
      id: `c${at}`,
      perMinute: world.perMinute * Math.exp(this.draws.normal() - 0.5),
      share: world.share * this.draws.gamma(world.alikeness),
      has: at < having,
      isHarmed: at < harmed && world.harm.ratio !== 1,
    }));
  }

  /** All that was seen before the feature came, as one window. */
  baseline(): readonly CustomerOutcomes[] {
    return this.people.map(({ id, perMinute, share }) => {
      const of = this.draws.poisson(perMinute * this.world.baselineMinutes);
      return { customer: id, off: { failed: this.draws.failures(of, share), of }, on: { failed: 0, of: 0 } };
    });
  }

  /** The window that begins at this minute after the feature came, as long as the world's or this long. By night a fifth is used of what is used by day. */
  window(minute: number, windowMinutes: number = this.world.windowMinutes): readonly CustomerOutcomes[] {
    const { harm, hasTroubles, harmFrom = 0 } = this.world;
    const busy = 0.6 + 0.4 * Math.sin((2 * Math.PI * minute) / DAY_MINUTES);
    const trouble = hasTroubles === true && minute % DAY_MINUTES < 30 ? 3 : 1;
    const outcomes: CustomerOutcomes[] = [];
    for (const { id, perMinute, share, has, isHarmed } of this.people) {
      const of = this.draws.poisson(perMinute * windowMinutes * busy);
      if (of === 0) continue;
      const seen = { failed: this.draws.failures(of, share * trouble * (isHarmed && minute >= harmFrom ? harm.ratio : 1)), of };
      const none = { failed: 0, of: 0 };
      outcomes.push(has ? { customer: id, off: none, on: seen } : { customer: id, off: seen, on: none });
    }
    return outcomes;
  }
}
