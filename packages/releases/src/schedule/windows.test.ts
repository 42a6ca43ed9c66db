import { expect, test } from "vitest";
import { applyEvent } from "../apply-event.ts";
import type { Customer } from "../customer/customer.ts";
import { decideMoveWave } from "../decide/steer-release.ts";
import { type Decisions, emptyDecisions } from "../decisions.ts";
import type { Facts } from "../event.ts";
import type { ReleaseContent, WaveContent } from "../plan/release-content.ts";
import { cellOf } from "./cell.ts";
import { due, nextDueMs } from "./due.ts";
import { pushOut } from "./push-out.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** 2026-12-01T00:00:00Z, a Tuesday. */
const START = Date.UTC(2026, 11, 1);
const NINE = START + 9 * HOUR;
const valid = (): undefined => undefined;

const early: WaveContent = { name: "Early", audience: { tracks: ["early"] }, start: { atMs: NINE }, bakeMs: DAY };
const rest: WaveContent = { name: "Everybody", audience: {}, start: { atMs: START + 3 * DAY }, bakeMs: DAY };
const content: ReleaseContent = {
  title: "Photos",
  owner: "ada",
  environment: "production",
  flags: [{ flag: "photos", serve: "on" }],
  risk: "visible",
  zone: "UTC",
  waves: [early, rest],
};

const customer = (id: string, more: Partial<Customer> = {}): Customer => ({ id, track: "standard", tags: [], hashes: { production: `hash-${id}` }, ...more });
const ACME = customer("acme", { track: "early" });
const BOLT = customer("bolt", { track: "early" });
const LATE = customer("late");

function fold(decisions: Decisions, facts: Facts, atMs = START, command = `c${decisions.seq + 1}`): Decisions {
  const seq = decisions.seq + 1;
  return applyEvent(decisions, { seq, epoch: "e1", atMs, command, facts, personal: { by: "pia" }, personalHash: "", prevHash: "", hash: "" });
}

function planned(more: Partial<ReleaseContent> = {}, customers: readonly Customer[] = [ACME, BOLT, LATE]): Decisions {
  const log: readonly Facts[] = [
    { kind: "projectCreated", project: "shop", salts: { production: "salt" } },
    { kind: "customersChanged", set: customers },
    { kind: "releaseSaved", release: "r1", content: { ...content, ...more }, contentHash: "h1" },
    { kind: "releasePlanned", release: "r1" },
  ];
  return log.reduce((decisions, facts) => fold(decisions, facts), emptyDecisions);
}

/** Everything that is due at an instant, applied until nothing more is. */
function look(decisions: Decisions, atMs: number): Decisions {
  const proposals = due(decisions, atMs, valid);
  return proposals.length === 0
    ? decisions
    : look(
        proposals.reduce((next, { facts, command }) => fold(next, facts, atMs, command), decisions),
        atMs,
      );
}

function cell(decisions: Decisions, id: string, nowMs: number, atMs: number = nowMs): string {
  const release = decisions.releases.get("r1");
  if (release === undefined) throw new Error("there is no release");
  const { state } = cellOf(decisions, { release, customer: id, nowMs, atMs }, valid);
  return "atMs" in state ? `${state.state} ${state.atMs}` : state.state;
}

const hold = (fromMs: number, untilMs: number, customers: readonly string[] = ["acme"]): Facts => ({
  kind: "holdPlaced",
  hold: "h",
  environment: "production",
  customers,
  fromMs,
  untilMs,
});
const freeze = (fromMs: number, untilMs: number, policy: "ask" | "shift"): Facts => ({
  kind: "freezeDeclared",
  freeze: "f",
  environment: "production",
  fromMs,
  untilMs,
  policy,
});
const phase = (decisions: Decisions): string | undefined => decisions.releases.get("r1")?.phase;
const exposed = (decisions: Decisions): readonly string[] => decisions.environments["production"]?.exposures.get("photos")?.keys ?? [];

test("lifting a hold starts its customer then and delays nobody", () => {
  const begun = look(fold(planned(), hold(START, START + 2 * DAY)), NINE);
  const lifted = fold(begun, { kind: "holdLifted", hold: "h" }, START + DAY);
  expect(cell(begun, "acme", START + DAY)).toBe(`held ${START + 2 * DAY}`);
  expect(exposed(look(lifted, START + DAY))).toEqual(["hash-acme", "hash-bolt"]);
  expect(phase(look(lifted, START + DAY))).toBe("inProgress");
});

test("a hold that is lifted before it begins never was", () => {
  const lifted = fold(fold(planned(), hold(NINE, NINE + DAY)), { kind: "holdLifted", hold: "h" }, START);
  expect(lifted.holds.size).toBe(0);
  expect(exposed(look(lifted, NINE))).toEqual(["hash-acme", "hash-bolt"]);
});

test("what waits within its grace does not start inside a hold, a freeze or outside open hours", () => {
  const waiting = planned({ approvals: ["product"], openHours: { days: [1, 2, 3, 4, 5, 6, 7], fromMinute: 0, toMinute: 9 * 60 + 8 } });
  const approved = (decisions: Decisions): Decisions => fold(decisions, { kind: "releaseApproved", release: "r1", role: "product", contentHash: "h1" });
  const at = NINE + 5 * MINUTE;
  expect(exposed(look(approved(waiting), at))).toEqual(["hash-acme", "hash-bolt"]);
  expect(exposed(look(approved(fold(waiting, hold(NINE + MINUTE, NINE + DAY))), at))).toEqual(["hash-bolt"]);
  expect(exposed(look(approved(fold(waiting, freeze(NINE + MINUTE, NINE + DAY, "ask"))), at))).toEqual([]);
  expect(exposed(look(approved(waiting), NINE + 9 * MINUTE))).toEqual([]);
  expect(phase(look(approved(waiting), NINE + 15 * MINUTE + 1))).toBe("needsDecision");
});

test("a turn of a live wave that was missed is answered by moving that wave, and again after a pause", () => {
  const begun = look(fold(planned(), hold(START, NINE + 2 * HOUR)), NINE);
  const missed = look(begun, NINE + 3 * HOUR);
  expect([phase(missed), missed.releases.get("r1")?.undecidedWave]).toEqual(["needsDecision", 0]);
  const commands = (decisions: Decisions, atMs: number): readonly string[] => due(decisions, atMs, valid).map(({ command }) => command);
  const paused = fold(missed, { kind: "releasePaused", release: "r1" }, NINE + 4 * HOUR);
  const resumed = fold(paused, { kind: "releaseResumed", release: "r1" }, NINE + 5 * HOUR);
  expect(commands(resumed, NINE + 5 * HOUR)).toHaveLength(1);
  expect(commands(resumed, NINE + 5 * HOUR)).not.toEqual(commands(begun, NINE + 3 * HOUR));
  const wish = { command: "move", atMs: NINE + 6 * HOUR, by: "pia", role: "product" as const, release: "r1", wave: 0, startAtMs: NINE + 7 * HOUR };
  const moved = decideMoveWave(missed, wish);
  if (!moved.ok || moved.value[0] === undefined) throw new Error("it is not moved");
  expect(moved.value[0].facts).toMatchObject({ wave: 0, startAtMs: NINE + 7 * HOUR, shiftMs: 0 });
  const answered = fold(missed, moved.value[0].facts, NINE + 6 * HOUR);
  expect(exposed(look(answered, NINE + 7 * HOUR))).toEqual(["hash-acme", "hash-bolt"]);
  expect(cell(answered, "late", NINE + 6 * HOUR)).toBe(`scheduled ${START + 3 * DAY}`);
});

test("waves behind one that a freeze moved stay moved when it begins, later starts of the same wave too", () => {
  const frozen = fold(planned(), freeze(START, START + 10 * DAY, "shift"));
  const restMs = START + 10 * DAY + (3 * DAY - 9 * HOUR);
  const begun = look(frozen, START + 10 * DAY);
  expect([cell(frozen, "late", START), cell(begun, "late", START + 10 * DAY)]).toEqual([`scheduled ${restMs}`, `scheduled ${restMs}`]);
  const away = { ...BOLT, zone: "America/New_York" };
  const local = fold(planned({ waves: [{ ...early, start: { local: "2026-12-01T09:00" } }] }, [ACME, away]), freeze(START, START + 10 * DAY, "shift"));
  expect(cell(look(local, START + 10 * DAY), "bolt", START + 10 * DAY)).toBe(`scheduled ${START + 10 * DAY + 5 * HOUR}`);
});

test("a wave that would open inside a freeze is inside it, though its own start is before, in closed hours", () => {
  const openHours = { days: [1, 2, 3, 4, 5], fromMinute: 8 * 60, toMinute: 18 * 60 };
  const saturday = { ...early, start: { atMs: START + 4 * DAY + 12 * HOUR } };
  const monday = START + 6 * DAY;
  const asks = fold(planned({ openHours, waves: [saturday] }), freeze(monday, monday + DAY, "ask"));
  expect(phase(look(asks, monday + 8 * HOUR))).toBe("needsDecision");
  const behind = { ...rest, start: { atMs: monday + DAY + 12 * HOUR } };
  const shifts = fold(planned({ openHours, waves: [saturday, behind] }), freeze(monday, monday + DAY, "shift"));
  expect(cell(shifts, "acme", START)).toBe(`scheduled ${monday + DAY + 8 * HOUR}`);
  expect(cell(shifts, "late", START)).toBe(`scheduled ${monday + DAY + 12 * HOUR + (monday + DAY + 8 * HOUR - (START + 4 * DAY + 12 * HOUR))}`);
});

test("a wave that a person moves starts then, whatever freezes moved before it", () => {
  const frozen = fold(planned(), freeze(START, START + 2 * DAY, "shift"));
  const wish = { command: "move", atMs: START, by: "pia", role: "product" as const, release: "r1", wave: 1, startAtMs: START + 20 * DAY };
  const moved = decideMoveWave(frozen, wish);
  if (!moved.ok || moved.value[0] === undefined) throw new Error("it is not moved");
  expect(cell(fold(frozen, moved.value[0].facts), "late", START)).toBe(`scheduled ${START + 20 * DAY}`);
});

test("a start that the bake before it delays within its grace is promised for when it comes, and not slept over", () => {
  const soon: WaveContent = { ...rest, start: { atMs: NINE + 50 * MINUTE } };
  const decisions = planned({ waves: [{ ...early, bakeMs: HOUR }, soon] });
  expect(cell(decisions, "late", START)).toBe(`scheduled ${NINE + HOUR}`);
  expect(cell(decisions, "late", START, NINE + 55 * MINUTE)).toBe(`scheduled ${NINE + HOUR}`);
  const begun = look(decisions, NINE);
  expect(nextDueMs(look(begun, NINE + 50 * MINUTE), NINE + 50 * MINUTE)).toBe(NINE + HOUR);
  expect(cell(look(begun, NINE + HOUR), "late", NINE + HOUR)).toBe("on");
});

test("the scheduler wakes when a grace is over, to ask", () => {
  const waiting = planned({ approvals: ["product"] });
  expect(nextDueMs(waiting, NINE)).toBe(NINE + 15 * MINUTE + 1);
  expect(phase(look(waiting, NINE + 15 * MINUTE))).toBe("planned");
  expect(phase(look(waiting, NINE + 15 * MINUTE + 1))).toBe("needsDecision");
});

test("once one wave will ask, the page says that the waves behind it wait too", () => {
  const decisions = planned({ approvals: ["product"] });
  expect(cell(decisions, "late", START, NINE + 10 * MINUTE)).toBe(`scheduled ${START + 3 * DAY}`);
  expect(cell(decisions, "late", START, NINE + HOUR)).toBe("needsDecision");
  expect(cell(look(decisions, NINE + HOUR), "late", NINE + HOUR)).toBe("needsDecision");
});

test("whom one release reaches as registered later keeps it while another release of the flag holds it back", () => {
  const all = look(look(planned({ waves: [{ ...rest, start: { atMs: NINE }, bakeMs: 0 }] }, [ACME]), NINE), NINE);
  const newcomer = fold(all, { kind: "customersChanged", set: [BOLT] }, NINE);
  const again: Facts[] = [
    { kind: "releaseSaved", release: "r2", content: { ...content, waves: [{ ...rest, start: { atMs: NINE + HOUR } }] }, contentHash: "h2" },
    { kind: "releasePlanned", release: "r2" },
    hold(NINE, NINE + DAY, ["bolt"]),
  ];
  const second = look(
    again.reduce((decisions, facts) => fold(decisions, facts, NINE), newcomer),
    NINE + HOUR,
  );
  expect(second.releases.get("r2")?.phase).toBe("inProgress");
  expect(second.environments["production"]?.exposures.get("photos")).toMatchObject({ rest: true, except: [] });
});

test("an edit answers a question and keeps what moved the starts that it does not touch", () => {
  const moved = fold(planned(), { kind: "waveMoved", release: "r1", wave: 0, startAtMs: START + 5 * DAY, shiftMs: 5 * DAY - 9 * HOUR });
  const titled = fold(moved, { kind: "releaseSaved", release: "r1", content: { ...content, title: "Pictures" }, contentHash: "h2" });
  expect(cell(titled, "acme", START)).toBe(`scheduled ${START + 5 * DAY}`);
  const asked = look(planned(), NINE + HOUR);
  const waves = [{ ...early, start: { atMs: NINE + 2 * HOUR } }, rest];
  const edited = fold(asked, { kind: "releaseSaved", release: "r1", content: { ...content, waves }, contentHash: "h3" }, NINE + HOUR);
  expect([phase(asked), phase(edited), cell(edited, "acme", NINE + HOUR)]).toEqual(["needsDecision", "planned", `scheduled ${NINE + 2 * HOUR}`]);
});

test("an approval does not come back when an edit is taken back", () => {
  const asks = { ...content, approvals: ["product"] as const };
  const facts: Facts[] = [
    { kind: "releaseApproved", release: "r1", role: "product", contentHash: "h1" },
    { kind: "releaseSaved", release: "r1", content: { ...asks, title: "Other" }, contentHash: "h2" },
    { kind: "releaseSaved", release: "r1", content: asks, contentHash: "h1" },
  ];
  expect(
    look(
      facts.reduce((decisions, each) => fold(decisions, each), planned({ approvals: ["product"] })),
      NINE,
    ).releases.get("r1")?.phase,
  ).toBe("planned");
});

test.each([
  // Berlin's clocks skip 02:00–03:00 on 28 March 2027.
  ["the hours begin in what is skipped: the first minute after it", { at: "2027-03-28T00:00Z", hours: [150, 300], expected: "2027-03-28T01:00Z" }],
  ["all of the hours are skipped: a week later", { at: "2027-03-28T00:00Z", hours: [130, 170], expected: "2027-04-04T00:10Z" }],
  // and show 02:00–03:00 twice on 25 October 2026.
  ["the hours come twice: the second time counts too", { at: "2026-10-25T00:50Z", hours: [150, 160], expected: "2026-10-25T01:30Z" }],
  ["they go back into hours that are over: they open again", { at: "2026-10-25T00:40Z", hours: [60, 150], expected: "2026-10-25T01:00Z" }],
] as const)("where clocks change and %s", (_name, { at, hours: [fromMinute, toMinute], expected }) => {
  const sundays = { days: [7], fromMinute, toMinute };
  expect(pushOut(Date.parse(at), [], { hours: sundays, zone: "Europe/Berlin" })).toBe(Date.parse(expected));
});

test("a wave that began before the clock was put back gives what a person moves to before that, as the page says", () => {
  const begun = look(fold(planned(), hold(START, NINE + HOUR)), NINE);
  const back = NINE - 3 * HOUR;
  const lifted = fold(begun, { kind: "holdLifted", hold: "h" }, back);
  const moved = fold(lifted, { kind: "waveMoved", release: "r1", wave: 0, startAtMs: back + HOUR, shiftMs: 0 }, back);
  expect([cell(moved, "acme", back), cell(moved, "acme", back, back + HOUR)]).toEqual([`scheduled ${back + HOUR}`, "on"]);
  expect(exposed(look(moved, back + HOUR))).toEqual(["hash-acme", "hash-bolt"]);
});
