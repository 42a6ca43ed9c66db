import { describe, expect, it } from "vitest";
import type { Context } from "./answer.ts";
import { compilePatch, compileSnapshot, compileUrgent, flagKeysOf, snapshotOf, type Compiled } from "./compile.ts";
import { evaluate } from "./evaluate.ts";
import type { FlagForm, PatchParts, RuleForm, Snapshot } from "./snapshot-form.ts";

const base: Snapshot = { format: 1, environment: "p", epoch: "e", seq: 1, salt: "s", flags: {} };
const child: FlagForm = { default: "on", prerequisites: [{ flag: "parent", serves: ["on"] }] };
const inOuter: FlagForm = { rules: [{ if: ["segment", "outer"], serve: "on" }] };

/** Answers before and after a patch, with everything compiled before it. */
function variants(snapshot: Partial<Snapshot>, set: PatchParts, keys: readonly string[]): (string | undefined)[][] {
  const before = compileSnapshot({ ...base, ...snapshot });
  const ask = (compiled: Compiled): (string | undefined)[] => keys.map((key) => evaluate(compiled, key, {}).variant);
  const first = ask(before);
  const after = compilePatch(before, { epoch: "e", base: 1, to: 2, set });
  if (!after.ok) throw new Error(after.problem.message);
  expect(after.value.version).toEqual({ epoch: "e", seq: 2 });
  return [first, ask(after.value)];
}

describe("a patch", () => {
  it("reaches the dependants of a killed flag", () => {
    const flags = { child, parent: { default: "on", rules: [{ if: ["exists", "x", true], serve: "off" }] } };
    expect(variants({ flags }, { kills: { k: { flags: ["parent"] } } }, ["child", "parent"])).toEqual([
      ["on", "on"],
      ["off", "off"],
    ]);
  });

  it("reaches flags through a segment inside a segment", () => {
    const segments = { outer: { if: ["segment", "inner"] }, inner: { if: ["any"] } };
    expect(variants({ flags: { f: inOuter }, segments }, { segments: { inner: { if: ["all"] } } }, ["f"])).toEqual([["off"], ["on"]]);
  });

  it("reaches flags whose parent uses the changed segment", () => {
    const flags = { child, parent: inOuter };
    const segments = { outer: { if: ["any"] } };
    expect(variants({ flags, segments }, { segments: { outer: { if: ["all"] } } }, ["child"])).toEqual([["off"], ["on"]]);
  });

  it("reaches flags that waited for a missing parent or segment", () => {
    expect(variants({ flags: { child } }, { flags: { parent: { default: "on" } } }, ["child"])).toEqual([["off"], ["on"]]);
    expect(variants({ flags: { f: inOuter } }, { segments: { outer: { if: ["all"] } } }, ["f"])).toEqual([["off"], ["on"]]);
  });

  it("reaches a flag whose cycle it breaks", () => {
    const flags: Snapshot["flags"] = {
      child,
      parent: { default: "on", prerequisites: [{ flag: "child", serves: ["on"] }] },
    };
    expect(variants({ flags }, { flags: { parent: { default: "on" } } }, ["child", "parent"])).toEqual([
      ["off", "off"],
      ["on", "on"],
    ]);
  });

  it("changes the salt of all hashes", () => {
    const compiled = compileSnapshot({
      ...base,
      customer: "c",
      flags: { f: { exposure: { serve: "on", rest: true } } },
    });
    expect(evaluate(compiled, "f", { c: "x" }).variant).toBe("on");
    const after = compilePatch(compiled, { epoch: "e", base: 1, to: 2, set: { customer: "d" } });
    expect(after.ok && evaluate(after.value, "f", { c: "x" }).variant).toBe("off");
  });

  it("ends the urgent kill that it brings", () => {
    const urgent = [{ id: "k", flags: ["f"], epoch: "e", journal: "j", counter: 1 }];
    const compiled = compileUrgent(compileSnapshot({ ...base, flags: { f: { default: "on" } } }), urgent);
    expect(evaluate(compiled, "f", {})).toMatchObject({ cause: "kill", by: "k" });
    const lifted = compilePatch(compiled, { epoch: "e", base: 1, to: 2, set: { journals: { j: 1 } } }, urgent);
    expect(lifted.ok && evaluate(lifted.value, "f", {}).variant).toBe("on");
  });

  it("shows in the plain snapshot and its keys", () => {
    const compiled = compileSnapshot({ ...base, flags: { a: {}, b: {} } });
    const after = compilePatch(compiled, {
      epoch: "e",
      base: 1,
      to: 2,
      set: { flags: { c: {} } },
      drop: { flags: ["a"] },
    });
    if (!after.ok) throw new Error(after.problem.message);
    expect(flagKeysOf(after.value).toSorted()).toEqual(["b", "c"]);
    expect(snapshotOf(after.value)).toEqual({ ...base, seq: 2, flags: { b: {}, c: {} } });
  });
});

describe("a previous snapshot", () => {
  it("gives its compiled flags and stays valid", () => {
    const flags = { same: { default: "on" }, other: {} };
    const before = compileSnapshot({ ...base, flags });
    const same = evaluate(before, "same", {});
    const after = compileSnapshot({ ...base, seq: 2, flags: { ...flags, other: { default: "on" } } }, { previous: before });
    expect(evaluate(after, "same", {})).toBe(same);
    expect([evaluate(before, "other", {}).variant, evaluate(after, "other", {}).variant]).toEqual(["off", "on"]);
  });

  it("gives nothing to another asker, whose kills differ", () => {
    const snapshot: Snapshot = {
      ...base,
      flags: { f: { default: "on" } },
      kills: { k: { flags: ["f"], scope: { services: ["a"] } } },
    };
    const before = compileSnapshot(snapshot, { asker: { service: "b" } });
    expect(evaluate(before, "f", {}).variant).toBe("on");
    expect(evaluate(compileSnapshot(snapshot, { asker: { service: "a" }, previous: before }), "f", {}).variant).toBe("off");
  });
});

describe("rules", () => {
  const answer = (rules: readonly RuleForm[], context: object): unknown =>
    evaluate(compileSnapshot({ ...base, flags: { f: { variants: { a: 1, b: 2, off: 0 }, rules } } }), "f", context as Context).value;

  const equality: readonly RuleForm[] = [
    { if: ["equals", "x", "1"], serve: "a" },
    { if: ["near", "x", 1], serve: "a" },
    { if: ["in", "x", ["1", "2", 1]], serve: "b" },
  ];

  it.each([
    [{ x: "1" }, 1],
    [{ x: "2" }, 2],
    [{ x: 1 }, 2],
    [{ x: "3" }, 0],
    [{}, 0],
    [Object.create({ x: "1" }), 0],
  ])("that compare one attribute answer %j in the order written", (context, value) => {
    expect(answer(equality, context)).toBe(value);
  });

  it("are asked in the order written, however many there are", () => {
    const rules = Array.from({ length: 5000 }, (_, at): RuleForm => ({
      if: ["greaterThan", "x", 5000 - at],
      serve: at % 2 === 0 ? "a" : "b",
    }));
    expect([answer(rules, { x: 5001 }), answer(rules, { x: 5000 }), answer(rules, { x: 2 }), answer(rules, { x: 1 })]).toEqual([1, 2, 2, 0]);
  });
});
