import { expect, test } from "vitest";
import type { Decisions } from "../decisions.ts";
import type { Facts } from "../event.ts";
import type { Role } from "../policy.ts";
import { decisionsAfter } from "../testing/decisions-after.ts";
import { decideEndRevert, decideRevert, decideWaitingRevert, revertInForce, REVERTS_WAITING_MAX } from "./revert.ts";

const CREATED: Facts = { kind: "projectCreated", project: "shop", salts: { production: "s1", staging: "s2" } };
const ADOPTED: Facts = {
  kind: "commitAdopted",
  commit: "c1",
  changed: [
    ["flags/a.yaml", "a1"],
    ["segments/crew.yaml", "s1"],
  ],
  kept: [],
};
const LATER: Facts = { kind: "commitAdopted", commit: "c2", changed: [["segments/crew.yaml", "s2"]], kept: [] };
const FORM = [
  ["segments/crew.yaml", "s1"],
  ["sluice.yaml", "p"],
] as const;
const REVERTED: Facts = { kind: "segmentReverted", revert: "r1", environment: "production", segment: "crew", toSeq: 2, blobs: FORM };
const ASKED: Facts = { kind: "revertAsked", revert: "r1", environment: "production", of: { segment: "crew" }, toSeq: 2, blobs: FORM };

const HARMLESS = { enlarges: [], isGuarded: true };
const ENLARGES = { enlarges: ["a"], isGuarded: true };
const asking = { command: "new", atMs: 2000, by: "ada", role: "engineer" as Role };
const wish = { ...asking, revert: "r1", environment: "production", segment: "crew", toSeq: 2, form: FORM, effect: HARMLESS };

const decisionsOf = (...facts: readonly Facts[]): Decisions => decisionsAfter([CREATED, ADOPTED, LATER, ...facts], { by: "ada", atMs: 1000 });
const outcome = (result: ReturnType<typeof decideRevert>): unknown => (result.ok ? result.value.map(({ facts }) => facts) : result.problem.code);
const inForce = (decisions: Decisions): unknown => decisions.environments["production"]?.segmentReverts.get("crew")?.id;

test("a segment is served as it was adopted then, at once, by an engineer and by nobody without the role", () => {
  expect(outcome(decideRevert(decisionsOf(), wish))).toEqual([REVERTED]);
  for (const role of ["product", "marketing", "customerSuccess", "auditor"] as const)
    expect(outcome(decideRevert(decisionsOf(), { ...wish, role }))).toBe("notAllowed");
  expect(outcome(decideRevert(decisionsOf(), { ...wish, toSeq: 1 }))).toBe("unknownVersion");
  expect(outcome(decideRevert(decisionsOf(), { ...wish, toSeq: 99 }))).toBe("unknownVersion");
  expect(outcome(decideRevert(decisionsOf(), { ...wish, form: undefined }))).toBe("unknownSegment");
  expect(outcome(decideRevert(decisionsOf(), { ...wish, environment: "moon" }))).toBe("unknownEnvironment");
  expect(outcome(decideRevert(decisionsOf(REVERTED), { ...wish, revert: "r2" }))).toEqual([]);
});

test("what gives a release to more people waits, unless this person lets such things through, or nobody decides there", () => {
  expect(outcome(decideRevert(decisionsOf(), { ...wish, effect: ENLARGES }))).toEqual([ASKED]);
  expect(outcome(decideRevert(decisionsOf(), { ...wish, effect: ENLARGES, role: "admin" }))).toEqual([REVERTED]);
  expect(outcome(decideRevert(decisionsOf(), { ...wish, effect: { ...ENLARGES, isGuarded: false } }))).toEqual([REVERTED]);
  const { segment: _segment, ...flag } = { ...wish, flag: "a", form: [["flags/a.yaml", "a1"]] as const };
  expect(outcome(decideRevert(decisionsOf(), { ...flag, effect: ENLARGES }))).toEqual([
    { kind: "revertAsked", revert: "r1", environment: "production", of: { flag: "a" }, toSeq: 2, blobs: [["flags/a.yaml", "a1"]] },
  ]);
  expect(outcome(decideRevert(decisionsOf(ASKED), { ...wish, revert: "r2", effect: ENLARGES }))).toEqual([]);
  const many = Array.from({ length: REVERTS_WAITING_MAX }, (_, index): Facts => ({ ...ASKED, revert: `w${index}`, of: { segment: `s${index}` } }));
  expect(outcome(decideRevert(decisionsOf(...many), { ...wish, effect: ENLARGES }))).toBe("tooMany");
});

test("one that waits is served once product lets it through, and never once it is refused", () => {
  const decide = { ...asking, role: "product" as Role, environment: "production", revert: "r1", isAccepted: true };
  const accepted: Facts = { kind: "revertDecided", revert: "r1", environment: "production", isAccepted: true };
  expect(outcome(decideWaitingRevert(decisionsOf(ASKED), decide))).toEqual([accepted]);
  expect(outcome(decideWaitingRevert(decisionsOf(ASKED), { ...decide, role: "engineer" }))).toBe("notAllowed");
  expect(outcome(decideWaitingRevert(decisionsOf(), decide))).toBe("notWaiting");
  expect(outcome(decideWaitingRevert(decisionsOf(ASKED), { ...decide, environment: "staging" }))).toBe("notWaiting");
  expect(inForce(decisionsOf(ASKED))).toBeUndefined();
  const served = decisionsOf(ASKED, accepted);
  expect(revertInForce(served, "r1")).toEqual({ id: "r1", environment: "production", segment: "crew", toSeq: 2, blobs: FORM, seq: 5, atMs: 1000 });
  expect(served.environments["production"]?.revertsWaiting.size).toBe(0);
  const refusedOnes = decisionsOf(ASKED, { ...accepted, isAccepted: false });
  expect([inForce(refusedOnes), refusedOnes.environments["production"]?.revertsWaiting.size]).toEqual([undefined, 0]);
});

test("a newer revert of the same takes the place of one that waits, and Git having that form ends either", () => {
  const newer: Facts = { ...REVERTED, revert: "r2" };
  expect(decisionsOf(ASKED, newer).environments["production"]?.revertsWaiting.size).toBe(0);
  expect(decisionsOf(ASKED, { ...newer, segment: "staff" }).environments["production"]?.revertsWaiting.size).toBe(1);
  const back: Facts = { kind: "commitAdopted", commit: "c3", changed: [["segments/crew.yaml", "s1"]], kept: [] };
  const other: Facts = { ...back, changed: [["segments/crew.yaml", "s3"]] };
  expect(inForce(decisionsOf(REVERTED, back))).toBeUndefined();
  expect(inForce(decisionsOf(REVERTED, other))).toBe("r1");
  expect(decisionsOf(ASKED, back).environments["production"]?.revertsWaiting.size).toBe(0);
});

test("a revert ends by its id, of a segment as of a flag; where Git gives a release to more people, an admin ends it", () => {
  const end = { ...asking, revert: "r1", effect: HARMLESS };
  expect(outcome(decideEndRevert(decisionsOf(REVERTED), end))).toEqual([{ kind: "revertEnded", revert: "r1", environment: "production" }]);
  expect(outcome(decideEndRevert(decisionsOf(REVERTED), { ...end, effect: ENLARGES }))).toBe("notAllowed");
  expect(outcome(decideEndRevert(decisionsOf(REVERTED), { ...end, effect: { ...ENLARGES, isGuarded: false } }))).toMatchObject([{ kind: "revertEnded" }]);
  expect(outcome(decideEndRevert(decisionsOf(REVERTED), { ...end, effect: ENLARGES, role: "admin" }))).toMatchObject([{ kind: "revertEnded" }]);
  expect(outcome(decideEndRevert(decisionsOf(ASKED), end))).toBe("unknownRevert");
  expect(inForce(decisionsOf(REVERTED, { kind: "revertEnded", revert: "r1", environment: "production" }))).toBeUndefined();
});

test("a command that came twice reverts once, and one that stood for another segment is refused", () => {
  const done = decisionsOf(REVERTED);
  expect(outcome(decideRevert(done, { ...wish, command: "c4" }))).toEqual([]);
  expect(outcome(decideRevert(done, { ...wish, command: "c4", segment: "staff" }))).toBe("commandReused");
  expect(outcome(decideRevert(done, { ...wish, command: "c4", toSeq: 3 }))).toBe("commandReused");
  expect(outcome(decideRevert(decisionsOf(ASKED), { ...wish, command: "c4", effect: ENLARGES }))).toEqual([]);
});
