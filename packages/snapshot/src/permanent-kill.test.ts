import type { FlagForm } from "@sluice/evaluation";
import { type CommitSummary, type Decisions, decideAdopt, type KeptFlag, type KillInForce, permanentKills } from "@sluice/releases";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { answers, FORMS, hash, register, SETTINGS, withEvents } from "./testing/small-company.ts";
import { World } from "./testing/world.ts";

const KEYS = ["a", "b", "c"];
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

type Ends = (decisions: Decisions, off: CommitSummary["offForAll"], kept: readonly KeptFlag[]) => readonly KillInForce[];

/** Throws where the end of a kill would change what anybody gets, or is none of this commit's. How many ended. */
function check(ends: Ends): number {
  let count = 0;
  fc.assert(
    fc.property(history, (each) => {
      const world = new World();
      register(world);
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
        expect(answers(world, one, KEYS)).toBe(answers(world, killed, KEYS));
      }
      const all = withEvents(
        killed,
        ended.map(({ id }) => ({ kind: "killLifted" as const, kill: id, environment: "production", commit: "second" })),
      );
      expect(answers(world, all, KEYS)).toBe(answers(world, killed, KEYS));
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
