import { expect, test } from "vitest";
import type { Customer } from "../customer/customer.ts";
import { CHECKPOINT_FORMAT, decodeDecisions, encodeDecisions } from "../decisions-codec.ts";
import type { Decisions } from "../decisions.ts";
import type { Facts } from "../event.ts";
import { PINS_MAX } from "../pin/pin.ts";
import type { ReleaseContent } from "../plan/release-content.ts";
import { WINDOW_MS_MAX } from "../plan/release-state.ts";
import type { Role } from "../policy.ts";
import { cellOf, type CellState } from "../schedule/cell.ts";
import { due, nextDueMs } from "../schedule/due.ts";
import { decisionsAfter } from "../testing/decisions-after.ts";
import { decidePin, decideUnpin, type PinnableFlags, type PinWish } from "./pin.ts";

const HOUR = 3_600_000;
/** 2026-12-01T00:00:00Z. */
const NOW = Date.UTC(2026, 11, 1);
const valid = (): undefined => undefined;

const content: ReleaseContent = {
  title: "Photos",
  owner: "ada",
  environment: "production",
  flags: [
    { flag: "photos", serve: "on" },
    { flag: "maps", serve: "on" },
  ],
  risk: "visible",
  zone: "Europe/Berlin",
  waves: [{ name: "All", audience: {}, start: { atMs: NOW + 20 * HOUR }, bakeMs: HOUR }],
  earlyAccessFromMs: NOW,
};
const QA: Customer = { id: "qa", track: "internal", tags: [], internal: true, hashes: { production: "q".repeat(16) } };
const ACME: Customer = { id: "acme", track: "early", tags: [], hashes: { production: "a".repeat(16) } };
const FLAGS: PinnableFlags = new Map([
  ["photos", { kind: "release", variants: ["off", "on"] }],
  ["maps", { kind: "release", variants: ["off", "on"] }],
  ["colour", { kind: "experiment", variants: ["blue", "off", "red"] }],
  ["cache", { kind: "ops", variants: ["off", "on"] }],
  ["seats", { kind: "permission", variants: ["off", "on"] }],
]);
const PLANNED: Facts = { kind: "releasePlanned", release: "r1" };

/** Every event at `NOW - HOUR`, by Priya. */
function decisionsOf(...facts: readonly Facts[]): Decisions {
  const all: readonly Facts[] = [
    { kind: "projectCreated", project: "shop", salts: { production: "s1", staging: "s2" } },
    { kind: "customersChanged", set: [QA, ACME] },
    { kind: "releaseSaved", release: "r1", content, contentHash: "h1" },
    ...facts,
  ];
  return decisionsAfter(all, { by: "priya", atMs: NOW - HOUR });
}

const wish: PinWish = {
  command: "new",
  atMs: NOW,
  by: "priya",
  role: "admin",
  reason: "Trying it before the demo",
  own: new Set<string>(),
  pin: "p1",
  environment: "production",
  flag: "photos",
  customer: "qa",
  serve: "on",
  untilMs: NOW + 48 * HOUR,
};

/** `granted` with the release it went through, or the refusal's code and field. */
function pin(more: Partial<PinWish>, ...facts: readonly Facts[]): string {
  const decided = decidePin(decisionsOf(...facts), FLAGS, { ...wish, ...more });
  if (!decided.ok) return [decided.problem.code, decided.problem.field].filter((part) => part !== undefined).join(" ");
  const [made] = decided.value;
  if (made?.facts.kind !== "customerPinned") return "nothing";
  return made.facts.release === undefined ? "granted" : `granted through ${made.facts.release}`;
}

const hold = (more: object = {}): Facts => ({
  kind: "holdPlaced",
  hold: "h1",
  environment: "production",
  customers: ["qa", "acme"],
  fromMs: NOW - HOUR,
  untilMs: NOW + HOUR,
  ...more,
});

test("a pin is free for customers marked internal or test, whatever a release says", () => {
  expect([pin({}), pin({ flag: "colour", serve: "red" }), pin({ serve: "off" })]).toEqual(["granted", "granted", "granted"]);
  expect(pin({}, PLANNED, { kind: "releasePaused", release: "r1" })).toBe("granted");
});

test("others are pinned through early access only, at exactly what it gives", () => {
  const acme = { customer: "acme" };
  expect(pin(acme, PLANNED)).toBe("granted through r1");
  expect([pin(acme), pin({ ...acme, serve: "off" }, PLANNED), pin({ ...acme, flag: "colour", serve: "red" }, PLANNED)]).toEqual([
    "notOffered customer",
    "notOffered customer",
    "notOffered customer",
  ]);
  expect(pin({ ...acme, atMs: NOW - 1 }, PLANNED)).toBe("notOffered");
  expect(pin(acme, PLANNED, { kind: "releasePaused", release: "r1" })).toBe("wrongPhase");
  expect(pin(acme, PLANNED, { kind: "releaseEnded", release: "r1", how: "cancelled" })).toBe("notOffered customer");
});

test("others wait for the versions that the release needs", () => {
  const needing: Facts = { kind: "releaseSaved", release: "r1", content: { ...content, needs: [{ service: "web", version: "1.2.0" }] }, contentHash: "h2" };
  const deployed = (version: string): Facts => ({ kind: "deploymentRecorded", service: "web", environment: "production", version });
  const acme = { customer: "acme" };
  expect([pin(acme, needing, PLANNED), pin(acme, needing, PLANNED, deployed("1.1.9")), pin(acme, needing, PLANNED, deployed("1.2.0"))]).toEqual([
    "notOffered",
    "notOffered",
    "granted through r1",
  ]);
  expect(pin({}, needing, PLANNED)).toBe("granted");
});

test("a hold gates every pin that it concerns, and only while it lasts", () => {
  expect([pin({}, hold()), pin({ customer: "acme" }, PLANNED, hold())]).toEqual(["notOffered", "notOffered"]);
  expect([pin({ atMs: NOW + HOUR }, hold()), pin({}, hold({ fromMs: NOW + 1 })), pin({}, hold({ environment: "staging" }))]).toEqual([
    "granted",
    "granted",
    "granted",
  ]);
  expect([pin({}, hold({ releases: ["r1"] })), pin({ flag: "colour", serve: "red" }, hold({ releases: ["r1"] }))]).toEqual(["notOffered", "granted"]);
  expect([pin({}, hold({ risks: ["visible"] })), pin({}, hold({ risks: ["minor"] }))]).toEqual(["notOffered", "granted"]);
});

test("what is not there is said, with what there is", () => {
  expect([pin({ environment: "produktion" }), pin({ flag: "fotos" }), pin({ serve: "purple" }), pin({ customer: "zed" })]).toEqual([
    "unknownEnvironment environment",
    "unknownFlag flag",
    "unknownVariant serve",
    "unknownCustomer customer",
  ]);
  expect(pin({ environment: "staging" })).toBe("unknownCustomer customer");
  expect(pin({ reason: " " })).toBe("badWindow reason");
  expect([NOW, NOW - 1, Number.NaN, 9e15].map((untilMs) => pin({ untilMs }))).toEqual(Array.from({ length: 4 }, () => "badWindow untilMs"));
  expect([pin({ untilMs: NOW + WINDOW_MS_MAX }), pin({ untilMs: NOW + WINDOW_MS_MAX + 1 })]).toEqual(["granted", "badWindow untilMs"]);
  expect(pin({ reason: "x".repeat(2_001) })).toBe("reasonTooLong reason");
});

/** Reviewed by hand against the roles of the design; columns: engineer, product, marketing, customerSuccess (an owner), admin, auditor. */
test.each([
  ["an internal customer", {}, "x x - x x -"],
  ["another customer", { customer: "acme" }, "- - - x x -"],
  ["an ops flag", { flag: "cache" }, "x - - - x -"],
  ["a permission flag", { flag: "seats" }, "x - - - x -"],
] as const)("%s is pinned, and the pin taken off, by whose work it is", (_what, more, row) => {
  const roles: readonly Role[] = ["engineer", "product", "marketing", "customerSuccess", "admin", "auditor"];
  const own = new Set(["qa", "acme"]);
  expect(roles.map((role) => (pin({ ...more, role, own }, PLANNED).startsWith("granted") ? "x" : "-")).join(" ")).toBe(row);
  const placed: Facts = {
    kind: "customerPinned",
    pin: "p0",
    environment: "production",
    flag: "photos",
    customer: "qa",
    serve: "on",
    untilMs: NOW + HOUR,
    ...more,
  };
  const off = (role: Role): boolean => decideUnpin(decisionsOf(placed), FLAGS, { ...wish, pin: "p0", role, own }).ok;
  expect(roles.map((role) => (off(role) ? "x" : "-")).join(" ")).toBe(row);
  expect(pin({ ...more, role: "customerSuccess" }, PLANNED)).toBe(row === "x - - - x -" ? "notAllowed" : "notYours customer");
});

test("an ops flag is pinned for nobody but the company's own", () => {
  expect([pin({ flag: "cache" }), pin({ flag: "cache", customer: "acme" }, PLANNED)]).toEqual(["granted", "notOffered customer"]);
});

const placed = (more: object = {}): Facts => ({
  kind: "customerPinned",
  pin: "p0",
  environment: "production",
  flag: "photos",
  customer: "qa",
  serve: "on",
  untilMs: NOW + HOUR,
  ...more,
});
const pinsOf = (decisions: Decisions): readonly string[] => decisions.environments["production"]?.pins.entriesSorted().map(([, { id }]) => id) ?? [];

test("a newer pin of the same flag and customer takes the place of the one before, whose end then ends nothing", () => {
  const newer = placed({ pin: "p1", serve: "off" });
  expect(pinsOf(decisionsOf(placed(), newer))).toEqual(["p1"]);
  const ended: Facts = { kind: "pinEnded", pin: "p0", environment: "production", flag: "photos", customer: "qa" };
  expect(pinsOf(decisionsOf(placed(), newer, ended))).toEqual(["p1"]);
  expect(pinsOf(decisionsOf(placed(), ended))).toEqual([]);
  expect(pinsOf(decisionsOf(placed(), placed({ pin: "p2", flag: "maps" }), placed({ pin: "p3", customer: "acme" })))).toEqual(["p2", "p3", "p0"]);
});

test("a pin's id, its command and its number have their limits", () => {
  expect(pin({ pin: "p0" }, placed({ flag: "maps" }))).toBe("alreadyInForce");
  expect([pin({ command: "c4" }, placed()), pin({ command: "c3" })]).toEqual(["nothing", "commandReused command"]);
  const filled = decisionsOf();
  const own = filled.environments["production"];
  if (own === undefined) throw new Error("there is no production");
  let pins = own.pins;
  const one = { id: "p", environment: "production", flag: "x", hash: "h", serve: "on", untilMs: NOW + HOUR, seq: 1, atMs: NOW };
  for (let n = 0; n < PINS_MAX; n += 1) pins = pins.set(`x/c${n}`, { ...one, customer: `c${n}` });
  const full: Decisions = { ...filled, environments: { ...filled.environments, production: { ...own, pins } } };
  const decided = decidePin(full, FLAGS, wish);
  expect(decided.ok ? "granted" : decided.problem.code).toBe("tooMany");
});

test("a pin is taken off once", () => {
  const off = (decisions: Decisions, command = "new"): string => {
    const decided = decideUnpin(decisions, FLAGS, { ...wish, command, pin: "p0" });
    return decided.ok ? String(decided.value.length) : decided.problem.code;
  };
  const ended: Facts = { kind: "pinEnded", pin: "p0", environment: "production", flag: "photos", customer: "qa" };
  expect([off(decisionsOf(placed())), off(decisionsOf()), off(decisionsOf(placed(), ended)), off(decisionsOf(placed(), ended), "c5")]).toEqual([
    "1",
    "unknownPin",
    "unknownPin",
    "0",
  ]);
});

test("a pin ends by itself at its time, whatever becomes of releases, and the scheduler wakes for it", () => {
  const decisions = decisionsOf(placed());
  expect(nextDueMs(decisions, NOW)).toBe(NOW + HOUR);
  expect(due(decisions, NOW + HOUR - 1, valid)).toEqual([]);
  expect(due(decisions, NOW + HOUR, valid).map(({ command, facts, personal }) => ({ command, facts, personal }))).toEqual([
    {
      command: "due:pin:p0",
      facts: { kind: "pinEnded", pin: "p0", environment: "production", flag: "photos", customer: "qa", expired: true },
      personal: { by: "scheduler" },
    },
  ]);
});

test("a release that is rolled back takes with it what its early access let through, and no other pin", () => {
  const through = placed({ pin: "p2", customer: "acme", release: "r1" });
  const ended = (how: "rolledBack" | "cancelled"): Facts => ({ kind: "releaseEnded", release: "r1", how });
  expect(pinsOf(decisionsOf(PLANNED, placed(), through, ended("rolledBack")))).toEqual(["p0"]);
  expect(pinsOf(decisionsOf(PLANNED, placed(), through, ended("cancelled")))).toEqual(["p2", "p0"]);
});

test("who leaves keeps what is pinned until its time, and nobody unknown is pinned", () => {
  expect(pinsOf(decisionsOf(placed(), { kind: "customersChanged", set: [], removed: ["qa"] }))).toEqual(["p0"]);
  expect(pinsOf(decisionsOf(placed({ customer: "zed" })))).toEqual([]);
});

test("a checkpoint brings pins back, and one from before there were any is not used", () => {
  const decisions = decisionsOf(placed());
  const text = encodeDecisions(decisions);
  const read = decodeDecisions(text);
  expect(read && encodeDecisions(read)).toBe(text);
  expect(read?.environments["production"]?.pins.get("photos/qa")).toEqual({
    id: "p0",
    environment: "production",
    flag: "photos",
    customer: "qa",
    hash: "q".repeat(16),
    serve: "on",
    untilMs: NOW + HOUR,
    by: "priya",
    seq: 4,
    atMs: NOW - HOUR,
  });
  expect(CHECKPOINT_FORMAT).toBeGreaterThan(6);
  expect(decodeDecisions(text.replace(`"format":${CHECKPOINT_FORMAT}`, '"format":6'))).toBeUndefined();
});

interface Then {
  readonly state: CellState;
  readonly why: readonly string[];
}

function cell(decisions: Decisions, customer: string, atMs = NOW): Then {
  const release = decisions.releases.get("r1");
  if (release === undefined) throw new Error("there is no release");
  const { state, reasons } = cellOf(decisions, { release, customer, nowMs: NOW, atMs }, valid);
  return { state, why: reasons.map(({ kind }) => kind) };
}

test("a pinned customer's cell says so until the pin ends, then what the release gives", () => {
  const decisions = decisionsOf(PLANNED, placed());
  const scheduled = { state: "scheduled", atMs: NOW + 20 * HOUR };
  const pinned = { state: "pinned", sinceMs: NOW - HOUR, untilMs: NOW + HOUR, besides: scheduled };
  expect(cell(decisions, "qa")).toEqual({ state: pinned, why: ["pinned", "wave"] });
  expect(cell(decisions, "qa", NOW + HOUR)).toEqual({ state: scheduled, why: ["wave"] });
  expect(cell(decisions, "acme")).toEqual({ state: scheduled, why: ["wave"] });
  const two = decisionsOf(PLANNED, placed(), placed({ pin: "p1", flag: "maps", untilMs: NOW + 2 * HOUR }));
  expect(cell(two, "qa")).toEqual({ state: pinned, why: ["pinned", "pinned", "wave"] });
  expect(cell(two, "qa", NOW + HOUR).state).toEqual({ ...pinned, untilMs: NOW + 2 * HOUR });
});

test("a kill of what is pinned wins in the cell, a kill of another flag does not", () => {
  const killed = (flag: string): Facts => ({ kind: "flagsKilled", kill: "k1", environment: "production", flags: [flag] });
  expect(cell(decisionsOf(PLANNED, placed(), killed("photos")), "qa")).toEqual({
    state: { state: "offKilled", sinceMs: NOW - HOUR, kill: "k1" },
    why: ["killed", "pinned", "paused", "wave"],
  });
  expect(cell(decisionsOf(PLANNED, placed(), killed("maps")), "qa").state.state).toBe("pinned");
});
