import { compileSnapshot, customerHash, evaluate, type FlagForm } from "@sluice/evaluation";
import { applyEvent, type CommitSummary, type Decisions, decideAdopt, type KeptFlag, type KillInForce, permanentKills } from "@sluice/releases";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compileEnvironment } from "./compile.ts";
import { World } from "./testing/world.ts";

const SETTINGS = JSON.stringify({ customer: "customer", environments: ["production"], decidedByPeople: ["production"] });
const CUSTOMERS = ["acme", "bolt"];
const hash = (customer: string): string => customerHash("salt-p", customer);
/** What a flag may say; those from the fifth on give something to somebody. */
const FORMS: readonly FlagForm[] = [
  {},
  { default: "off", rules: [{ if: ["equals", "plan", "pro"], serve: "off" }] },
  { rules: [{ if: ["equals", "plan", "pro"], serve: { of: [["off", 100_000]] } }] },
  { eligible: ["equals", "plan", "pro"] },
  { default: "on" },
  { rules: [{ if: ["equals", "plan", "pro"], serve: "on" }] },
  { default: "on", rules: [{ if: ["equals", "plan", "pro"], serve: "off" }] },
  {
    rules: [
      {
        serve: {
          of: [
            ["off", 50_000],
            ["on", 50_000],
          ],
          by: "customer",
        },
      },
    ],
  },
  { rules: [{ serve: { of: "on", share: 60_000, by: "customer" } }] },
  { eligible: ["equals", "plan", "pro"], default: "on" },
];
const form = fc.constantFrom(...FORMS);
const flag = fc.constantFrom("a", "b");
const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
const perhaps = fc.oneof({ weight: 8, arbitrary: form }, { weight: 1, arbitrary: fc.constant(null) });
const history = fc.record({
  before: fc.tuple(form, form),
  after: fc.tuple(perhaps, perhaps),
  kills: fc.array(fc.record({ flags: fc.uniqueArray(flag, { minLength: 1 }), isScoped: fc.constantFrom(false, false, true) }), { minLength: 1, maxLength: 3 }),
  exposed: rarely(fc.record({ flag, serve: fc.constantFrom("on", "on", "off"), isRest: fc.boolean() })),
  pinned: rarely(fc.record({ flag, serve: fc.constantFrom("on", "off") })),
  reverted: rarely(flag),
  kind: fc.constantFrom("release" as const, "ops" as const),
});
type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

const tree = (forms: readonly (FlagForm | null)[], kind: string): Readonly<Record<string, string>> => ({
  "sluice.yaml": SETTINGS,
  ...Object.fromEntries(
    forms.flatMap((each, at) => (each === null ? [] : [[`flags/${"ab"[at]}`, JSON.stringify({ key: "ab"[at], kind, forms: { production: each } })]])),
  ),
  // Whoever waits for a killed flag to be off has what its end would take away.
  "flags/c": JSON.stringify({ key: "c", kind: "release", forms: { production: { default: "on", prerequisites: [{ flag: "a", serves: ["off"] }] } } }),
});

/** The decisions before a commit, with everything that people may have decided. */
function decided(world: World, { before, kills, exposed, pinned, reverted, kind }: History): Decisions {
  world.commit("first", tree(before, kind));
  for (const [at, { flags, isScoped }] of kills.entries())
    world.log({ kind: "flagsKilled", kill: `k${at}`, environment: "production", flags, ...(isScoped ? { scope: { customers: [hash("acme")] } } : {}) });
  if (pinned !== null)
    world.log({ kind: "customerPinned", pin: "p", environment: "production", flag: pinned.flag, customer: "acme", serve: pinned.serve, untilMs: 9e12 });
  const blobs = [`flags/${reverted ?? "a"}`, "sluice.yaml"].map((path) => [path, world.decisions.files.get(path) ?? ""] as const);
  if (reverted !== null) world.log({ kind: "flagReverted", revert: "r", environment: "production", flag: reverted, toSeq: 2, blobs });
  const own = world.decisions.environments["production"];
  if (own === undefined || exposed === null) return world.decisions;
  const term = { serve: exposed.serve, keys: [hash("bolt")], releases: ["r1"], ...(exposed.isRest ? { rest: true as const } : {}) };
  return { ...world.decisions, environments: { ...world.decisions.environments, production: { ...own, exposures: own.exposures.set(exposed.flag, term) } } };
}

/** What everybody gets of each flag. */
function answers(world: World, decisions: Decisions): string {
  const snapshot = compileEnvironment({ decisions, environment: "production", read: world.read, seq: 1 });
  if (snapshot === undefined) throw new Error("nothing is served");
  const compiled = compileSnapshot(snapshot);
  const everybody = [...CUSTOMERS, "crane", undefined].flatMap((customer) =>
    ["pro", "free", undefined].map((plan) => ({ targetingKey: "u", ...(customer === undefined ? {} : { customer }), ...(plan === undefined ? {} : { plan }) })),
  );
  return JSON.stringify(["a", "b", "c"].map((key) => everybody.map((context) => evaluate(compiled, key, context).value ?? null)));
}

const withEvents = (decisions: Decisions, facts: readonly Parameters<World["log"]>[0][]): Decisions =>
  facts.reduce((now, one, at) => {
    const seq = now.seq + 1;
    return applyEvent(now, {
      seq,
      epoch: now.epoch,
      atMs: 1,
      command: `z${at}-${seq}`,
      facts: one,
      personal: { by: "git" },
      personalHash: "",
      prevHash: "",
      hash: "",
    });
  }, decisions);

type Ends = (decisions: Decisions, off: CommitSummary["offForAll"], kept: readonly KeptFlag[]) => readonly KillInForce[];

/** Throws where the end of a kill would change what anybody gets, or is none of this commit's. How many ended. */
function check(ends: Ends): number {
  let count = 0;
  fc.assert(
    fc.property(history, (each) => {
      const world = new World();
      world.log({ kind: "customersChanged", set: CUSTOMERS.map((id) => ({ id, track: "standard", tags: [], hashes: { production: hash(id) } })) });
      const before = decided(world, each);
      const files = Object.entries(tree(each.after, each.kind)).map(([path, text]) => [path, world.texts.put(text)] as const);
      const summary = world.summaryOf(before, "second", files);
      const wish = { command: "adopt", atMs: 1, by: "git", summary: { ...summary, offForAll: [] }, asked: {}, salts: { production: "x" } };
      const first = decideAdopt(before, wish);
      const adopted = first.ok ? first.value[0]?.facts : undefined;
      if (adopted?.kind !== "commitAdopted") return;
      const killed = withEvents(before, [adopted]);
      const ended = ends(before, summary.offForAll, adopted.kept);
      count += ended.length;
      for (const kill of ended) {
        expect(before.environments["production"]?.kills.get(kill.id)?.scope).toBeUndefined();
        // By this very commit: before it somebody was given something of one of its flags.
        const plain = (forms: readonly (FlagForm | null)[]): string => JSON.stringify(kill.flags.map((key) => forms["ab".indexOf(key)]));
        expect(
          kill.flags.some((key) => FORMS.indexOf(each.before["ab".indexOf(key)] ?? {}) > 3),
          plain(each.before),
        ).toBe(true);
        const one = withEvents(killed, [{ kind: "killLifted", kill: kill.id, environment: "production", commit: "second" }]);
        expect(answers(world, one)).toBe(answers(world, killed));
      }
      const all = withEvents(
        killed,
        ended.map(({ id }) => ({ kind: "killLifted" as const, kill: id, environment: "production", commit: "second" })),
      );
      expect(answers(world, all)).toBe(answers(world, killed));
    }),
    { numRuns: 2_000 },
  );
  return count;
}

test("a kill ends by a commit only where nobody's answer changes by its end, whatever people have decided", () => {
  expect(check(permanentKills)).toBeGreaterThan(20);
}, 120_000);

const without = (decisions: Decisions, part: "exposures" | "pins" | "reverts"): Decisions => {
  const own = decisions.environments["production"];
  if (own === undefined) return decisions;
  const empty = part === "exposures" ? { exposures: own.exposures.delete("a").delete("b") } : {};
  const pins = own.pins.entriesSorted().reduce((left, [key]) => left.delete(key), own.pins);
  const changed = part === "pins" ? { pins } : part === "reverts" ? { reverts: own.reverts.delete("a").delete("b") } : empty;
  return { ...decisions, environments: { ...decisions.environments, production: { ...own, ...changed } } };
};
const onKills = (decisions: Decisions, change: (kill: KillInForce) => KillInForce): Decisions => {
  const own = decisions.environments["production"];
  if (own === undefined) return decisions;
  const kills = own.kills.entriesSorted().reduce((left, [id, kill]) => left.set(id, change(kill)), own.kills);
  return { ...decisions, environments: { ...decisions.environments, production: { ...own, kills } } };
};

const PLANTED: readonly (readonly [name: string, ends: Ends])[] = [
  ["what a release gave is not looked at", (decisions, off, kept) => permanentKills(without(decisions, "exposures"), off, kept)],
  ["pins are not looked at", (decisions, off, kept) => permanentKills(without(decisions, "pins"), off, kept)],
  ["reverts are not looked at", (decisions, off, kept) => permanentKills(without(decisions, "reverts"), off, kept)],
  ["a form that is kept is taken for the adopted one", (decisions, off) => permanentKills(decisions, off, [])],
  [
    "any commit ends it",
    (decisions, off, kept) =>
      permanentKills(
        decisions,
        off.map((one) => ({ ...one, isNew: true })),
        kept,
      ),
  ],
  [
    "a kill for some ends as one for everybody does",
    (decisions, off, kept) =>
      permanentKills(
        onKills(decisions, ({ scope: _scope, ...kill }) => kill),
        off,
        kept,
      ),
  ],
  [
    "one flag of several is enough",
    (decisions, off, kept) =>
      permanentKills(
        onKills(decisions, (kill) => ({ ...kill, flags: kill.flags.slice(0, 1) })),
        off,
        kept,
      ),
  ],
  [
    "rules are not looked at",
    (decisions, off, kept) => permanentKills(decisions, [...off, ...["a", "b"].map((key) => ({ environment: "production", flag: key, isNew: true }))], kept),
  ],
];

test.each(PLANTED)("it is noticed where %s", (_, ends) => expect(() => check(ends)).toThrow(), 120_000);
