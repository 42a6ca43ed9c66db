import * as fc from "fast-check";
import { expect, test } from "vitest";
import { PersistentMap } from "./persistent-map.ts";

const step = fc.record({ key: fc.oneof(fc.string(), fc.integer({ min: 0, max: 300 }).map(String)), value: fc.option(fc.nat(), { nil: undefined }) });

test("a persistent map holds what a Map holds, and older maps do not change", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 500 }), (steps) => {
      const model = new Map<string, number>();
      let map = PersistentMap.empty<number>();
      const past: { map: PersistentMap<number>; entries: string }[] = [];
      for (const { key, value } of steps) {
        past.push({ map, entries: JSON.stringify(map.entriesSorted()) });
        if (value === undefined) model.delete(key);
        else model.set(key, value);
        map = value === undefined ? map.delete(key) : map.set(key, value);
      }
      expect(map.size).toBe(model.size);
      expect(map.entriesSorted()).toEqual([...model].sort(([a], [b]) => (a < b ? -1 : 1)));
      for (const [key, value] of model) expect(map.get(key)).toBe(value);
      for (const { map: old, entries } of past) expect(JSON.stringify(old.entriesSorted())).toBe(entries);
    }),
  );
});

test("setting what is there and deleting what is not give the same map", () => {
  const map = PersistentMap.from([["a", 1]]);
  expect(map.set("a", 1)).toBe(map);
  expect(map.delete("b")).toBe(map);
});

test("keys whose hashes are equal are all kept", () => {
  // "costarring" and "liquid" are a published FNV-1a 32-bit collision.
  const names = ["costarring", "liquid", ...Array.from({ length: 40 }, (_, index) => `k${index}`)];
  const map = PersistentMap.from(names.map((name, index) => [name, index] as const));
  expect(names.map((name) => map.get(name))).toEqual(names.map((_, index) => index));
  expect(map.delete("liquid").get("costarring")).toBe(0);
});
