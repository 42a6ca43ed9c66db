import { expect, test } from "vitest";
import type { Decisions } from "../decisions.ts";
import type { Facts } from "../event.ts";
import type { ReleaseContent } from "../plan/release-content.ts";
import { decisionsAfter } from "../testing/decisions-after.ts";
import { decideKill } from "./kill.ts";
import type { KillWish } from "./kill.ts";
import { flagsOfTarget, type KillableFlag, type KillTarget } from "./kill-target.ts";

const CATALOGUE: ReadonlyMap<string, KillableFlag> = new Map<string, KillableFlag>([
  ["diary.photos", { kind: "release", owner: "team-diary", tags: ["beta", "photos"], dependants: ["diary.pins"] }],
  ["diary.pins", { kind: "experiment", owner: "team-diary", dependants: ["report.pins", "ops.export"] }],
  ["report.pins", { kind: "release", owner: "team-report", tags: ["beta"], dependants: ["diary.photos"] }],
  ["ops.export", { kind: "ops", owner: "team-report", tags: ["beta"] }],
  ["plan.seats", { kind: "permission", owner: "team-plans" }],
]);

const content: ReleaseContent = {
  title: "Photos on the map",
  owner: "pia",
  environment: "production",
  flags: [
    { flag: "diary.pins", serve: "on" },
    { flag: "diary.photos", serve: "on" },
  ],
  risk: "visible",
  zone: "Europe/Berlin",
  waves: [{ name: "All", audience: {}, start: { atMs: 0 }, bakeMs: 0 }],
};

function decisionsOf(facts: readonly Facts[]): Decisions {
  const salts = { production: "s1", staging: "s2" };
  const created: Facts = { kind: "projectCreated", project: "shop", salts };
  return decisionsAfter([created, ...facts], { by: "ada", atMs: 1000 });
}

const decisions = decisionsOf([{ kind: "releaseSaved", release: "r1", content, contentHash: "h" }]);
const found = (kind: KillTarget["kind"], name: string, environment = "production"): unknown => {
  const result = flagsOfTarget(decisions, CATALOGUE, { environment, of: { kind, name } });
  return result.ok ? result.value : `${result.problem.code}: ${result.problem.message} ${result.problem.fix}`;
};

test("a target is its release and experiment flags; ops and permission flags are named and left out", () => {
  expect(found("release", "r1")).toEqual({ flags: ["diary.photos", "diary.pins"], leftOut: [] });
  expect(found("team", "team-diary")).toEqual({ flags: ["diary.photos", "diary.pins"], leftOut: [] });
  expect(found("team", "team-report")).toEqual({ flags: ["report.pins"], leftOut: ["ops.export"] });
  expect(found("tag", "beta")).toEqual({ flags: ["diary.photos", "report.pins"], leftOut: ["ops.export"] });
});

test("what depends on a flag is found at any depth, the flag among it, and a circle ends", () => {
  expect(found("dependants", "diary.photos")).toEqual({ flags: ["diary.photos", "diary.pins", "report.pins"], leftOut: ["ops.export"] });
  expect(found("dependants", "report.pins")).toEqual({ flags: ["diary.photos", "diary.pins", "report.pins"], leftOut: ["ops.export"] });
});

test("a target that names nothing is refused with the nearest name", () => {
  expect(found("release", "r2")).toBe('unknownRelease: There is no release "r2". Did you mean r1?');
  expect(found("release", "r1", "staging")).toBe('unknownRelease: The release "Photos on the map" is of production, not of staging. Kill it in production.');
  expect(found("team", "team-dairy")).toBe('noFlags: No flag belongs to the team "team-dairy". Did you mean team-diary?');
  expect(found("tag", "bets")).toBe('noFlags: No flag belongs to the tag "bets". Did you mean beta?');
  expect(found("dependants", "diary.photo")).toBe('unknownFlag: There is no flag "diary.photo". Did you mean diary.photos?');
  expect(found("team", "team-plans")).toBe(
    'noFlags: Of the team "team-plans" there are only ops and permission flags, which no bulk kill takes: plan.seats. An engineer kills them one by one.',
  );
});

const wish: KillWish = {
  command: "new-1",
  atMs: 2000,
  by: "max",
  role: "marketing",
  kill: "k1",
  environment: "production",
  flags: [],
  of: { kind: "tag", name: "beta" },
};

test("a bulk kill is one event that names its flags and what they were expanded from", () => {
  const result = decideKill(decisions, CATALOGUE, wish);
  expect(result.ok && result.value.map(({ facts }) => facts)).toEqual([
    { kind: "flagsKilled", kill: "k1", environment: "production", flags: ["diary.photos", "report.pins"], of: { kind: "tag", name: "beta" } },
  ]);
});

test("the same command again is the same kill although the target has other flags by now, and another target is refused", () => {
  const killed: Facts = { kind: "flagsKilled", kill: "k1", environment: "production", flags: ["diary.photos"], of: { kind: "tag", name: "beta" } };
  const later = decisionsOf([killed]);
  const again = { ...wish, command: "c2" };
  expect(decideKill(later, CATALOGUE, again)).toEqual({ ok: true, value: [] });
  const other = decideKill(later, CATALOGUE, { ...again, of: { kind: "team", name: "beta" } });
  expect(other.ok ? "granted" : other.problem.code).toBe("commandReused");
  const { of: _target, ...named } = again;
  const byName = decideKill(later, CATALOGUE, { ...named, flags: ["diary.photos"] });
  expect(byName.ok ? "granted" : byName.problem.code).toBe("commandReused");
});
