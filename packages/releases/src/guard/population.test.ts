import { describe, expect, test } from "vitest";
import { Draws } from "../../../../bench/guard/world.ts";
import { customerShare, populationOf } from "./population.ts";

describe("the population of customers", () => {
  test("has the mean and the shape that the customers were drawn with", () => {
    const draws = new Draws(11);
    for (const shape of [1, 4, 10]) {
      const customers = Array.from({ length: 3_000 }, (_, at) => {
        const of = 200 + (at % 7) * 300;
        return { failed: draws.poisson(of * 0.02 * draws.gamma(shape)), of };
      });
      const found = populationOf(customers);
      expect(found.shape / found.rate).toBeGreaterThan(0.019);
      expect(found.shape / found.rate).toBeLessThan(0.021);
      expect(found.shape).toBeGreaterThan(shape * 0.8);
      expect(found.shape).toBeLessThan(shape * 1.25);
    }
  });

  test("of nobody, of nothing and of customers that are all alike is a number", () => {
    expect(populationOf([])).toEqual({ shape: 0.5, rate: 1 });
    expect(populationOf([{ failed: 0, of: 0 }])).toEqual({ shape: 0.5, rate: 1 });
    // Half a failure of 1,001 outcomes.
    const none = populationOf([{ failed: 0, of: 1_000 }]);
    expect(none.shape / none.rate).toBeCloseTo(0.5 / 1_001, 12);
  });

  test("says less of a customer the more the customer says itself", () => {
    const population = { shape: 2, rate: 100 };
    expect(customerShare(population, { failed: 0, of: 0 })).toEqual(population);
    expect(customerShare(population, { failed: 90, of: 900 })).toEqual({ shape: 92, rate: 1_000 });
  });
});
