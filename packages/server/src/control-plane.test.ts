import type { FeedMessage } from "@sluice/contract";
import { encodeSnapshot } from "@sluice/evaluation";
import { parseProject } from "@sluice/definitions";
import type { World } from "@sluice/ports";
import { nodeClock, nodeRandom } from "@sluice/ports/node";
import { machineCommand, type Proposal } from "@sluice/releases";
import { compileFromLog } from "@sluice/snapshot";
import { MemoryDatabase, MemoryStore, type Person } from "@sluice/store";
import { afterEach, expect, test, vi } from "vitest";
import { ControlPlane } from "./control-plane.ts";
import { DefinitionTexts } from "./definition-texts.ts";
import { Reverts } from "./reverts.ts";
import { MemorySource } from "./source/memory-source.ts";

const silent = { info: () => {}, warn: () => {}, error: () => {} };
/** Time stands still: what has to happen later is asked for by name. */
const world: World = {
  clock: nodeClock,
  timers: { after: () => ({ cancel: () => {} }) },
  random: nodeRandom,
  disk: { read: async () => undefined, replace: async () => {}, openJournal: async () => Promise.reject(new Error("no journal here")) },
  http: { request: async () => Promise.reject(new Error("no network here")), stream: () => ({ close: () => {} }) },
  log: silent,
};
const admin: Person = { id: "a1", name: "Mara", email: "m@example.com", role: "admin", grant: "g", byCookie: false };

const project = "project: p\nenvironments: { production: {}, staging: {} }\n";
const flag = (key: string, on: boolean, rules = ""): string =>
  `key: ${key}\ndescription: A flag.\nkind: release\nowner: team-x\ntype: boolean\nvariants: { on: true, off: false }\noff: off\nenvironments:\n  production:\n${rules}    default: ${on ? "on" : "off"}\n`;

let planes: ControlPlane[] = [];
afterEach(async () => {
  for (const plane of planes) await plane.stop();
  planes = [];
});

async function start(): Promise<{
  readonly plane: ControlPlane;
  readonly source: MemorySource;
  readonly database: MemoryDatabase;
  adopt(files: ReadonlyMap<string, string>): Promise<void>;
  fresh(): Promise<string | undefined>;
  served(): string | undefined;
}> {
  const source = new MemorySource();
  const database = new MemoryDatabase(nodeRandom);
  const store = new MemoryStore(database, nodeRandom);
  const plane = new ControlPlane({ world, store, source, project: "p", pollMs: 1_000 });
  planes.push(plane);
  await plane.start();
  const settled = async (): Promise<void> => {
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    plane,
    source,
    database,
    adopt: async (files) => {
      source.commit(files, { author: "Mara", subject: "change", atMs: 0 });
      plane.adoption.poll();
      await settled();
    },
    fresh: async () => {
      const texts = new DefinitionTexts(new MemoryStore(database, nodeRandom));
      await texts.needAll(database.events, plane.decisions);
      const { snapshot } = compileFromLog(database.events, "production", texts.read);
      return snapshot && encodeSnapshot(snapshot);
    },
    served: () => {
      const snapshot = plane.state("production")?.snapshot;
      return snapshot && encodeSnapshot(snapshot);
    },
  };
}

const files = new Map([
  ["sluice.yaml", project],
  ["flags/a.yaml", flag("a", true)],
  ["flags/b.yaml", flag("b", true, "    rules:\n      - if: { segment: s }\n        serve: on\n")],
  ["flags/c.yaml", flag("c", false)],
  ["flags/d.yaml", flag("d", true)],
  ["flags/e.yaml", flag("e", true)],
  ["segments/s.yaml", "key: s\nif: { plan: { equals: pro } }\n"],
]);
const changed = (...changes: readonly (readonly [string, string | undefined])[]): ReadonlyMap<string, string> => {
  const next = new Map(files);
  for (const [path, text] of changes) {
    if (text === undefined) next.delete(path);
    else next.set(path, text);
  }
  return next;
};

test("what is served equals a compile from the log alone, byte for byte, after each of many commits", async () => {
  const { adopt, fresh, served } = await start();
  const commits = [
    files,
    changed(["flags/a.yaml", flag("a", false)]),
    changed(["flags/a.yaml", "key: [broken"]),
    changed(["segments/s.yaml", "key: s\nif: nonsense\n"]),
    changed(["flags/c.yaml", undefined]),
    changed(["sluice.yaml", "project: [\n"]),
    files,
  ];
  for (const commit of commits) {
    await adopt(commit);
    expect(served()).toBeDefined();
    expect(served()).toBe(await fresh());
  }
});

test("a broken file keeps its flag at the last good form and moves the others on", async () => {
  const { adopt, plane } = await start();
  await adopt(files);
  await adopt(changed(["flags/a.yaml", "key: a\nkind: relase\n"], ["flags/e.yaml", flag("e", false)]));
  const flags = plane.state("production")?.snapshot?.flags;
  expect(flags?.["a"]).toEqual({ default: "on" });
  expect(flags?.["e"]).toEqual({});
  expect(plane.adoption.health.problems[0]).toMatchObject({ file: "flags/a.yaml" });
});

test("what is wrong in style is served, and told in the words of the command line", async () => {
  const { adopt, plane } = await start();
  const guided = `${project}style:\n  extends: recommended\n  rules: { life/expires: off, meta/description: off }\n`;
  const tree = changed(["sluice.yaml", guided], ["flags/disable_export.yaml", flag("disable_export", true)]);
  await adopt(tree);
  const { problems, style = [] } = plane.adoption.health;
  expect(problems).toEqual([]);
  expect(plane.state("production")?.snapshot?.flags["disable_export"]).toEqual({ default: "on" });
  const told = parseProject({ files: tree }).diagnostics.map(({ code, severity, message, file, line, column, fix }) => ({
    code,
    severity,
    message,
    file,
    line,
    column,
    fix,
  }));
  expect(style).toEqual(told);
  expect(style.map(({ code }) => code)).toEqual(expect.arrayContaining(["key/case", "key/positive"]));
  await adopt(changed(["sluice.yaml", guided.replace("extends: recommended", "extends: recomended")]));
  expect(plane.adoption.health.problems).toEqual([]);
  expect(plane.adoption.health.style).toEqual(expect.arrayContaining([expect.objectContaining({ file: "sluice.yaml", fix: "Write extends: recommended" })]));
});

test("a broken segment keeps itself and its users together, in the form they had", async () => {
  const { adopt, plane } = await start();
  await adopt(files);
  await adopt(changed(["segments/s.yaml", "key: s\nif: { plan: { near: x } }\n"]));
  const snapshot = plane.state("production")?.snapshot;
  expect(Object.values(snapshot?.segments ?? {})).toEqual([{ if: ["equals", "plan", "pro"] }]);
  expect(snapshot?.flags["b"]?.rules).toHaveLength(1);
});

test("a commit that removes more than a fifth of the flags waits for a person, and an emptied or deleted branch does", async () => {
  const { adopt, plane, source } = await start();
  await adopt(files);
  await adopt(changed(["flags/a.yaml", undefined], ["flags/b.yaml", undefined]));
  expect(plane.decisions.held).toMatchObject({ removed: 2, of: 5 });
  expect(Object.keys(plane.state("production")?.snapshot?.flags ?? {})).toHaveLength(5);
  const { held } = plane.decisions;
  expect(await plane.adoption.accept(admin, held?.commit ?? "", "accept-1")).toEqual({ ok: true, value: undefined });
  expect(Object.keys(plane.state("production")?.snapshot?.flags ?? {})).toEqual(["c", "d", "e"]);
  source.moveTo(undefined);
  plane.adoption.poll();
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
  expect(plane.decisions.held).toMatchObject({ removed: 3, of: 3 });
  expect(Object.keys(plane.state("production")?.snapshot?.flags ?? {})).toEqual(["c", "d", "e"]);
});

test("what does not wait cannot be let through, whatever it is called, and Git is not asked about it", async () => {
  const { adopt, plane, source } = await start();
  await adopt(files);
  source.tree = async () => Promise.reject(new Error("asked"));
  for (const commit of ["deadbeef", "--output=x", "", "branch-gone", plane.decisions.commit ?? ""])
    expect(await plane.adoption.accept(admin, commit, `accept-${commit}`)).toMatchObject({ ok: false, problem: { code: "commitNotHeld" } });
});

test("that the source was reached is told on while nothing else changes", async () => {
  const reached: (number | undefined)[] = [];
  let nowMs = 1_000_000;
  const at = vi.spyOn(nodeClock, "nowMs").mockImplementation(() => nowMs);
  const { adopt, plane } = await start();
  plane.attachFeed({
    write: (bytes) => {
      for (const line of new TextDecoder().decode(bytes).trim().split("\n")) {
        const message = JSON.parse(line) as FeedMessage;
        if (message.kind === "health") reached.push(message.source.reachedAtMs);
      }
      return true;
    },
    close: () => {},
  });
  await adopt(files);
  for (let look = 0; look < 6; look++) {
    nowMs += 5_000;
    await plane.adoption.lookNow();
  }
  at.mockRestore();
  expect(reached.slice(-3)).toEqual([1_010_000, 1_020_000, 1_030_000]);
});

test("a revert serves the earlier form at once, until Git agrees", async () => {
  const { adopt, plane, database, fresh, served } = await start();
  const reverts = new Reverts({ world, plane, store: new MemoryStore(database, nodeRandom) });
  await adopt(files);
  const before = plane.decisions.seq;
  await adopt(changed(["flags/a.yaml", flag("a", false)]));
  const reverted = await reverts.revert(admin, { command: "revert-1", environment: "production", flag: "a", toSeq: before });
  expect(reverted).toMatchObject({ ok: true });
  expect(plane.state("production")?.snapshot?.flags["a"]).toEqual({ default: "on" });
  expect(served()).toBe(await fresh());
  await adopt(files);
  expect(plane.decisions.environments["production"]?.reverts.size).toBe(0);
  expect(await reverts.revert(admin, { command: "revert-2", environment: "production", flag: "nope", toSeq: before })).toMatchObject({
    ok: false,
    problem: { code: "unknownFlag" },
  });
});

test("a database that has lost what was read of it is told of, and no checkpoint of the lost decisions is begun from", async () => {
  const { adopt, plane, database } = await start();
  await adopt(files);
  const bytes = encodeSnapshot(plane.state("production")?.snapshot ?? Object.create(null));
  await adopt(changed(["flags/a.yaml", flag("a", false)]));
  const { epoch, seq, hash } = plane.decisions;
  const ends: unknown[] = [];
  plane.onLost = (end) => void ends.push(end);
  database.loseBehind(database.events.length - 1);
  expect(await plane.decide("command-1", async () => ({ ok: true, value: [] })).catch((error: unknown) => (error as Error).name)).toBe("StoreUnavailable");
  expect(ends).toEqual([{ epoch, seq, hash, replaces: [] }]);
  await plane.stop();
  const again = new ControlPlane({ world, store: new MemoryStore(database, nodeRandom), source: new MemorySource(), project: "p", pollMs: 1_000 });
  planes = [again];
  await again.start();
  expect(again.decisions.seq).toBe(seq - 1);
  expect(encodeSnapshot(again.state("production")?.snapshot ?? Object.create(null))).toBe(bytes);
});

test("a new epoch is told with the kills that are kept in it, never without them: it says that they are known", async () => {
  const { adopt, plane, fresh, served } = await start();
  await adopt(files);
  const told: FeedMessage[] = [];
  plane.attachFeed({ write: (line) => (told.push(JSON.parse(new TextDecoder().decode(line)) as FeedMessage), true), close: () => {} });
  told.length = 0;
  const { epoch: before, seq } = plane.decisions;
  const kept = (kill: string, flagKey: string): Proposal => ({
    command: machineCommand.kept(kill),
    atMs: 0,
    facts: { kind: "flagsKilled", kill, environment: "production", flags: [flagKey] },
    personal: { by: "server" },
  });
  const command = machineCommand.epoch("e00000001");
  const seen = { production: { epochs: { [before]: seq + 7 }, journals: {} } };
  const begun: Proposal = { command, atMs: 0, facts: { kind: "epochStarted", epoch: "e00000001", replaces: [before], seen }, personal: { by: "server" } };
  const made = kept("k000000000003", "d");
  const decided = await plane.decide(command, async () => ({
    ok: true,
    value: [begun, kept("k000000000001", "a"), kept("k000000000002", "c"), { ...made, command: "command-later" }],
  }));
  expect(decided).toMatchObject({ ok: true });
  const production = told.flatMap((message) => ("environment" in message && message.environment === "production" ? [message] : []));
  expect(production).toMatchObject([
    {
      kind: "snapshot",
      snapshot: { epoch: "e00000001", seq: seq + 3, kills: { k000000000001: { flags: ["a"] }, k000000000002: { flags: ["c"] } } },
      folded: seq + 3,
    },
    { kind: "patch", patch: { base: seq + 3, to: seq + 4 }, folded: seq + 4 },
  ]);
  expect(served()).toBe(await fresh());
});

test("a later start goes on from the checkpoint with the same bytes", async () => {
  const { adopt, plane, database, source } = await start();
  await adopt(files);
  await adopt(changed(["flags/a.yaml", flag("a", false)]));
  const bytes = encodeSnapshot(plane.state("production")?.snapshot ?? Object.create(null));
  await plane.stop();
  const again = new ControlPlane({ world, store: new MemoryStore(database, nodeRandom), source, project: "p", pollMs: 1_000 });
  planes = [again];
  await again.start();
  expect(encodeSnapshot(again.state("production")?.snapshot ?? Object.create(null))).toBe(bytes);
});
