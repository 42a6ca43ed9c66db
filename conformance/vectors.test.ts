import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { customerHash, slot } from "@sluice/evaluation";
import { describe, expect, test } from "vitest";
import { askEvaluator, askNaive, comparable } from "./compare.ts";
import { compareWorlds } from "./differential.ts";
import * as naive from "./naive/hashing.ts";
import { readVectors } from "./vectors.ts";

const vectors = readVectors();
const read = <T>(path: string): T => JSON.parse(readFileSync(join(import.meta.dirname, path), "utf8")) as T;

describe("the vectors", () => {
  test("are at least 100", () => {
    expect(vectors.length).toBeGreaterThanOrEqual(100);
  });
  test.each(vectors.map((vector) => [vector.name, vector] as const))("%s: the naive interpreter answers so", (_name, { world, flag, context, expected }) => {
    expect(comparable(askNaive(world, flag, context))).toBe(comparable(expected));
  });
  test.each(vectors.map((vector) => [vector.name, vector] as const))("%s: the evaluator answers so", (_name, { world, flag, context, expected }) => {
    expect(comparable(askEvaluator(world)(flag, context))).toBe(comparable(expected));
  });
  test("would find a wrong expectation in each of them", () => {
    const unnoticed = vectors.filter(
      ({ world, flag, context, expected }) => comparable(askEvaluator(world)(flag, context)) === comparable({ ...expected, cause: "planted" }),
    );
    expect(unnoticed).toEqual([]);
  });
});

describe("hashing", () => {
  test("places units as an independent implementation of MurmurHash3 does", () => {
    for (const { salt, unit, slot: expected } of read<{ salt: string; unit: string; slot: number }[]>("hashing/slots.json")) {
      expect([salt, unit.slice(0, 20), slot(salt, unit), naive.slot(salt, unit)]).toEqual([salt, unit.slice(0, 20), expected, expected]);
    }
  });
  test("hashes customers as an independent implementation of MurmurHash3 does", () => {
    for (const { salt, key, hash } of read<{ salt: string; key: string; hash: string }[]>("hashing/customer-hashes.json")) {
      expect([salt, key.slice(0, 20), customerHash(salt, key), naive.murmur128Start(`${salt}:${key}`)]).toEqual([salt, key.slice(0, 20), hash, hash]);
    }
  });
});

test("the naive interpreter and the evaluator agree on 3,000 random worlds", () => {
  const { questions, disagreements } = compareWorlds(1, 3_000, 3);
  expect(questions).toBe(84_000);
  expect(disagreements.map(({ seed, flag, naive: one, evaluator }) => ({ seed, flag, one, evaluator }))).toEqual([]);
});

test("the naive interpreter is at most 400 lines, all its files together: an oracle is checked by reading it", () => {
  const folder = new URL("naive/", import.meta.url);
  const lines = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), "utf8").split("\n").length - 1);
  expect(lines.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(400);
});
