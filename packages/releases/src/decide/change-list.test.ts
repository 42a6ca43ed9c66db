import { expect, test } from "vitest";
import { applyEvent } from "../apply-event.ts";
import { type Decisions, emptyDecisions } from "../decisions.ts";
import type { Facts } from "../event.ts";
import { type ChangeListWish, decideChangeList, decideListChange, type ListEffect } from "./change-list.ts";

const hash = (at: number): string => at.toString(16).padStart(16, "0");
const hashes = (from: number, to: number): readonly string[] => Array.from({ length: to - from }, (_, at) => hash(from + at));

function after(...facts: readonly Facts[]): Decisions {
  const all: readonly Facts[] = [{ kind: "projectCreated", project: "p", salts: { production: "s", staging: "t" } }, ...facts];
  return all.reduce(
    (decisions, each, index) =>
      applyEvent(decisions, {
        seq: index + 1,
        epoch: "e",
        atMs: index,
        command: `c${index}`,
        facts: each,
        personal: { by: "ada" },
        personalHash: "",
        prevHash: "",
        hash: "",
      }),
    emptyDecisions,
  );
}
const changed = (add: readonly string[], list = "pilots", remove: readonly string[] = []): Facts => ({
  kind: "listChanged",
  environment: "production",
  list,
  add,
  remove,
});
const asked = (change: string, add: readonly string[]): Facts => ({
  kind: "listChangeAsked",
  change,
  environment: "production",
  list: "pilots",
  add,
  remove: [],
});

const HARMLESS: ListEffect = { enlarges: [], isGuarded: true, isOfCustomers: false };
const ENLARGING: ListEffect = { enlarges: ["site.photos"], isGuarded: true, isOfCustomers: true };
const wish: ChangeListWish = {
  command: "now",
  atMs: 1_000,
  by: "eva",
  role: "engineer",
  environment: "production",
  list: "pilots",
  lists: new Set(["pilots", "others"]),
  change: "l1",
  add: [hash(2), hash(1)],
  remove: [],
  effect: HARMLESS,
  isMachine: false,
};
/** Facts that are decided, or the code of the refusal. */
function decided(decisions: Decisions, more: Partial<ChangeListWish> = {}): unknown {
  const result = decideChangeList(decisions, { ...wish, ...more });
  return result.ok ? result.value.map(({ facts }) => facts) : result.problem.code;
}

test("only what is not so already is decided, sorted, each once; what stands in both joins", () => {
  const now = after(changed([hash(1), hash(5)]));
  expect(decided(now, { add: [hash(2), hash(1), hash(2), hash(5)], remove: [hash(5), hash(9)] })).toEqual([changed([hash(2)])]);
  expect(decided(now, { add: [], remove: [hash(5), hash(5)] })).toEqual([changed([], "pilots", [hash(5)])]);
  expect(decided(now, { add: [hash(1)], remove: [hash(7)] })).toEqual([]);
});

test("who lets enlargements through changes at once, everybody else's waits, a machine's always", () => {
  const waits = [asked("l1", [hash(1), hash(2)])];
  const now = [changed([hash(1), hash(2)])];
  const roles = (["engineer", "product", "customerSuccess", "admin", "marketing", "auditor"] as const).map((role) =>
    decided(after(), { role, effect: ENLARGING }),
  );
  expect(roles).toEqual([waits, now, waits, now, "notAllowed", "notAllowed"]);
  expect(decided(after(), { role: "admin", effect: ENLARGING, isMachine: true })).toEqual(waits);
  expect(decided(after(), { effect: { ...ENLARGING, isGuarded: false } })).toEqual(now);
  expect(decided(after(), { isMachine: true })).toEqual(now);
});

test("what a list, an environment and a queue may hold is bounded", () => {
  const full = after(...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((at) => changed(hashes(at * 10_000, (at + 1) * 10_000))));
  expect(decided(full, { add: [hash(100_000)] })).toBe("tooMany");
  expect(decided(full, { add: [hash(100_000)], remove: [hash(0)] })).toEqual([changed([hash(100_000)], "pilots", [hash(0)])]);
  const others = after(...["a", "b", "c", "d", "e"].map((list) => changed(hashes(0, 100_000), list)));
  expect([decided(others), decided(others, { list: "a", lists: new Set(["a"]), add: [], remove: [hash(0)] })]).toEqual([
    "tooMany",
    [changed([], "a", [hash(0)])],
  ]);
  const queue = after(...Array.from({ length: 100 }, (_, at) => asked(`w${at}`, [hash(at)])));
  expect([decided(queue, { effect: ENLARGING }), decided(queue, { effect: ENLARGING, role: "product" })]).toEqual(["tooMany", [changed([hash(1), hash(2)])]]);
  expect([decided(after(), { add: hashes(0, 10_001) }), decided(after(), { add: [] }), decided(after(), { list: "pilot" })]).toEqual([
    "tooMany",
    "noMembers",
    "unknownList",
  ]);
});

test("a change that waits is let through once, by a person with the role, and not beyond what a list may hold", () => {
  const now = after(asked("w1", [hash(1)]), asked("w2", [hash(2)]));
  const ask = {
    command: "decide",
    atMs: 5,
    by: "ada",
    role: "product" as const,
    environment: "production",
    isAccepted: true,
    isMachine: false,
    effect: ENLARGING,
  };
  const one = (decisions: Decisions, more: object): unknown => {
    const result = decideListChange(decisions, { ...ask, change: "w1", ...more });
    return result.ok ? result.value.map(({ facts }) => facts) : result.problem.code;
  };
  const accepted: Facts = { kind: "listChangeDecided", change: "w1", environment: "production", list: "pilots", isAccepted: true };
  expect(one(now, {})).toEqual([accepted]);
  expect([one(now, { role: "engineer" }), one(now, { isMachine: true }), one(now, { change: "w9" }), one(now, { environment: "staging" })]).toEqual([
    "notAllowed",
    "notAllowed",
    "notWaiting",
    "notWaiting",
  ]);
  const then = after(asked("w1", [hash(1)]), asked("w2", [hash(2)]), accepted, { ...accepted, change: "w2", isAccepted: false });
  const { lists, listChanges } = then.environments["production"] ?? {};
  expect([lists?.get("pilots"), listChanges?.size]).toEqual([{ hashes: [hash(1)], seq: 4, atMs: 3, by: "ada" }, 0]);
  expect(one(then, { command: "again" })).toBe("notWaiting");
  const full = after(asked("w1", [hash(200_000)]), changed(hashes(0, 100_000)));
  expect([one(full, {}), one(full, { isAccepted: false })]).toEqual(["tooMany", [{ ...accepted, isAccepted: false }]]);
});

test("customers on hold join nothing that gives them a release: every hold, or those of its releases and risks", () => {
  const customer = { id: "acme", track: "standard" as const, tags: [], hashes: { production: hash(1) } };
  const base: Facts = { kind: "customersChanged", set: [customer] };
  const content = {
    title: "Photos",
    owner: "ada",
    environment: "production",
    flags: [{ flag: "site.photos", serve: "on" }],
    risk: "visible",
    zone: "UTC",
    waves: [],
  } as const;
  const release: Facts = { kind: "releaseSaved", release: "r1", content, contentHash: "h" };
  const held = { kind: "holdPlaced", hold: "h1", environment: "production", customers: ["acme"], fromMs: 0, untilMs: 2_000 } as const;
  const hold = (more: Partial<Extract<Facts, { readonly kind: "holdPlaced" }>>): Facts => ({ ...held, ...more });
  const tried = (more: Parameters<typeof hold>[0], other: Partial<ChangeListWish> = {}): unknown =>
    decided(after(base, release, hold(more)), { role: "product", effect: ENLARGING, ...other });
  const joins = [changed([hash(1), hash(2)])];
  expect([tried({}), tried({ releases: ["r1"] }), tried({ risks: ["visible"] })]).toEqual(["customersHeld", "customersHeld", "customersHeld"]);
  expect([
    tried({ releases: ["r2"] }),
    tried({ risks: ["invisible"] }),
    tried({ environment: "staging" }),
    tried({ untilMs: 1_000 }),
    tried({ fromMs: 1_001 }),
  ]).toEqual([joins, joins, joins, joins, joins]);
  expect([tried({}, { effect: HARMLESS }), tried({}, { effect: { ...ENLARGING, isOfCustomers: false } }), tried({}, { add: [hash(2)] })]).toEqual([
    joins,
    joins,
    [changed([hash(2)])],
  ]);
});
