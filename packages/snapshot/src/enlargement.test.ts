import {
  compileSnapshot,
  type Condition,
  encodeSnapshot,
  decodeSnapshot,
  evaluate,
  type FlagForm,
  type RuleForm,
  type SegmentForm,
  SNAPSHOT_FORMAT,
} from "@sluice/evaluation";
import fc from "fast-check";
import { expect, test } from "vitest";
import { enlargementsOf, type JudgedForm } from "./enlargement.ts";

type Segments = Readonly<Record<string, SegmentForm>>;
const judged = (form: FlagForm, segments: Segments = {}): JudgedForm => ({ form, segment: (key) => segments[key] });
const isHarmless = (before: FlagForm | undefined, after: FlagForm, segments: readonly [Segments, Segments] = [{}, {}]): boolean =>
  enlargementsOf(before === undefined ? undefined : judged(before, segments[0]), judged(after, segments[1])).length === 0;

const pro: Condition = ["equals", "plan", "pro"];
const eu: Condition = ["in", "country", ["de", "fr"]];
const on: RuleForm = { if: pro, serve: "on" };
const notIn = (...countries: readonly string[]): RuleForm => ({ if: ["notIn", "country", countries], serve: "on" });
const inBlocks = (...blocks: readonly string[]): RuleForm => ({ if: ["cidr", "ip", blocks], serve: "on" });
const share = (per100k: number, more: object = {}): RuleForm => ({ if: pro, serve: { of: "on", share: per100k, ...more } });
const two = { variants: { off: 0, a: 1, b: 2 }, type: "number" as const };

/** Before, after, whether nobody gets more. */
const CASES: readonly (readonly [name: string, before: FlagForm | undefined, after: FlagForm, isHarmless: boolean])[] = [
  ["a new flag that is off for everybody", undefined, {}, true],
  ["a new flag with a rule", undefined, { rules: [on] }, false],
  ["a new flag that is on", undefined, { default: "on" }, false],
  ["a default that is switched on", {}, { default: "on" }, false],
  ["a default that is switched off", { default: "on" }, {}, true],
  ["a rule that is added", {}, { rules: [on] }, false],
  ["a rule that is removed, off behind it", { rules: [on] }, {}, true],
  ["a rule that is narrowed", { rules: [on] }, { rules: [{ if: ["all", pro, eu], serve: "on" }] }, true],
  ["a rule that is widened", { rules: [{ if: ["all", pro, eu], serve: "on" }] }, { rules: [on] }, false],
  ["a shorter list", { rules: [{ if: eu, serve: "on" }] }, { rules: [{ if: ["in", "country", ["de"]], serve: "on" }] }, true],
  ["a longer list", { rules: [{ if: eu, serve: "on" }] }, { rules: [{ if: ["in", "country", ["de", "fr", "at"]], serve: "on" }] }, false],
  ["a longer list of what it is not in", { rules: [notIn("de")] }, { rules: [notIn("de", "fr")] }, true],
  ["a shorter list of what it is not in", { rules: [notIn("de", "fr")] }, { rules: [notIn("de")] }, false],
  ["more address blocks", { rules: [inBlocks("10.0.0.0/8")] }, { rules: [inBlocks("10.0.0.0/8", "192.168.0.0/16")] }, false],
  ["fewer address blocks", { rules: [inBlocks("10.0.0.0/8", "192.168.0.0/16")] }, { rules: [inBlocks("10.0.0.0/8")] }, true],
  [
    "another number, which is no list",
    { rules: [{ if: ["lessThan", "age", 5], serve: "on" }] },
    { rules: [{ if: ["lessThan", "age", 4], serve: "on" }] },
    false,
  ],
  ["a smaller share", { rules: [share(20_000)] }, { rules: [share(10_000)] }, true],
  ["a larger share", { rules: [share(10_000)] }, { rules: [share(20_000)] }, false],
  ["a share of other people", { rules: [share(20_000)] }, { rules: [share(10_000, { salt: "other" })] }, false],
  ["a share by another unit", { rules: [share(20_000)] }, { rules: [share(10_000, { by: "company" })] }, false],
  ["another salt under a share", { rules: [share(20_000)] }, { salt: "other", rules: [share(20_000)] }, false],
  ["a rule before it that serves off", { rules: [on] }, { rules: [{ if: eu, serve: "off" }, on] }, true],
  ["an off rule that is taken away before a rule", { rules: [{ if: eu, serve: "off" }, on] }, { rules: [on] }, false],
  ["an off rule that moves behind", { rules: [{ if: eu, serve: "off" }, on] }, { rules: [on, { if: eu, serve: "off" }] }, false],
  ["an off rule that is taken away with everything off", { rules: [{ if: eu, serve: "off" }] }, {}, true],
  ["a not that holds for fewer", { rules: [{ if: ["not", ["in", "country", ["de"]]], serve: "on" }] }, { rules: [{ if: ["not", eu], serve: "on" }] }, true],
  ["a not that holds for more", { rules: [{ if: ["not", eu], serve: "on" }] }, { rules: [{ if: ["not", ["in", "country", ["de"]]], serve: "on" }] }, false],
  ["a default moved into a rule", { default: "on" }, { rules: [on] }, true],
  ["another variant for the same people", { ...two, rules: [{ if: pro, serve: "a" }] }, { ...two, rules: [{ if: pro, serve: "b" }] }, false],
  ["a rule removed before another variant", { ...two, default: "b", rules: [{ if: pro, serve: "a" }] }, { ...two, default: "b" }, false],
  [
    "a split that is the same",
    {
      ...two,
      rules: [
        {
          serve: {
            of: [
              ["a", 50_000],
              ["b", 50_000],
            ],
          },
        },
      ],
    },
    {
      ...two,
      rules: [
        {
          if: pro,
          serve: {
            of: [
              ["a", 50_000],
              ["b", 50_000],
            ],
          },
        },
      ],
    },
    true,
  ],
  [
    "a split with other weights",
    {
      ...two,
      rules: [
        {
          serve: {
            of: [
              ["a", 50_000],
              ["b", 50_000],
            ],
          },
        },
      ],
    },
    {
      ...two,
      rules: [
        {
          serve: {
            of: [
              ["a", 40_000],
              ["b", 60_000],
            ],
          },
        },
      ],
    },
    false,
  ],
  ["another value of a variant", { ...two, default: "a" }, { ...two, variants: { off: 0, a: 7, b: 2 }, default: "a" }, false],
  ["another value of off", {}, { variants: { on: true, off: true } }, false],
  ["another variant as off", { ...two, default: "off" }, { ...two, off: "a", default: "a" }, false],
  ["an eligibility that is added", { default: "on" }, { default: "on", eligible: pro }, true],
  ["an eligibility that is taken away", { default: "on", eligible: pro }, { default: "on" }, false],
  ["an eligibility that is narrowed", { default: "on", eligible: ["any", pro, eu] }, { default: "on", eligible: eu }, true],
  ["a prerequisite that is added", { default: "on" }, { default: "on", prerequisites: [{ flag: "p", serves: ["on"] }] }, true],
  ["a prerequisite that is taken away", { default: "on", prerequisites: [{ flag: "p", serves: ["on"] }] }, { default: "on" }, false],
  [
    "a prerequisite that lets more through",
    { default: "on", prerequisites: [{ flag: "p", serves: ["on"] }] },
    { default: "on", prerequisites: [{ flag: "p", serves: ["on", "off"] }] },
    false,
  ],
  ["pages that get answers too", { default: "on" }, { default: "on", browser: true }, false],
  ["the same rules under other names", { rules: [{ id: "one", ...on }] }, { rules: [{ id: "two", ...on }] }, true],
];

test.each(CASES)("%s", (_, before, after, expected) => {
  expect(isHarmless(before, after)).toBe(expected);
});

test("a segment that loses members is harmless, one that gains some is not, also under a not", () => {
  const [small, large]: readonly Segments[] = [{ s: { by: "customer", include: ["a"] } }, { s: { by: "customer", include: ["a", "b"] } }];
  if (small === undefined || large === undefined) throw new Error("two segments");
  const rule = (condition: Condition): FlagForm => ({ rules: [{ if: condition, serve: "on" }] });
  const inIt = rule(["segment", "s"]);
  expect([isHarmless(inIt, inIt, [large, small]), isHarmless(inIt, inIt, [small, large])]).toEqual([true, false]);
  const notInIt = rule(["not", ["segment", "s"]]);
  expect([isHarmless(notInIt, notInIt, [large, small]), isHarmless(notInIt, notInIt, [small, large])]).toEqual([false, true]);
  const nested: readonly [Segments, Segments] = [
    { s: { if: ["segment", "t"] }, t: { include: ["a"] } },
    { s: { if: ["segment", "t"] }, t: { include: ["a", "b"] } },
  ];
  expect(isHarmless(inIt, inIt, nested)).toBe(false);
});

const condition: fc.Arbitrary<Condition> = fc.letrec<{ leaf: Condition; tree: Condition }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom<Condition>(pro, ["equals", "plan", "free"], ["notIn", "country", ["de"]], ["notIn", "country", ["de", "at"]], ["segment", "s"]),
    fc.subarray(["de", "fr", "at"], { minLength: 1 }).map((list): Condition => ["in", "country", list]),
  ),
  tree: fc.oneof(
    { maxDepth: 2 },
    tie("leaf"),
    fc.tuple(fc.constantFrom("all", "any"), fc.array(tie("tree"), { maxLength: 3 })).map(([tag, parts]): Condition => [tag, ...parts]),
    tie("tree").map((part): Condition => ["not", part]),
  ),
})).tree;
const serve: fc.Arbitrary<RuleForm["serve"]> = fc.oneof(
  fc.constantFrom("off", "a", "b"),
  fc.record({ of: fc.constantFrom("a", "b"), share: fc.constantFrom(10_000, 50_000, 100_000), by: fc.constantFrom("targetingKey", "customer") }),
  fc.constantFrom<RuleForm["serve"]>(
    {
      of: [
        ["a", 50_000],
        ["off", 50_000],
      ],
    },
    {
      of: [
        ["a", 30_000],
        ["b", 70_000],
      ],
    },
  ),
);
const form: fc.Arbitrary<FlagForm> = fc.record(
  {
    type: fc.constant<"string">("string"),
    variants: fc.constant({ off: "none", a: "A", b: "B" }),
    default: fc.constantFrom("off", "a", "b"),
    rules: fc.array(fc.record({ if: condition, serve }, { requiredKeys: ["serve"] }), { maxLength: 3 }),
    eligible: condition,
  },
  { requiredKeys: ["type", "variants", "default"] },
);
/** What people do to a definition: often a little, sometimes all. */
const edited = (before: FlagForm): fc.Arbitrary<FlagForm> =>
  fc.oneof(
    form,
    fc.constant({ ...before, default: "off" }),
    fc.nat(3).map((at) => ({ ...before, rules: (before.rules ?? []).filter((_, index) => index !== at) })),
    fc.tuple(fc.nat(2), condition).map(([at, more]) => ({
      ...before,
      rules: (before.rules ?? []).map((rule, index) =>
        index === at ? { ...rule, if: ["all", ...(rule.if === undefined ? [] : [rule.if]), more] as Condition } : rule,
      ),
    })),
    fc.tuple(fc.nat(2), fc.constantFrom(5_000, 50_000)).map(([at, per100k]) => ({
      ...before,
      rules: (before.rules ?? []).map((rule, index) =>
        index === at && typeof rule.serve !== "string" ? { ...rule, serve: { ...rule.serve, share: per100k } } : rule,
      ),
    })),
    fc
      .tuple(fc.nat(3), fc.record({ if: condition, serve: fc.constant("off") }))
      .map(([at, rule]) => ({ ...before, rules: (before.rules ?? []).toSpliced(at, 0, rule) })),
    condition.map((eligible) => ({ ...before, eligible })),
  );
const segmentForm = fc.record({ by: fc.constant("customer"), include: fc.subarray(["c1", "c2", "c3"]), exclude: fc.subarray(["c1"]) });

/** Everybody who differs by what the conditions look at, and who lacks it. */
const PEOPLE = ["pro", "free", undefined].flatMap((plan) =>
  ["de", "fr", "at", "us", undefined].flatMap((country) =>
    ["c1", "c2", "c3", undefined].flatMap((customer) =>
      [...Array.from({ length: 3 }, (_, index) => `u${index}`), undefined].map((targetingKey) => ({
        ...(plan === undefined ? {} : { plan }),
        ...(country === undefined ? {} : { country }),
        ...(customer === undefined ? {} : { customer }),
        ...(targetingKey === undefined ? {} : { targetingKey }),
      })),
    ),
  ),
);

function answersOf(flag: FlagForm, segments: Segments): readonly (string | undefined)[] {
  const decoded = decodeSnapshot(
    encodeSnapshot({ format: SNAPSHOT_FORMAT, environment: "production", epoch: "e", seq: 1, salt: "s", segments, flags: { f: flag } }),
  );
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.problem));
  const compiled = compileSnapshot(decoded.value);
  return PEOPLE.map((person) => evaluate(compiled, "f", person).variant);
}

test("of what is judged harmless nobody gets anything but what they had, or off; and much of it is", () => {
  const seen = { harmless: 0, changed: 0 };
  const edit = form.chain((before) => fc.tuple(fc.constant(before), edited(before), segmentForm, segmentForm, fc.boolean()));
  fc.assert(
    fc.property(edit, ([before, after, s, other, isSame]) => {
      const segments: readonly [Segments, Segments] = [{ s }, { s: isSame ? s : other }];
      if (!isHarmless(before, after, segments)) return;
      const [was, is] = [answersOf(before, segments[0]), answersOf(after, segments[1])];
      seen.harmless += 1;
      if (was.some((variant, index) => is[index] !== variant)) seen.changed += 1;
      for (const [index, variant] of is.entries()) expect([was[index], "off"], JSON.stringify(PEOPLE[index])).toContain(variant);
    }),
    { numRuns: 400, seed: 10 },
  );
  // The judge is not a wall: it lets through what people do every day, among it much that changes something.
  expect(seen.harmless).toBeGreaterThan(40);
  expect(seen.changed).toBeGreaterThan(15);
});
