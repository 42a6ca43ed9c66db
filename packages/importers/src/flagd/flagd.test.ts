import { lowerFlag, parseProject } from "@sluice/definitions";
import { compileSnapshot, evaluate, type Context, type FlagForm } from "@sluice/evaluation";
import { describe, expect, test } from "vitest";
import { importFlags, type Imported } from "../index.ts";

const VARIANTS = { a: "A", b: "B", off: "none" };

function importing(flag: object, file: object = {}): Imported {
  return importFlags("flagd", new Map([["flags.json", JSON.stringify({ flags: { subject: flag }, ...file })]]));
}

const targeting = (logic: unknown, file: object = {}): Imported =>
  importing({ state: "ENABLED", variants: VARIANTS, defaultVariant: "off", targeting: logic }, file);

/** The form that production serves, after the real parser has accepted the files without a word. */
function formOf(imported: Imported, key = "subject"): FlagForm {
  const project = parseProject({ files: imported.files });
  expect(project.diagnostics).toEqual([]);
  const flag = project.flags.get(key);
  const form = flag && lowerFlag(flag, "production");
  if (form === undefined) throw new Error(`${key} was not imported`);
  return form;
}

function variantOf(imported: Imported, context: Context): string | undefined {
  const compiled = compileSnapshot({
    format: 1,
    environment: "production",
    epoch: "e",
    seq: 1,
    salt: "s",
    flags: { subject: formOf(imported) },
  });
  return evaluate(compiled, "subject", context).variant;
}

const codesOf = ({ losses }: Imported): readonly string[] => losses.filter(({ flag }) => flag !== "").map(({ code }) => code);

/** Expected by JsonLogic's and flagd's documentation; flagd-core 4.0.1 for JavaScript answers the same. */
const CONDITIONS: readonly (readonly [name: string, logic: unknown, matching: readonly Context[], others: readonly Context[]])[] = [
  ["=== compares within a type", { "===": [{ var: "plan" }, "pro"] }, [{ plan: "pro" }], [{ plan: "free" }, {}]],
  ["!== holds for a missing attribute", { "!==": ["pro", { var: "plan" }] }, [{ plan: "free" }, {}], [{ plan: "pro" }]],
  ["=== null asks whether it is missing", { "===": [{ var: "plan" }, null] }, [{}], [{ plan: "pro" }]],
  ["< counts a missing attribute as 0", { "<": [{ var: "age" }, 18] }, [{ age: 17 }, {}], [{ age: 18 }]],
  ["> does not reach a missing attribute above 0", { ">": [{ var: "age" }, 18] }, [{ age: 19 }], [{ age: 18 }, {}]],
  ["a number on the left turns the sign", { ">=": [18, { var: "age" }] }, [{ age: 18 }, {}], [{ age: 19 }]],
  ["three operands are an interval", { "<": [0, { var: "age" }, 18] }, [{ age: 1 }], [{ age: 0 }, { age: 18 }, {}]],
  ["in looks in a list of values", { in: [{ var: "plan" }, ["pro", "team"]] }, [{ plan: "team" }], [{ plan: "te" }, {}]],
  ["in looks in a text and in a list", { in: ["pro", { var: "tags" }] }, [{ tags: "a-pro-b" }, { tags: ["x", "pro"] }], [{ tags: ["a-pro-b"] }, {}]],
  ["starts_with", { starts_with: [{ var: "email" }, "ada@"] }, [{ email: "ada@example.com" }], [{ email: "x-ada@" }, { email: 1 }, {}]],
  ["ends_with", { ends_with: [{ var: "email" }, "@example.com"] }, [{ email: "ada@example.com" }], [{ email: "ada@example.org" }, {}]],
  ["sem_ver = is exact", { sem_ver: [{ var: "v" }, "=", "1.2.3"] }, [{ v: "1.2.3" }], [{ v: "1.2.4" }, { v: "nope" }, {}]],
  ["sem_ver != needs a version", { sem_ver: [{ var: "v" }, "!=", "1.2.3"] }, [{ v: "1.2.4" }, { v: "0.0.0" }], [{ v: "1.2.3" }, { v: "nope" }, {}]],
  ["sem_ver ^ is the same major", { sem_ver: [{ var: "v" }, "^", "1.2.3"] }, [{ v: "1.0.0" }, { v: "1.9.9" }], [{ v: "2.0.0" }, { v: "2.0.0-alpha" }, {}]],
  ["sem_ver ~ is the same minor", { sem_ver: [{ var: "v" }, "~", "1.2.3"] }, [{ v: "1.2.0" }, { v: "1.2.9" }], [{ v: "1.3.0" }, { v: "1.3.0-0" }, {}]],
  [
    "and, or and !",
    {
      and: [{ "!": [{ "===": [{ var: "a" }, 1] }] }, { or: [{ "===": [{ var: "b" }, 1] }, { "===": [{ var: "b" }, 2] }] }],
    },
    [{ b: 2 }, { a: 2, b: 1 }],
    [{ a: 1, b: 1 }, { a: 2 }],
  ],
  [
    "an attribute alone asks whether it is something",
    { var: "beta" },
    [{ beta: true }, { beta: 3 }, { beta: "x" }],
    [{ beta: false }, { beta: 0 }, { beta: "" }, {}],
  ],
  ["nested attributes are paths", { "===": [{ var: "user.plan" }, "pro"] }, [{ user: { plan: "pro" } }], [{ user: "pro" }, {}]],
];

describe("a flagd condition", () => {
  test.each(CONDITIONS)("%s", (_, logic, matching, others) => {
    const imported = targeting({ if: [logic, "a", "b"] });
    for (const context of matching) expect(variantOf(imported, context), JSON.stringify(context)).toBe("a");
    for (const context of others) expect(variantOf(imported, context), JSON.stringify(context)).toBe("b");
  });

  test("a loose comparison is imported as a strict one, and the report says so", () => {
    const imported = targeting({ if: [{ "==": [{ var: "plan" }, "pro"] }, "a"] });
    expect(variantOf(imported, { plan: "pro" })).toBe("a");
    expect(codesOf(imported)).toEqual(["rule/coercion"]);
    const absent = targeting({ if: [{ "!=": [{ var: "beta" }, null] }, "a"] });
    expect(absent.losses.find(({ flag }) => flag === "subject")?.what).toContain("missing, false and 0");
  });

  test("a strict comparison of values loses nothing", () => {
    expect(codesOf(targeting({ if: [{ "===": [{ var: "plan" }, "pro"] }, "a"] }))).toEqual([]);
  });
});

describe("a flagd targeting", () => {
  test("branches are rules in the same order, and an if without else gives the default", () => {
    const imported = targeting({ if: [{ "===": [{ var: "x" }, 1] }, "a", { "===": [{ var: "y" }, 1] }, "b"] });
    expect([{ x: 1, y: 1 }, { y: 1 }, {}].map((context) => variantOf(imported, context))).toEqual(["a", "b", "off"]);
  });

  test("a branch inside a branch never leaks to the branches behind it", () => {
    const imported = targeting({
      if: [{ "===": [{ var: "x" }, 1] }, { if: [{ "===": [{ var: "y" }, 1] }, "a"] }, "b"],
    });
    expect([{ x: 1, y: 1 }, { x: 1 }, { y: 1 }].map((context) => variantOf(imported, context))).toEqual(["a", "off", "b"]);
  });

  test("evaluators stand where they are referred to", () => {
    const imported = targeting({ if: [{ $ref: "staff" }, "a"] }, { $evaluators: { staff: { ends_with: [{ var: "email" }, "@example.com"] } } });
    expect([{ email: "ada@example.com" }, {}].map((context) => variantOf(imported, context))).toEqual(["a", "off"]);
  });

  test("a condition alone chooses between the variants true and false", () => {
    const imported = importing({
      state: "ENABLED",
      variants: { true: true, false: false },
      defaultVariant: "false",
      targeting: { "===": [{ var: "x" }, 1] },
    });
    expect([{ x: 1 }, {}].map((context) => variantOf(imported, context))).toEqual(["true", "false"]);
  });

  test.each([
    ["an unknown operator", { if: [{ "===": [{ var: "x" }, 1] }, "a", { near: [{ var: "y" }, 1] }, "b", "a"] }],
    ["a circle of evaluators", { if: [{ "===": [{ var: "x" }, 1] }, "a", { $ref: "self" }, "b", "a"] }],
    ["the clock", { if: [{ "===": [{ var: "x" }, 1] }, "a", { "<": [{ var: "$flagd.timestamp" }, 9] }, "b", "a"] }],
    ["a variant that is not there", { if: [{ "===": [{ var: "x" }, 1] }, "a", { "===": [{ var: "y" }, 1] }, "c", "a"] }],
    ["an attribute named like a word of conditions", { if: [{ "===": [{ var: "x" }, 1] }, "a", { "===": [{ var: "all" }, 1] }, "b", "a"] }],
  ])("%s parks its branch and all behind it, towards the off variant", (_, logic) => {
    const imported = targeting(logic, { $evaluators: { self: { $ref: "self" } } });
    expect([{ x: 1 }, { y: 1 }, {}].map((context) => variantOf(imported, context))).toEqual(["a", "off", "off"]);
    expect(codesOf(imported)).toContain("rule/parked");
    expect(imported.files.get("flags/subject.yaml")).toContain(`# ${JSON.stringify(logic)}`);
  });

  test("a parked branch leads to the off variant even where the default is another", () => {
    const imported = importing({
      state: "ENABLED",
      variants: VARIANTS,
      defaultVariant: "b",
      targeting: { if: [{ near: [{ var: "y" }, 1] }, "a"] },
    });
    expect(variantOf(imported, {})).toBe("off");
  });
});

describe("a flagd fractional", () => {
  const shareOf = (imported: Imported, variant: string): number => {
    const compiled = compileSnapshot({
      format: 1,
      environment: "production",
      epoch: "e",
      seq: 1,
      salt: "s",
      flags: { subject: formOf(imported) },
    });
    const users = Array.from({ length: 10_000 }, (_, index) => evaluate(compiled, "subject", { targetingKey: `user-${index}`, email: `e${index}` }));
    return users.filter((answer) => answer.variant === variant).length / users.length;
  };

  test("keeps the weights, and says that users are re-shuffled", () => {
    const imported = targeting({
      fractional: [
        ["a", 25],
        ["b", 75],
      ],
    });
    expect(shareOf(imported, "a")).toBeCloseTo(0.25, 1);
    expect(shareOf(imported, "b")).toBeCloseTo(0.75, 1);
    expect(codesOf(imported)).toEqual(["rule/reshuffled"]);
  });

  test("weights that no three decimals hold add up to 100 all the same, and say so", () => {
    const imported = targeting({ fractional: [{ var: "email" }, ["a"], ["b"], ["off"]] });
    expect(formOf(imported).rules).toEqual([
      {
        id: "imported-1",
        serve: {
          of: [
            ["a", 33_334],
            ["b", 33_333],
            ["off", 33_333],
          ],
          by: "email",
        },
      },
    ]);
    expect(codesOf(imported)).toEqual(["rule/reshuffled", "rule/rounded"]);
  });

  test("who has no bucketing attribute gets the default and not the next branch", () => {
    const imported = targeting({
      if: [{ "===": [{ var: "x" }, 1] }, { fractional: [{ var: "email" }, ["a", 1], ["b", 1]] }, "b"],
    });
    expect([{ x: 1 }, {}].map((context) => variantOf(imported, context))).toEqual(["off", "b"]);
  });

  test("a seed that flags share stays their salt; the flag's own key is the usual one", () => {
    const by = (parts: readonly unknown[]): unknown =>
      formOf(targeting({ fractional: [{ cat: [...parts, { var: "email" }] }, ["a", 1], ["b", 1]] })).rules?.[0]?.serve;
    expect(by(["shared"])).toMatchObject({ by: "email", salt: "shared" });
    expect(by([{ var: "$flagd.flagKey" }])).not.toHaveProperty("salt");
  });

  test("one variant with all the weight is served without a decision", () => {
    const imported = targeting({
      fractional: [
        ["a", 10],
        ["b", 0],
      ],
    });
    expect(variantOf(imported, {})).toBe("a");
    expect(codesOf(imported)).toEqual([]);
  });
});

describe("a flagd flag", () => {
  test("disabled serves its off variant whatever its targeting says", () => {
    const imported = importing({
      state: "DISABLED",
      variants: VARIANTS,
      defaultVariant: "a",
      targeting: { if: [true, "b"] },
    });
    expect(variantOf(imported, {})).toBe("off");
    expect(codesOf(imported)).toEqual(["flag/disabled"]);
  });

  test("without a variant called off has its false one, or its default", () => {
    expect(formOf(importing({ state: "ENABLED", variants: { yes: true, no: false }, defaultVariant: "yes" }))).toMatchObject({ off: "no", default: "yes" });
    const numbers = importing({ state: "ENABLED", variants: { "5": 5, "10": 10 }, defaultVariant: "10" });
    expect(formOf(numbers)).toEqual({ type: "number", variants: { "5": 5, "10": 10 }, off: "10" });
    expect(codesOf(numbers)).toEqual(["flag/off-assumed"]);
  });

  test("without a default serves its off variant and says so", () => {
    const imported = importing({ state: "ENABLED", variants: VARIANTS, defaultVariant: null });
    expect(variantOf(imported, {})).toBe("off");
    expect(codesOf(imported)).toEqual(["flag/no-default"]);
  });

  test.each([
    ["variants of two types", { state: "ENABLED", variants: { a: 1, b: "1" }, defaultVariant: "a" }],
    ["no variants", { state: "ENABLED", defaultVariant: "a" }],
    ["a default that is no variant", { state: "ENABLED", variants: VARIANTS, defaultVariant: "c" }],
    ["an unknown state", { state: "PAUSED", variants: VARIANTS, defaultVariant: "a" }],
  ])("with %s is refused by name", (_, flag) => {
    const imported = importing(flag);
    expect(imported.flags).toBe(0);
    expect(imported.losses.map(({ flag, code }) => [flag, code])).toEqual([["subject", "flag/refused"]]);
  });

  test("names what it leaves out", () => {
    const imported = importing({ state: "ENABLED", variants: VARIANTS, defaultVariant: "a", metadata: { team: "x" } });
    expect(imported.losses[0]).toEqual({ flag: "subject", code: "input/field", what: "Left out: metadata." });
  });
});
