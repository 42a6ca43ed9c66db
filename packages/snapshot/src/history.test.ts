import { applyPatch, encodePatch, encodeSnapshot } from "@sluice/evaluation";
import type { FlagForm } from "@sluice/evaluation";
import { decideEndRevert, decideKill, decideLift, decideRevert, killsOf } from "@sluice/releases";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compileFromLog } from "./advance.ts";
import { formFilesAt, segmentFilesAt } from "./commit-summary.ts";
import { diffSnapshots } from "./patch.ts";
import { ENVIRONMENTS, World } from "./testing/world.ts";

const SETTINGS = [
  '{"customer":"account.id","environments":["production","staging"]}',
  '{"customer":"tenant","environments":["production","staging"]}',
  "not readable",
];
const SEGMENTS = [
  '{"isRuntimeList":true,"by":"customer"}',
  '{"include":["u1"],"isRuntimeList":true}',
  '{"include":["u1"]}',
  '{"include":["u2"]}',
  '{"if":["segment","inner"]}',
  "not readable",
  "",
];
const RULES: readonly FlagForm[] = [
  { default: "on" },
  { rules: [{ if: ["segment", "outer"], serve: "on" }] },
  { eligible: ["not", ["segment", "inner"]], default: "on" },
  {},
];
const FLAGS = ["not readable", "", ...RULES.map((_, index) => String(index))];

const commit = fc.record({
  kind: fc.constant("commit" as const),
  settings: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...SETTINGS.slice(0, 2)) }, fc.constantFrom(...SETTINGS)),
  outer: fc.constantFrom(...SEGMENTS),
  inner: fc.constantFrom(...SEGMENTS.filter((text) => !text.includes("inner"))),
  flags: fc.tuple(fc.constantFrom(...FLAGS), fc.constantFrom(...FLAGS), fc.constantFrom(...FLAGS)),
  accept: fc.boolean(),
});
const environment = fc.constantFrom(...ENVIRONMENTS);
const flag = fc.constantFrom("a", "b", "c");
const MEMBERS = ["00000000000000aa", "00000000000000bb", "00000000000000cc"];
const step = fc.oneof(
  { weight: 3, arbitrary: commit },
  fc.record({
    kind: fc.constant("kill" as const),
    environment,
    flags: fc.uniqueArray(flag, { minLength: 1 }),
    scoped: fc.boolean(),
    counter: fc.option(fc.nat({ max: 9 })),
  }),
  fc.record({ kind: fc.constant("lift" as const), nth: fc.nat() }),
  fc.record({ kind: fc.constant("unknownLift" as const), environment }),
  fc.record({ kind: fc.constant("revert" as const), environment, flag, nth: fc.nat() }),
  fc.record({ kind: fc.constant("revertSegment" as const), environment, segment: fc.constantFrom("outer", "inner"), nth: fc.nat() }),
  fc.record({ kind: fc.constant("endRevert" as const), nth: fc.nat() }),
  fc.record({ kind: fc.constant("pin" as const), environment, flag, customer: fc.constantFrom("acme", "bolt"), serve: fc.constantFrom("on", "off") }),
  fc.record({ kind: fc.constant("unpin" as const), nth: fc.nat() }),
  fc.record({
    kind: fc.constant("list" as const),
    environment,
    list: fc.constantFrom("outer", "inner"),
    add: fc.subarray(MEMBERS),
    remove: fc.subarray(MEMBERS),
  }),
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("epoch" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const HARMLESS = { enlarges: [], isGuarded: true };
const NO_PIN = { id: "none", environment: "production", flag: "a", customer: "acme" };
const CUSTOMERS = ["acme", "bolt"].map((id) => ({ id, track: "standard" as const, tags: [], hashes: { production: `${id}-p`, staging: `${id}-s` } }));
const CATALOGUE = new Map(["a", "b", "c"].map((key) => [key, { kind: "release" as const }]));

function treeOf(each: Extract<Step, { kind: "commit" }>): Readonly<Record<string, string>> {
  const texts = each.flags.map((form, index): [string, string] => {
    const key = "abc"[index] ?? "";
    const rule = RULES[Number(form)];
    return [`flags/${key}`, form === "" || rule === undefined ? form : JSON.stringify({ key, forms: { production: rule, staging: { default: "off" } } })];
  });
  const files: [string, string][] = [["sluice.yaml", each.settings], ["segments/outer", each.outer], ["segments/inner", each.inner], ...texts];
  return Object.fromEntries(files.filter(([, text]) => text !== ""));
}

function take(world: World, each: Step): ReturnType<World["log"]> {
  const asking = { command: `p${world.events.length}`, atMs: world.events.length * 1000, by: "ada", role: "admin" as const };
  const inForce = ENVIRONMENTS.flatMap((name) => world.decisions.environments[name]?.kills.entriesSorted().map(([id]) => id) ?? []);
  const reverts = ENVIRONMENTS.flatMap((name) => {
    const own = world.decisions.environments[name];
    return [...(own?.reverts.entriesSorted() ?? []), ...(own?.segmentReverts.entriesSorted() ?? [])].map(([, revert]) => revert.id);
  });
  const pins = ENVIRONMENTS.flatMap((name) => world.decisions.environments[name]?.pins.entriesSorted().map(([, one]) => one) ?? []);
  const done = (result: ReturnType<typeof decideKill>): ReturnType<World["log"]> => (result.ok ? world.propose(result.value) : []);
  switch (each.kind) {
    case "commit":
      return world.commit(`commit ${world.events.length}`, treeOf(each), each.accept);
    case "kill": {
      const counted = each.counter === null ? {} : { journal: "j", counter: each.counter };
      const scope = each.scoped ? { scope: { segment: "outer" } } : {};
      return done(
        decideKill(world.decisions, CATALOGUE, {
          ...asking,
          ...counted,
          ...scope,
          kill: `k${world.events.length}`,
          environment: each.environment,
          flags: each.flags,
        }),
      );
    }
    case "lift":
      return done(decideLift(world.decisions, { ...asking, kill: inForce[each.nth % Math.max(1, inForce.length)] ?? "none" }));
    case "unknownLift":
      return world.log({ kind: "killLifted", kill: "never made", environment: each.environment });
    case "revert": {
      const toSeq = 1 + (each.nth % world.events.length);
      const form = formFilesAt(world.decisions, { seq: toSeq, environment: each.environment, flag: each.flag }, world.read);
      return done(
        decideRevert(world.decisions, {
          ...asking,
          revert: `r${world.events.length}`,
          environment: each.environment,
          flag: each.flag,
          toSeq,
          form,
          effect: HARMLESS,
        }),
      );
    }
    case "revertSegment": {
      const toSeq = 1 + (each.nth % world.events.length);
      const form = segmentFilesAt(world.decisions, { seq: toSeq, segment: each.segment }, world.read);
      const { environment: where, segment } = each;
      return done(decideRevert(world.decisions, { ...asking, revert: `r${world.events.length}`, environment: where, segment, toSeq, form, effect: HARMLESS }));
    }
    case "endRevert":
      return done(decideEndRevert(world.decisions, { ...asking, revert: reverts[each.nth % Math.max(1, reverts.length)] ?? "none", effect: HARMLESS }));
    case "pin": {
      const { kind: _kind, ...rest } = each;
      return world.log({ kind: "customerPinned", pin: `p${world.events.length}`, untilMs: 9e12, ...rest });
    }
    case "unpin": {
      const { id, environment: name, flag: key, customer } = pins[each.nth % Math.max(1, pins.length)] ?? NO_PIN;
      return world.log({ kind: "pinEnded", pin: id, environment: name, flag: key, customer });
    }
    case "list": {
      const { kind: _kind, ...rest } = each;
      return world.log({ kind: "listChanged", ...rest });
    }
    case "epoch":
      return world.log({ kind: "epochStarted", epoch: `e${world.events.length + 1}`, replaces: [world.decisions.epoch] });
  }
}

test("however a history goes, advancing gives the bytes of compiling the log, and patches lead from one to the next", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
      const world = new World();
      world.log({ kind: "customersChanged", set: CUSTOMERS });
      for (const each of steps) {
        for (const { before, after } of take(world, each)) {
          if (after.change.kind !== "patch" || before.snapshot === undefined || after.state.snapshot === undefined) continue;
          const applied = applyPatch(before.snapshot, after.change.patch);
          expect(applied.ok && encodeSnapshot(applied.value)).toBe(encodeSnapshot(after.state.snapshot));
          expect(after.change.patch.to).toBe(after.state.decisions.seq);
          const diff = diffSnapshots(before.snapshot, after.state.snapshot);
          expect(diff && encodePatch(diff)).toBe(encodePatch(after.change.patch));
        }
        for (const [name, { snapshot }] of world.states) {
          const fromLog = compileFromLog(world.events, name, world.read).snapshot;
          expect(snapshot && encodeSnapshot(snapshot)).toBe(fromLog && encodeSnapshot(fromLog));
        }
      }
    }),
    { numRuns: 150 },
  );
});

test("however a history goes, no merge takes away a killed flag, a segment that a served form asks for, or a kill whose flags it gives to anybody", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
      const world = new World();
      world.log({ kind: "customersChanged", set: CUSTOMERS });
      for (const each of steps) {
        const before = new Map(world.states);
        take(world, each);
        for (const [name, { snapshot }] of world.states) {
          const names = JSON.stringify(snapshot?.flags).matchAll(/\["segment","([^"]+)"\]/g);
          for (const [, id] of names) expect(Object.keys(snapshot?.segments ?? {})).toContain(id);
          if (each.kind !== "commit") continue;
          const kills = before.get(name)?.snapshot?.kills ?? {};
          for (const [id, kill] of Object.entries(kills)) {
            if (snapshot?.kills?.[id] !== undefined) expect(snapshot.kills[id]).toEqual(kill);
            else for (const key of kill.flags) expect([{}, { default: "off" }]).toContainEqual(snapshot?.flags[key]);
          }
          expect(Object.keys(kills)).toEqual(expect.arrayContaining(Object.keys(snapshot?.kills ?? {})));
          const killed = Object.keys(before.get(name)?.snapshot?.flags ?? {}).filter((key) => killsOf(world.decisions, name, key).length > 0);
          for (const key of killed) expect(Object.keys(snapshot?.flags ?? {})).toContain(key);
        }
      }
    }),
    { numRuns: 150 },
  );
});
