import { describe, expect, test } from "vitest";
import { Company, type GuardedWorld } from "../../../../bench/guard/world.ts";
import { type CustomerOutcomes, type Harm, type HarmRule, HarmWatch, WATCHED_MAX, WEEK_MS, type WatchState } from "./harm-watch.ts";

const MINUTE = 60_000;
const RULE: HarmRule = { margin: 1.5, minimum: 20, bad: 2, of: 5 };
const NONE = { failed: 0, of: 0 };
const off = (customer: string, failed: number, of: number): CustomerOutcomes => ({ customer, off: { failed, of }, on: NONE });
const on = (customer: string, failed: number, of: number): CustomerOutcomes => ({ customer, off: NONE, on: { failed, of } });

/** Ten customers that fail once in a hundred; of those, the first five get the feature. */
const before = Array.from({ length: 10 }, (_, at) => off(`c${at}`, 20, 2_000));
const control = Array.from({ length: 5 }, (_, at) => off(`c${at + 5}`, 1, 100));
const healthy = (customers: readonly string[]): readonly CustomerOutcomes[] => customers.map((customer) => on(customer, 1, 100));

function watching(rule: HarmRule = RULE, state?: WatchState): HarmWatch {
  const watch = new HarmWatch(rule, state);
  if (state === undefined) expect(watch.take(before, 0, MINUTE)).toBeUndefined();
  return watch;
}

/** The windows from minute `from` on, each the same; the first harm, and after how many windows. */
function first(watch: HarmWatch, window: readonly CustomerOutcomes[], windows: number, from = 0): { readonly harm: Harm; readonly after: number } | undefined {
  for (let at = 1; at <= windows; at++) {
    const harm = watch.take(window, (from + at) * MINUTE, MINUTE);
    if (harm !== undefined) return { harm, after: at };
  }
  return undefined;
}

const world = (change: Partial<GuardedWorld>): GuardedWorld => ({
  seed: 5,
  customers: 60,
  wave: 0.4,
  perMinute: 5,
  share: 0.01,
  alikeness: 4,
  windowMinutes: 1,
  baselineMinutes: 1_440,
  harm: { ratio: 1, among: 1 },
  ...change,
});

function run(asked: GuardedWorld, minutes: number): { readonly harm?: Harm; readonly harmed: readonly string[] } {
  const company = new Company(asked);
  const watch = new HarmWatch(RULE);
  watch.take(company.baseline(), 0, MINUTE);
  const harmed = company.people.filter(({ isHarmed }) => isHarmed).map(({ id }) => id);
  for (let minute = 0; minute < minutes; minute++) {
    const harm = watch.take(company.window(minute), (minute + 1) * MINUTE, MINUTE);
    if (harm !== undefined) return { harm, harmed };
  }
  return { harmed };
}

describe("a watch", () => {
  test("names the one customer that the feature harms, with its numbers, and nobody else", () => {
    const found = first(watching(), [on("c0", 12, 100), ...healthy(["c1", "c2", "c3", "c4"]), ...control], 60);
    expect(found?.harm).toEqual({ who: "customers", customers: ["c0"], of: 5, before: 0.01, now: 0.12, isSure: true });
    // By its own numbers 12 of 100 is beyond doubt, but one bad window is not two.
    expect(found?.after).toBe(2);
  });

  test("says that everybody is harmed where the harm is spread over all who have it", () => {
    const { harm, harmed } = run(world({ harm: { ratio: 4, among: 1 } }), 240);
    expect(harm).toMatchObject({ who: "everybody", of: harm?.customers.length });
    expect(harmed).toEqual(expect.arrayContaining([...(harm?.customers ?? [])]));
    // Those that have used it at all.
    expect(harm?.customers.length).toBeGreaterThan(0.8 * harmed.length);
    expect(harm?.now).toBeGreaterThan(2 * (harm?.before ?? 1));
  });

  test("is not sure where everybody has it and everybody is worse, unless others without it are well or a share is harm by itself", () => {
    const everybody = before.map(({ customer }) => on(customer, 30, 100));
    expect(first(watching(), everybody, 60)?.harm).toMatchObject({ of: 10, isSure: false });
    expect(first(watching({ ...RULE, above: 0.2 }), everybody, 60)?.harm).toMatchObject({ isSure: true });
    // With one of ten worse, the others who have it say that it is no trouble of everything.
    expect(
      first(
        watching(),
        before.map(({ customer }) => on(customer, customer === "c3" ? 30 : 1, 100)),
        60,
      )?.harm,
    ).toMatchObject({ customers: ["c3"], isSure: true });
    const halves = [...before.slice(0, 5).map(({ customer }) => on(customer, 30, 100)), ...control];
    expect(first(watching(), halves, 60)?.harm).toMatchObject({ of: 5, isSure: true });
  });

  test("names those few of a wave who are harmed, in worlds that it did not make", () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { harm, harmed } = run(world({ seed, harm: { ratio: 30, among: 0.1 } }), 240);
      expect(harm?.who).toBe("customers");
      expect(harmed).toEqual(expect.arrayContaining([...(harm?.customers ?? [])]));
    }
  });

  test("finds nothing in a day where the feature does nothing, and nothing where everybody has trouble at once", () => {
    for (const seed of [1, 2, 3]) expect(run(world({ seed, hasTroubles: true }), 1_440).harm).toBeUndefined();
    const trouble = [...["c0", "c1", "c2", "c3", "c4"].map((customer) => on(customer, 8, 100)), ...control.map(({ customer }) => off(customer, 8, 100))];
    expect(first(watching(), trouble, 30)).toBeUndefined();
  });

  test("is not moved by a burst in one window, nor by few outcomes", () => {
    const watch = watching();
    expect(watch.take([on("c0", 40, 100), ...control], MINUTE, MINUTE)).toBeUndefined();
    expect(first(watch, [on("c0", 1, 100), ...control], 20, 1)).toBeUndefined();
    expect(first(watching({ ...RULE, minimum: 500 }), [on("c0", 12, 100), ...control], 4)).toBeUndefined();
    expect(first(watching({ ...RULE, minimum: 500 }), [on("c0", 12, 100), ...control], 5)?.after).toBe(5);
  });

  test("says nothing of a feature whose past nobody has seen, unless a share is harm whatever it was before", () => {
    const fresh = (rule: HarmRule): HarmWatch => new HarmWatch(rule);
    const bad = ["c0", "c1"].map((customer) => on(customer, 30, 100));
    expect(first(fresh(RULE), bad, 30)).toBeUndefined();
    expect(first(fresh({ ...RULE, above: 0.25 }), bad, 30)).toMatchObject({ after: 2, harm: { customers: ["c0", "c1"], before: 0, now: 0.3 } });
    expect(first(fresh({ ...RULE, above: 0.3 }), bad, 30)).toBeUndefined();
  });

  test("allows what is within the margin for ever", () => {
    // 1.4 times as often as before, for a week.
    const window = [on("c0", 14, 1_000), ...control];
    const known = (margin: number): HarmWatch => {
      const watch = new HarmWatch({ ...RULE, margin });
      watch.take([...before, off("c0", 2_000, 200_000)], 0, MINUTE);
      return watch;
    };
    expect(first(known(1.5), window, 2_000)).toBeUndefined();
    expect(first(known(1.1), window, 2_000)?.harm.customers).toEqual(["c0"]);
    // With a past of 20 failures alone, 1.4 times as many are no proof of more than 1.1 times.
    expect(first(watching({ ...RULE, margin: 1.1 }), window, 2_000)).toBeUndefined();
  });

  test("goes on after a restart as if there had been none", () => {
    const window = [on("c0", 3, 100), ...healthy(["c1", "c2"]), ...control];
    const straight = first(watching(), window, 60);
    expect(straight?.after).toBeGreaterThan(3);
    const watch = watching();
    first(watch, window, 3);
    const kept: WatchState = JSON.parse(JSON.stringify(watch.state));
    expect(first(watching(RULE, kept), window, 60, 3)?.after).toBe((straight?.after ?? 0) - 3);
    expect(new HarmWatch({ ...RULE, margin: 9 }, kept).seen).toEqual({ customers: 0, baseline: 20_000 });
  });

  test("begins anew with those about whom something was done, each week, and when the clock is set back", () => {
    const window = [on("c0", 3, 100), ...control];
    const after = first(watching(), window, 60)?.after ?? 0;
    const watch = watching();
    first(watch, window, after);
    watch.forget(["c0"]);
    expect(first(watch, window, 60, after)?.after).toBeGreaterThan(after / 2);
    for (const atMs of [WEEK_MS, -WEEK_MS]) {
      const other = watching();
      first(other, window, after - 1);
      expect(other.take(window, atMs, MINUTE)).toBeUndefined();
      expect(other.seen).toEqual({ customers: 1, baseline: expect.any(Number) });
      // Failures and outcomes of the whole span, behind what was normal and when it last reported.
      expect(other.state.customers.find(([customer]) => customer === "c0")?.[1].slice(3, 5)).toEqual([3, 100]);
    }
  });

  test("finds harm that begins after healthy days as soon as harm that begins at once, by its own share", () => {
    const [harmful, well] = [on("c0", 6, 100), [...healthy(["c1", "c2", "c3", "c4"]), ...control]];
    const early = first(watching(), [harmful, ...well], 60);
    const watch = watching();
    const DAYS = 5 * 1_440;
    expect(first(watch, [on("c0", 1, 100), ...well], DAYS)).toBeUndefined();
    const late = first(watch, [harmful, ...well], 120, DAYS);
    expect(late?.harm).toMatchObject({ who: "customers", customers: ["c0"], before: 0.01, now: 0.06 });
    expect(late?.after).toBeLessThan(3 * (early?.after ?? 0));
    // And of all who have it, in a world that it did not make.
    const company = new Company(world({ harm: { ratio: 4, among: 1 }, harmFrom: 2 * 1_440 }));
    const together = new HarmWatch(RULE);
    together.take(company.baseline(), 0, MINUTE);
    let minute = 0;
    let found: Harm | undefined;
    while (found === undefined && minute < 3 * 1_440) found = together.take(company.window(minute++), minute * MINUTE, MINUTE);
    expect(found).toMatchObject({ who: "everybody" });
    expect(minute - 2 * 1_440).toBeGreaterThan(0);
    expect(minute - 2 * 1_440).toBeLessThan(60);
    // By its shares since then: four times as bad as before, not somewhat worse than two healthy days.
    expect((found?.now ?? 0) / (found?.before ?? 1)).toBeGreaterThan(2.5);
  });

  test("holds so many customers and no more", () => {
    const watch = new HarmWatch(RULE);
    watch.take(
      Array.from({ length: WATCHED_MAX + 500 }, (_, at) => off(`c${at}`, 0, 10)),
      MINUTE,
      MINUTE,
    );
    expect(watch.state.customers).toHaveLength(WATCHED_MAX);
    expect(watch.seen).toEqual({ customers: 0, baseline: 10 * WATCHED_MAX, unwatched: 5_000 });
  });

  test("forgets those who have been silent longest where others come, and nobody who reported within a day", () => {
    const DAY = 1_440 * MINUTE;
    const watch = new HarmWatch(RULE);
    watch.take(
      Array.from({ length: WATCHED_MAX }, (_, at) => off(`c${at}`, 0, 10)),
      MINUTE,
      MINUTE,
    );
    // Whoever invents customers has nobody forgotten who reports.
    watch.take([off("invented", 9, 10)], DAY, MINUTE);
    expect(watch.seen).toEqual({ customers: 0, baseline: 10 * WATCHED_MAX, unwatched: 10 });
    watch.take([off("c0", 0, 10), off("new", 0, 10)], 2 * DAY, MINUTE);
    const kept = watch.state.customers.map(([customer]) => customer);
    expect([kept.length, kept.includes("c0"), kept.includes("new"), kept.includes("c1"), kept.includes("c2")]).toEqual([WATCHED_MAX, true, true, false, true]);
    expect(watch.seen).toMatchObject({ forgotten: 1, unwatched: 10 });
  });
});
