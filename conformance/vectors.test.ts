import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { customerHash, operators, slot } from "@sluice/evaluation";
import { describe, expect, test } from "vitest";
import { askNaive, comparable } from "./compare.ts";
import { compareWorlds } from "./differential.ts";
import { generatedFiles } from "./generate.ts";
import { OPERANDS } from "./generate/values.ts";
import { countErrors } from "./no-errors.ts";
import { largeLists } from "./large-lists.ts";
import * as naive from "./naive/hashing.ts";
import { exchangesOf, runLanguage, RunnerBroken } from "./run-language.ts";
import { readScripts, readVectors } from "./vectors.ts";

const [vectors, scripts] = [readVectors(), readScripts()];
const runner = [process.execPath, "--disable-warning=ExperimentalWarning", join(import.meta.dirname, "runners/typescript.ts")];
const read = <T>(path: string): T => JSON.parse(readFileSync(join(import.meta.dirname, path), "utf8")) as T;

describe("the vectors", () => {
  test("are at least 3,000, and each has a name of its own", () => {
    const names = [...vectors, ...scripts].map(({ name }) => name);
    expect(names.length).toBeGreaterThanOrEqual(3_000);
    expect(new Set(names).size).toBe(names.length);
  });
  test("say what the naive interpreter says", () => {
    const wrong = vectors.filter(({ world, flag, context, expected }) => comparable(askNaive(world, flag, context)) !== comparable(expected));
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });
  test("are answered by the evaluator through its runner, as any language's would be", async () => {
    const { passed, wrong } = await runLanguage(runner, exchangesOf(vectors, scripts));
    expect(wrong).toEqual([]);
    expect(passed).toBe(vectors.length + scripts.length);
  });
  test("would find a wrong expectation in each of them", async () => {
    const planted = vectors.map((vector) => ({ ...vector, expected: { ...vector.expected, cause: "planted" } }));
    const turned = scripts.map(({ name, exchanges }) => ({
      name,
      exchanges: exchanges.map(([request, reply]) => [request, "ok" in reply ? { ok: !reply.ok } : { answer: { reason: "x", cause: "planted" } }] as const),
    }));
    const { passed } = await runLanguage(runner, exchangesOf(planted, turned));
    expect(passed).toBe(0);
  });
  test("that are generated are what generate.ts would write now", () => {
    for (const [name, text] of generatedFiles()) expect(readFileSync(join(import.meta.dirname, "vectors/generated", name), "utf8") === text, name).toBe(true);
    expect(readdirSync(join(import.meta.dirname, "vectors/generated")).sort()).toEqual([...generatedFiles().keys()].sort());
  });
  test("ask each operator about each kind of attribute, missing ones and ones of the wrong type included", () => {
    expect(Object.keys(OPERANDS).sort()).toEqual(Object.keys(operators).sort());
  });
});

test("a segment with 100,000 ids in each of its lists is answered by the evaluator as by hand, edits of its list included", async () => {
  const exchanges = exchangesOf([], largeLists());
  expect(await runLanguage(runner, exchanges)).toEqual({ passed: 1, wrong: [] });
  const turned = exchanges.map((exchange) => ({ ...exchange, expected: { ok: false } }));
  expect((await runLanguage(runner, turned)).passed).toBe(0);
});

test("a runner that ends early is no passing language", async () => {
  await expect(runLanguage([process.execPath, "-e", ""], exchangesOf(vectors.slice(0, 5), []))).rejects.toThrow(RunnerBroken);
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

test("the naive interpreter and the evaluator agree on 3,000 random worlds", { timeout: 180_000 }, () => {
  const { questions, disagreements } = compareWorlds(1, 3_000, 3);
  expect(questions).toBe(84_000);
  expect(disagreements.map(({ seed, flag, naive: one, evaluator }) => ({ seed, flag, one, evaluator }))).toEqual([]);
});

test("a valid flag is never answered with an error, over 20,000 random questions", () => {
  const { errors, control } = countErrors(20_000);
  expect(errors).toBe(0);
  expect(control).toBeGreaterThan(0);
});

test("the naive interpreter is at most 400 lines, all its files together: an oracle is checked by reading it", () => {
  const folder = new URL("naive/", import.meta.url);
  const lines = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), "utf8").split("\n").length - 1);
  expect(lines.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(400);
});
