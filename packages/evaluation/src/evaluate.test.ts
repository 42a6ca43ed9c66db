import { describe, expect, it } from "vitest";
import type { Answer, Asker, Context } from "./answer.ts";
import { customerHash, slot } from "./bucketing.ts";
import { compileSnapshot } from "./compile.ts";
import { asType, evaluate } from "./evaluate.ts";
import { explain } from "./explain.ts";
import type { Snapshot, UrgentKill } from "./snapshot-form.ts";

const SALT = "env";
const base: Snapshot = { format: 1, environment: "production", epoch: "e1", seq: 5, salt: SALT, flags: {} };

interface Ask {
  readonly snapshot: Partial<Omit<Snapshot, "flags">> & { readonly flags: unknown };
  readonly context?: unknown;
  readonly flag?: string;
  readonly asker?: Asker;
  readonly urgent?: readonly UrgentKill[];
}

/** Answers flag `f`; the forms in the snapshot may be as broken as they like. */
function ask({ snapshot, context = {}, flag = "f", asker = {}, urgent = [] }: Ask): Answer {
  const compiled = compileSnapshot({ ...base, ...snapshot } as Snapshot, { asker, urgent });
  const answer = evaluate(compiled, flag, context as Context);
  expect(explain(compiled, flag, context as Context).answer).toBe(answer);
  return answer;
}

function askFlag(form: unknown, context: unknown = {}, more: Partial<Ask["snapshot"]> = {}): Answer {
  return ask({ snapshot: { ...more, flags: { f: form } }, context });
}

const staff = { id: "staff", if: ["equals", "staff", true], serve: "on" };

describe("precedence", () => {
  it.each([
    ["a plain flag is static", {}, {}, { value: false, variant: "off", reason: "STATIC", cause: "default" }],
    ["default may differ from off", { default: "on" }, {}, { value: true, variant: "on", reason: "STATIC", cause: "default" }],
    ["a rule decides", { rules: [staff] }, { staff: true }, { value: true, variant: "on", reason: "TARGETING_MATCH", cause: "rule", by: "staff" }],
    ["no rule decides", { rules: [staff] }, { staff: "true" }, { value: false, variant: "off", reason: "DEFAULT", cause: "default" }],
    [
      "a rule without id is named by its place",
      { rules: [staff, { serve: "on" }] },
      {},
      { value: true, variant: "on", reason: "TARGETING_MATCH", cause: "rule", by: "#2" },
    ],
    [
      "the ineligible get off",
      { default: "on", eligible: ["equals", "plan", "pro"] },
      {},
      { value: false, variant: "off", reason: "DISABLED", cause: "ineligible" },
    ],
    [
      "the eligible go on",
      { default: "on", eligible: ["equals", "plan", "pro"] },
      { plan: "pro" },
      { value: true, variant: "on", reason: "DEFAULT", cause: "default" },
    ],
    [
      "a pin beats rules",
      { pins: [["user", customerHash(SALT, "7"), "on"]], rules: [{ serve: "off" }] },
      { targetingKey: 7 },
      { value: true, variant: "on", reason: "TARGETING_MATCH", cause: "pin" },
    ],
    [
      "exposure beats rules",
      { exposure: { serve: "on", keys: [customerHash(SALT, "c")] }, rules: [{ serve: "off" }] },
      { customer: "c" },
      { value: true, variant: "on", reason: "TARGETING_MATCH", cause: "exposure" },
    ],
    [
      "a full share is no decision",
      { rules: [{ serve: { share: 100_000, of: "on" } }] },
      {},
      { value: true, variant: "on", reason: "TARGETING_MATCH", cause: "rule", by: "#1" },
    ],
  ])("%s", (_title, form, context, answer) => {
    expect(askFlag(form, context)).toEqual(answer);
  });

  it("prefers a user pin to a customer pin", () => {
    const pins = [
      ["customer", customerHash(SALT, "c"), "off"],
      ["user", customerHash(SALT, "u"), "on"],
    ];
    expect(askFlag({ pins }, { customer: "c", targetingKey: "u" }).variant).toBe("on");
    expect(askFlag({ pins, default: "on" }, { customer: "c", targetingKey: "v" }).variant).toBe("off");
  });

  it("answers off for a failed prerequisite and names it", () => {
    const flags = { f: { default: "on", prerequisites: [{ flag: "p", serves: ["on"] }] }, p: { rules: [staff] } };
    expect(ask({ snapshot: { flags } })).toEqual({
      value: false,
      variant: "off",
      reason: "DISABLED",
      cause: "prerequisite",
      by: "p",
    });
    expect(ask({ snapshot: { flags }, context: { staff: true } }).variant).toBe("on");
  });

  it("lets a prerequisite see its parent's kill", () => {
    const flags = { f: { default: "on", prerequisites: [{ flag: "p", serves: ["on"] }] }, p: { default: "on" } };
    expect(ask({ snapshot: { flags } }).variant).toBe("on");
    expect(ask({ snapshot: { flags, kills: { k: { flags: ["p"] } } } })).toMatchObject({
      cause: "prerequisite",
      by: "p",
    });
  });

  it.each([
    ["is missing", {}, "missing"],
    ["is itself", { f: { default: "on", prerequisites: [{ flag: "f", serves: ["off"] }] } }, "cycle"],
    ["comes back", { p: { prerequisites: [{ flag: "f", serves: ["off"] }] } }, "cycle"],
  ])("fails a prerequisite that %s", (_title, more, problem) => {
    const flags = { f: { default: "on", prerequisites: [{ flag: "p", serves: ["on", "off"] }] }, ...more };
    const answer = ask({ snapshot: { flags } });
    expect(answer).toMatchObject({ reason: "DISABLED", cause: "prerequisite" });
    expect(answer.problems?.join()).toContain(problem);
  });

  it.each([
    [8, "on"],
    [9, "off"],
  ])("with %i prerequisites below it, a flag answers %s", (depth, variant) => {
    const flags: Record<string, unknown> = { f: { default: "on", prerequisites: [{ flag: "f1", serves: ["on"] }] } };
    for (let at = 1; at < depth; at += 1) flags[`f${at}`] = { default: "on", prerequisites: [{ flag: `f${at + 1}`, serves: ["on"] }] };
    flags[`f${depth}`] = { default: "on" };
    expect(ask({ snapshot: { flags } }).variant).toBe(variant);
  });

  it("lets nothing pass an empty serves", () => {
    expect(ask({ snapshot: { flags: { f: { default: "on", prerequisites: [{ flag: "p", serves: [] }] }, p: {} } } }).cause).toBe("prerequisite");
  });
});

describe("what cannot be read", () => {
  it.each([
    ["an unknown operator", { id: "r", if: ["near", "x", 1], serve: "on" }],
    ["an unknown operator under not", { id: "r", if: ["not", ["near", "x", 1]], serve: "on" }],
    ["an unknown operator beside a true part of any", { id: "r", if: ["any", ["all"], ["near", "x", 1]], serve: "on" }],
    ["an operand of the wrong type", { id: "r", if: ["not", ["lessThan", "x", "1"]], serve: "on" }],
    ["a missing segment", { id: "r", if: ["not", ["segment", "s"]], serve: "on" }],
    ["an operand too many", { id: "r", if: ["exists", "x", false, 1], serve: "on" }],
    ["a missing variant", { id: "r", serve: "blue" }],
    ["an inherited variant name", { id: "r", serve: "constructor" }],
    [
      "weights that do not add up",
      {
        id: "r",
        serve: {
          of: [
            ["on", 50_000],
            ["off", 49_999],
          ],
        },
      },
    ],
    [
      "a fractional weight",
      {
        id: "r",
        serve: {
          of: [
            ["on", 0.5],
            ["off", 99_999.5],
          ],
        },
      },
    ],
    ["an unknown algorithm", { id: "r", serve: { share: 100_000, of: "on", algorithm: "toString" } }],
    ["a share above all", { id: "r", serve: { share: 100_001, of: "on" } }],
    ["a condition that is no list", { id: "r", if: { equals: 1 }, serve: "on" }],
  ])("%s skips the rule with a problem and leaves the next", (_title, rule) => {
    const answer = askFlag({ variants: { on: true, off: false, next: 1 }, rules: [rule, { serve: "next" }] }, { x: 0, targetingKey: "u" });
    expect(answer).toMatchObject({ value: 1, by: "#2" });
    expect(answer.problems).toHaveLength(1);
    expect(answer.problems?.[0]).toMatch(/^rule r: /);
  });

  it("does not carry problems of steps that were not reached", () => {
    expect(askFlag({ rules: [staff, { if: ["near", "x", 1], serve: "on" }] }, { staff: true })).not.toHaveProperty("problems");
  });

  it.each([
    ["off", { off: "blue", eligible: ["any"] }],
    ["default", { default: "blue" }],
    ["the form itself", 7],
    ["variants", { variants: [] }],
    ["salt", { salt: 7 }],
  ])("a broken %s answers ERROR with a problem and no value", (_title, form) => {
    const answer = askFlag(form);
    expect(answer.reason).toBe("ERROR");
    expect(answer.problems).toHaveLength(1);
    expect(answer).not.toHaveProperty("value");
  });

  it("treats a broken eligible as not eligible", () => {
    expect(askFlag({ default: "on", eligible: ["near", "x", 1] })).toMatchObject({
      variant: "off",
      cause: "ineligible",
      problems: [expect.any(String)],
    });
  });

  it("leaves other flags alone", () => {
    expect(ask({ snapshot: { flags: { broken: 7, f: { default: "on" } } } }).variant).toBe("on");
  });
});

describe("context", () => {
  const reads = (path: string): unknown => ({ rules: [{ if: ["equals", path, "x"], serve: "on" }] });

  it.each([
    ["a.b", { a: { b: "x" } }, "on"],
    ["a.b", { "a.b": "x" }, "on"],
    ["a.b", { "a.b": "y", a: { b: "x" } }, "off"],
    ["a.b", { "a.b": null, a: { b: "x" } }, "off"],
    ["a.0", { a: ["x"] }, "off"],
    ["a", Object.create({ a: "x" }), "off"],
    ["a.b", { a: Object.create({ b: "x" }) }, "off"],
    ["__proto__", JSON.parse('{"__proto__":"x"}'), "on"],
    ["constructor", { constructor: "x" }, "on"],
  ])("reads %s of %j: %s", (path, context, variant) => {
    expect(askFlag(reads(path), context).variant).toBe(variant);
  });

  it("never throws and counts what throws as missing", () => {
    const cycle: Record<string, unknown> = {};
    cycle["a"] = cycle;
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const thrower = {
      get a(): never {
        throw new Error("no");
      },
    };
    const hostile = [null, undefined, 1, "x", [], cycle, proxy, thrower, { a: proxy }, { a: [proxy] }, { customer: thrower, targetingKey: Symbol("s") }];
    const rules = ["a", "a.b", "targetingKey", "length"].flatMap((path) => [
      { if: ["equals", path, "y"], serve: "on" },
      { if: ["includes", path, "y"], serve: "on" },
      { if: ["semver", path, "1.0.0"], serve: "on" },
      { if: ["exists", `${path}.c`, true], serve: "on" },
    ]);
    const form = {
      rules: [...rules, { serve: { share: 1, of: "on" } }],
      pins: [["user", "0", "on"]],
      exposure: { serve: "on", rest: true },
    };
    for (const context of hostile) expect(askFlag(form, context).variant).toBe("off");
  });
});

describe("shares and splits", () => {
  it("places by salt and unit, and asks the next rule outside the share", () => {
    const unit = "user-1";
    const at = slot("f", unit);
    const rules = (share: number): unknown => ({
      rules: [{ serve: { share, of: "on" } }, { if: ["all"], serve: "off" }],
    });
    expect(askFlag(rules(at), { targetingKey: unit })).toMatchObject({ variant: "off", by: "#2" });
    expect(askFlag(rules(at + 1), { targetingKey: unit })).toMatchObject({ variant: "on", reason: "SPLIT", by: "#1" });
  });

  it("walks the weights in the order written with a slot of its own", () => {
    const at = slot("s:variant", "c");
    const of = [
      ["on", at],
      ["off", 1],
      ["third", 99_999 - at],
    ];
    const form = {
      variants: { on: 1, off: 2, third: 3 },
      off: "off",
      rules: [{ serve: { of, by: "customer", salt: "s" } }],
    };
    expect(askFlag(form, { customer: "c" })).toEqual({
      value: 2,
      variant: "off",
      reason: "SPLIT",
      cause: "rule",
      by: "#1",
    });
  });

  it("does not match without a unit", () => {
    expect(askFlag({ rules: [{ serve: { share: 99_999, of: "on" } }] }, { targetingKey: 1.5 }).cause).toBe("default");
  });
});

describe("segments", () => {
  const inS = { rules: [{ if: ["segment", "s"], serve: "on" }] };
  it.each([
    ["an included id", { include: ["u"] }, { targetingKey: "u" }, "on"],
    ["an integer by its text", { include: ["7"] }, { targetingKey: 7 }, "on"],
    ["an excluded id, although included", { include: ["u"], exclude: ["u"], if: ["all"] }, { targetingKey: "u" }, "off"],
    ["a matching condition", { if: ["equals", "plan", "pro"] }, { plan: "pro" }, "on"],
    ["another attribute", { by: "customer", include: ["c"] }, { customer: "c" }, "on"],
    ["nobody", {}, { targetingKey: "u" }, "off"],
  ])("hold %s", (_title, form, context, variant) => {
    expect(askFlag(inS, context, { segments: { s: form } }).variant).toBe(variant);
  });

  it.each([
    [8, "on"],
    [9, "off"],
  ])("%i segments below a segment answer %s", (depth, variant) => {
    const segments: Record<string, unknown> = { s: { if: ["segment", "s1"] } };
    for (let at = 1; at < depth; at += 1) segments[`s${at}`] = { if: ["segment", `s${at + 1}`] };
    segments[`s${depth}`] = { if: ["all"] };
    expect(askFlag(inS, {}, { segments: segments as never }).variant).toBe(variant);
  });

  it("are broken in a cycle, and so is the rule", () => {
    const answer = askFlag(inS, {}, { segments: { s: { if: ["not", ["segment", "t"]] }, t: { if: ["segment", "s"] } } });
    expect(answer.variant).toBe("off");
    expect(answer.problems?.[0]).toContain("segment s: refers to itself");
  });
});

describe("exposure", () => {
  const c = customerHash(SALT, "c");
  it.each([
    [{ keys: [c] }, "on"],
    [{ keys: [c], except: [c], rest: true }, "on"],
    [{ rest: true }, "on"],
    [{ rest: true, except: [c] }, "off"],
    [{ rest: true, share: 0 }, "off"],
    [{ rest: true, share: slot("f:exposure", "c") }, "off"],
    [{ rest: true, share: slot("f:exposure", "c") + 1 }, "on"],
    [{}, "off"],
  ])("of %j answers %s", (exposure, variant) => {
    expect(askFlag({ exposure: { serve: "on", ...exposure } }, { customer: "c" }).variant).toBe(variant);
  });

  it("is nobody without a customer, and a number is none", () => {
    for (const context of [{}, { customer: 7 }]) expect(askFlag({ exposure: { serve: "on", rest: true } }, context).variant).toBe("off");
  });
});

describe("kills", () => {
  const flags = { f: { default: "on" } };
  const killed = (scope: unknown, more: Partial<Ask> = {}): boolean =>
    ask({
      ...more,
      snapshot: { flags, segments: { s: { include: ["u"] } }, kills: { k: { flags: ["f", "gone"], scope } as never } },
    }).cause === "kill";

  it.each<[string, unknown, Partial<Ask>, boolean]>([
    ["no scope", undefined, {}, true],
    ["an empty scope", {}, {}, true],
    ["an unknown part", { moon: ["full"] }, {}, true],
    ["its customer", { customers: [customerHash(SALT, "c")] }, { context: { customer: "c" } }, true],
    ["no other customer", { customers: [customerHash(SALT, "c")] }, { context: { customer: "d" } }, false],
    ["no absent customer", { customers: [customerHash(SALT, "c")] }, {}, false],
    ["nobody of an empty list", { customers: [] }, { context: { customer: "c" } }, false],
    ["no service of an empty list", { services: [] }, { asker: { service: "a" } }, false],
    ["a member of its segment", { segment: "s" }, { context: { targetingKey: "u" } }, true],
    ["no other", { segment: "s" }, { context: { targetingKey: "v" } }, false],
    ["everybody when its segment is missing", { segment: "t" }, {}, true],
    ["its service", { services: ["a"] }, { asker: { service: "a" } }, true],
    ["no other service", { services: ["a"] }, { asker: { service: "b" } }, false],
    ["an unstated service", { services: ["a"] }, {}, true],
    ["its version", { versions: "<2.0.0" }, { asker: { version: "1.0.0" } }, true],
    ["no other version", { versions: "<2.0.0" }, { asker: { version: "2.0.0" } }, false],
    ["an unstated version", { versions: "<2.0.0" }, {}, true],
    ["a version that is no SemVer", { versions: "<2.0.0" }, { asker: { version: "v2.0.0" } }, true],
    ["only where all parts hold", { services: ["a"], customers: [] }, { asker: { service: "a" } }, false],
  ])("cover %s", (_title, scope, more, expected) => {
    expect(killed(scope, more)).toBe(expected);
  });

  it("beat everything and name the first by id in byte order", () => {
    const kills = { "k\uffff": { flags: ["f"] }, "k😀": { flags: ["f"] }, z: { flags: ["f"] } };
    const form = { default: "on", pins: [["user", customerHash(SALT, "u"), "on"]] };
    const answer = ask({ snapshot: { flags: { f: form }, kills }, context: { targetingKey: "u" } });
    expect(answer).toEqual({ value: false, variant: "off", reason: "DISABLED", cause: "kill", by: "k\uffff" });
  });

  it("make a flag's default no longer static, even where they do not cover", () => {
    const kills = { k: { flags: ["f"], scope: { services: ["a"] } } };
    expect(ask({ snapshot: { flags, kills }, asker: { service: "b" } }).reason).toBe("DEFAULT");
  });

  const urgent: UrgentKill = { id: "k", flags: ["f"], epoch: "e1", journal: "j", counter: 3, seq: 6 };
  it.each<[string, UrgentKill, Partial<Snapshot>, boolean]>([
    ["ahead of the snapshot", urgent, {}, true],
    ["adopted by its journal", urgent, { journals: { j: 3 } }, false],
    ["not by an earlier counter", urgent, { journals: { j: 2 } }, true],
    ["reached by seq", urgent, { seq: 6 }, false],
    ["of an unrelated epoch", urgent, { epoch: "e2", seq: 9 }, true],
    ["of a replaced epoch that lists nothing", urgent, { epoch: "e2", replaces: ["e1"] }, true],
    ["of a replaced epoch that knows earlier counters of its journal", urgent, { epoch: "e2", replaces: ["e1"], journals: { j: 2 } }, true],
    ["of a replaced epoch that knows its counter", urgent, { epoch: "e2", replaces: ["e1"], journals: { j: 3 } }, false],
    ["of a replaced epoch that lists the kill", urgent, { epoch: "e2", replaces: ["e1"], kills: { k: { flags: [] } } }, false],
  ])("sent ahead are in force where %s", (_title, kill, snapshot, inForce) => {
    expect(ask({ snapshot: { ...snapshot, flags }, urgent: [kill] }).cause === "kill").toBe(inForce);
  });
});

describe("types", () => {
  it.each([
    ["boolean", true],
    ["string", "a"],
    ["number", 1],
    ["object", { a: 1 }],
  ] as const)("an answer of type %s passes as that only", (type, value) => {
    const answer = askFlag({ variants: { v: value }, off: "v" });
    for (const asked of ["boolean", "string", "number", "object"] as const) {
      expect(asType(answer, asked)).toEqual(asked === type ? answer : { reason: "ERROR", cause: "wrongType" });
    }
  });

  it("an unknown flag answers ERROR, also for names that objects inherit", () => {
    for (const flag of ["nope", "constructor", "__proto__"]) {
      expect(ask({ snapshot: { flags: {} }, flag })).toEqual({ reason: "ERROR", cause: "unknownFlag" });
    }
  });

  it("answers cannot be changed, nor their values", () => {
    const answer = askFlag({ variants: { v: { deep: [1] } }, off: "v" });
    expect(Object.isFrozen(answer)).toBe(true);
    expect(() => Object.assign((answer.value as { deep: number[] }).deep, [2])).toThrow(TypeError);
  });
});
