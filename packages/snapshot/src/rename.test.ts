import { type Answer, applyPatch, compileSnapshot, customerHash, encodeSnapshot, evaluate, type FlagForm, type Snapshot } from "@sluice/evaluation";
import {
  decideKill,
  decideSaveRelease,
  decodeDecisions,
  encodeDecisions,
  type Facts,
  type KillCatalogue,
  killsOf,
  type ReleaseContent,
} from "@sluice/releases";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileFromLog } from "./advance.ts";
import { formFilesAt } from "./commit-summary.ts";
import { World } from "./testing/world.ts";

const CUSTOMERS = ["acme", "bolt", "cove", "dune"];
const SETTINGS = JSON.stringify({ customer: "customer", environments: ["production", "staging"], decidedByPeople: ["production"] });

interface Flag {
  readonly aliases?: readonly string[];
  readonly kind?: "release" | "ops";
  readonly form: FlagForm;
}

/** A tree of these flags, each in a file named after it, with three others, so that none is most of the project. */
function treeOf(flags: Readonly<Record<string, Flag | string>>): Record<string, string> {
  const files = Object.entries(flags).map(([key, flag]) => {
    if (typeof flag === "string") return [`flags/${key}`, flag];
    const { form, ...rest } = flag;
    return [`flags/${key}`, JSON.stringify({ key, ...rest, forms: { production: form, staging: form } })];
  });
  const others = ["x", "y", "z", "w", "v"].map((key) => [`flags/${key}`, JSON.stringify({ key, forms: { production: {}, staging: {} } })]);
  return Object.fromEntries([["sluice.yaml", SETTINGS], ...files, ...others]) as Record<string, string>;
}

function worldOf(tree: Record<string, string>): World {
  const made = new World();
  made.commit("c1", tree);
  const hashes = (id: string): Record<string, string> => ({ production: customerHash("salt-p", id), staging: customerHash("salt-s", id) });
  made.log({ kind: "customersChanged", set: CUSTOMERS.map((id) => ({ id, track: "standard", tags: [], hashes: hashes(id) })) });
  return made;
}

function served(of: World, environment = "production"): Snapshot {
  const snapshot = of.states.get(environment)?.snapshot;
  if (snapshot === undefined) throw new Error(`${environment} has no snapshot`);
  return snapshot;
}

const CONTEXTS = [...CUSTOMERS, "zed"].flatMap((customer, at) => ["pro", "free"].map((plan) => ({ customer, plan, targetingKey: `u${String(at)}${plan}` })));

/** What everybody gets, and why. */
function answers(snapshot: Snapshot, flag: string): readonly Answer[] {
  const compiled = compileSnapshot(snapshot);
  return CONTEXTS.map((context) => evaluate(compiled, flag, context));
}
const variants = (of: World, flag: string, environment = "production"): readonly string[] =>
  [...new Set(answers(served(of, environment), flag).map(({ variant }) => variant ?? "none"))].sort();

const kill = (flags: readonly string[], more: object = {}): Facts => ({ kind: "flagsKilled", kill: "k1", environment: "production", flags, ...more });
const pin = (flag: string, customer: string): Facts => ({
  kind: "customerPinned",
  pin: `p-${customer}`,
  environment: "production",
  flag,
  customer,
  serve: "on",
  untilMs: 9e12,
});
const CONTENT: ReleaseContent = {
  title: "Export",
  owner: "ada",
  environment: "production",
  flags: [{ flag: "old", serve: "on" }],
  risk: "minor",
  zone: "Europe/Berlin",
  waves: [{ name: "All", audience: {}, start: { atMs: 10_000_000 }, bakeMs: 0 }],
  approvals: ["product"],
};
const RELEASE: readonly Facts[] = [
  { kind: "releaseSaved", release: "r1", content: CONTENT, contentHash: "h1" },
  { kind: "releasePlanned", release: "r1" },
  { kind: "releaseApproved", release: "r1", role: "product", contentHash: "h1" },
];
const EXPOSED: Facts = { kind: "waveStarted", release: "r1", wave: 0, environment: "production", members: ["acme", "bolt"], exposed: ["acme", "bolt"] };

const FORM: FlagForm = { rules: [{ if: ["equals", "plan", "pro"], serve: { share: 50_000, of: "on" } }] };
const OLD = treeOf({ old: { form: FORM } });
const RENAMED = treeOf({ new: { form: { ...FORM, salt: "old" }, aliases: ["old"] } });

describe("a renamed flag", () => {
  test("answers everybody as before, under both keys, in one version", () => {
    const world = worldOf(OLD);
    const before = answers(served(world), "old");
    expect(new Set(before.map(({ variant }) => variant)).size).toBe(2);
    const [step] = world.commit("c2", RENAMED);
    expect(step?.after.change.kind).toBe("patch");
    expect(world.decisions.environments["production"]?.kept.size).toBe(0);
    expect([answers(served(world), "old"), answers(served(world), "new")]).toEqual([before, before]);
    expect(served(world).flags["old"]).toEqual({ ...served(world).flags["new"], aliasOf: "new" });
  });

  test("counts other people where its salt is not kept, so it waits", () => {
    const world = worldOf(OLD);
    const before = answers(served(world), "old");
    world.commit("c2", treeOf({ new: { form: FORM, aliases: ["old"] } }));
    expect(world.decisions.environments["production"]?.kept.get("new")?.why).toBe("enlargement");
    expect([answers(served(world), "old"), answers(served(world), "new")]).toEqual([before, before]);
  });

  test("keeps its kill, its exposure, its pins and its release, with the approval", () => {
    const world = worldOf(OLD);
    for (const facts of [...RELEASE, EXPOSED, pin("old", "cove")]) world.log(facts);
    const exposed = answers(served(world), "old");
    expect(exposed.filter(({ cause }) => cause === "exposure" || cause === "pin")).toHaveLength(6);
    world.log(kill(["old"]));
    world.commit("c2", RENAMED);
    expect([variants(world, "old"), variants(world, "new")]).toEqual([["off"], ["off"]]);
    expect(served(world).kills).toEqual({ k1: { flags: ["new", "old"] } });
    expect(killsOf(world.decisions, "production", "new").map(({ id }) => id)).toEqual(["k1"]);
    const release = world.decisions.releases.get("r1");
    expect([release?.content.flags, release?.contentHash, release?.approvals[0]?.contentHash]).toEqual([[{ flag: "new", serve: "on" }], "h1", "h1"]);
    world.log({ kind: "killLifted", kill: "k1", environment: "production" });
    expect([answers(served(world), "old"), answers(served(world), "new")]).toEqual([exposed, exposed]);
    const customers = ["dune"];
    world.log({ kind: "customersExposed", release: "r1", wave: 0, environment: "production", customers });
    const more = answers(served(world), "new").filter(({ cause }) => cause === "exposure");
    expect(more).toHaveLength(6);
    expect(answers(served(world), "old")).toEqual(answers(served(world), "new"));
  });

  test("is the plan that was agreed to: saving it as it stands voids nothing, saving another does", () => {
    const world = worldOf(OLD);
    for (const facts of RELEASE) world.log(facts);
    world.commit("c2", RENAMED);
    const asking = { command: "s", atMs: 5, by: "ada", role: "product", release: "r1", expectedHash: "h1", contentHash: "h2" } as const;
    for (const flag of ["old", "new"])
      expect(decideSaveRelease(world.decisions, { ...asking, content: { ...CONTENT, flags: [{ flag, serve: "on" }] } })).toEqual({ ok: true, value: [] });
    const other = decideSaveRelease(world.decisions, { ...asking, content: { ...CONTENT, title: "Other" } });
    expect(other.ok && other.value.map(({ facts }) => facts)).toEqual([
      { kind: "releaseSaved", release: "r1", contentHash: "h2", content: { ...CONTENT, title: "Other", flags: [{ flag: "new", serve: "on" }] } },
    ]);
  });

  test.each([["old"], ["new"]])("is killed and lifted under both keys, whoever says %s, by one patch that needs no compiler", (name) => {
    const world = worldOf(OLD);
    world.commit("c2", RENAMED);
    const before = answers(served(world), "old");
    const [step] = world.log(kill([name]));
    expect(step?.after.change).toMatchObject({ kind: "patch", patch: { set: { kills: { k1: { flags: ["new", "old"] } } } } });
    expect([variants(world, "old"), variants(world, "new")]).toEqual([["off"], ["off"]]);
    expect(encodeSnapshot(served(world))).toBe(encodeSnapshot(compileFromLog(world.events, "production", world.read).snapshot ?? served(worldOf(OLD))));
    world.log({ kind: "killLifted", kill: "k1", environment: "production" });
    expect([answers(served(world), "old"), answers(served(world), "new")]).toEqual([before, before]);
  });

  test("is decided about by its key, and guarded as it is, under its former key too", () => {
    const world = worldOf(treeOf({ old: { form: { default: "on" }, kind: "ops" } }));
    world.commit("c2", treeOf({ new: { form: { default: "on" }, kind: "ops", aliases: ["old"] } }));
    const wish = { command: "k", atMs: 5, by: "ada", kill: "k1", environment: "production", flags: ["old"] };
    const before: KillCatalogue = new Map([["old", { kind: "ops" as const }]]);
    for (const catalogue of [before, new Map([["new", { kind: "ops" as const }]])]) {
      const done = decideKill(world.decisions, catalogue, { ...wish, role: "engineer" });
      expect(done.ok && done.value.map(({ facts }) => facts)).toEqual([{ kind: "flagsKilled", kill: "k1", environment: "production", flags: ["new"] }]);
      expect(decideKill(world.decisions, catalogue, { ...wish, role: "product" }).ok).toBe(false);
    }
  });

  test("goes on being reverted, and can be reverted to what it was before under its former key", () => {
    const world = worldOf(treeOf({ old: { form: { default: "on" } } }));
    world.commit("c2", treeOf({ old: { form: {} } }));
    const blobs = formFilesAt(world.decisions, { seq: 2, environment: "production", flag: "old" }, world.read) ?? [];
    const revert: Facts = { kind: "flagReverted", revert: "v1", environment: "production", flag: "old", toSeq: 2, blobs };
    world.log(revert);
    const renamed = treeOf({ new: { form: {}, aliases: ["old"] } });
    world.commit("c3", renamed);
    expect([variants(world, "old"), variants(world, "new")]).toEqual([["on"], ["on"]]);
    world.log({ kind: "revertEnded", revert: "v1", environment: "production" });
    expect([variants(world, "old"), variants(world, "new")]).toEqual([["off"], ["off"]]);
    expect(formFilesAt(world.decisions, { seq: 2, environment: "production", flag: "new" }, world.read)).toEqual(blobs);
    world.log({ ...revert, revert: "v2" });
    expect([variants(world, "old"), variants(world, "new")]).toEqual([["on"], ["on"]]);
  });

  test("is renamed again, and back, with everything", () => {
    const world = worldOf(OLD);
    const before = answers(served(world), "old");
    for (const facts of RELEASE) world.log(facts);
    const salted = { ...FORM, salt: "old" };
    world.commit("c2", treeOf({ mid: { form: salted, aliases: ["old"] } }));
    world.log(kill(["old"]));
    world.commit("c3", treeOf({ new: { form: salted, aliases: ["mid", "old"] } }));
    expect(served(world).kills).toEqual({ k1: { flags: ["mid", "new", "old"] } });
    expect(world.decisions.aliases).toEqual({ mid: "new", old: "new" });
    world.commit("c4", treeOf({ old: { form: salted, aliases: ["mid", "new"] } }));
    expect(world.decisions.aliases).toEqual({ mid: "old", new: "old" });
    expect(world.decisions.releases.get("r1")?.content.flags).toEqual([{ flag: "old", serve: "on" }]);
    for (const name of ["old", "mid", "new"]) expect(variants(world, name)).toEqual(["off"]);
    world.log({ kind: "killLifted", kill: "k1", environment: "production" });
    for (const name of ["old", "mid", "new"]) expect(answers(served(world), name)).toEqual(before);
  });

  test("whose file is broken in the same commit keeps its form, its kill and both keys", () => {
    const world = worldOf(treeOf({ old: { form: { default: "on" } } }));
    world.commit("c2", treeOf({ new: { form: { default: "on" }, aliases: ["old"] } }));
    world.log(kill(["new"]));
    world.commit("c3", treeOf({ new: "not readable" }));
    expect([variants(world, "old"), variants(world, "new")]).toEqual([["off"], ["off"]]);
    world.log({ kind: "killLifted", kill: "k1", environment: "production" });
    expect([variants(world, "old"), variants(world, "new")]).toEqual([["on"], ["on"]]);
  });
});

describe("a rename that gives a flag to more people", () => {
  const wide = treeOf({ new: { form: { default: "on" }, aliases: ["old"] } });

  test("waits as any change of the old flag would; what is served stays, under both keys; accepted, it comes to both", () => {
    const world = worldOf(OLD);
    const before = answers(served(world), "old");
    world.commit("c2", wide);
    const kept = world.decisions.environments["production"]?.kept.get("new");
    expect(kept?.why).toBe("enlargement");
    expect([answers(served(world), "old"), answers(served(world), "new")]).toEqual([before, before]);
    expect(variants(world, "old", "staging")).toEqual(["on"]);
    world.log({ kind: "enlargementDecided", environment: "production", flag: "new", isAccepted: true, form: kept?.waits ?? [] });
    expect([variants(world, "old"), variants(world, "new")]).toEqual([["on"], ["on"]]);
  });

  test("waits too when the flag is kept already, and when the rename comes back as another commit", () => {
    const world = worldOf(OLD);
    const before = answers(served(world), "old");
    world.commit("c2", treeOf({ old: { form: { default: "on" } } }));
    world.commit("c3", wide);
    world.commit("c4", treeOf({ newer: { form: { default: "on" }, aliases: ["new", "old"] } }));
    expect(world.decisions.environments["production"]?.kept.get("newer")?.why).toBe("enlargement");
    for (const name of ["old", "new", "newer"]) expect(answers(served(world), name)).toEqual(before);
  });

  test("waits where a release flag asks for it by its new key, and a mere rename of what is asked for does not", () => {
    const gated = (flag: string): Flag => ({ form: { default: "on", prerequisites: [{ flag, serves: ["on"] }] } });
    const world = worldOf(treeOf({ old: { form: {}, kind: "ops" }, gated: { form: {} } }));
    world.commit("c2", treeOf({ old: { form: {}, kind: "ops" }, gated: gated("old") }));
    const waiting = world.decisions.environments["production"]?.kept.get("gated");
    world.log({ kind: "enlargementDecided", environment: "production", flag: "gated", isAccepted: true, form: waiting?.waits ?? [] });
    world.commit("c3", treeOf({ new: { form: {}, kind: "ops", aliases: ["old"] }, gated: gated("new") }));
    expect(world.decisions.environments["production"]?.kept.size).toBe(0);
    world.commit("c4", treeOf({ newer: { form: { default: "on" }, kind: "ops", aliases: ["old", "new"] }, gated: gated("newer") }));
    expect(world.decisions.environments["production"]?.kept.get("newer")?.why).toBe("enlargement");
    expect(variants(world, "gated")).toEqual(["off"]);
  });
});

describe("a former key", () => {
  test("that Git drops stays answered while it is asked for, and while its flag is killed", () => {
    const world = worldOf(OLD);
    world.commit("c2", RENAMED);
    const dropped = treeOf({ new: { form: { ...FORM, salt: "old" } } });
    world.asked = { staging: new Set(["old"]) };
    world.commit("c3", dropped);
    const kept = world.decisions.environments["production"]?.kept.get("old");
    expect([kept?.why, kept?.aliasOf]).toEqual(["deletedWhileAsked", "new"]);
    expect(answers(served(world), "old")).toEqual(answers(served(world), "new"));
    world.log(kill(["old"]));
    world.asked = {};
    world.commit("c4", { ...dropped, "flags/x": JSON.stringify({ key: "x", forms: { production: { default: "off" }, staging: {} } }) });
    expect(world.decisions.environments["production"]?.kept.get("old")?.why).toBe("deletedWhileKilled");
    expect([variants(world, "old"), variants(world, "new")]).toEqual([["off"], ["off"]]);
    world.log({ kind: "killLifted", kill: "k1", environment: "production" });
    world.commit("c5", dropped);
    expect([world.decisions.aliases, variants(world, "old")]).toEqual([{}, ["none"]]);
  });

  test("that a new flag takes stays the renamed flag's while it is killed: no merge lifts a kill", () => {
    const world = worldOf(OLD);
    world.commit("c2", RENAMED);
    world.log(kill(["new"]));
    const both = { ...RENAMED, ...treeOf({ old: { form: { default: "on" }, kind: "ops" }, new: { form: { ...FORM, salt: "old" } } }) };
    world.commit("c3", both);
    expect([variants(world, "old"), variants(world, "new")]).toEqual([["off"], ["off"]]);
    world.log({ kind: "killLifted", kill: "k1", environment: "production" });
    world.commit("c4", { ...both, "flags/x": JSON.stringify({ key: "x", forms: { production: { default: "off" }, staging: {} } }) });
    expect([variants(world, "old"), world.decisions.aliases]).toEqual([["on"], {}]);
  });

  test("of a deleted flag stays with it, and asking for it keeps the flag", () => {
    const world = worldOf(OLD);
    world.commit("c2", RENAMED);
    const before = answers(served(world), "new");
    world.asked = { production: new Set(["old"]) };
    world.commit("c3", treeOf({}));
    expect([answers(served(world), "old"), answers(served(world), "new")]).toEqual([before, before]);
    world.asked = {};
    world.commit("c4", treeOf({}));
    expect([variants(world, "old"), variants(world, "new"), world.decisions.aliases]).toEqual([["none"], ["none"], {}]);
  });

  test("that was another flag's does not join two flags: that one stays as any deleted flag does, with its kill", () => {
    const world = worldOf(treeOf({ old: { form: FORM }, new: { form: { default: "on" }, kind: "ops" } }));
    world.log(kill(["old"]));
    world.commit("c2", treeOf({ new: { form: { default: "on" }, kind: "ops", aliases: ["old"] } }));
    expect([variants(world, "old"), variants(world, "new"), world.decisions.aliases]).toEqual([["off"], ["on"], {}]);
  });

  test("that was nobody's waits where it would answer something, and answers when a person lets it", () => {
    const world = worldOf(treeOf({ new: { form: { default: "on" } } }));
    world.commit("c2", treeOf({ new: { form: { default: "on" }, aliases: ["old"] } }));
    const kept = world.decisions.environments["production"]?.kept.get("old");
    expect([kept?.why, variants(world, "old")]).toEqual(["enlargement", ["none"]]);
    world.commit("c3", treeOf({ new: { form: { default: "on", rules: [{ if: ["equals", "plan", "pro"], serve: "on" }] }, aliases: ["old"] } }));
    expect(variants(world, "old")).toEqual(["none"]);
    const waits = world.decisions.environments["production"]?.kept.get("old")?.waits ?? [];
    world.log({ kind: "enlargementDecided", environment: "production", flag: "old", isAccepted: true, form: waits });
    expect(variants(world, "old")).toEqual(["on"]);
  });
});

test("a checkpoint remembers former keys", () => {
  const world = worldOf(OLD);
  world.commit("c2", RENAMED);
  const read = decodeDecisions(encodeDecisions(world.decisions));
  expect(read?.aliases).toEqual({ old: "new" });
});

const serve = fc.oneof(
  fc.constantFrom<"on" | "off">("on", "off"),
  fc.record({ share: fc.integer({ min: 0, max: 100_000 }), of: fc.constant("on"), by: fc.constantFrom("customer", "targetingKey") }),
  fc.record({
    of: fc.constant<[string, number][]>([
      ["on", 30_000],
      ["off", 70_000],
    ]),
  }),
);
const rule = fc.record({ if: fc.constantFrom(["equals", "plan", "pro"], ["in", "customer", ["acme", "cove"]]), serve });
const anyForm: fc.Arbitrary<FlagForm> = fc.record({ rules: fc.array(rule, { maxLength: 3 }), default: fc.constantFrom("on", "off") });
const decision = fc.constantFrom<Facts | readonly Facts[]>(
  kill(["old"]),
  kill(["old"], { scope: { customers: [customerHash("salt-p", "acme")] } }),
  [...RELEASE, EXPOSED],
  pin("old", "bolt"),
);
/** What may be said of the flag after its rename, by either name. */
const after = fc.record({ name: fc.constantFrom("old", "new"), what: fc.constantFrom("kill", "emergency", "lift", "pin") });

test("whatever a flag says and whatever was decided, its rename changes nobody's answer, and later decisions reach both keys alike", () => {
  let answered = 0;
  fc.assert(
    fc.property(anyForm, fc.uniqueArray(decision, { maxLength: 4 }), fc.array(after, { maxLength: 4 }), (form, decisions, later) => {
      const world = worldOf(treeOf({ old: { form, kind: "ops" } }));
      for (const each of decisions.flat()) world.log(each);
      const before = answers(served(world), "old");
      const salted = { ...form, salt: "old" };
      world.commit("c2", treeOf({ new: { form: salted, kind: "ops", aliases: ["old"] } }));
      expect([answers(served(world), "old"), answers(served(world), "new")]).toEqual([before, before]);
      // The same decisions about a flag that was never renamed.
      const twin = worldOf(treeOf({ old: { form: salted, kind: "ops" } }));
      for (const each of decisions.flat()) twin.log(each);
      for (const [at, { name, what }] of later.entries()) {
        const say = (flag: string): Facts => {
          if (what === "lift") return { kind: "killLifted", kill: "k1", environment: "production" };
          if (what === "pin") return pin(flag, "dune");
          return kill([flag], { kill: `later${String(at)}`, ...(what === "emergency" ? { journal: "j", counter: at } : {}) });
        };
        const snapshot = served(world);
        const [step] = world.log(say(name));
        twin.log(say("old"));
        const wanted = answers(served(twin), "old");
        expect([answers(served(world), "old"), answers(served(world), "new")]).toEqual([wanted, wanted]);
        if (step?.after.change.kind === "patch") {
          const patched = applyPatch(snapshot, step.after.change.patch);
          expect(patched.ok && encodeSnapshot(patched.value)).toBe(encodeSnapshot(served(world)));
        }
      }
      const whole = compileFromLog(world.events, "production", world.read).snapshot;
      expect(whole && encodeSnapshot(whole)).toBe(encodeSnapshot(served(world)));
      answered += new Set(before.map(({ variant }) => variant)).size > 1 ? 1 : 0;
    }),
    { numRuns: 300 },
  );
  expect(answered).toBeGreaterThan(100);
});
