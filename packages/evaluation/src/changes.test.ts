import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changesFor, describeChange, explainChange, whoChanges } from "./changes.ts";
import { compileSnapshot, type Compiled } from "./compile.ts";
import { customerHash } from "./bucketing.ts";
import type { FlagForm, KillForm } from "./snapshot-form.ts";

const compiled = (flags: Readonly<Record<string, FlagForm>>, kills: Readonly<Record<string, KillForm>> = {}): Compiled =>
  compileSnapshot({ format: 1, environment: "production", epoch: "e", seq: 1, salt: "s", flags, kills });

const before = compiled({
  same: { default: "on" },
  grows: { rules: [{ id: "pro", if: ["equals", "plan", "pro"], serve: "on" }] },
  goes: { default: "on" },
  config: { type: "object", variants: { off: { rows: 1 } } },
});
const after = compiled({
  same: { default: "on", rules: [{ id: "all", serve: "on" }] },
  grows: { rules: [{ id: "paying", if: ["in", "plan", ["pro", "team"]], serve: "on" }] },
  comes: {},
  config: { type: "object", variants: { off: { rows: 2 } } },
});

describe("changes between two snapshots", () => {
  it("are told for one context: what comes, what goes, what answers otherwise, and nothing else", () => {
    const changes = changesFor(before, after, { plan: "team" });
    expect(changes.map(describeChange)).toEqual([
      "comes: not there before, off (default) after.",
      'config: off = {"rows":1} (default) before, off = {"rows":2} (default) after.',
      "goes: on (default) before, not there after.",
      "grows: off (default) before, on (rule paying) after.",
    ]);
  });

  it("are told for everybody who was asked, by flag", () => {
    const everybody = ["free", "team", "pro"].map((plan) => ({ name: plan, context: { plan } }));
    const grows = whoChanges(before, after, everybody).find(({ flag }) => flag === "grows");
    expect(grows).toMatchObject({ asked: 3, who: [{ name: "team", before: { variant: "off" }, after: { variant: "on" } }] });
  });

  it("are none for customers whom a kill does not cover", () => {
    const killed = compiled({ f: { default: "on" } }, { k: { flags: ["f"], scope: { customers: [customerHash("s", "acme")] } } });
    const everybody = ["acme", "bolt"].map((customer) => ({ name: customer, context: { customer } }));
    expect(whoChanges(compiled({ f: { default: "on" } }), killed, everybody)).toMatchObject([{ flag: "f", who: [{ name: "acme" }] }]);
  });

  it("have both traces", () => {
    const { before: was, after: is } = explainChange(before, after, { flag: "grows", context: { plan: "team" } });
    expect([was.steps.at(-1)?.cause, is.steps.at(-1)?.by]).toEqual(["default", "paying"]);
  });

  it("are none between a snapshot and itself, whatever is asked", () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (context) => changesFor(after, after, context).length === 0));
  });
});
