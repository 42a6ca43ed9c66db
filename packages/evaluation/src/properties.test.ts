import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Context } from "./answer.ts";
import { customerHash, slot } from "./bucketing.ts";
import { compilePatch, compileSnapshot, compileUrgent, hold, snapshotOf, type Compiled } from "./compile.ts";
import { decodeSnapshot } from "./decode.ts";
import { describe as describeTrace } from "./describe.ts";
import { encodeSnapshot } from "./encode.ts";
import { layOutSnapshot } from "./laid-out.ts";
import { openIntactSnapshot } from "./open-snapshot.ts";
import { evaluate } from "./evaluate.ts";
import { explain } from "./explain.ts";
import { applyPatch } from "./patch.ts";
import type { Patch, Snapshot, UrgentKill } from "./snapshot-form.ts";

/** Runs of each property: 2,000 with all tests, 100,000 by `npm run conformance -- properties`. */
const RUNS = Number(process.env["SLUICE_PROPERTY_RUNS"] ?? "2000");
/** Two cores that others use too: nothing here is about how soon. */
const LONG_MS = RUNS * 100;

const FLAGS = ["a", "b", "c", "d", "__proto__"];
const SEGMENTS = ["s", "t", "u"];
const UNITS = ["u1", "u2", "u3", "é"];
const SALT = "env";
const HASHES = UNITS.map((unit) => customerHash(SALT, unit));

const oneOf = <T>(...items: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...items);
const junk: fc.Arbitrary<unknown> = fc.jsonValue({ maxDepth: 3 });
const mostly = <T>(good: fc.Arbitrary<T>): fc.Arbitrary<unknown> => fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: junk });
const partial = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> => fc.record(fields, { requiredKeys: [] });

const path = oneOf("targetingKey", "country", "plan.tier", "customer", "roles", "__proto__", "version");
const leaf: fc.Arbitrary<unknown> = fc.oneof(
  fc.tuple(oneOf("equals", "notEquals"), path, oneOf<unknown>("DE", "u1", 1, true)),
  fc.tuple(oneOf("in", "notIn"), path, fc.subarray<unknown>(["DE", "FR", "u1", "u2", 1])),
  fc.tuple(oneOf("contains", "glob", "startsWithIgnoreCase"), path, oneOf<unknown>("D", "*E", ["u?", ""])),
  fc.tuple(fc.constant("exists"), path, fc.boolean()),
  fc.tuple(fc.constant("includes"), path, oneOf<unknown>("x", ["y", 1])),
  fc.tuple(oneOf("semver", "lessThan", "near"), path, oneOf<unknown>("^1.0.0", 5, null)),
  fc.tuple(fc.constant("segment"), oneOf(...SEGMENTS, "missing")),
);
const condition: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  condition: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    mostly(leaf),
    fc.array(tie("condition"), { maxLength: 3 }).chain((parts) => oneOf(["all", ...parts], ["any", ...parts])),
    fc.tuple(fc.constant("not"), tie("condition")),
  ),
})).condition;

const variant = oneOf("on", "off", "blue");
const serveForm = fc.oneof(
  variant,
  partial({
    share: oneOf(0, 1, 30_000, 100_000),
    of: fc.oneof(
      variant,
      oneOf(
        [
          ["on", 40_000],
          ["off", 60_000],
        ],
        [["on", 100_000]],
      ),
    ),
    by: path,
    salt: oneOf("x", "y"),
  }),
);
const equalityRule = fc.record({
  if: fc.tuple(fc.constant("equals"), oneOf("country", "plan.tier"), oneOf("DE", "FR", "pro")),
  serve: variant,
});
const rule = fc.oneof(equalityRule, partial({ id: oneOf("r", "q"), if: mostly(condition), serve: mostly(serveForm) }));
const flag = mostly(
  partial({
    variants: mostly(oneOf({ on: true, off: false }, { on: 1, off: 0, blue: { deep: [1] } })),
    off: mostly(oneOf("off", "on")),
    default: mostly(variant),
    salt: mostly(oneOf("x", "y")),
    prerequisites: mostly(
      fc.array(mostly(fc.record({ flag: oneOf(...FLAGS, "missing"), serves: fc.subarray(["on", "off"]) })), {
        maxLength: 2,
      }),
    ),
    eligible: mostly(condition),
    pins: mostly(fc.array(mostly(fc.tuple(oneOf("user", "customer"), oneOf(...HASHES), variant)), { maxLength: 3 })),
    exposure: mostly(
      partial({
        serve: variant,
        keys: fc.subarray(HASHES),
        except: fc.subarray(HASHES),
        rest: fc.boolean(),
        share: oneOf(0, 50_000),
      }),
    ),
    rules: mostly(fc.array(mostly(rule), { maxLength: 6 })),
  }),
);
const segment = mostly(partial({ by: path, include: fc.subarray(UNITS), exclude: fc.subarray(UNITS), hashes: fc.subarray(HASHES), if: condition }));
const scope = mostly(
  partial({
    customers: fc.subarray(HASHES),
    segment: oneOf(...SEGMENTS, "missing"),
    services: fc.subarray(["web", "api"]),
    versions: oneOf("<2.0.0", "broken"),
  }),
);
const kill = partial({ scope }).chain((form) => fc.subarray(FLAGS).map((flags) => ({ ...(form as object), flags })));
const named = (names: readonly string[], value: fc.Arbitrary<unknown>): fc.Arbitrary<Record<string, unknown>> =>
  fc.array(fc.tuple(oneOf(...names), value), { maxLength: 6 }).map((entries) => Object.fromEntries(entries));

const parts = { segments: named(SEGMENTS, segment), kills: named(["k1", "k2"], kill), flags: named(FLAGS, flag) };
const snapshots = fc.record(parts).map((content) => ({ format: 1, environment: "p", epoch: "e", seq: 1, salt: SALT, ...content }) as unknown as Snapshot);
const hashes = named([...SEGMENTS, "missing"], fc.subarray(HASHES));
const patches = fc
  .record({
    set: fc.record({ ...parts, hashes }, { requiredKeys: [] }),
    drop: fc.record({ flags: fc.subarray(FLAGS), segments: fc.subarray(SEGMENTS), kills: fc.subarray(["k1", "k2"]), hashes }),
  })
  .map((content) => ({ epoch: "e", base: 1, to: 2, ...content }) as unknown as Patch);
const urgents = fc.array(
  kill.map((form) => ({ ...(form as object), id: "k3", epoch: "e", seq: 2 }) as unknown as UrgentKill),
  { maxLength: 1 },
);

const value = oneOf<unknown>("DE", "FR", "u1", "u2", "é", 1, true, null, ["x", 1], Number.NaN, { tier: "pro" });
const contexts = fc.oneof(
  fc.dictionary(oneOf("targetingKey", "customer", "country", "plan", "plan.tier", "roles", "version"), value),
  fc.anything() as fc.Arbitrary<Record<string, unknown>>,
);

function answersOf(compiled: Compiled, context: unknown): unknown[] {
  return [...FLAGS, "missing"].map((key) => evaluate(compiled, key, context as Context));
}

describe("evaluation", { timeout: LONG_MS }, () => {
  it("is total and the same each time, whatever the snapshot and the context", () => {
    fc.assert(
      fc.property(snapshots, fc.array(contexts, { minLength: 1, maxLength: 4 }), (snapshot, asked) => {
        const [one, two] = [compileSnapshot(snapshot), compileSnapshot(structuredClone(snapshot))];
        for (const context of asked) {
          const answers = answersOf(one, context);
          expect(answersOf(one, context)).toEqual(answers);
          expect(answersOf(two, context)).toEqual(answers);
          for (const answer of answers) expect(Object.isFrozen(answer)).toBe(true);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("is total for arbitrary JSON that decodes", () => {
    const wild = fc.record({ flags: fc.dictionary(fc.string(), junk), segments: fc.dictionary(fc.string(), junk) });
    fc.assert(
      fc.property(wild, fc.anything(), (content, context) => {
        const decoded = decodeSnapshot({ format: 1, environment: "p", epoch: "e", seq: 1, salt: SALT, ...content });
        if (!decoded.ok) throw new Error(JSON.stringify(decoded.problem));
        const compiled = compileSnapshot(decoded.value);
        for (const key of Object.keys(content.flags)) expect(evaluate(compiled, key, context as Context)).toHaveProperty("reason");
      }),
      { numRuns: RUNS },
    );
  });

  it("is explained as it is answered, in words that never throw", () => {
    fc.assert(
      fc.property(snapshots, contexts, (snapshot, context) => {
        const compiled = compileSnapshot(snapshot);
        for (const key of [...FLAGS, "missing"]) {
          const trace = explain(compiled, key, context);
          expect(trace.answer).toBe(evaluate(compiled, key, context));
          expect(describeTrace(trace).length).toBeGreaterThan(0);
          const deciders = trace.steps.filter(({ outcome }) => outcome === "decided");
          if (trace.answer.cause !== "unknownFlag") expect(deciders).toEqual([trace.steps.at(-1)]);
        }
      }),
      { numRuns: RUNS },
    );
  });
});

describe("patches", { timeout: LONG_MS }, () => {
  it("compile to what the patched snapshot compiles to afresh, in each of the three ways", () => {
    fc.assert(
      fc.property(snapshots, patches, urgents, fc.array(contexts, { minLength: 1, maxLength: 3 }), (snapshot, patch, urgent, asked) => {
        const patched = applyPatch(snapshot, patch);
        if (!patched.ok) throw new Error(patched.problem.message);
        const fresh = compileSnapshot(patched.value, { urgent });
        const before = compileSnapshot(snapshot, { urgent });
        for (const context of asked) answersOf(before, context);
        const kept = compileSnapshot(patched.value, { urgent, previous: before });
        const moved = compilePatch(before, patch, urgent);
        if (!moved.ok) throw new Error(moved.problem.message);
        for (const context of asked) {
          const expected = answersOf(fresh, context);
          expect(answersOf(moved.value, context)).toEqual(expected);
          expect(answersOf(kept, context)).toEqual(expected);
        }
        expect(encodeSnapshot(snapshotOf(moved.value))).toBe(encodeSnapshot(patched.value));
        const [lifted, plain] = [compileUrgent(moved.value, []), compileSnapshot(patched.value)];
        for (const context of asked) expect(answersOf(lifted, context)).toEqual(answersOf(plain, context));
      }),
      { numRuns: RUNS },
    );
  });

  it("leave one that is held where it was, and move a copy on, whatever was asked of either before", () => {
    fc.assert(
      fc.property(snapshots, patches, urgents, contexts, fc.boolean(), (snapshot, patch, urgent, context, isAskedBefore) => {
        const patched = applyPatch(snapshot, patch);
        if (!patched.ok) throw new Error(patched.problem.message);
        const held = hold(compileSnapshot(snapshot));
        if (isAskedBefore) answersOf(held, context);
        const killed = compileUrgent(held, urgent);
        const moved = compilePatch(killed, patch, urgent);
        if (!moved.ok) throw new Error(moved.problem.message);
        expect(answersOf(moved.value, context)).toEqual(answersOf(compileSnapshot(patched.value, { urgent }), context));
        expect(answersOf(held, context)).toEqual(answersOf(compileSnapshot(snapshot), context));
        expect(encodeSnapshot(snapshotOf(held))).toBe(encodeSnapshot(snapshot));
      }),
      { numRuns: RUNS },
    );
  });

  it("of another base or epoch are refused by name", () => {
    const snapshot: Snapshot = { format: 1, environment: "p", epoch: "e", seq: 1, salt: SALT, flags: {} };
    const compiled = compileSnapshot(snapshot);
    expect(compilePatch(compiled, { epoch: "e", base: 2, to: 3 })).toMatchObject({
      ok: false,
      problem: { code: "otherBase" },
    });
    expect(applyPatch(snapshot, { epoch: "x", base: 1, to: 3 })).toMatchObject({
      ok: false,
      problem: { code: "otherEpoch" },
    });
    expect(applyPatch(snapshot, { epoch: "e", base: 1, to: 3 })).toEqual({ ok: true, value: { ...snapshot, seq: 3 } });
  });
});

describe("codec", { timeout: LONG_MS }, () => {
  it("decodes what it encoded, byte for byte", () => {
    fc.assert(
      fc.property(snapshots, (snapshot) => {
        const text = encodeSnapshot(snapshot);
        const decoded = decodeSnapshot(text);
        expect(decoded).toEqual({ ok: true, value: JSON.parse(JSON.stringify(snapshot)) });
        if (decoded.ok) expect(encodeSnapshot(decoded.value)).toBe(text);
      }),
      { numRuns: RUNS },
    );
  });

  it("lays out the same data, and finds each flag of it without reading the others", () => {
    fc.assert(
      fc.property(snapshots, (snapshot) => {
        const text = layOutSnapshot(snapshot);
        const plain: unknown = JSON.parse(JSON.stringify(snapshot));
        expect(JSON.parse(text)).toEqual(plain);
        expect(text.replaceAll("\t", "")).toBe(encodeSnapshot(snapshot));
        const opened = openIntactSnapshot(new TextEncoder().encode(text));
        expect(opened.ok && { ...opened.value.envelope, flags: opened.value.flags.toRecord() }).toEqual(plain);
      }),
      { numRuns: RUNS },
    );
  });
});

/** A flag that rolls out: renamed ones keep their salt, planning anew adds steps behind those there are. */
function planOf({
  key,
  share,
  keys,
  later,
}: {
  readonly key: string;
  readonly share: number;
  readonly keys: readonly string[];
  readonly later: number;
}): Compiled {
  const of: readonly (readonly [string, number])[] = [
    ["on", 30_000],
    ["blue", 70_000],
  ];
  const rules = [{ id: "r", serve: { share, of } }, ...Array.from({ length: later }, () => ({ if: ["equals", "country", "DE"], serve: "on" }))];
  const form = { type: "number" as const, variants: { on: 1, off: 0, blue: 2, released: 3 }, salt: "f", exposure: { serve: "released", keys }, rules };
  return compileSnapshot({ format: 1, environment: "p", epoch: "e", seq: 1, salt: SALT, flags: { [key]: form } });
}

describe("laws", { timeout: LONG_MS }, () => {
  const rollout = (share: number): Compiled =>
    compileSnapshot({
      format: 1,
      environment: "p",
      epoch: "e",
      seq: 1,
      salt: SALT,
      flags: {
        f: {
          variants: { on: 1, off: 0, blue: 2 },
          rules: [
            {
              serve: {
                share,
                of: [
                  ["on", 30_000],
                  ["blue", 70_000],
                ],
              },
            },
          ],
        },
      },
    });

  it("growing a share only adds units and moves nobody between variants", () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(100_000), fc.string({ unit: "grapheme" }), (a, b, targetingKey) => {
        const [small, large] = [evaluate(rollout(Math.min(a, b)), "f", { targetingKey }), evaluate(rollout(Math.max(a, b)), "f", { targetingKey })];
        if (small.reason === "SPLIT") expect(large).toEqual(small);
        expect(small.reason === "SPLIT").toBe(slot("f", targetingKey) < Math.min(a, b));
      }),
      { numRuns: RUNS },
    );
  });

  it("no unit leaves or changes its variant while a share grows, pauses, is planned anew or the flag is renamed", () => {
    type Step = "grow" | "pause" | "replan" | "rename" | "expose";
    const steps = fc.array(fc.tuple(oneOf<Step>("grow", "pause", "replan", "rename", "expose"), fc.nat(20_000)), { minLength: 1, maxLength: 12 });
    const units = fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.integer()), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(steps, units, fc.nat(50_000), (taken, asked, first) => {
        let now = { key: "f", share: first, keys: [] as readonly string[], later: 0 };
        const served = new Map<string | number, string>();
        for (const [step, by] of [["pause", 0] as const, ...taken]) {
          if (step === "grow") now = { ...now, share: Math.min(100_000, now.share + by) };
          if (step === "rename") now = { ...now, key: `${now.key}'` };
          if (step === "replan") now = { ...now, later: now.later + 1 };
          // A wave starts: its customers come on top of those who have it.
          if (step === "expose") now = { ...now, keys: [...now.keys, ...asked.slice(by % asked.length).map((unit) => customerHash(SALT, String(unit)))] };
          const compiled = planOf(now);
          for (const unit of asked) {
            const answer = evaluate(compiled, now.key, { targetingKey: unit, customer: String(unit) });
            const before = served.get(unit);
            // Being exposed may replace what a share served, once; from then on that stays, too.
            if (before !== undefined && answer.cause !== "exposure") expect(answer.variant).toBe(before);
            if (before === "released") expect(answer.variant).toBe("released");
            if (answer.variant !== undefined && answer.variant !== "off") served.set(unit, answer.variant);
          }
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("an unscoped kill turns its flag off for everybody, whatever else the flag says", () => {
    fc.assert(
      fc.property(snapshots, contexts, oneOf(...FLAGS), (snapshot, context, key) => {
        const killed = { ...snapshot, kills: { ...snapshot.kills, a: { flags: [key] } } };
        const [alive, dead] = [evaluate(compileSnapshot(snapshot), key, context), evaluate(compileSnapshot(killed), key, context)];
        if (alive.cause === "unknownFlag") expect(dead.cause).toBe("unknownFlag");
        else if (dead.reason === "ERROR") expect(dead.problems?.length).toBeGreaterThan(0);
        else expect(dead).toMatchObject({ cause: "kill", by: "a", reason: "DISABLED" });
      }),
      { numRuns: RUNS },
    );
  });
});
