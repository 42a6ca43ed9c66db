import { compileSnapshot, customerHash, evaluate, type Snapshot } from "@sluice/evaluation";
import type { Facts } from "@sluice/releases";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compileFromLog } from "./advance.ts";
import { World } from "./testing/world.ts";

const CUSTOMERS = ["acme", "bolt", "cove", "dune"];
const TREE = {
  "sluice.yaml": '{"customer":"customer","environments":["production","staging"]}',
  "flags/a": JSON.stringify({ key: "a", forms: { production: { rules: [{ if: ["equals", "plan", "pro"], serve: "on" }] }, staging: {} } }),
  "flags/b": JSON.stringify({ key: "b", forms: { production: { eligible: ["equals", "plan", "pro"] }, staging: {} } }),
};

/** A served project with four customers. */
function world(): World {
  const made = new World();
  made.commit("c1", TREE);
  const set = CUSTOMERS.map((id) => ({
    id,
    track: "standard" as const,
    tags: [],
    hashes: { production: customerHash("salt-p", id), staging: customerHash("salt-s", id) },
  }));
  made.log({ kind: "customersChanged", set });
  return made;
}

function served(of: World, environment: string): Snapshot {
  const snapshot = of.states.get(environment)?.snapshot;
  if (snapshot === undefined) throw new Error(`${environment} has no snapshot`);
  return snapshot;
}

const answer = (snapshot: Snapshot, flag: string, context: object): string => {
  const { variant, reason, cause } = evaluate(compileSnapshot(snapshot), flag, { ...context });
  return `${variant ?? "none"} ${reason} ${cause}`;
};

const pin = (more: object = {}): Facts => ({
  kind: "customerPinned",
  pin: "p1",
  environment: "production",
  flag: "a",
  customer: "acme",
  serve: "on",
  untilMs: 9e12,
  ...more,
});

test("a pin compiles to the customer's hash and the variant, by hash, and to nothing else", () => {
  const made = world();
  made.log(pin());
  made.log(pin({ pin: "p2", customer: "bolt", serve: "off" }));
  const pins = [customerHash("salt-p", "acme"), customerHash("salt-p", "bolt")].sort();
  expect(served(made, "production").flags["a"]?.pins).toEqual(pins.map((hash) => ["customer", hash, hash === customerHash("salt-p", "acme") ? "on" : "off"]));
  expect(JSON.stringify(served(made, "production"))).not.toMatch(/acme|p1|priya/);
  expect(served(made, "staging").flags["a"]).toEqual({});
});

test("a pin comes behind eligibility and before rules; a pin that has ended is as if it never was", () => {
  const made = world();
  const before = served(made, "production");
  made.log(pin({ serve: "off" }));
  made.log(pin({ pin: "p2", flag: "b" }));
  const now = served(made, "production");
  expect(answer(now, "a", { customer: "acme", plan: "pro" })).toBe("off TARGETING_MATCH pin");
  expect(answer(now, "b", { customer: "acme", plan: "pro" })).toBe("on TARGETING_MATCH pin");
  expect(answer(now, "b", { customer: "acme" })).toBe("off DISABLED ineligible");
  made.log({ kind: "pinEnded", pin: "p1", environment: "production", flag: "a", customer: "acme", expired: true });
  made.log({ kind: "pinEnded", pin: "p2", environment: "production", flag: "b", customer: "acme" });
  expect(served(made, "production")).toEqual({ ...before, seq: made.events.length });
});

test("a pin for a flag that is not served goes nowhere, and comes with the flag", () => {
  const made = world();
  made.log(pin({ flag: "c" }));
  const file = JSON.stringify({ key: "c", forms: { production: {}, staging: {} } });
  expect(served(made, "production").seq).toBe(2);
  made.commit("c2", { ...TREE, "flags/c": file });
  expect(answer(served(made, "production"), "c", { customer: "acme" })).toBe("on TARGETING_MATCH pin");
});

const pinned = fc.record({
  flag: fc.constantFrom("a", "b"),
  customer: fc.constantFrom(...CUSTOMERS),
  serve: fc.constantFrom("on", "off"),
  environment: fc.constantFrom("production", "staging"),
});
const context = fc.record({ customer: fc.constantFrom(...CUSTOMERS, "zed", ""), plan: fc.constantFrom("pro", "free") });

test("a pin switches nothing for anyone else, nor in another flag or environment; a kill beats every pin", () => {
  fc.assert(
    fc.property(fc.array(pinned, { maxLength: 6 }), pinned, fc.array(context, { minLength: 1, maxLength: 4 }), (earlier, last, contexts) => {
      const made = world();
      for (const [index, each] of earlier.entries()) made.log(pin({ ...each, pin: `e${index}` }));
      const before = new Map(["production", "staging"].map((name) => [name, served(made, name)]));
      made.log(pin({ ...last, pin: "last" }));
      for (const [name, was] of before)
        for (const flag of ["a", "b"])
          for (const each of contexts) {
            const now = served(made, name);
            const isPinned = name === last.environment && flag === last.flag && each.customer === last.customer;
            const value = (snapshot: Snapshot): unknown => evaluate(compileSnapshot(snapshot), flag, each).value;
            if (!isPinned) expect(value(now)).toBe(value(was));
            else if (flag === "a" || (each.plan === "pro" && name === "production") || name === "staging")
              expect(answer(now, flag, each)).toContain(last.serve);
          }
      made.log({ kind: "flagsKilled", kill: "k", environment: last.environment, flags: [last.flag] });
      expect(answer(served(made, last.environment), last.flag, { customer: last.customer, plan: "pro" })).toBe("off DISABLED kill");
      const fromLog = compileFromLog(made.events, last.environment, made.read).snapshot;
      expect(fromLog).toEqual(served(made, last.environment));
    }),
    { numRuns: 150 },
  );
});
