import { compileSnapshot, evaluate, type FlagForm } from "@sluice/evaluation";
import type { FileChange } from "@sluice/releases";
import { expect, test } from "vitest";
import { compileFromLog } from "./advance.ts";
import { formFilesAt, segmentFilesAt } from "./commit-summary.ts";
import { enlargedBetween, touchedBetween } from "./decision-enlargements.ts";
import { World } from "./testing/world.ts";

const SETTINGS = '{"customer":"account.id","environments":["production","staging"]}';
const flag = (key: string, form: FlagForm): string => JSON.stringify({ key, forms: { production: form, staging: form } });
const asks = (segment: string): FlagForm => ({ rules: [{ if: ["segment", segment], serve: "on" }] });
const TREE = {
  "sluice.yaml": SETTINGS,
  "segments/crew": '{"include":["u1"]}',
  "flags/a": flag("a", asks("crew")),
  "flags/b": flag("b", { eligible: ["not", ["segment", "crew"]], default: "on" }),
  "flags/c": flag("c", { default: "on" }),
};
const WIDER = { ...TREE, "segments/crew": '{"include":["u1","u2"]}' };

/** Who of u1, u2 and u3 gets it in production. */
function whoGets(world: World, key: string, environment = "production"): string {
  const snapshot = world.states.get(environment)?.snapshot;
  if (snapshot === undefined) throw new Error("nothing is served there");
  const compiled = compileSnapshot(snapshot);
  return ["u1", "u2", "u3"].filter((user) => evaluate(compiled, key, { targetingKey: user }).value === true).join(" ");
}

const filesOf = (world: World, segment: string, seq: number): readonly FileChange[] => segmentFilesAt(world.decisions, { seq, segment }, world.read) ?? [];

function revert(world: World, segment: string, toSeq: number, environment = "production"): void {
  world.log({ kind: "segmentReverted", revert: `r${world.events.length}`, environment, segment, toSeq, blobs: filesOf(world, segment, toSeq) });
}

function widened(): World {
  const world = new World();
  world.commit("c1", TREE);
  world.commit("c2", WIDER);
  return world;
}

test("a reverted segment is served as then to every flag that asks it, in that environment alone, until Git has it so", () => {
  const world = widened();
  expect([whoGets(world, "a"), whoGets(world, "b")]).toEqual(["u1 u2", "u3"]);
  revert(world, "crew", 2);
  expect([whoGets(world, "a"), whoGets(world, "b"), whoGets(world, "c")]).toEqual(["u1", "u2 u3", "u1 u2 u3"]);
  expect(whoGets(world, "a", "staging")).toBe("u1 u2");
  world.commit("c3", { ...WIDER, "segments/crew": '{"include":["u1","u2","u3"]}' });
  expect([whoGets(world, "a"), whoGets(world, "a", "staging")]).toEqual(["u1", "u1 u2 u3"]);
  world.commit("c4", TREE);
  expect(world.decisions.environments["production"]?.segmentReverts.size).toBe(0);
  expect(whoGets(world, "a")).toBe("u1");
  world.commit("c5", WIDER);
  expect(whoGets(world, "a")).toBe("u1 u2");
});

test("the end of a revert serves what Git says", () => {
  const world = widened();
  revert(world, "crew", 2);
  world.log({ kind: "revertEnded", revert: "r3", environment: "production" });
  expect(whoGets(world, "a")).toBe("u1 u2");
});

test("a segment brings those that it asked then, under names of their own", () => {
  const world = new World();
  const nested = { ...TREE, "segments/crew": '{"if":["segment","inner"]}', "segments/inner": '{"include":["u1"]}' };
  world.commit("c1", nested);
  world.commit("c2", { ...nested, "segments/inner": '{"include":["u2"]}', "flags/c": flag("c", asks("inner")) });
  expect([whoGets(world, "a"), whoGets(world, "c")]).toEqual(["u2", "u2"]);
  revert(world, "crew", 2);
  expect([whoGets(world, "a"), whoGets(world, "c")]).toEqual(["u1", "u2"]);
  world.commit("c3", { ...nested, "segments/inner": "not readable", "flags/c": flag("c", {}) });
  expect(whoGets(world, "a")).toBe("u1");
});

test("of a flag that was reverted later its own segments count, of one reverted before or kept the segment's revert", () => {
  const world = widened();
  const form = (toSeq: number): readonly FileChange[] => formFilesAt(world.decisions, { seq: toSeq, environment: "production", flag: "a" }, world.read) ?? [];
  world.log({ kind: "flagReverted", revert: "f1", environment: "production", flag: "a", toSeq: 3, blobs: form(3) });
  expect(whoGets(world, "a")).toBe("u1 u2");
  revert(world, "crew", 2);
  expect(whoGets(world, "a")).toBe("u1");
  world.log({ kind: "flagReverted", revert: "f2", environment: "production", flag: "a", toSeq: 3, blobs: form(3) });
  expect([whoGets(world, "a"), whoGets(world, "b")]).toEqual(["u1 u2", "u2 u3"]);

  const kept = widened();
  kept.commit("c3", { ...WIDER, "flags/a": "not readable" });
  revert(kept, "crew", 2);
  expect(kept.decisions.environments["production"]?.kept.get("a")?.why).toBe("broken");
  expect(whoGets(kept, "a")).toBe("u1");
});

test("a segment that is gone from Git comes back under its key, and a kill for it covers whom it names", () => {
  const world = new World();
  world.commit("c1", TREE);
  world.commit("c2", { "sluice.yaml": SETTINGS, "flags/c": TREE["flags/c"] }, true);
  world.log({ kind: "flagsKilled", kill: "k1", environment: "production", flags: ["c"], scope: { segment: "crew" } });
  expect(whoGets(world, "c")).toBe("");
  revert(world, "crew", 2);
  expect(whoGets(world, "c")).toBe("u2 u3");
});

test("two reverts of segments that ask each other: what was decided later holds", () => {
  const nested = { ...TREE, "segments/crew": '{"if":["segment","inner"]}', "segments/inner": '{"include":["u1"]}' };
  const newer = { ...nested, "segments/inner": '{"include":["u2"]}', "segments/crew": '{"include":["u3"]}' };
  const inner = (world: World): string => whoGets(world, "c");
  const start = (): World => {
    const world = new World();
    const own = { "flags/c": flag("c", asks("inner")) };
    world.commit("c1", { ...nested, ...own });
    world.commit("c2", { ...newer, ...own });
    return world;
  };
  const outerFirst = start();
  revert(outerFirst, "crew", 2);
  revert(outerFirst, "inner", 3);
  expect([whoGets(outerFirst, "a"), inner(outerFirst)]).toEqual(["u2", "u2"]);
  const innerFirst = start();
  revert(innerFirst, "inner", 3);
  revert(innerFirst, "crew", 2);
  expect([whoGets(innerFirst, "a"), inner(innerFirst)]).toEqual(["u1", "u2"]);
  for (const world of [outerFirst, innerFirst])
    expect(compileFromLog(world.events, "production", world.read).snapshot).toEqual(world.states.get("production")?.snapshot);
});

test("a later commit to a reverted segment waits beside it: it gives nobody anything and holds no flag back", () => {
  const guarded = { ...TREE, "sluice.yaml": SETTINGS.replace("}", ',"decidedByPeople":["production"]}') };
  const nested = { ...guarded, "segments/crew": '{"if":["segment","inner"]}', "segments/inner": '{"include":["u1"]}' };
  for (const [tree, widest] of [
    [guarded, { ...guarded, "segments/crew": '{"include":["u1","u2","u3"]}' }],
    [nested, { ...nested, "segments/inner": '{"include":["u1","u2","u3"]}' }],
  ] as const) {
    const narrower = { ...tree, "flags/b": flag("b", {}) };
    const start = (): World => {
      const world = new World();
      world.commit("c1", narrower);
      world.commit("c2", { ...narrower, "segments/crew": '{"include":[]}' });
      return world;
    };
    const plain = start();
    plain.commit("c3", { ...widest, "flags/b": narrower["flags/b"] });
    expect(plain.decisions.environments["production"]?.kept.get("a")?.why).toBe("enlargement");
    const world = start();
    revert(world, "crew", 2);
    world.commit("c3", { ...widest, "flags/b": narrower["flags/b"] });
    expect([world.decisions.environments["production"]?.kept.get("a"), whoGets(world, "a")]).toEqual([undefined, "u1"]);
    // What gives it to more people than the revert does waits, as ever.
    world.commit("c4", { ...widest, "flags/b": narrower["flags/b"], "flags/a": flag("a", { rules: [{ if: ["not", ["segment", "crew"]], serve: "on" }] }) });
    expect([world.decisions.environments["production"]?.kept.get("a")?.why, whoGets(world, "a")]).toEqual(["enlargement", "u1"]);
  }
});

/** What a revert of the segment to an earlier form would do, judged before. */
function effects(world: World, segment: string, toSeq: number): { readonly enlarges: readonly string[]; readonly touches: readonly string[] } {
  const before = world.decisions;
  revert(world, segment, toSeq);
  const both = { current: before, proposed: world.decisions, environment: "production" };
  return { enlarges: enlargedBetween(both, world.read).map(({ flag: key }) => key), touches: touchedBetween(both, world.read) };
}

test("what a revert would give to more people is told before, of flags that want the segment and of those that do not", () => {
  expect(effects(widened(), "crew", 2)).toEqual({ enlarges: ["b"], touches: ["a", "b"] });
  const narrowed = new World();
  narrowed.commit("c1", WIDER);
  narrowed.commit("c2", TREE);
  expect(effects(narrowed, "crew", 2)).toEqual({ enlarges: ["a"], touches: ["a", "b"] });
  const ops = new World();
  const onlyA = (tree: typeof TREE): Readonly<Record<string, string>> => ({
    ...tree,
    "flags/a": JSON.stringify({ key: "a", kind: "ops", forms: { production: asks("crew") } }),
    "flags/b": flag("b", {}),
  });
  ops.commit("c1", onlyA(WIDER));
  ops.commit("c2", onlyA(TREE));
  expect(effects(ops, "crew", 2)).toEqual({ enlarges: [], touches: ["a"] });
});

test("a revert by which a kill would cover others is told before", () => {
  const world = widened();
  world.log({ kind: "flagsKilled", kill: "k1", environment: "production", flags: ["c"], scope: { segment: "crew" } });
  expect(effects(world, "crew", 2).enlarges).toEqual(["b", "c"]);
});
