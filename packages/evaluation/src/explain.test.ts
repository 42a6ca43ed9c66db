import { describe, expect, it } from "vitest";
import { customerHash } from "./bucketing.ts";
import { compileSnapshot } from "./compile.ts";
import { describe as inWords } from "./describe.ts";
import { explain } from "./explain.ts";
import type { Snapshot } from "./snapshot-form.ts";

const snapshot: Snapshot = {
  format: 1,
  environment: "production",
  epoch: "e1",
  seq: 7,
  salt: "env",
  segments: { small: { by: "account", exclude: ["big"], if: ["lessThan", "seats", 10] } },
  kills: { k1: { flags: ["export"], scope: { customers: [customerHash("env", "acme")] } } },
  flags: {
    export: {
      prerequisites: [{ flag: "ledger", serves: ["on"] }],
      eligible: ["in", "plan", ["pro"]],
      rules: [
        { id: "near", if: ["near", "x", 1], serve: "on" },
        { id: "small", if: ["all", ["segment", "small"], ["not", ["equals", "country", "AU"]]], serve: "on" },
      ],
    },
    ledger: { default: "on" },
  },
};
const compiled = compileSnapshot(snapshot);

describe("a trace", () => {
  it("tells each step, each condition with its input, and who decided", () => {
    const trace = explain(compiled, "export", { plan: "pro", seats: 3, customer: "other", account: "acme" });
    expect(trace.steps.map(({ cause, by, outcome }) => [cause, by, outcome])).toEqual([
      ["kill", "k1", "passed"],
      ["prerequisite", "ledger", "passed"],
      ["ineligible", undefined, "passed"],
      ["rule", "near", "skipped"],
      ["rule", "small", "decided"],
    ]);
    expect(trace.steps.at(-1)?.condition).toEqual({
      operator: "all",
      outcome: "true",
      parts: [
        {
          operator: "segment",
          path: "small",
          outcome: "true",
          parts: [
            { operator: "in exclude", path: "account", operand: 1, input: "acme", outcome: "false" },
            { operator: "lessThan", path: "seats", operand: 10, input: 3, outcome: "true" },
          ],
        },
        {
          operator: "not",
          outcome: "true",
          parts: [{ operator: "equals", path: "country", operand: "AU", outcome: "false" }],
        },
      ],
    });
    expect(inWords(trace)).toEqual([
      "export answers on = true, reason TARGETING_MATCH (snapshot e1:7).",
      "Kill k1 does not cover this context.",
      "  all: false",
      '    customer ("other") is one of the 1 in the kill\'s customers: false',
      "Prerequisite ledger is met.",
      '  ledger answers "on", needed ["on"]: true',
      "Eligible.",
      '  plan ("pro") in ["pro"]: true',
      'rule near is skipped. Problem: rule near: unknown operator "near".',
      "  x (missing) near 1: broken",
      "Rule small decides.",
      "  all: true",
      "    in segment small: true",
      '      account ("acme") is one of the 1 in exclude: false',
      "      seats (3) lessThan 10: true",
      "    not: true",
      '      country (missing) equals "AU": false',
    ]);
  });

  it("tells whom a share counts and where they lie, and which list has somebody", () => {
    const lists: Snapshot = {
      ...snapshot,
      segments: { listed: { by: "account", include: ["b"], hashes: [customerHash("env", "acme")] } },
      flags: {
        grow: {
          // Where user-1 lies with this salt is in conformance/hashing/slots.json: just outside the first share, inside the last.
          salt: "billing.invoice-export",
          rules: [
            { id: "some", if: ["segment", "listed"], serve: { share: 23_032, of: "on" } },
            { id: "others", if: ["segment", "missing"], serve: { share: 5, of: "on" } },
            { id: "away", if: ["equals", "account", "x"], serve: { share: 5, of: "on" } },
            { id: "unit", serve: { share: 5, of: "on", by: "device" } },
            { id: "more", serve: { share: 23_033, of: "on" } },
          ],
        },
      },
    };
    const trace = explain(compileSnapshot(lists), "grow", { targetingKey: "user-1", account: "acme" });
    expect(trace.steps.map(({ share }) => share?.slot)).toEqual([23_032, undefined, undefined, undefined, 23_032]);
    expect(inWords(trace)).toEqual([
      "grow answers on = true, reason SPLIT (snapshot e1:7).",
      "Rule some does not apply.",
      "  in segment listed: true",
      '    account ("acme") is one of the 1 in include: false',
      '    account ("acme") is one of the 1 in the lists kept at run time: true',
      '  targetingKey ("user-1") is at 23.032 %: not in the first 23.032 %',
      "rule others is skipped. Problem: rule others: segment missing: missing.",
      "  in segment missing: broken",
      "Rule away does not apply.",
      '  account ("acme") equals "x": false',
      "Rule unit does not apply.",
      "  device (missing) is nobody who can be counted: not in the first 0.005 %",
      "Rule more decides.",
      '  targetingKey ("user-1") is at 23.032 %: in the first 23.033 %',
    ]);
  });

  it("ends where a kill decides", () => {
    const trace = explain(compiled, "export", { customer: "acme" });
    expect(inWords(trace)).toEqual([
      "export answers off = false, reason DISABLED (snapshot e1:7).",
      "Kill k1 switches it off.",
      "  all: true",
      '    customer ("acme") is one of the 1 in the kill\'s customers: true',
    ]);
  });

  it("tells which part of a kill's scope, of a prerequisite and of an exposure decided", () => {
    const parts: Snapshot = {
      ...snapshot,
      segments: { pros: { if: ["equals", "plan", "pro"] } },
      kills: { k2: { flags: ["wave", "all"], scope: { customers: [customerHash("env", "acme")], segment: "pros" } }, k3: { flags: ["all"] } },
      flags: {
        // Where user-1 lies with this salt and ":exposure" is not what this is about: a share of nothing takes nobody in.
        wave: {
          prerequisites: [{ flag: "ledger", serves: ["on", "beta"] }],
          exposure: { serve: "on", keys: [customerHash("env", "early")], rest: true, except: [customerHash("env", "late")], share: 0 },
        },
        ledger: { default: "off" },
        open: { exposure: { serve: "on", keys: [customerHash("env", "early")] } },
        all: {},
      },
    };
    const compiledParts = compileSnapshot(parts);
    expect(inWords(explain(compiledParts, "wave", { customer: "acme", plan: "free" }))).toEqual([
      "wave answers off = false, reason DISABLED (snapshot e1:7).",
      "Kill k2 does not cover this context.",
      "  all: false",
      '    customer ("acme") is one of the 1 in the kill\'s customers: true',
      "    in segment pros: false",
      '      plan ("free") equals "pro": false',
      "Prerequisite ledger is not met.",
      '  ledger answers "off", needed ["on","beta"]: false',
    ]);
    const open = (customer: unknown): readonly string[] => inWords(explain(compiledParts, "open", { customer })).slice(1, 3);
    expect(open("early")).toEqual(["The customer has the released value.", '  customer ("early") is one of the 1 in the customers who have it: true']);
    expect(open(undefined)).toEqual([
      "The customer does not have the released value.",
      "  customer (missing) is one of the 1 in the customers who have it: false",
    ]);
    // A kill of everybody has no part to tell of.
    expect(inWords(explain(compiledParts, "all", { customer: "other" })).slice(-1)).toEqual(["Kill k3 switches it off."]);
  });

  it("tells where a customer of the rest lies", () => {
    const rest = (share: number): Snapshot => ({
      ...snapshot,
      flags: { grow: { exposure: { serve: "on", rest: true, except: [customerHash("env", "late")], share } } },
    });
    const told = (share: number, customer: unknown): readonly string[] => inWords(explain(compileSnapshot(rest(share)), "grow", { customer })).slice(1, -1);
    expect(told(0, "acme").slice(0, 4)).toEqual([
      "The customer does not have the released value.",
      "  any: true",
      '    customer ("acme") is one of the 0 in the customers who have it: false',
      "    not: true",
    ]);
    expect(told(0, "acme").at(-1)).toMatch(/^ {2}customer \("acme"\) is at [\d.]+ %: not in the first 0 %$/);
    expect(told(0, "late").slice(0, 2)).toEqual(["The customer does not have the released value.", "  any: false"]);
    // A number is no customer, so it is none of the rest.
    expect(told(100_000, 5).slice(0, 2)).toEqual(["The customer does not have the released value.", "  any: false"]);
  });

  it("says who decided, where somebody knows", () => {
    const words = inWords(explain(compiled, "export", { customer: "acme" }), ({ by }) => (by === "k1" ? "by Ana: wrong totals" : undefined));
    expect(words[1]).toBe("Kill k1 switches it off. Decided by Ana: wrong totals.");
  });

  it("says that a flag is not known", () => {
    expect(inWords(explain(compiled, "nope", {}))).toEqual(["nope answers the caller's default: there is no such flag (snapshot e1:7)."]);
  });
});
