// `npm run bench -- guard [--runs N] [--json]`: what a guard finds, how soon, and how often it is wrong, in worlds whose truth is known.
import { HarmWatch, WEEK_MS } from "@sluice/releases";
import { numberOption, percentile, print, type Row } from "../../faults/rig/report.ts";
import { NaiveThreshold } from "./naive.ts";
import { Company, type GuardedWorld } from "./world.ts";

const RULE = { margin: 1.5, minimum: 20, bad: 2, of: 5 };
const HALF_DAY_MINUTES = 720;
const WEEK_MINUTES = WEEK_MS / 60_000;
const MINUTE_MS = 60_000;
/** Healthy time before late harm: all but a day of the week over which evidence is gathered, so the most that it has to outweigh. */
const HEALTHY_MINUTES = 6 * 1_440;
/** Healthy days are seen in windows of this length: what evidence comes to does not hang on how it is cut. */
const HEALTHY_WINDOW_MINUTES = 30;
/** One-sided 95 % point of the normal distribution. */
const Z = 1.645;
const runs = numberOption("--runs", 100);

/** 400 customers of very different size, three outcomes a minute on average, of which 1 % fail; seen for a day before. */
const COMPANY: Omit<GuardedWorld, "seed" | "harm" | "wave"> = {
  customers: 400,
  perMinute: 3,
  share: 0.01,
  alikeness: 4,
  windowMinutes: 1,
  baselineMinutes: 1_440,
  hasTroubles: true,
};

interface Outcome {
  /** Minutes until the guard found harm; absent where it found none. */
  readonly foundMinutes?: number;
  readonly naiveMinutes?: number;
  /** Found where there was none yet. */
  readonly isFalse?: boolean;
  /** Customers that were switched off although nothing was wrong with them, of so many that had the feature. */
  readonly falselyOff: number;
  readonly had: number;
}

/** Lets a guard watch one world until it finds something, or for so long. */
function watch(world: GuardedWorld, minutes: number): Outcome {
  const company = new Company(world);
  const [guard, naive] = [new HarmWatch(RULE), new NaiveThreshold()];
  const windowMs = world.windowMinutes * MINUTE_MS;
  guard.take(company.baseline(), 0, windowMs);
  const healthy = new Set(company.people.filter(({ isHarmed }) => !isHarmed).map(({ id }) => id));
  const had = company.people.filter(({ has }) => has).length;
  let naiveMinutes: number | undefined;
  const from = world.harmFrom ?? 0;
  for (let minute = 0; minute < from; minute += HEALTHY_WINDOW_MINUTES) {
    const end = minute + HEALTHY_WINDOW_MINUTES;
    if (guard.take(company.window(minute, HEALTHY_WINDOW_MINUTES), end * MINUTE_MS, HEALTHY_WINDOW_MINUTES * MINUTE_MS) !== undefined)
      return { isFalse: true, falselyOff: had, had };
  }
  for (let minute = from; minute < from + minutes; minute += world.windowMinutes) {
    const end = minute + world.windowMinutes;
    const seen = company.window(minute);
    if (naive.take(seen)) naiveMinutes ??= end;
    const harm = guard.take(seen, end * MINUTE_MS, windowMs);
    if (harm === undefined) continue;
    const falselyOff = harm.customers.filter((customer) => healthy.has(customer)).length;
    return { foundMinutes: end - from, falselyOff, had, ...(naiveMinutes === undefined ? {} : { naiveMinutes }) };
  }
  return { falselyOff: 0, had, ...(naiveMinutes === undefined ? {} : { naiveMinutes }) };
}

const times = (count: number, of: (seed: number) => Outcome): readonly Outcome[] => Array.from({ length: count }, (_, at) => of(at + 1));
const share = (outcomes: readonly Outcome[], is: (outcome: Outcome) => boolean): number => outcomes.filter(is).length / outcomes.length;
const found = ({ foundMinutes }: Outcome): boolean => foundMinutes !== undefined;
const foundNaively = ({ naiveMinutes }: Outcome): boolean => naiveMinutes !== undefined;
/** What was not found in time took at least the whole time. */
const minutes = (outcomes: readonly Outcome[], part: number): number =>
  percentile(
    outcomes.map(({ foundMinutes }) => foundMinutes ?? HALF_DAY_MINUTES),
    part,
  );

/** Upper end of the one-sided 95 % score interval (Wilson 1927). */
function upper95(part: number, of: number): number {
  const z2 = Z ** 2 / of;
  return (part + z2 / 2 + Z * Math.sqrt((part * (1 - part)) / of + z2 / (4 * of))) / (1 + z2);
}

const SAME = { ratio: 1, among: 1 };
const aa = [0.1, 0.4].flatMap((wave) => times(runs, (seed) => watch({ ...COMPANY, seed: seed + wave * 10_000, wave, harm: SAME }, HALF_DAY_MINUTES)));
const x3 = times(runs, (seed) => watch({ ...COMPANY, seed, wave: 0.1, harm: { ratio: 3, among: 1 } }, HALF_DAY_MINUTES));
const x30 = times(runs, (seed) => watch({ ...COMPANY, seed, wave: 0.4, harm: { ratio: 30, among: 0.05 } }, HALF_DAY_MINUTES));
const late = (harm: GuardedWorld["harm"], wave: number): readonly Outcome[] =>
  times(runs, (seed) => watch({ ...COMPANY, seed: seed + 50_000, wave, harm, harmFrom: HEALTHY_MINUTES }, HALF_DAY_MINUTES));
const lateX3 = late({ ratio: 3, among: 1 }, 0.1);
const lateX30 = late({ ratio: 30, among: 0.05 }, 0.4);
const weekly: Omit<GuardedWorld, "seed"> = { ...COMPANY, customers: 40, wave: 0.4, windowMinutes: 5, harm: SAME };
const weeks = times(runs * 2, (seed) => watch({ ...weekly, seed: seed + 90_000 }, WEEK_MINUTES));
const falselyOff = [...aa, ...x30].reduce((sum, outcome) => sum + outcome.falselyOff, 0);
const had = [...aa, ...x30].reduce((sum, outcome) => sum + outcome.had, 0);
const rows: readonly Row[] = [
  { key: "aa.falseAlarm", value: share(aa, found), target: "" },
  { key: "aa.upper95", value: upper95(share(aa, found), aa.length), target: "<= 0.05" },
  { key: "aa.per10000weeks", value: share(weeks, found) * 10_000, target: "<= 100" },
  { key: "x3.p50min", value: minutes(x3, 0.5), target: "" },
  { key: "x3.p95min", value: minutes(x3, 0.95), target: "<= 25" },
  { key: "x3.power", value: share(x3, found), target: "1" },
  { key: "x30.p50min", value: minutes(x30, 0.5), target: "" },
  { key: "x30.p95min", value: minutes(x30, 0.95), target: "<= 25" },
  { key: "x30.power", value: share(x30, found), target: "1" },
  { key: "lateX3.p50min", value: minutes(lateX3, 0.5), target: "" },
  { key: "lateX3.p95min", value: minutes(lateX3, 0.95), target: "<= 60" },
  { key: "lateX3.power", value: share(lateX3, found), target: "1" },
  { key: "lateX30.p50min", value: minutes(lateX30, 0.5), target: "" },
  { key: "lateX30.p95min", value: minutes(lateX30, 0.95), target: "<= 60" },
  { key: "late.falseAlarm", value: share([...lateX3, ...lateX30], ({ isFalse }) => isFalse === true), target: "" },
  { key: "falseHeldPer500", value: (falselyOff / had) * 500, target: "<= 1" },
  { key: "naive.aa.falseAlarm", value: share(aa, foundNaively), target: "" },
  { key: "naive.aa.per10000weeks", value: share(weeks, foundNaively) * 10_000, target: "" },
];
print({
  name: "guard",
  rows,
  notes: `${aa.length} half days and ${weeks.length} weeks without harm, ${x3.length + x30.length} half days with it; naive: a z-test after every window.`,
});
