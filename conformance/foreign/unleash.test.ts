import { describe, expect, test } from "vitest";
import { compareUnleash, readSpecifications } from "./unleash.ts";

const specifications = readSpecifications();

describe("Unleash's client specification 6.1.0", () => {
  const { cases, right, wrong, refused, mistakes } = compareUnleash(specifications);

  test("is answered as Unleash answers it, or refused by name", () => {
    expect(wrong).toEqual([]);
    expect(cases).toBe(279);
    expect(right + refused.length).toBe(cases);
    for (const name of refused) expect(name).toMatch(/\(\S+: .+\.\)$/);
  });

  test("is expressible in at least nine of ten cases", () => {
    console.log(`Unleash: ${right} of ${cases} cases answered as Unleash does, ${refused.length} refused by name.`);
    expect(right / cases).toBeGreaterThanOrEqual(0.9);
  });

  test("becomes files in which validation finds nothing", () => {
    expect(mistakes).toEqual([]);
  });

  test("would not pass for an import of nothing: most cases are then answered otherwise", () => {
    const empty = specifications.map((one) => ({ ...one, state: { version: 1, features: [] } }));
    expect(compareUnleash(empty).wrong.length).toBeGreaterThan(150);
  });
});
