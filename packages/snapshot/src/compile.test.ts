import { encodePatch, encodeSnapshot } from "@sluice/evaluation";
import { decideAdopt } from "@sluice/releases";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { advanceKills, compileFromLog, type Step } from "./advance.ts";
import { BlobMissing } from "./adopted-project.ts";
import { catalogue, stateOf } from "./catalogue.ts";
import { formFilesAt } from "./commit-summary.ts";
import { contentHashInput } from "./content-hash.ts";
import { diffSnapshots, patchForKill, patchForLift } from "./patch.ts";
import { ENVIRONMENTS, World } from "./testing/world.ts";

const SETTINGS = '{"customer":"account.id","environments":["production","staging"]}';
const flag = (key: string, form: object): string => JSON.stringify({ key, forms: { production: form } });
const TREE = {
  "sluice.yaml": SETTINGS,
  "segments/vip": '{"include":["u1"]}',
  "flags/a": flag("a", { rules: [{ if: ["segment", "vip"], serve: "on" }] }),
  "flags/b": flag("b", { default: "on" }),
};

function production(world: World): NonNullable<ReturnType<World["states"]["get"]>>["snapshot"] {
  return world.states.get("production")?.snapshot;
}

test("a compiled snapshot is these very bytes", () => {
  const world = new World();
  world.commit("c1", TREE);
  world.log({ kind: "flagsKilled", kill: "k1", environment: "production", flags: ["b"], journal: "j", counter: 7 });
  const snapshot = production(world);
  expect(snapshot && encodeSnapshot(snapshot)).toBe(
    '{"customer":"account.id","environment":"production","epoch":"e1","flags":{"a":{"rules":[{"if":["segment","vip"],"serve":"on"}]},"b":{"default":"on"}},"format":1,"journals":{"j":7},"kills":{"k1":{"flags":["b"]}},"salt":"salt-p","segments":{"vip":{"include":["u1"]}},"seq":3}',
  );
});

test("an event of one environment leaves the version of the other alone", () => {
  const world = new World();
  world.commit("c1", TREE);
  world.log({ kind: "flagsKilled", kill: "k1", environment: "staging", flags: ["b"] });
  expect(production(world)?.seq).toBe(2);
  expect(world.states.get("staging")?.snapshot?.seq).toBe(3);
});

test("a commit that changes no compiled form makes no version", () => {
  const world = new World();
  world.commit("c1", TREE);
  world.commit("c2", { ...TREE, "flags/b": `${flag("b", { default: "on" })} ` });
  expect(world.events).toHaveLength(3);
  expect(production(world)?.seq).toBe(2);
  expect(compileFromLog(world.events, "production", world.read).snapshot?.seq).toBe(2);
});

test("one broken file leaves its own flag as it was and lets the others change", () => {
  const world = new World();
  world.commit("c1", TREE);
  world.commit("c2", { ...TREE, "flags/a": "not readable", "flags/b": flag("b", { default: "off" }) });
  expect(production(world)?.flags).toEqual({ a: { rules: [{ if: ["segment", "vip"], serve: "on" }] }, b: { default: "off" } });
  expect(world.decisions.environments["production"]?.kept.get("a")?.why).toBe("broken");
  world.commit("c3", { ...TREE, "flags/a": flag("a", { default: "on" }) });
  expect(production(world)?.flags["a"]).toEqual({ default: "on" });
  expect(world.decisions.environments["production"]?.kept.size).toBe(0);
});

test("a broken project file keeps every flag, and the customer's path", () => {
  const world = new World();
  world.commit("c1", TREE);
  const before = production(world);
  world.commit("c2", { ...TREE, "sluice.yaml": "not readable" });
  expect(production(world)).toEqual(before);
});

test("a kept flag brings the segment it used, beside the current form, under an id of its own", () => {
  const world = new World();
  world.commit("c1", TREE);
  const blob = world.texts.put(TREE["segments/vip"]);
  world.commit("c2", { ...TREE, "flags/a": "not readable", "segments/vip": '{"include":["u2"]}' });
  const id = `vip@${blob.slice(0, 8)}`;
  expect(production(world)?.segments).toEqual({ vip: { include: ["u2"] }, [id]: { include: ["u1"] } });
  expect(production(world)?.flags["a"]?.rules?.[0]?.if).toEqual(["segment", id]);
});

test("a segment in a segment is followed: the outer one gets an id of its own when only the inner one changed", () => {
  const world = new World();
  const tree = { ...TREE, "segments/vip": '{"if":["segment","inner"]}', "segments/inner": '{"include":["u1"]}' };
  world.commit("c1", tree);
  world.commit("c2", { ...tree, "flags/a": "not readable", "segments/inner": '{"include":["u2"]}' });
  const [outer, inner] = [`vip@${world.texts.put(tree["segments/vip"]).slice(0, 8)}`, `inner@${world.texts.put(tree["segments/inner"]).slice(0, 8)}`];
  expect(production(world)?.segments).toEqual({
    vip: { if: ["segment", "inner"] },
    inner: { include: ["u2"] },
    [outer]: { if: ["segment", inner] },
    [inner]: { include: ["u1"] },
  });
  expect(production(world)?.flags["a"]?.rules?.[0]?.if).toEqual(["segment", outer]);
});

test("a broken segment keeps its users with its last form under its own name, so kills that name it still find it", () => {
  const world = new World();
  world.commit("c1", TREE);
  const before = production(world);
  world.commit("c2", { ...TREE, "segments/vip": "not readable" });
  expect(production(world)).toEqual(before);
  expect(world.decisions.environments["production"]?.kept.get("a")?.why).toBe("brokenSegment");
});

test("a reverted flag is served as then, also over a kept form, until Git has that form", () => {
  const world = new World();
  world.commit("c1", TREE);
  world.commit("c2", { ...TREE, "flags/b": flag("b", { default: "off" }) });
  const form = formFilesAt(world.decisions, { seq: 2, environment: "production", flag: "b" }, world.read) ?? [];
  world.log({ kind: "flagReverted", revert: "r1", environment: "production", flag: "b", toSeq: 2, blobs: form });
  expect(production(world)?.flags["b"]).toEqual({ default: "on" });
  world.commit("c3", { ...TREE, "flags/b": "not readable" });
  expect(production(world)?.flags["b"]).toEqual({ default: "on" });
  world.commit("c4", TREE);
  expect(world.decisions.environments["production"]?.reverts.size).toBe(0);
  expect(production(world)?.flags["b"]).toEqual({ default: "on" });
});

test("the form of a past version is the kept one where the flag was kept then", () => {
  const world = new World();
  world.commit("c1", TREE);
  world.commit("c2", { ...TREE, "flags/b": "not readable" });
  world.commit("c3", { ...TREE, "flags/b": flag("b", { default: "off" }) });
  const at = (seq: number): unknown => formFilesAt(world.decisions, { seq, environment: "production", flag: "b" }, world.read)?.[0];
  expect(at(3)).toEqual(["flags/b", world.texts.put(TREE["flags/b"])]);
  expect(at(4)).toEqual(["flags/b", world.texts.put(flag("b", { default: "off" }))]);
  expect(at(1)).toBeUndefined();
});

test("a force-push is a change relative to what is adopted, whatever its history", () => {
  const world = new World();
  world.commit("c1", TREE);
  world.commit("c2", { ...TREE, "flags/b": flag("b", { default: "off" }) });
  const { changed } = world.summary("c1", TREE);
  expect(changed).toEqual([["flags/b", world.texts.put(TREE["flags/b"])]]);
  world.commit("c1", TREE);
  expect(production(world)?.flags["b"]).toEqual({ default: "on" });
});

test("an emptied branch waits, and serves nothing new until a person accepts it", () => {
  const world = new World();
  world.commit("c1", TREE);
  const before = production(world);
  world.commit("c2", {});
  expect(world.decisions.held).toMatchObject({ commit: "c2", removed: 2, of: 2 });
  expect(production(world)).toEqual(before);
  world.commit("c2", {}, true);
  expect(production(world)?.flags).toEqual({});
});

test("a flag deleted while killed stays with its kill, and goes with the next adoption after the lift", () => {
  const world = new World();
  world.commit("c1", TREE);
  world.log({ kind: "flagsKilled", kill: "k1", environment: "production", flags: ["b"] });
  const { "flags/b": _b, ...rest } = TREE;
  world.commit("c2", rest, true);
  expect(production(world)?.flags["b"]).toEqual({ default: "on" });
  expect(production(world)?.kills).toEqual({ k1: { flags: ["b"] } });
  world.log({ kind: "killLifted", kill: "k1", environment: "production" });
  expect(production(world)?.flags["b"]).toEqual({ default: "on" });
  world.commit("c2", rest);
  expect(production(world)?.flags["b"]).toBeUndefined();
});

test("a new epoch is a whole snapshot, which lists what it replaces", () => {
  const world = new World();
  world.commit("c1", TREE);
  const [first] = world.log({ kind: "epochStarted", epoch: "e2", replaces: ["e1"] });
  expect(first?.after.change.kind).toBe("snapshot");
  expect(production(world)).toMatchObject({ epoch: "e2", replaces: ["e1"], seq: 3 });
});

test("the patch of a kill and of its lift are small, and say nothing when nothing changes", () => {
  const world = new World();
  world.commit("c1", TREE);
  const snapshot = production(world);
  if (snapshot === undefined) throw new Error("production was compiled");
  // Ids as long as the fan-out and the store make them, sequence and counter far into a project's life.
  const current = { ...snapshot, epoch: "e01234567", seq: 123_455 };
  const kill = {
    kind: "flagsKilled",
    kill: "k".repeat(13),
    environment: "production",
    flags: ["f".repeat(24)],
    journal: "j".repeat(8),
    counter: 99 * 2 ** 20,
  } as const;
  const patch = patchForKill(current, kill, 123_456);
  expect(patch && encodePatch(patch).length).toBeLessThanOrEqual(160);
  expect(
    patchForKill({ ...current, kills: { [kill.kill]: { flags: kill.flags } }, journals: { [kill.journal]: kill.counter } }, kill, 123_456),
  ).toBeUndefined();
  expect(patchForLift(current, { kind: "killLifted", kill: "never made", environment: "production" }, 123_456)).toBeUndefined();
  expect(patchForLift(current, { kind: "killLifted", kill: "toString", environment: "production" }, 123_456)).toBeUndefined();
});

test("kills that stand in the log one after the other say together what each says by itself, and lead to the bytes of the log", () => {
  const kills = fc.array(
    fc.record({
      kill: fc.constantFrom("k1", "k2", "k3"),
      environment: fc.constantFrom(...ENVIRONMENTS),
      flags: fc.constantFrom(["a"], ["b"], ["a", "b"]),
      journal: fc.constantFrom("j", "constructor"),
      counter: fc.option(fc.nat({ max: 5 })),
    }),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(kills, (all) => {
      const world = new World();
      world.commit("c1", TREE);
      const before = ENVIRONMENTS.map((name) => world.states.get(name));
      const steps: Step[] = [];
      const single = all.map(({ counter, journal, ...kill }) => {
        const advanced = world.log({ kind: "flagsKilled", ...kill, ...(counter === null ? {} : { journal, counter }) });
        steps.push({ event: world.events.at(-1) ?? expect.fail(), decisions: world.decisions });
        return advanced.map(({ after }) => after.change);
      });
      for (const [at, name] of ENVIRONMENTS.entries()) {
        const together = advanceKills(before[at] ?? expect.fail(), steps);
        expect(together?.changes).toEqual(single.map((changes) => changes[at]));
        const { snapshot } = compileFromLog(world.events, name, world.read);
        expect(together?.state.snapshot && encodeSnapshot(together.state.snapshot)).toBe(snapshot && encodeSnapshot(snapshot));
        expect(together?.state.decisions).toBe(world.decisions);
      }
    }),
  );
});

test("a difference names only what changed, and another environment or epoch has none", () => {
  const world = new World();
  world.commit("c1", TREE);
  const before = production(world);
  world.commit("c2", { ...TREE, "flags/b": flag("b", { default: "off" }), "segments/new": '{"include":[]}' });
  const after = production(world);
  if (before === undefined || after === undefined) throw new Error("production was compiled");
  expect(diffSnapshots(before, after)).toEqual({ epoch: "e1", base: 2, to: 3, set: { flags: { b: { default: "off" } }, segments: { new: { include: [] } } } });
  expect(diffSnapshots(after, { ...before, seq: 4 })).toEqual({
    epoch: "e1",
    base: 3,
    to: 4,
    set: { flags: { b: { default: "on" } } },
    drop: { segments: ["new"] },
  });
  expect(diffSnapshots(before, { ...after, epoch: "e2" })).toBeUndefined();
  expect(diffSnapshots(before, { ...after, environment: "staging" })).toBeUndefined();
});

test("bytes do not depend on the order in which a tree was listed", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(Object.entries(TREE), { minLength: 4 }), (entries) => {
      const [one, other] = [new World(), new World()];
      one.commit("c1", TREE);
      for (const [, text] of Object.entries(TREE)) other.texts.put(text);
      other.commit("c1", Object.fromEntries(entries));
      const [a, b] = [production(one), production(other)];
      expect(a && encodeSnapshot(a)).toBe(b && encodeSnapshot(b));
    }),
  );
});

test("the content hash is blind to the sequence and to nothing else", () => {
  const world = new World();
  world.commit("c1", TREE);
  const snapshot = production(world);
  if (snapshot === undefined) throw new Error("production was compiled");
  expect(contentHashInput({ ...snapshot, seq: 99 })).toBe(contentHashInput(snapshot));
  expect(contentHashInput({ ...snapshot, salt: "other" })).not.toBe(contentHashInput(snapshot));
});

test("a blob that the store lacks is named, not skipped", () => {
  const world = new World();
  const summary = { ...world.summary("c1", TREE), changed: [["flags/a", "f".repeat(40)] as const] };
  const result = decideAdopt(world.decisions, { command: "x", atMs: 0, by: "git", summary, asked: {}, salts: {} });
  expect(() => result.ok && world.propose(result.value)).toThrow(BlobMissing);
});

test("the catalogue lists each flag with what it does in each environment", () => {
  const world = new World();
  world.commit("c1", { ...TREE, "flags/c": flag("c", { prerequisites: [{ flag: "b", serves: ["on"] }], default: "on" }) });
  world.log({ kind: "flagsKilled", kill: "k1", environment: "production", flags: ["b"], scope: { services: ["api"] } });
  const listed = (): unknown =>
    catalogue(world.decisions, world.read).map(({ key, dependants, environments }) => [key, dependants, environments["production"], environments["staging"]]);
  expect(listed()).toEqual([
    ["a", [], { state: "partlyOn" }, { state: "absent" }],
    ["b", ["c"], { state: "partlyOn", kills: ["k1"] }, { state: "absent" }],
    ["c", [], { state: "partlyOn" }, { state: "absent" }],
  ]);
  world.log({ kind: "flagsKilled", kill: "k0", environment: "production", flags: ["b"] });
  expect(catalogue(world.decisions, world.read)[1]?.environments["production"]).toEqual({ state: "killed", kills: ["k0", "k1"] });
});

test("a state word is read off the form alone", () => {
  expect(stateOf({})).toBe("off");
  expect(stateOf({ default: "on" })).toBe("on");
  expect(stateOf({ default: "on", eligible: ["exists", "plan", true] })).toBe("partlyOn");
  expect(stateOf({ rules: [{ serve: "on" }] })).toBe("on");
  expect(stateOf({ rules: [{ serve: { share: 500, of: "on" } }] })).toBe("partlyOn");
  expect(stateOf({ default: "on", rules: [{ if: ["exists", "plan", true], serve: "off" }] })).toBe("partlyOn");
  expect(stateOf({ off: "none", default: "none", rules: [{ if: ["exists", "plan", true], serve: "none" }] })).toBe("off");
  // As a release has it once every customer has it; one who is left, a part of them, or a rule for those behind a gate, and it is not everybody.
  const everyCustomer = { serve: "on", rest: true };
  expect(stateOf({ default: "off", exposure: everyCustomer, rules: [{ if: ["exists", "plan", true], serve: "off" }] })).toBe("on");
  expect(stateOf({ default: "off", exposure: { ...everyCustomer, except: [] } })).toBe("on");
  expect(stateOf({ default: "off", exposure: { ...everyCustomer, except: ["00000000000000aa"] } })).toBe("partlyOn");
  expect(stateOf({ default: "off", exposure: { ...everyCustomer, share: 10_000 } })).toBe("partlyOn");
  expect(stateOf({ default: "off", exposure: { serve: "on", keys: ["00000000000000aa"] } })).toBe("partlyOn");
  expect(stateOf({ default: "off", exposure: everyCustomer, pins: [["customer", "00000000000000aa", "off"]] })).toBe("partlyOn");
  expect(stateOf({ default: "off", exposure: everyCustomer, eligible: ["exists", "plan", true] })).toBe("partlyOn");
  const split = [
    {
      serve: {
        of: [
          ["red", 50_000],
          ["blue", 50_000],
        ] as const,
      },
    },
  ];
  expect(stateOf({ default: "red", off: "none", rules: split })).toBe("on");
  // Whoever has no unit is in no split and gets the default.
  expect(stateOf({ off: "none", rules: split })).toBe("partlyOn");
});
