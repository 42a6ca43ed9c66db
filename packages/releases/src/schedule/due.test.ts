import { expect, test } from "vitest";
import type { Customer } from "../customer/customer.ts";
import { applyEvent } from "../apply-event.ts";
import { type Decisions, emptyDecisions } from "../decisions.ts";
import type { Facts, LoggedEvent } from "../event.ts";
import type { ReleaseContent } from "../plan/release-content.ts";
import { cellOf } from "./cell.ts";
import { due } from "./due.ts";
import { approvalsToAsk } from "./gates.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** 2026-12-01T00:00:00Z, a Tuesday. */
const DAY_ONE = Date.UTC(2026, 11, 1);
const valid = (): undefined => undefined;

function customer(id: string, more: Partial<Customer> = {}): Customer {
  return { id, track: "standard", tags: [], hashes: { production: id.padEnd(16, "0") }, ...more };
}

const content: ReleaseContent = {
  title: "Photos on site reports",
  owner: "ada",
  environment: "production",
  flags: [{ flag: "site.photos", serve: "on" }],
  risk: "visible",
  zone: "Europe/Berlin",
  waves: [
    { name: "Early", audience: { tracks: ["early"] }, start: { atMs: DAY_ONE + 9 * HOUR }, bakeMs: DAY },
    { name: "Everybody", audience: {}, start: { atMs: DAY_ONE + 3 * DAY }, bakeMs: DAY },
  ],
};

/** A log that is appended to and folded, with a scheduler that looks when it is told to. */
class Log {
  decisions: Decisions = emptyDecisions;
  seq = 0;

  add(facts: Facts, atMs = 0, command = `c${this.seq + 1}`): this {
    this.seq += 1;
    const event: LoggedEvent = {
      seq: this.seq,
      epoch: "e1",
      atMs,
      command,
      facts,
      personal: { by: "pia" },
      personalHash: "",
      prevHash: "",
      hash: String(this.seq),
    };
    this.decisions = applyEvent(this.decisions, event);
    return this;
  }

  /** The scheduler looks: appends what is due and says of what kind it was. */
  look(atMs: number, flagProblem: () => string | undefined = valid): readonly string[] {
    const proposals = due(this.decisions, atMs, flagProblem);
    for (const { facts, command } of proposals) this.add(facts, atMs, command);
    return proposals.map(({ facts }) => facts.kind);
  }

  cell(id: string, nowMs: number, atMs: number = nowMs): string {
    const release = this.decisions.releases.get("r1");
    if (release === undefined) throw new Error("there is no release");
    const { state } = cellOf(this.decisions, { release, customer: id, nowMs, atMs }, valid);
    return state.state === "scheduled" || state.state === "held" ? `${state.state} ${state.atMs - DAY_ONE}` : state.state;
  }

  get keys(): readonly string[] {
    return this.decisions.environments["production"]?.exposures.get("site.photos")?.keys ?? [];
  }
}

function planned(customers: readonly Customer[], more: Partial<ReleaseContent> = {}): Log {
  return new Log()
    .add({ kind: "projectCreated", project: "shop", salts: { production: "salt" } })
    .add({ kind: "customersChanged", set: customers })
    .add({ kind: "releaseSaved", release: "r1", content: { ...content, ...more }, contentHash: "h1" })
    .add({ kind: "releasePlanned", release: "r1" });
}

const ACME = customer("acme", { track: "early" });
const BOLT = customer("bolt");

test("a wave starts at its instant, not before, and exposes whom the page said", () => {
  const log = planned([ACME, BOLT]);
  expect(log.cell("acme", DAY_ONE)).toBe(`scheduled ${9 * HOUR}`);
  expect(log.cell("acme", DAY_ONE, DAY_ONE + 9 * HOUR)).toBe("on");
  expect(log.look(DAY_ONE + 9 * HOUR - 1)).toEqual([]);
  expect(log.look(DAY_ONE + 9 * HOUR)).toEqual(["waveStarted"]);
  expect(log.look(DAY_ONE + 9 * HOUR)).toEqual([]);
  expect(log.keys).toEqual(["acme000000000000"]);
  expect([log.cell("acme", DAY_ONE + 9 * HOUR), log.cell("bolt", DAY_ONE + 9 * HOUR)]).toEqual(["on", `scheduled ${3 * DAY}`]);
});

test("a start that is more than 15 minutes late waits for a person, who moves it", () => {
  const log = planned([ACME, BOLT]);
  expect(log.look(DAY_ONE + 9 * HOUR + 15 * MINUTE + 1)).toEqual(["releaseUndecided"]);
  expect(log.cell("acme", DAY_ONE + 10 * HOUR)).toBe("needsDecision");
  expect(log.look(DAY_ONE + 20 * HOUR)).toEqual([]);
  log.add({ kind: "waveMoved", release: "r1", wave: 0, startAtMs: DAY_ONE + 2 * DAY, shiftMs: 2 * DAY - 9 * HOUR });
  expect(log.cell("acme", DAY_ONE + 21 * HOUR)).toBe(`scheduled ${2 * DAY}`);
  expect(log.cell("bolt", DAY_ONE + 21 * HOUR)).toBe(`scheduled ${3 * DAY + 2 * DAY - 9 * HOUR}`);
  expect(log.look(DAY_ONE + 2 * DAY)).toEqual(["waveStarted"]);
});

test("an approval that comes within the grace lets the wave start, one that comes later does not", () => {
  const asked = { approvals: ["product"] as const };
  const [soon, late] = [planned([ACME], asked), planned([ACME], asked)];
  expect(soon.look(DAY_ONE + 9 * HOUR)).toEqual([]);
  soon.add({ kind: "releaseApproved", release: "r1", role: "product", contentHash: "h1" }, DAY_ONE);
  expect(soon.look(DAY_ONE + 9 * HOUR + 15 * MINUTE)).toEqual(["waveStarted"]);
  expect(late.look(DAY_ONE + 9 * HOUR + 15 * MINUTE + 1)).toEqual(["releaseUndecided"]);
  late.add({ kind: "releaseApproved", release: "r1", role: "product", contentHash: "h1" }, DAY_ONE);
  expect(late.look(DAY_ONE + 9 * HOUR + 16 * MINUTE)).toEqual([]);
});

test("an edit voids the approval of the content before", () => {
  const log = planned([ACME], { approvals: ["product"] });
  log.add({ kind: "releaseApproved", release: "r1", role: "product", contentHash: "h1" }, DAY_ONE);
  log.add({ kind: "releaseSaved", release: "r1", content: { ...content, title: "Photos", approvals: ["product"] }, contentHash: "h2" });
  expect(log.look(DAY_ONE + 9 * HOUR)).toEqual([]);
});

test("an approval lasts 30 days where it says nothing: a wave behind its end asks, as the page said, and starts after another", () => {
  const log = planned([ACME, BOLT], { approvals: ["product"] });
  const agree = (atMs: number): Log => log.add({ kind: "releaseApproved", release: "r1", role: "product", contentHash: "h1" }, atMs);
  agree(DAY_ONE - 28 * DAY);
  expect(log.look(DAY_ONE + 9 * HOUR)).toEqual(["waveStarted"]);
  // The second wave begins a day behind the end.
  expect([log.cell("bolt", DAY_ONE + DAY, DAY_ONE + 3 * DAY), log.cell("bolt", DAY_ONE + DAY, DAY_ONE + 4 * DAY)]).toEqual([
    `scheduled ${3 * DAY}`,
    "needsDecision",
  ]);
  expect(log.look(DAY_ONE + 3 * DAY)).toEqual([]);
  expect(log.look(DAY_ONE + 3 * DAY + 15 * MINUTE + 1)).toEqual(["releaseUndecided"]);
  expect(log.decisions.releases.get("r1")?.undecided).toEqual([{ why: "approvalEnded", role: "product", endedAtMs: DAY_ONE + 2 * DAY }]);
  agree(DAY_ONE + 3 * DAY + HOUR).add({ kind: "waveMoved", release: "r1", wave: 1, startAtMs: DAY_ONE + 4 * DAY, shiftMs: DAY });
  expect(log.look(DAY_ONE + 4 * DAY)).toEqual(["waveStarted"]);
});

test("an approval counts until the millisecond of its end, which is late for whoever a hold keeps until then", () => {
  const held = (untilMs: number): Log =>
    planned([ACME, customer("bolt", { track: "early" })], { approvals: ["product"] })
      .add({ kind: "releaseApproved", release: "r1", role: "product", contentHash: "h1", untilMs }, DAY_ONE)
      .add({ kind: "holdPlaced", hold: "h", environment: "production", customers: ["bolt"], fromMs: DAY_ONE, untilMs: DAY_ONE + 2 * DAY });
  const [just, late] = [held(DAY_ONE + 2 * DAY + 1), held(DAY_ONE + 2 * DAY)];
  for (const log of [just, late]) expect(log.look(DAY_ONE + 9 * HOUR)).toEqual(["waveStarted"]);
  expect([just.cell("bolt", DAY_ONE + DAY, DAY_ONE + 2 * DAY), late.cell("bolt", DAY_ONE + DAY, DAY_ONE + 2 * DAY + HOUR)]).toEqual(["on", "needsDecision"]);
  expect([just.look(DAY_ONE + 2 * DAY), late.look(DAY_ONE + 2 * DAY)]).toEqual([["customersExposed"], []]);
  expect(late.look(DAY_ONE + 2 * DAY + 15 * MINUTE + 1)).toEqual(["releaseUndecided"]);
});

test("a role is asked again as soon as another approval would last until the next start", () => {
  const log = planned([ACME], { approvals: ["product"] }).add(
    { kind: "releaseApproved", release: "r1", role: "product", contentHash: "h1" },
    DAY_ONE - 25 * DAY,
  );
  const release = log.decisions.releases.get("r1");
  if (release === undefined) throw new Error("there is no release");
  const asked = (nowMs: number, nextMs?: number): readonly string[] => approvalsToAsk(release, nowMs, nextMs);
  // It ends at the end of day 5.
  expect([asked(DAY_ONE, DAY_ONE + 4 * DAY), asked(DAY_ONE, DAY_ONE + 5 * DAY)]).toEqual([[], ["product"]]);
  expect([asked(DAY_ONE, DAY_ONE + 30 * DAY), asked(DAY_ONE), asked(DAY_ONE + 5 * DAY)]).toEqual([[], [], ["product"]]);
});

test("a wave whose service is not deployed in the version it needs does not start and names it", () => {
  const log = planned([ACME], { needs: [{ service: "web", version: "2.10.0" }] });
  log.add({ kind: "deploymentRecorded", service: "web", environment: "production", version: "2.9.0" });
  log.look(DAY_ONE + 9 * HOUR + 16 * MINUTE);
  expect(log.decisions.releases.get("r1")?.undecided).toEqual([{ why: "deploymentMissing", service: "web", version: "2.10.0" }]);
  const ready = planned([ACME], { needs: [{ service: "web", version: "2.10.0" }] });
  ready.add({ kind: "deploymentRecorded", service: "web", environment: "production", version: "2.10.1" });
  expect(ready.look(DAY_ONE + 9 * HOUR)).toEqual(["waveStarted"]);
});

test("a hold moves its customer alone, to its end", () => {
  const early = customer("bolt", { track: "early" });
  const log = planned([ACME, early]);
  log.add({ kind: "holdPlaced", hold: "h", environment: "production", customers: ["acme"], fromMs: DAY_ONE, untilMs: DAY_ONE + 3 * DAY });
  expect([log.cell("acme", DAY_ONE), log.cell("bolt", DAY_ONE)]).toEqual([`held ${3 * DAY}`, `scheduled ${9 * HOUR}`]);
  log.look(DAY_ONE + 9 * HOUR);
  expect(log.keys).toEqual(["bolt000000000000"]);
  expect(log.look(DAY_ONE + 3 * DAY - 1)).toEqual([]);
  expect(log.look(DAY_ONE + 3 * DAY)[0]).toBe("customersExposed");
  expect(log.cell("acme", DAY_ONE + 3 * DAY)).toBe("on");
});

test("each customer's own clock decides where the start is local, over a change of the clocks too", () => {
  const zones = { la: "America/Los_Angeles", london: "Europe/London", kolkata: "Asia/Kolkata", sydney: "Australia/Sydney" };
  const customers = Object.entries(zones).map(([id, zone]) => customer(id, { zone, track: "early" }));
  // Los Angeles puts its clocks forward on 14 March 2027, Sydney back on 4 April, London forward on 28 March.
  const wave = { name: "Early", audience: { tracks: ["early" as const] }, start: { local: "2027-03-29T09:00" }, bakeMs: 0 };
  const log = planned(customers, { waves: [wave] });
  const expected = {
    sydney: Date.UTC(2027, 2, 28, 22),
    kolkata: Date.UTC(2027, 2, 29, 3, 30),
    london: Date.UTC(2027, 2, 29, 8),
    la: Date.UTC(2027, 2, 29, 16),
  };
  for (const [id, atMs] of Object.entries(expected)) expect(log.cell(id, DAY_ONE)).toBe(`scheduled ${atMs - DAY_ONE}`);
  expect(log.look(expected.sydney)).toEqual(["waveStarted"]);
  for (const atMs of [expected.kolkata, expected.london]) expect(log.look(atMs)).toEqual(["customersExposed"]);
  expect(log.look(expected.la)).toEqual(["customersExposed"]);
  expect(log.keys).toHaveLength(4);
});

test("a freeze that asks makes the wave a question, one that shifts moves the whole rest of the plan", () => {
  const freeze = { kind: "freezeDeclared", freeze: "f", environment: "production", fromMs: DAY_ONE, untilMs: DAY_ONE + 10 * DAY } as const;
  const asks = planned([ACME, BOLT]).add({ ...freeze, policy: "ask" });
  expect(asks.look(DAY_ONE + 9 * HOUR)).toEqual(["releaseUndecided"]);
  expect(asks.decisions.releases.get("r1")?.undecided).toEqual([{ why: "frozen", freeze: "f" }]);
  const shifts = planned([ACME, BOLT]).add({ ...freeze, policy: "shift" });
  expect([shifts.cell("acme", DAY_ONE), shifts.cell("bolt", DAY_ONE)]).toEqual([`scheduled ${10 * DAY}`, `scheduled ${10 * DAY + 3 * DAY - 9 * HOUR}`]);
  expect(shifts.look(DAY_ONE + 9 * HOUR)).toEqual([]);
  expect(shifts.look(DAY_ONE + 10 * DAY)).toEqual(["waveStarted"]);
});

test("a kill pauses the release, and lifting it gives back exactly who had it", () => {
  const log = planned([ACME, BOLT]);
  log.look(DAY_ONE + 9 * HOUR);
  log.add({ kind: "flagsKilled", kill: "k1", environment: "production", flags: ["site.photos"] });
  expect([log.decisions.releases.get("r1")?.phase, log.cell("acme", DAY_ONE + DAY), log.keys.length]).toEqual(["paused", "offKilled", 1]);
  log.add({ kind: "killLifted", kill: "k1", environment: "production" });
  expect([log.decisions.releases.get("r1")?.phase, log.cell("acme", DAY_ONE + DAY)]).toEqual(["paused", "on"]);
  expect(log.look(DAY_ONE + 3 * DAY)).toEqual([]);
});

test("the last wave reaches everybody, those registered later too, and then the release is complete", () => {
  const held = customer("held");
  const log = planned([ACME, BOLT, held]).add({
    kind: "holdPlaced",
    hold: "h",
    environment: "production",
    customers: ["held"],
    fromMs: DAY_ONE,
    untilMs: DAY_ONE + 9 * DAY,
  });
  log.look(DAY_ONE + 9 * HOUR);
  expect(log.look(DAY_ONE + 3 * DAY)).toEqual(["waveStarted"]);
  const term = (): unknown => log.decisions.environments["production"]?.exposures.get("site.photos");
  expect(term()).toEqual({ serve: "on", keys: [], rest: true, except: ["held000000000000"], releases: ["r1"] });
  log.add({ kind: "customersChanged", set: [customer("newcomer")] });
  expect([log.cell("newcomer", DAY_ONE + 4 * DAY), log.cell("held", DAY_ONE + 4 * DAY)]).toEqual(["on", `held ${9 * DAY}`]);
  expect(log.look(DAY_ONE + 5 * DAY)).toEqual([]);
  expect(log.look(DAY_ONE + 9 * DAY)).toEqual(["customersExposed"]);
  expect(term()).toMatchObject({ rest: true, except: [] });
  expect(log.look(DAY_ONE + 9 * DAY)).toEqual(["releaseEnded"]);
});

test("a wave behind one whose bake is not over waits for a person", () => {
  const waves = [content.waves[0], { ...content.waves[1], start: { atMs: DAY_ONE + 10 * HOUR } }] as ReleaseContent["waves"];
  const log = planned([ACME, BOLT], { waves });
  expect(log.cell("bolt", DAY_ONE, DAY_ONE + 11 * HOUR)).toBe("needsDecision");
  log.look(DAY_ONE + 9 * HOUR);
  log.look(DAY_ONE + 10 * HOUR + 16 * MINUTE);
  expect(log.decisions.releases.get("r1")?.undecided).toEqual([{ why: "bakeNotOver", overAtMs: DAY_ONE + 9 * HOUR + DAY }]);
});

test("rolling back takes it from everybody, opting in gives it to one before its time", () => {
  const log = planned([ACME, BOLT]).add({ kind: "optedIn", release: "r1", environment: "production", customer: "bolt", untilMs: DAY_ONE + DAY });
  expect([log.cell("bolt", DAY_ONE), log.keys]).toEqual(["earlyAccess", ["bolt000000000000"]]);
  log.look(DAY_ONE + 9 * HOUR);
  expect(log.look(DAY_ONE + DAY)).toEqual(["optedOut"]);
  expect(log.keys).toEqual(["acme000000000000"]);
  log.add({ kind: "releaseEnded", release: "r1", how: "rolledBack" });
  expect([log.cell("acme", DAY_ONE + DAY), log.keys]).toEqual(["notIncluded", []]);
});
