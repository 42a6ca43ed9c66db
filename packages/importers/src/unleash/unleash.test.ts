import { lowerFlag, parseProject } from "@sluice/definitions";
import type { FlagForm } from "@sluice/evaluation";
import { describe, expect, test } from "vitest";
import { importFlags, type Loss } from "../index.ts";

// That imported flags answer as Unleash's own cases say is conformance/foreign/unleash.test.ts. These are the flags as people will read them.

interface Outcome {
  readonly form: FlagForm | undefined;
  readonly losses: readonly string[];
  readonly text: string;
}

function check(feature: object, others: { readonly features?: readonly object[]; readonly segments?: readonly object[] } = {}): Outcome {
  const state = { features: [{ name: "f", enabled: true, strategies: [], ...feature }, ...(others.features ?? [])], segments: others.segments ?? [] };
  const imported = importFlags("unleash", new Map([["state.json", JSON.stringify(state)]]));
  const project = parseProject({ files: imported.files });
  expect([imported.problems, project.diagnostics]).toEqual([[], []]);
  const flag = project.flags.get("f");
  return {
    form: flag === undefined ? undefined : lowerFlag(flag, "production"),
    losses: imported.losses.filter((loss: Loss) => loss.flag === "f").map(({ code }) => code),
    text: imported.files.get("flags/f.yaml") ?? "",
  };
}

const flexible = (rollout: string, more: object = {}): object => ({
  name: "flexibleRollout",
  parameters: { rollout, stickiness: "default", groupId: "f" },
  constraints: [],
  ...more,
});
const constraint = (operator: string, more: object): object => ({ strategies: [{ name: "default", constraints: [{ contextName: "x", operator, ...more }] }] });
const unleash = (share: number, by: string | undefined): object => ({
  share,
  of: "on",
  ...(by === undefined ? {} : { by }),
  salt: "f",
  algorithm: "unleash-v1",
});

describe("an Unleash feature", () => {
  test("without strategies is on for everybody", () => {
    expect(check({}).form?.rules).toEqual([{ id: "imported-1", serve: "on" }]);
  });

  test("that is off stays off, with its strategies in a comment", () => {
    const { form, losses, text } = check({ enabled: false, strategies: [{ name: "userWithId", parameters: { userIds: "mara" } }] });
    expect([form?.rules ?? [], form?.default ?? "off", losses]).toEqual([[], "off", ["flag/switched-off"]]);
    expect(text).toContain('# [{"name":"userWithId","parameters":{"userIds":"mara"}}]');
  });

  test("with a rollout keeps its users: by userId, and by sessionId where there is none", () => {
    const { form, losses } = check({ strategies: [flexible("25")] });
    expect(form?.rules?.map(({ if: condition, serve }) => [condition, serve])).toEqual([
      [undefined, unleash(25_000, undefined)],
      [["exists", "targetingKey", false], unleash(25_000, "sessionId")],
    ]);
    expect(losses).toEqual(["rule/chance"]);
  });

  test("with a rollout and variants keeps both, in one rule for users and one for sessions", () => {
    const variants = [
      { name: "a", weight: 700, payload: { type: "string", value: "A" } },
      { name: "b", weight: 300, payload: { type: "string", value: "B" } },
    ];
    const { form, losses } = check({ strategies: [flexible("25", { variants })] });
    const of = [
      ["a", 70_000],
      ["b", 30_000],
    ];
    expect(form?.rules?.map(({ serve }) => serve)).toEqual([
      { share: 25_000, of, salt: "f", algorithm: "unleash-v1" },
      { share: 25_000, of, by: "sessionId", salt: "f", algorithm: "unleash-v1" },
    ]);
    expect([form?.type, form?.variants]).toEqual(["string", { a: "A", b: "B", on: "", off: "" }]);
    expect(new Set(losses)).toEqual(new Set(["rule/variants", "rule/chance"]));
  });

  test("asks its strategies one after the other, and nothing behind one that lets everybody through", () => {
    const { form, losses } = check({ strategies: [{ name: "userWithId", parameters: { userIds: "mara, ben" } }, { name: "default" }, { name: "made.here" }] });
    expect(form?.rules?.map(({ if: condition }) => condition)).toEqual([["in", "targetingKey", ["mara", "ben"]], undefined]);
    expect(losses).toEqual([]);
  });

  test.each([
    [
      "a strategy of its own",
      { strategies: [{ name: "default", constraints: [{ contextName: "x", operator: "IN", values: ["1"] }] }, { name: "made.here" }, { name: "default" }] },
      1,
    ],
    ["a rollout by chance", { strategies: [{ name: "gradualRolloutRandom", parameters: { percentage: "50" } }] }, 0],
    ["a rollout of half a percent", { strategies: [flexible("0.5")] }, 0],
    ["a regular expression that is no list", constraint("REGEX", { value: "^a+$" }), 0],
    [
      "variants that are counted by something else than their rollout",
      {
        variants: [
          { name: "a", weight: 1 },
          { name: "b", weight: 1 },
        ],
        strategies: [flexible("50", { parameters: { rollout: "50", stickiness: "userId", groupId: "other" } })],
      },
      0,
    ],
  ])("parks %s and all that follows, and says so", (_, feature, rules) => {
    const { form, losses, text } = check(feature);
    expect(losses).toContain("rule/parked");
    expect([form?.rules?.length ?? 0, form?.default ?? "off"]).toEqual([rules, "off"]);
    expect(text).toContain("# Parked by the import");
  });

  test.each([
    ["IN", { values: ["a"] }, ["in", "x", ["a"]]],
    ["NOT_IN", { values: ["a"] }, ["not", ["in", "x", ["a"]]]],
    ["NOT_IN", { values: ["a"], inverted: true }, ["not", ["not", ["in", "x", ["a"]]]]],
    ["STR_ENDS_WITH", { values: [".au"], caseInsensitive: true }, ["endsWithIgnoreCase", "x", [".au"]]],
    ["NUM_GTE", { value: "1.50" }, ["greaterOrEqual", "x", 1.5]],
    ["DATE_BEFORE", { value: "2026-01-01T00:00:00Z" }, ["before", "x", "2026-01-01T00:00:00Z"]],
    ["SEMVER_LT", { value: "2.0.0-rc.1" }, ["semver", "x", "<2.0.0-rc.1"]],
    ["IN_CIDR", { values: ["10.0.0.1", "nonsense", "2001:db8::/32"] }, ["cidr", "x", ["10.0.0.1/32", "2001:db8::/32"]]],
    ["REGEX", { value: "^(au|nz)-[0-2]$" }, ["in", "x", ["au-0", "au-1", "au-2", "nz-0", "nz-1", "nz-2"]]],
    ["REGEX", { value: "^ab$", caseInsensitive: true }, ["inIgnoreCase", "x", ["ab"]]],
  ])("%s %j becomes %j", (operator, more, expected) => {
    expect(check(constraint(operator, more)).form?.rules?.[0]?.if).toEqual(expected);
  });

  test.each([
    ["an operator that nobody knows", constraint("SOUNDS_LIKE", { values: ["a"], inverted: true })],
    ["a version that is none", constraint("SEMVER_GT", { value: "v1" })],
    ["a number that is none", constraint("NUM_GT", { value: "many" })],
    ["a look-ahead, which RE2 refuses", constraint("REGEX", { value: "^(?=a)b$" })],
    ["a segment that is missing", { strategies: [{ name: "default", segments: [404] }] }],
    ["a list of nobody", { strategies: [{ name: "userWithId", parameters: { userIds: "" } }] }],
  ])("lets nobody through by %s, as Unleash does", (_, feature) => {
    const { form, losses } = check(feature);
    expect([form?.rules ?? [], losses]).toEqual([[], []]);
  });

  test("takes over the constraints of its segments", () => {
    const segments = [{ id: 7, constraints: [{ contextName: "plan", operator: "IN", values: ["pro"] }] }];
    expect(check({ strategies: [{ name: "default", segments: [7] }] }, { segments }).form?.rules?.[0]?.if).toEqual(["in", "plan", ["pro"]]);
  });

  test("waits for its parent, which must not wait itself", () => {
    const parent = { name: "parent", enabled: true, strategies: [] };
    const grandparent = { ...parent, name: "grandparent" };
    expect(check({ dependencies: [{ feature: "parent" }] }, { features: [parent] }).form?.prerequisites).toEqual([{ flag: "parent", serves: ["on"] }]);
    expect(check({ dependencies: [{ feature: "parent", enabled: false }] }, { features: [parent] }).form?.prerequisites).toEqual([
      { flag: "parent", serves: ["off"] },
    ]);
    const waiting = { ...parent, dependencies: [{ feature: "grandparent" }] };
    const { form, losses } = check({ dependencies: [{ feature: "parent" }] }, { features: [waiting, grandparent] });
    expect([form?.rules ?? [], losses]).toEqual([[], ["flag/switched-off"]]);
  });

  test.each([
    [
      "payloads of several types",
      [
        { name: "a", weight: 1, payload: { type: "string", value: "x" } },
        { name: "b", weight: 1, payload: { type: "number", value: "1" } },
      ],
    ],
    ["a number that would be written otherwise", [{ name: "a", weight: 1, payload: { type: "number", value: "1.0" } }]],
    [
      "two variants of one name",
      [
        { name: "a", weight: 1, payload: { type: "string", value: "x" } },
        { name: "a", weight: 1, payload: { type: "string", value: "y" } },
      ],
    ],
  ])("is refused for %s", (_, variants) => {
    const { form, losses } = check({ variants });
    expect([form, losses]).toEqual([undefined, ["flag/refused"]]);
  });

  test("whose attribute is a number in one rule and a text in another keeps the first and parks the second", () => {
    const strategies = [
      { name: "default", constraints: [{ contextName: "x", operator: "NUM_GT", value: "1" }] },
      { name: "default", constraints: [{ contextName: "x", operator: "IN", values: ["a"] }] },
    ];
    const { form, losses } = check({ strategies });
    expect([form?.rules?.length, losses]).toEqual([1, ["rule/parked"]]);
  });
});

describe("an Unleash input", () => {
  test("that is an export of the admin interface is not read", () => {
    const imported = importFlags("unleash", new Map([["export.json", JSON.stringify({ features: [], featureStrategies: [] })]]));
    expect(imported.problems.map(({ file, fix }) => [file, fix])).toEqual([["export.json", "Give the answer of /api/client/features of one environment."]]);
  });
});
