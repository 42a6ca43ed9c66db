import { describe, expect, test } from "vitest";
import { QueryWatch } from "./query-watch.ts";

const of = (values: Readonly<Record<string, number>>): readonly { readonly customer: string; readonly value: number }[] =>
  Object.entries(values).map(([customer, value]) => ({ customer, value }));

describe("a watch of a query", () => {
  test("finds a customer in the last of so many bad windows of the last so many", () => {
    const watch = new QueryWatch({ above: 1, bad: 2, of: 3 });
    expect(watch.take(of({ a: 2, b: 1 }))).toBeUndefined();
    expect(watch.take(of({ a: 1, b: 9 }))).toBeUndefined();
    expect(watch.take(of({ a: 1.01, b: 0 }))).toMatchObject({ customers: ["a"] });
    // The first bad window of a is out of sight; b has one.
    expect(watch.take(of({ a: 0, b: 0 }))).toBeUndefined();
    expect(watch.take(of({ a: 5, b: 5 }))).toMatchObject({ customers: ["a"] });
  });

  test("takes the worst of several series of one customer, whichever comes last", () => {
    const watch = new QueryWatch({ above: 1, bad: 2, of: 2 });
    const pods = [...of({ a: 2 }), ...of({ a: 0 })];
    expect(watch.take(pods)).toBeUndefined();
    expect(watch.take(pods.toReversed())?.customers).toEqual(["a"]);
  });

  test("takes a customer that the query does not name as one that is well", () => {
    const watch = new QueryWatch({ above: 1, bad: 2, of: 2 });
    watch.take(of({ a: 2 }));
    watch.take(of({ b: 0 }));
    expect(watch.take(of({ a: 2 }))).toBeUndefined();
    expect(watch.take(of({ a: 2 }))?.customers).toEqual(["a"]);
  });

  test("speaks of everybody where the query names nobody, and begins anew when it was acted upon", () => {
    const watch = new QueryWatch({ above: 0.5, bad: 2, of: 5 });
    expect(watch.take([{ value: 0.6 }])).toBeUndefined();
    expect(watch.take([{ value: 0.7 }])).toEqual({ most: expect.any(Function) });
    watch.forget();
    expect(watch.take([{ value: 0.7 }])).toBeUndefined();
  });

  test("says the largest value, of all or of some of them", () => {
    const watch = new QueryWatch({ above: 1, bad: 1, of: 1 });
    const harm = watch.take(of({ a: 2, b: 9, c: 3 }));
    expect([harm?.most(), harm?.most(["a", "c"]), watch.take([{ value: 7 }])?.most()]).toEqual([9, 3, 7]);
  });

  test("keeps so many customers in mind and no more", () => {
    const watch = new QueryWatch({ above: 0, bad: 1, of: 1 });
    expect(watch.take(Array.from({ length: 6_000 }, (_, at) => ({ customer: `c${at}`, value: 1 })))?.customers).toHaveLength(5_000);
  });
});
