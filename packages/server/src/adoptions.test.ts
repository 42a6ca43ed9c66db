import { encodeSnapshot } from "@sluice/evaluation";
import type { World } from "@sluice/ports";
import { nodeClock, nodeRandom } from "@sluice/ports/node";
import { compileFromLog } from "@sluice/snapshot";
import { MemoryDatabase, MemoryStore, type Person } from "@sluice/store";
import { afterEach, describe, expect, test } from "vitest";
import { FURTHER_SOURCES_MAX } from "./adoptions.ts";
import { ControlPlane } from "./control-plane.ts";
import { DefinitionTexts } from "./definition-texts.ts";
import { FurtherSource } from "./source/further-source.ts";
import { MemorySource } from "./source/memory-source.ts";

/** Time stands still: what has to happen later is asked for by name. */
const world: World = {
  clock: nodeClock,
  timers: { after: () => ({ cancel: () => {} }) },
  random: nodeRandom,
  disk: { read: async () => undefined, replace: async () => {}, openJournal: async () => Promise.reject(new Error("no journal here")) },
  http: { request: async () => Promise.reject(new Error("no network here")), stream: () => ({ close: () => {} }) },
  log: { info: () => {}, warn: () => {}, error: () => {} },
};
const admin: Person = { id: "a1", name: "Mara", email: "m@example.com", role: "admin", grant: "g", byCookie: false };

const flag = (key: string, rest = "{ default: off }"): string =>
  `key: ${key}\ndescription: A flag.\nkind: ops\nowner: team-x\ntype: boolean\noff: off\nenvironments:\n  production: ${rest}\n`;
const on = "{ default: on }";
type Files = Readonly<Record<string, string>>;

const central: Files = {
  "sluice.yaml": "project: p\nenvironments: { production: {} }\n",
  "segments/eu.yaml": "key: eu\nif: { country: { in: [DE, FR] } }\n",
  "flags/central.yaml": flag("central", on),
};
const shop: Files = {
  "flags/pay.yaml": flag("pay", "{ rules: [{ if: { segment: eu }, serve: on }], default: off }"),
  "flags/cart.yaml": flag("cart", on),
  "sluice.yaml": "project: mine\nenvironments: { moon: {} }\n",
  "package.yaml": "not read",
};
const blog: Files = { "flags/post.yaml": flag("post", on) };

let running: SourcesWorld[] = [];
afterEach(async () => {
  for (const one of running) await one.plane.stop();
  running = [];
});

/** Sources in memory, by name; the main one's is empty. */
class SourcesWorld {
  readonly sources = new Map(["", "shop", "blog"].map((name) => [name, new MemorySource()]));
  readonly database: MemoryDatabase;
  readonly plane: ControlPlane;
  #commits = 0;

  constructor(names: readonly string[], database: MemoryDatabase) {
    this.database = database;
    const further = names.map((name) => new FurtherSource(name, this.at(name)));
    this.plane = new ControlPlane({ world, store: new MemoryStore(database, nodeRandom), source: this.at(""), further, project: "p", pollMs: 1_000 });
    running.push(this);
  }

  at(name: string): MemorySource {
    return this.sources.get(name) ?? new MemorySource();
  }

  commit(name: string, files: Files): string {
    this.#commits += 1;
    return this.at(name).commit(new Map(Object.entries(files)), { author: "Mara", subject: `change ${this.#commits} of ${name}`, atMs: 0 });
  }

  /** Commits and looks at that source alone. */
  async push(name: string, files: Files): Promise<string> {
    const commit = this.commit(name, files);
    await this.look();
    return commit;
  }

  async look(): Promise<void> {
    await this.plane.adoption.lookNow();
    await this.plane.freshen();
  }

  get served(): Readonly<Record<string, unknown>> {
    return this.plane.state("production")?.snapshot?.flags ?? {};
  }

  get keys(): readonly string[] {
    return Object.keys(this.served).sort();
  }

  /** What the log alone says, byte for byte. */
  async isAsLogged(): Promise<boolean> {
    const texts = new DefinitionTexts(new MemoryStore(this.database, nodeRandom));
    await texts.needAll(this.database.events, this.plane.decisions);
    const { snapshot } = compileFromLog(this.database.events, "production", texts.read);
    const now = this.plane.state("production")?.snapshot;
    return snapshot !== undefined && now !== undefined && encodeSnapshot(snapshot) === encodeSnapshot(now);
  }

  healthOf(name: string): {
    readonly commit?: string;
    readonly held?: string;
    readonly trouble?: string;
    readonly problems?: readonly { readonly file: string }[];
  } {
    const { health } = this.plane.adoption;
    return (name === "" ? health : health.further?.find((one) => one.name === name)) ?? {};
  }

  get adopted(): readonly (readonly [string | undefined, string])[] {
    return this.database.events.flatMap(({ facts }) => (facts.kind === "commitAdopted" ? [[facts.source, facts.commit] as const] : []));
  }
}

async function started(names = ["shop", "blog"], database = new MemoryDatabase(nodeRandom)): Promise<SourcesWorld> {
  const made = new SourcesWorld(names, database);
  for (const [name, files] of [
    ["", central],
    ["shop", shop],
    ["blog", blog],
  ] as const)
    made.commit(name, files);
  await made.plane.start();
  await made.look();
  return made;
}

describe("several sources in one project", () => {
  test("are served together, each commit an event of its own that names its source, and the log alone says the same", async () => {
    const own = await started();
    expect(own.keys).toEqual(["cart", "central", "pay", "post"]);
    expect(own.plane.decisions.files.get("sluice.yaml")).toBeDefined();
    expect([...own.plane.decisions.files.entriesSorted()].map(([path]) => path)).toEqual([
      "flags/@blog/post.yaml",
      "flags/@shop/cart.yaml",
      "flags/@shop/pay.yaml",
      "flags/central.yaml",
      "segments/eu.yaml",
      "sluice.yaml",
    ]);
    expect(new Set(own.adopted.map(([name]) => name))).toEqual(new Set([undefined, "shop", "blog"]));
    expect(own.adopted[0]?.[0]).toBeUndefined();
    expect(own.plane.decisions.sources["shop"]).toEqual({ commit: own.healthOf("shop").commit });
    expect(Object.keys(own.plane.decisions.environments)).toEqual(["production"]);
    expect(await own.isAsLogged()).toBe(true);
  });

  test("a commit of one changes what it defines and nothing else", async () => {
    const own = await started();
    const before = own.served;
    const commit = await own.push("shop", { ...shop, "flags/cart.yaml": flag("cart") });
    expect(own.adopted.at(-1)).toEqual(["shop", commit]);
    expect(own.served["cart"]).not.toEqual(before["cart"]);
    for (const key of ["central", "pay", "post"]) expect(own.served[key]).toBe(before[key]);
    expect(await own.isAsLogged()).toBe(true);
  });

  test("one that is down keeps what it has, the others go on, and it is caught up with when it is back", async () => {
    const own = await started();
    own.at("shop").down = true;
    own.commit("shop", { ...shop, "flags/cart.yaml": flag("cart") });
    await own.push("blog", { ...blog, "flags/more.yaml": flag("more") });
    await own.push("", { ...central, "flags/central.yaml": flag("central") });
    expect(own.keys).toEqual(["cart", "central", "more", "pay", "post"]);
    expect([own.healthOf("shop").trouble, own.healthOf("blog").trouble, own.healthOf("").trouble]).toEqual([
      "the repository does not answer",
      undefined,
      undefined,
    ]);
    own.at("shop").down = false;
    await own.look();
    expect(own.healthOf("shop").trouble).toBeUndefined();
    expect(own.served["cart"]).not.toEqual({ default: "on" });
    expect(await own.isAsLogged()).toBe(true);
  });

  test("the main one being down keeps nothing of the others back", async () => {
    const own = await started();
    own.at("").down = true;
    await own.push("shop", { ...shop, "flags/gift.yaml": flag("gift") });
    expect(own.keys).toContain("gift");
    expect(own.healthOf("").trouble).toBe("the repository does not answer");
  });

  test.each([
    ["emptied", (own: SourcesWorld) => void own.commit("shop", {})],
    ["deleted", (own: SourcesWorld) => own.at("shop").moveTo(undefined)],
    ["written anew without its flags", (own: SourcesWorld) => void own.commit("shop", { "flags/other.yaml": flag("other") })],
  ])("a branch that is %s takes nothing away before a person agrees, and holds no other source up", async (_how, spoil) => {
    const own = await started();
    spoil(own);
    await own.look();
    expect(own.plane.decisions.sources["shop"]?.held).toMatchObject({ removed: 2, of: 2 });
    expect(own.plane.decisions.held).toBeUndefined();
    await own.push("blog", { ...blog, "flags/more.yaml": flag("more") });
    await own.push("", { ...central, "flags/new.yaml": flag("new") });
    expect(own.keys).toEqual(["cart", "central", "more", "new", "pay", "post"]);
    expect(own.plane.decisions.sources["shop"]?.held).toBeDefined();
    const held = own.healthOf("shop").held ?? "";
    expect(await own.plane.adoption.accept(admin, held, "accept-1")).toEqual({ ok: true, value: undefined });
    expect(own.keys.filter((key) => key === "cart" || key === "pay")).toEqual([]);
    expect(own.keys).toEqual(expect.arrayContaining(["central", "more", "new", "post"]));
    expect(own.plane.decisions.sources["shop"]?.held).toBeUndefined();
    expect(await own.isAsLogged()).toBe(true);
  });

  test("what the main one has waiting goes on waiting while others are adopted", async () => {
    const own = await started();
    own.at("").moveTo(undefined);
    await own.look();
    expect(own.plane.decisions.held).toMatchObject({ commit: "branch-gone", removed: 1, of: 1 });
    await own.push("shop", { ...shop, "flags/gift.yaml": flag("gift") });
    expect(own.keys).toEqual(["cart", "central", "gift", "pay", "post"]);
    expect(own.plane.decisions.held).toMatchObject({ commit: "branch-gone" });
    expect(await own.plane.adoption.accept(admin, "branch-gone", "accept-1")).toEqual({ ok: true, value: undefined });
    expect(own.plane.decisions.held).toBeUndefined();
  });

  test("a flag that waits, and cannot be read meanwhile, waits on when another source's first commit mends it", async () => {
    const fillers = Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`flags/f${n}.yaml`, flag(`f${n}`)]));
    const late = flag("late", "{ prerequisites: [{ flag: gate, serves: on }], default: on }").replace("kind: ops", "kind: release");
    const own = new SourcesWorld(["shop"], new MemoryDatabase(nodeRandom));
    own.commit("", { ...central, ...fillers, "flags/gate.yaml": flag("gate", on) });
    await own.plane.start();
    await own.look();
    await own.push("", { ...central, ...fillers, "flags/gate.yaml": flag("gate", on), "flags/late.yaml": late });
    await own.push("", { ...central, ...fillers, "flags/late.yaml": late });
    expect(own.plane.decisions.environments["production"]?.kept.get("late")).toMatchObject({ why: "broken", blobs: [] });
    await own.push("shop", { "flags/gate.yaml": flag("gate", on) });
    expect(own.keys).toContain("gate");
    expect(own.plane.decisions.environments["production"]?.kept.get("late")).toMatchObject({ why: "enlargement" });
    expect(own.keys).not.toContain("late");
  });

  test("how much a commit removes is counted over its own source: two of two wait though five of six stay", async () => {
    const own = await started();
    await own.push("", Object.fromEntries([...Object.entries(central), ...Array.from({ length: 20 }, (_, n) => [`flags/f${n}.yaml`, flag(`f${n}`)] as const)]));
    await own.push("blog", {});
    expect(own.plane.decisions.sources["blog"]?.held).toMatchObject({ removed: 1, of: 1 });
    expect(own.keys).toContain("post");
  });

  test("a key that two define keeps what is served, is told with both places, and is followed again when one gives it up", async () => {
    const own = await started();
    const before = own.served["cart"];
    await own.push("blog", { ...blog, "flags/cart.yaml": flag("cart", "{ rules: [{ if: { a: { equals: b } }, serve: on }], default: off }") });
    expect(own.served["cart"]).toEqual(before);
    const told = JSON.stringify([own.plane.adoption.problemsOf("flags/@shop/cart.yaml"), own.plane.adoption.problemsOf("flags/@blog/cart.yaml")]);
    for (const place of ["flags/@blog/cart.yaml", "flags/cart.yaml of the source shop", "flag/duplicate-key"]) expect(told).toContain(place);
    await own.push("shop", { ...shop, "flags/cart.yaml": flag("cart") });
    expect(own.served["cart"]).toEqual(before);
    // It moves: the old place gives it up, and what the new one says is served.
    const { "flags/cart.yaml": _cart, ...rest } = shop;
    await own.push("shop", { ...rest, "flags/a.yaml": flag("a"), "flags/b.yaml": flag("b"), "flags/c.yaml": flag("c") });
    expect(own.plane.decisions.sources["shop"]?.held).toBeUndefined();
    expect(own.served["cart"]).toMatchObject({ rules: [{}] });
    expect(own.plane.adoption.health.problems).toEqual([]);
    expect(await own.isAsLogged()).toBe(true);
  });

  test("a segment that two define keeps the flags that use it as they are served", async () => {
    const own = await started();
    const before = own.served["pay"];
    await own.push("shop", { ...shop, "segments/eu.yaml": "key: eu\nif: { country: { in: [PT] } }\n" });
    expect(own.served["pay"]).toEqual(before);
    expect(Object.values(own.plane.state("production")?.snapshot?.segments ?? {})).toEqual([{ if: ["in", "country", ["DE", "FR"]] }]);
  });

  test("what a source has on when it is first taken is served as a project's first commit is; what waits already goes on waiting", async () => {
    const release = (key: string, served = on): string => flag(key, served).replace("kind: ops", "kind: release");
    const own = new SourcesWorld(["shop"], new MemoryDatabase(nodeRandom));
    own.commit("", { ...central, "flags/map.yaml": release("map", "{ prerequisites: [{ flag: cart, serves: on }], default: on }") });
    await own.plane.start();
    await own.look();
    await own.push("", {
      ...central,
      "flags/map.yaml": release("map", "{ prerequisites: [{ flag: cart, serves: on }], default: on }"),
      "flags/late.yaml": release("late"),
    });
    await own.push("shop", { ...shop, "flags/cart.yaml": release("cart") });
    expect(own.keys).toEqual(["cart", "central", "map", "pay"]);
    await own.push("shop", { ...shop, "flags/cart.yaml": release("cart"), "flags/gift.yaml": release("gift") });
    const kept = own.plane.decisions.environments["production"]?.kept.entriesSorted().map(([key, { why }]) => [key, why]);
    expect(kept).toEqual([
      ["gift", "enlargement"],
      ["late", "enlargement"],
    ]);
    expect(own.keys).toEqual(["cart", "central", "map", "pay"]);
  });

  test("a mistake is told at the source whose file it is in, also where another source's commit makes it one", async () => {
    const own = await started();
    await own.push("shop", { ...shop, "flags/cart.yaml": "key: cart\n  wrong" });
    expect(own.healthOf("shop").problems?.map(({ file }) => file)).toContain("flags/cart.yaml");
    expect([own.healthOf("").problems, own.healthOf("blog").problems]).toEqual([[], []]);
    await own.push("shop", shop);
    const { "segments/eu.yaml": _eu, ...rest } = central;
    const served = own.served["pay"];
    await own.push("", rest);
    expect(own.healthOf("shop").problems).toMatchObject([{ file: "flags/pay.yaml" }]);
    expect(own.served["pay"]).toEqual(served);
  });

  test("what the main project file says alone holds, and a broken one keeps every source's flags", async () => {
    const own = await started();
    await own.push("", { ...central, "sluice.yaml": "project: [" });
    expect(own.keys).toEqual(["cart", "central", "pay", "post"]);
    await own.push("shop", { ...shop, "flags/cart.yaml": flag("cart") });
    expect(own.served["cart"]).toEqual({ default: "on" });
    await own.push("", central);
    expect(own.served["cart"]).not.toEqual({ default: "on" });
  });

  test("commits of an application that change no flag are no events", async () => {
    const own = await started();
    const events = own.database.events.length;
    const blobs = own.at("shop").blobs.bind(own.at("shop"));
    own.at("shop").blobs = async () => Promise.reject(new Error("asked for contents"));
    for (let n = 0; n < 5; n += 1) {
      const quiet = await own.push("shop", { ...shop, [`src/file-${n}.yaml`]: "x" });
      expect(own.healthOf("shop")).toMatchObject({ commit: quiet, problems: [] });
      expect(own.healthOf("shop").trouble).toBeUndefined();
    }
    expect(own.database.events.length).toBe(events);
    own.at("shop").blobs = blobs;
    const commit = await own.push("shop", { ...shop, "flags/cart.yaml": flag("cart") });
    expect(own.plane.decisions.sources["shop"]).toEqual({ commit });
  });

  test("files that pretend to be another source's are not taken", async () => {
    const own = await started();
    await own.push("", { ...central, "flags/@shop/cart.yaml": flag("cart") });
    expect(own.healthOf("").trouble).toContain("flags/@shop/cart.yaml");
    expect(own.served["cart"]).toEqual({ default: "on" });
    expect(own.plane.decisions.files.get("flags/@shop/cart.yaml")).toBeDefined();
  });

  test("no flag of another source is looked at before the project is described", async () => {
    const own = new SourcesWorld(["shop"], new MemoryDatabase(nodeRandom));
    own.commit("shop", shop);
    await own.plane.start();
    await own.look();
    expect(own.adopted).toEqual([]);
    expect(own.healthOf("").trouble).toBe("the branch has no commit yet");
    await own.push("", central);
    await own.look();
    expect(own.keys).toEqual(["cart", "central", "pay"]);
  });

  test("a source that is taken out of the configuration waits for a person, across a restart", async () => {
    const own = await started();
    await own.plane.stop();
    const later = await started(["blog"], own.database);
    expect(later.keys).toEqual(["cart", "central", "pay", "post"]);
    expect(later.healthOf("shop").held).toBe("branch-gone-shop");
    expect(await later.plane.adoption.accept(admin, "branch-gone-shop", "accept-1")).toEqual({ ok: true, value: undefined });
    expect(later.keys).toEqual(["central", "post"]);
    await later.plane.stop();
    const last = await started(["blog"], own.database);
    expect(last.plane.adoption.health.further?.map(({ name }) => name)).toEqual(["blog"]);
    expect(last.keys).toEqual(["central", "post"]);
  });

  test("a restart while one is down serves what it had", async () => {
    const own = await started();
    await own.plane.stop();
    const later = new SourcesWorld(["shop", "blog"], own.database);
    for (const name of ["", "blog"]) later.commit(name, name === "" ? central : blog);
    later.at("shop").down = true;
    await later.plane.start();
    await later.look();
    expect(later.keys).toEqual(["cart", "central", "pay", "post"]);
    expect(later.plane.adoption.health.further?.map(({ name, trouble }) => [name, trouble])).toEqual([
      ["shop", "the repository does not answer"],
      ["blog", undefined],
    ]);
  });

  test("are at most fifty beside the main one, each with a name of its own", () => {
    const many = Array.from({ length: FURTHER_SOURCES_MAX + 1 }, (_, n) => `s${n}`);
    expect(() => new SourcesWorld(many, new MemoryDatabase(nodeRandom))).toThrow("50 are allowed");
    expect(() => new SourcesWorld(["shop", "shop"], new MemoryDatabase(nodeRandom))).toThrow("named shop");
  });
});
