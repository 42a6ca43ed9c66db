import type { FlagForm } from "@sluice/evaluation";
import { type Decisions, decideSettleExposure, type Proposal } from "@sluice/releases";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { treeOf } from "./compile.ts";
import { servesOneVariant } from "./enlargement.ts";
import { answers, FORMS, hash, register, SETTINGS, withEvents } from "./testing/small-company.ts";
import { World } from "./testing/world.ts";

const KEYS = ["a", "b", "c"];
const THREE: FlagForm = { variants: { off: false, on: true, also: true }, default: "also" };
const form = fc.constantFrom(...FORMS, { default: "on" }, { default: "on", rules: [{ if: ["equals", "plan", "pro"], serve: "on" }] } as const, THREE);
const flag = fc.constantFrom("a", "b");
const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
const history = fc.record({
  /** What Git said when the release was completed, and what it says now. */
  before: fc.tuple(form, form),
  after: fc.tuple(form, form),
  waitsFor: fc.constantFrom("on", "off"),
  exposed: fc.record({ flag, serve: fc.constantFrom("on", "off"), isRest: fc.boolean(), keys: fc.subarray(["acme", "bolt"]) }),
  pinned: rarely(fc.record({ flag, serve: fc.constantFrom("on", "off") })),
  killed: rarely(fc.record({ flag, isScoped: fc.boolean() })),
  reverted: rarely(flag),
});
type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

const tree = (forms: readonly FlagForm[], waitsFor: string): Readonly<Record<string, string>> => ({
  "sluice.yaml": SETTINGS,
  ...Object.fromEntries(forms.map((each, at) => [`flags/${"ab"[at]}`, JSON.stringify({ key: "ab"[at], kind: "release", forms: { production: each } })])),
  "flags/c": JSON.stringify({ key: "c", kind: "release", forms: { production: { default: "on", prerequisites: [{ flag: "a", serves: [waitsFor] }] } } }),
});

/** A world in which a release has given something, others have decided this and that, and a commit came after it, which may wait or be kept in part. */
function lived(world: World, { before, after, waitsFor, exposed, pinned, killed, reverted }: History): Decisions {
  world.commit("first", tree(before, waitsFor));
  const environment = "production";
  if (pinned !== null) world.log({ kind: "customerPinned", pin: "p", environment, flag: pinned.flag, customer: "acme", serve: pinned.serve, untilMs: 9e12 });
  if (killed !== null)
    world.log({ kind: "flagsKilled", kill: "k", environment, flags: [killed.flag], ...(killed.isScoped ? { scope: { customers: [hash("acme")] } } : {}) });
  const blobs = [`flags/${reverted ?? "a"}`, "sluice.yaml"].map((path) => [path, world.decisions.files.get(path) ?? ""] as const);
  if (reverted !== null) world.log({ kind: "flagReverted", revert: "r", environment, flag: reverted, toSeq: 2, blobs });
  const own = world.decisions.environments[environment];
  if (own === undefined) throw new Error("no production");
  const term = { serve: exposed.serve, keys: exposed.keys.map(hash), releases: ["r1"], ...(exposed.isRest ? { rest: true as const } : {}) };
  const given = { ...own, exposures: own.exposures.set(exposed.flag, term) };
  world.decisions = { ...world.decisions, environments: { ...world.decisions.environments, [environment]: given } };
  world.commit("second", tree(after, waitsFor));
  return world.decisions;
}

type Settle = (decisions: Decisions, wish: Parameters<typeof decideSettleExposure>[1], adopted: FlagForm | undefined) => readonly Proposal[];

/** Throws where anybody's answer changes when what a release gave is dropped. How often it was. */
function check(settle: Settle): number {
  let count = 0;
  fc.assert(
    fc.property(history, (each) => {
      const world = new World();
      register(world);
      const decisions = lived(world, each);
      for (const key of ["a", "b"]) {
        const adopted = world.read(treeOf(decisions.files)).flags.get(key)?.form("production");
        const servesAll = adopted === undefined ? undefined : servesOneVariant(adopted);
        const dropped = settle(decisions, { command: `settle-${key}`, atMs: 1, environment: "production", flag: key, servesAll }, adopted).map(
          ({ facts }) => facts,
        );
        count += dropped.length;
        const after = withEvents(decisions, dropped);
        if (dropped.length > 0) expect(after.environments["production"]?.exposures.get(key)).toBeUndefined();
        expect(answers(world, after, KEYS)).toBe(answers(world, decisions, KEYS));
      }
    }),
    { numRuns: 3_000 },
  );
  return count;
}

test("what a release gave is dropped only where nobody's answer changes by it, whatever people have decided", () => {
  expect(check(decideSettleExposure)).toBeGreaterThan(100);
}, 120_000);

const without = (decisions: Decisions, part: "kept" | "reverts"): Decisions => {
  const own = decisions.environments["production"];
  if (own === undefined) return decisions;
  return { ...decisions, environments: { ...decisions.environments, production: { ...own, [part]: own[part].delete("a").delete("b") } } };
};

const PLANTED: readonly (readonly [name: string, settle: Settle])[] = [
  ["a form that is kept is taken for the adopted one", (decisions, wish) => decideSettleExposure(without(decisions, "kept"), wish)],
  ["a form that somebody reverted to is taken for the adopted one", (decisions, wish) => decideSettleExposure(without(decisions, "reverts"), wish)],
  [
    "what the release serves is not compared",
    (decisions, wish) => decideSettleExposure(decisions, { ...wish, servesAll: decisions.environments["production"]?.exposures.get(wish.flag)?.serve }),
  ],
  ["rules are not looked at", (decisions, wish, adopted) => decideSettleExposure(decisions, { ...wish, servesAll: adopted?.default ?? "off" })],
];

test.each(PLANTED)("it is noticed where %s", (_, settle) => expect(() => check(settle)).toThrow(), 120_000);
