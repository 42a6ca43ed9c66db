import * as fc from "fast-check";
import { expect, test } from "vitest";
import { applyEvent } from "../apply-event.ts";
import type { Customer } from "../customer/customer.ts";
import { type Decisions, emptyDecisions } from "../decisions.ts";
import type { Facts, LoggedEvent } from "../event.ts";
import type { ReleaseContent, WaveContent } from "../plan/release-content.ts";
import type { WhyDecide } from "../plan/release-state.ts";
import { cellOf } from "./cell.ts";
import { due } from "./due.ts";
import { type DrillPolicy, drillGate, type FlagProblem } from "./gates.ts";
import { groundOf, isSameGround, steadyUntilMs } from "./steady.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** 2026-12-01T00:00:00Z. */
const DAY_ONE = Date.UTC(2026, 11, 1);
const START = DAY_ONE + 3 * DAY;

const ruled = (policy: DrillPolicy | undefined): FlagProblem =>
  Object.assign(() => undefined, { drillPolicy: (where: string) => (where === "production" ? policy : undefined) });
const POLICY = ruled({ withinDays: 30, flag: "checks.fire-drill" });

const customer = (id: string, more: Partial<Customer> = {}): Customer => ({
  id,
  track: "standard",
  tags: [],
  hashes: { production: id.padEnd(16, "0") },
  ...more,
});
const EARLY: WaveContent = { name: "Early", audience: { tracks: ["early"] }, start: { atMs: DAY_ONE + 9 * HOUR }, bakeMs: HOUR };
const EVERYBODY: WaveContent = { name: "Everybody", audience: {}, start: { atMs: START }, bakeMs: HOUR };
const content = (waves: readonly WaveContent[], environment = "production"): ReleaseContent => ({
  title: "Photos",
  owner: "ada",
  environment,
  flags: [{ flag: "site.photos", serve: "on" }],
  risk: "visible",
  zone: "Europe/Berlin",
  waves,
});

/** A log with a planned release for an early customer and another, at which a scheduler looks. */
class Log {
  decisions: Decisions = emptyDecisions;

  constructor(plan: ReleaseContent = content([EARLY, EVERYBODY]), customers: readonly Customer[] = [customer("acme", { track: "early" }), customer("bolt")]) {
    this.add({ kind: "projectCreated", project: "shop", salts: { production: "s", staging: "t" } });
    this.add({ kind: "customersChanged", set: customers });
    this.add({ kind: "releaseSaved", release: "r1", content: plan, contentHash: "h1" });
    this.add({ kind: "releasePlanned", release: "r1" });
  }

  add(facts: Facts, atMs = 0): this {
    const seq = this.decisions.seq + 1;
    const event: LoggedEvent = {
      seq,
      epoch: "e1",
      atMs,
      command: `c${seq}`,
      facts,
      personal: { by: "pia" },
      personalHash: "",
      prevHash: "",
      hash: String(seq),
    };
    this.decisions = applyEvent(this.decisions, event);
    return this;
  }

  drilled(atMs: number, { of = 3, confirmed = of, ...more }: { readonly of?: number; readonly confirmed?: number; readonly cutOff?: number } = {}): this {
    return this.add({ kind: "drillEnded", kill: `d${atMs}`, environment: "production", of, confirmed, ...more }, atMs);
  }

  look(atMs: number, rules: FlagProblem = POLICY): readonly string[] {
    const found: string[] = [];
    for (let proposals = due(this.decisions, atMs, rules); proposals.length > 0; proposals = due(this.decisions, atMs, rules))
      for (const { facts } of proposals) {
        this.add(facts, atMs);
        found.push(facts.kind);
      }
    return found;
  }

  get release(): NonNullable<ReturnType<Decisions["releases"]["get"]>> {
    const release = this.decisions.releases.get("r1");
    if (release === undefined) throw new Error("there is no release");
    return release;
  }

  missing(atMs: number, rules: FlagProblem = POLICY, index = 1): readonly WhyDecide[] {
    return drillGate({ environments: this.decisions.environments, flagProblem: rules }, this.release, index, atMs);
  }

  state(id: string, nowMs: number, atMs = nowMs): string {
    return cellOf(this.decisions, { release: this.release, customer: id, nowMs, atMs }, POLICY).state.state;
  }
}

test("where a drill is asked for and none was, the wave for some starts and the one for everybody waits for a person, who reads how to run it", () => {
  const log = new Log();
  expect(log.look(DAY_ONE + 9 * HOUR)).toEqual(["waveStarted"]);
  expect(log.look(START)).toEqual([]);
  expect(log.look(START + 16 * MINUTE)).toEqual(["releaseUndecided"]);
  expect(log.release.undecided).toEqual([{ why: "drillMissing", environment: "production", withinDays: 30, flag: "checks.fire-drill" }]);
  const free = new Log();
  free.look(DAY_ONE + 9 * HOUR, ruled(undefined));
  expect(free.look(START, ruled(undefined))).toEqual(["waveStarted"]);
});

test("a drill within the grace lets it start then, and one long before counts until its last millisecond", () => {
  const late = new Log();
  late.look(DAY_ONE + 9 * HOUR);
  expect(late.look(START)).toEqual([]);
  expect(late.drilled(START + 10 * MINUTE).look(START + 10 * MINUTE)).toEqual(["waveStarted"]);
  const log = new Log().drilled(START - 30 * DAY);
  expect([log.missing(START - 1), log.missing(START)]).toEqual([
    [],
    [{ why: "drillMissing", environment: "production", withinDays: 30, flag: "checks.fire-drill", last: { atMs: START - 30 * DAY, of: 3, confirmed: 3 } }],
  ]);
});

test("the last drill alone counts, and only where a process was connected, each confirmed and no relay was cut off", () => {
  const log = new Log().drilled(START - 2 * DAY);
  expect(log.missing(START)).toEqual([]);
  log.drilled(START - DAY, { of: 3, confirmed: 2 });
  expect(log.missing(START)).toMatchObject([{ last: { atMs: START - DAY, of: 3, confirmed: 2 } }]);
  expect(log.drilled(START - HOUR, { of: 0 }).missing(START)).toMatchObject([{ last: { of: 0 } }]);
  expect(log.drilled(START - MINUTE, { of: 1 }).missing(START)).toEqual([]);
  expect(log.drilled(START - 1_000, { of: 1, cutOff: 1 }).missing(START)).toMatchObject([{ last: { of: 1, confirmed: 1, cutOff: 1 } }]);
});

test("it is asked for in that environment alone, of waves that reach everybody alone, and names no flag where none is drilled", () => {
  const staging = new Log(content([EVERYBODY], "staging"));
  expect(staging.missing(START, POLICY, 0)).toEqual([]);
  expect(new Log().missing(START, POLICY, 0)).toEqual([]);
  const share = new Log(content([{ ...EVERYBODY, audience: { share: 99_000 } }]));
  expect(share.missing(START, POLICY, 0)).toEqual([]);
  expect(new Log().missing(START, ruled({ withinDays: 7 }))).toEqual([{ why: "drillMissing", environment: "production", withinDays: 7 }]);
});

test("a wave that is live goes on, whatever becomes of drills", () => {
  const zones = [customer("acme", { zone: "Asia/Tokyo" }), customer("bolt", { zone: "America/Los_Angeles" })];
  const log = new Log(content([{ ...EVERYBODY, start: { local: "2026-12-04T09:00" } }]), zones).drilled(DAY_ONE);
  expect(log.look(Date.UTC(2026, 11, 4))).toEqual(["waveStarted"]);
  log.drilled(Date.UTC(2026, 11, 4, 1), { of: 2, confirmed: 1 });
  expect(log.look(Date.UTC(2026, 11, 4, 17))).toContain("customersExposed");
});

test("what is said of a customer beforehand comes true, whenever drills were and how they went", () => {
  const drill = fc.record({ agoMs: fc.integer({ min: -20, max: 45 * 24 * 60 }).map((minutes) => minutes * MINUTE), confirmed: fc.constantFrom(3, 3, 2) });
  fc.assert(
    fc.property(fc.array(drill, { maxLength: 3 }), (drills) => {
      const log = new Log();
      const inOrder = drills.toSorted((a, b) => b.agoMs - a.agoMs);
      for (const { agoMs, confirmed } of inOrder) if (agoMs >= 0) log.drilled(START - agoMs, { confirmed });
      log.look(DAY_ONE + 9 * HOUR);
      const later = inOrder.filter(({ agoMs }) => agoMs < 0);
      const isKnown = later.length === 0;
      const said = log.state("bolt", START - HOUR, START + HOUR);
      for (let atMs = START - 2 * MINUTE; atMs <= START + HOUR; atMs += MINUTE) {
        for (const { agoMs, confirmed } of later) if (START - agoMs === atMs) log.drilled(atMs, { confirmed });
        log.look(atMs);
      }
      const came = log.state("bolt", START + HOUR);
      if (isKnown) expect(said).toBe(came);
      // Read off the drills alone: one that was good and young enough at some minute of the grace, with none behind it until then.
      const isOpen = (atMs: number): boolean => {
        const last = inOrder.filter(({ agoMs }) => START - agoMs <= atMs).at(-1);
        return last !== undefined && last.confirmed === 3 && atMs - (START - last.agoMs) < 30 * DAY;
      };
      const minutes = Array.from({ length: 16 }, (_, minute) => START + minute * MINUTE);
      expect(came).toBe(minutes.some(isOpen) ? "on" : "needsDecision");
    }),
    { numRuns: 60 },
  );
});

test("cells that were worked out are worked out anew once the drill counts no longer, or there is another", () => {
  const log = new Log().drilled(START + 10 * MINUTE - 30 * DAY);
  log.look(DAY_ONE + 9 * HOUR);
  expect(steadyUntilMs(log.decisions, log.release, START + MINUTE)).toBeLessThanOrEqual(START + 10 * MINUTE);
  const before = groundOf(log.decisions, log.release);
  log.drilled(START);
  expect(isSameGround(before, groundOf(log.decisions, log.release))).toBe(false);
});
