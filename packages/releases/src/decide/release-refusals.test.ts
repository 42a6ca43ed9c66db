import { expect, test } from "vitest";
import { type Customer, CUSTOMERS_MAX } from "../customer/customer.ts";
import { decodeDecisions, encodeDecisions } from "../decisions-codec.ts";
import type { Decisions } from "../decisions.ts";
import type { Facts, Proposal } from "../event.ts";
import { ACTIVE_RELEASES_MAX, BAKE_MS_MAX, type ReleaseContent, type WaveContent } from "../plan/release-content.ts";
import { FREEZES_MAX, WINDOW_MS_MAX } from "../plan/release-state.ts";
import type { Role } from "../policy.ts";
import { decisionsAfter } from "../testing/decisions-after.ts";
import { decideChangeCustomers } from "./customers.ts";
import { decideOptIn, decideOptOut, type OptInWish } from "./opt-in.ts";
import { DEPLOYMENTS_MAX, decideRecordDeployment } from "./record-deployment.ts";
import { decideSaveRelease, type SaveReleaseWish } from "./save-release.ts";
import * as steer from "./steer-release.ts";
import { decideEndFreeze, decideFreeze, decideHold, decideLiftHold, type HoldWish } from "./windows.ts";

const HOUR = 3_600_000;
/** 2026-12-01T00:00:00Z. */
const NOW = Date.UTC(2026, 11, 1);
const valid = (): undefined => undefined;

const wave: WaveContent = { name: "Early", audience: { tracks: ["early"] }, start: { atMs: NOW + 9 * HOUR }, bakeMs: HOUR };
const later: WaveContent = { name: "All", audience: {}, start: { atMs: NOW + 20 * HOUR }, bakeMs: HOUR };
const content: ReleaseContent = {
  title: "Photos",
  owner: "ada",
  environment: "production",
  flags: [{ flag: "photos", serve: "on" }],
  risk: "visible",
  zone: "Europe/Berlin",
  waves: [wave, later],
  approvals: ["product"],
  earlyAccessFromMs: NOW,
};
const ACME: Customer = { id: "acme", track: "early", tags: [], hashes: { production: "a" } };
const BOLT: Customer = { id: "bolt", track: "standard", tags: [], hashes: { production: "b" } };

function decisionsOf(...facts: readonly Facts[]): Decisions {
  const all: readonly Facts[] = [
    { kind: "projectCreated", project: "shop", salts: { production: "s1", staging: "s2" } },
    { kind: "customersChanged", set: [ACME, BOLT] },
    { kind: "releaseSaved", release: "r1", content, contentHash: "h1" },
    ...facts,
  ];
  return decisionsAfter(all, { by: "ada", atMs: NOW - HOUR });
}

const PLANNED: Facts = { kind: "releasePlanned", release: "r1" };
const STARTED: Facts = { kind: "waveStarted", release: "r1", wave: 0, environment: "production", members: ["acme"], exposed: ["acme"] };
const PAUSED: Facts = { kind: "releasePaused", release: "r1" };
const ENDED: Facts = { kind: "releaseEnded", release: "r1", how: "cancelled" };
const asking = { command: "new", atMs: NOW, by: "pia", role: "admin", reason: "Payroll week", own: new Set<string>() } as const;

type Answer =
  | { readonly ok: true; readonly value: readonly Proposal[] }
  | { readonly ok: false; readonly problem: { readonly code: string; readonly field?: string } };

/** `granted`, `nothing` where it is granted without an event, or the refusal's code and field. */
function said(answer: Answer): string {
  if (answer.ok) return answer.value.length === 0 ? "nothing" : "granted";
  const { code, field } = answer.problem;
  return field === undefined ? code : `${code} ${field}`;
}

const save = (decisions: Decisions, more: Partial<SaveReleaseWish>): string =>
  said(decideSaveRelease(decisions, { ...asking, release: "r1", expectedHash: "h1", contentHash: "h2", content, ...more }));
const edit = (more: Partial<ReleaseContent>, ...facts: readonly Facts[]): string => save(decisionsOf(...facts), { content: { ...content, ...more } });
const editWave = (more: Partial<WaveContent>): string => edit({ waves: [{ ...wave, ...more }] });

test("a plan is refused for each part that it cannot have", () => {
  expect([edit({ title: " " }), edit({ title: "x".repeat(121) })]).toEqual(["badPlan title", "badPlan title"]);
  expect([edit({ flags: [] }), edit({ flags: [...content.flags, ...content.flags] })]).toEqual(["badPlan flags", "badPlan flags"]);
  expect([edit({ zone: "Mars/Olympus" }), edit({ zone: "" }), edit({ waves: [] })]).toEqual(["badPlan zone", "badPlan zone", "badPlan waves"]);
  expect(edit({ waves: Array.from({ length: 51 }, () => later) })).toBe("badPlan waves");
  expect(edit({ needs: Array.from({ length: 51 }, () => ({ service: "web", version: "1.0.0" })) })).toBe("badPlan needs");
  expect(edit({ needs: [{ service: " ", version: "1.0.0" }] })).toBe("badPlan needs");
  expect(edit({ waves: [later, wave] })).toBe("badPlan waves.1.start");
  expect(edit({ environment: "toString" })).toBe("unknownEnvironment environment");
  expect(edit({ title: "Pictures" })).toBe("granted");
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5, 9e15])("no number of a plan may be %s", (number) => {
  expect(editWave({ bakeMs: number })).toBe("badPlan waves.0.bakeMs");
  expect(editWave({ start: { atMs: number } })).toBe("badPlan waves.0.start");
  expect(editWave({ audience: { share: number } })).toBe("badPlan waves.0.audience");
  expect(edit({ earlyAccessFromMs: number })).toBe("badPlan earlyAccessFromMs");
  expect(edit({ openHours: { days: [1], fromMinute: number, toMinute: 600 } })).toBe("badPlan openHours");
});

test("a bake lasts at most a quarter of a year", () => {
  expect([editWave({ bakeMs: BAKE_MS_MAX }), editWave({ bakeMs: BAKE_MS_MAX + 1 })]).toEqual(["granted", "badPlan waves.0.bakeMs"]);
});

test("open hours, local times, tracks and lists are what they say", () => {
  const hours = (days: readonly number[], fromMinute: number, toMinute: number): string => edit({ openHours: { days, fromMinute, toMinute } });
  expect([hours([], 0, 60), hours([0], 0, 60), hours([8], 0, 60), hours([1], 60, 60), hours([1], 0, 1441), hours([1], 0, 1440)]).toEqual([
    ...Array.from({ length: 5 }, () => "badPlan openHours"),
    "granted",
  ]);
  for (const local of ["2026-02-30T09:00", "2026-12-01", "2026-12-01T25:00", "2026-12-01T09:00Z", ""])
    expect(editWave({ start: { local } })).toBe("badPlan waves.0.start");
  expect(editWave({ name: "" })).toBe("badPlan waves.0.name");
  expect(editWave({ audience: { customers: Array.from({ length: 10_001 }, (_, index) => `c${index}`) } })).toBe("badPlan waves.0.audience");
});

test("an edit is refused where somebody was quicker, where nothing changes any more, and where a wave is live", () => {
  expect(save(decisionsOf(), { expectedHash: "h0" })).toBe("staleContent");
  const { expectedHash: _none, ...blind } = { ...asking, release: "r1", expectedHash: "h1", contentHash: "h2", content };
  expect(said(decideSaveRelease(decisionsOf(), blind))).toBe("staleContent");
  expect(save(decisionsOf(), { release: "r9" })).toBe("unknownRelease release");
  expect(save(decisionsOf(), { contentHash: "h1" })).toBe("nothing");
  expect(edit({ title: "New" }, ENDED)).toBe("wrongPhase");
  expect(edit({ environment: "staging" }, PLANNED)).toBe("badPlan environment");
  const live = [PLANNED, STARTED];
  expect([edit({ waves: [{ ...wave, bakeMs: 0 }, later] }, ...live), edit({ waves: [] }, ...live)]).toEqual(["badPlan waves.0", "badPlan waves.0"]);
  expect(edit({ flags: [{ flag: "photos", serve: "blue" }] }, ...live)).toBe("badPlan flags");
  expect(edit({ waves: [wave, { ...later, bakeMs: 0 }] }, ...live)).toBe("granted");
  expect(save(decisionsOf(PLANNED), { role: "engineer" })).toBe("notAllowed");
  expect(save(decisionsOf(), { role: "engineer" })).toBe("granted");
  expect(save(decisionsOf(), { reason: "x".repeat(2001) })).toBe("reasonTooLong reason");
});

test("a live wave is still the same after the fold was read from a checkpoint, and whatever the order of its parts", () => {
  const read = decodeDecisions(encodeDecisions(decisionsOf(PLANNED, STARTED)));
  if (read === undefined) throw new Error("it is not read");
  const turned = { bakeMs: HOUR, start: { atMs: NOW + 9 * HOUR }, audience: { tracks: ["early" as const] }, name: "Early" };
  expect(save(read, { content: { ...content, title: "Pictures", waves: [turned, later] } })).toBe("granted");
  const same = { hashes: { production: "a" }, tags: [], track: "early" as const, id: "acme" };
  expect(said(decideChangeCustomers(read, { ...asking, set: [same, BOLT] }))).toBe("nothing");
});

test("a flag has one active release in an environment, by planning and by editing, and one released value", () => {
  const second = { ...content, flags: [{ flag: "maps", serve: "on" }] };
  const both: Facts[] = [PLANNED, { kind: "releaseSaved", release: "r2", content: second, contentHash: "h1" }];
  const plan = (...facts: readonly Facts[]): string => said(steer.decidePlanRelease(decisionsOf(...facts), { ...asking, release: "r2" }, valid));
  const taking: Facts = { kind: "releaseSaved", release: "r2", content, contentHash: "h1" };
  expect([plan(...both), plan(PLANNED, taking)]).toEqual(["granted", "flagTaken flags"]);
  const wish = { release: "r2", content: { ...content, title: "Second" } };
  expect(save(decisionsOf(...both, { kind: "releasePlanned", release: "r2" }), wish)).toBe("flagTaken flags");
  expect(save(decisionsOf(...both), wish)).toBe("granted");
  const blue: Facts = { kind: "releaseSaved", release: "r2", content: { ...content, flags: [{ flag: "photos", serve: "blue" }] }, contentHash: "h1" };
  expect(plan(PLANNED, STARTED, ENDED, blue)).toBe("flagTaken flags");
  const optedIn: Facts = { kind: "optedIn", release: "r1", environment: "production", customer: "bolt" };
  expect(edit({ flags: second.flags }, PLANNED, optedIn)).toBe("badPlan flags");
});

test("a plan is not meant where a flag is broken or somebody's start is past", () => {
  const plan = (decisions: Decisions, problem: () => string | undefined = valid, atMs = NOW): string =>
    said(steer.decidePlanRelease(decisions, { ...asking, release: "r1", atMs }, problem));
  expect(plan(decisionsOf())).toBe("granted");
  expect([plan(decisionsOf(), () => "It is gone."), plan(decisionsOf(), valid, NOW + 10 * HOUR)]).toEqual(["badPlan flags", "badPlan waves.0.start"]);
  const local: Facts = {
    kind: "releaseSaved",
    release: "r1",
    content: { ...content, waves: [{ ...wave, start: { local: "2026-12-01T09:00" } }] },
    contentHash: "h2",
  };
  const sydney: Facts = { kind: "customersChanged", set: [{ ...ACME, zone: "Australia/Sydney" }] };
  expect([plan(decisionsOf(local)), plan(decisionsOf(local, sydney))]).toEqual(["granted", "badPlan waves.0.start"]);
});

test("an approval is refused for another content, another role, the last editor, and what nobody asked for", () => {
  const approve = (more: Partial<steer.ApproveWish>): string =>
    said(steer.decideApprove(decisionsOf(), { ...asking, role: "product", as: "product", release: "r1", contentHash: "h1", ...more }));
  expect([approve({}), approve({ contentHash: "h0" }), approve({ by: "ada" })]).toEqual(["granted", "staleContent", "ownEdit"]);
  expect([approve({ role: "engineer" }), approve({ role: "admin" }), approve({ as: "marketing", role: "marketing" })]).toEqual([
    "notAllowed",
    "notAllowed",
    "notAsked",
  ]);
  const quarter = 92 * 24 * HOUR;
  expect([approve({ untilMs: NOW }), approve({ untilMs: NOW + quarter + 1 }), approve({ untilMs: NOW + 0.5 }), approve({ untilMs: NOW + quarter })]).toEqual([
    "badWindow untilMs",
    "badWindow untilMs",
    "badWindow untilMs",
    "granted",
  ]);
  expect(said(steer.decideApprove(decisionsOf(ENDED), { ...asking, role: "product", as: "product", release: "r1", contentHash: "h1" }))).toBe("wrongPhase");
});

type Steer = (decisions: Decisions, wish: steer.ReleaseWish) => Answer;
const steers: readonly (readonly [name: string, decide: Steer, phases: readonly (readonly Facts[])[], roles: readonly Role[]])[] = [
  ["pausing", steer.decidePauseRelease, [[PLANNED], [PLANNED, STARTED]], ["engineer", "product", "admin"]],
  ["resuming", steer.decideResumeRelease, [[PLANNED, PAUSED]], ["product", "admin"]],
  ["cancelling", steer.decideCancelRelease, [[], [PLANNED], [PLANNED, STARTED], [PLANNED, PAUSED]], ["product", "admin"]],
  ["rolling back", steer.decideRollBack, [[PLANNED, STARTED], [PLANNED, PAUSED], [ENDED]], ["engineer", "product", "admin"]],
];

test.each(steers)("%s is for its phases and roles, and for a release that there is", (_name, decide, phases, roles) => {
  const all: readonly (readonly Facts[])[] = [[], [PLANNED], [PLANNED, STARTED], [PLANNED, PAUSED], [ENDED]];
  for (const facts of all)
    expect(said(decide(decisionsOf(...facts), { ...asking, release: "r1" }))).toBe(
      phases.some((each) => JSON.stringify(each) === JSON.stringify(facts)) ? "granted" : "wrongPhase",
    );
  for (const role of ["engineer", "product", "marketing", "customerSuccess", "admin", "auditor"] as const)
    expect(said(decide(decisionsOf(...(phases[0] ?? [])), { ...asking, release: "r1", role }))).toBe(roles.includes(role) ? "granted" : "notAllowed");
  for (const release of ["r9", "__proto__", "constructor"]) expect(said(decide(decisionsOf(PLANNED), { ...asking, release }))).toBe("unknownRelease release");
});

test("nothing goes on, and nothing is planned, while a kill takes it from everybody; a kill for some stops nobody else", () => {
  const killed = (more: object): Facts => ({ kind: "flagsKilled", kill: "k1", environment: "production", flags: ["photos"], ...more });
  const onward = (...facts: readonly Facts[]): readonly string[] => [
    said(steer.decideResumeRelease(decisionsOf(PLANNED, ...facts), { ...asking, release: "r1" })),
    said(steer.decidePlanRelease(decisionsOf(...facts), { ...asking, release: "r1" }, valid)),
  ];
  const [all, some, elsewhere] = [killed({}), killed({ scope: { customers: ["a"] } }), killed({ environment: "staging" })];
  const lifted: Facts = { kind: "killLifted", kill: "k1", environment: "production" };
  expect(onward(all)).toEqual(["stillKilled", "stillKilled"]);
  expect(onward(all, lifted)).toEqual(["granted", "granted"]);
  expect(onward(some)).toEqual(["granted", "granted"]);
  expect(onward(PAUSED, elsewhere)).toEqual(["granted", "wrongPhase"]);
  expect(onward(PAUSED, killed({ flags: ["notes"] }))[0]).toBe("granted");
  // A plan that is meant takes in nothing that is killed; one that is paused may be edited, and is asked again when somebody goes on.
  const notes: Facts = { ...killed({}), flags: ["notes"] } as Facts;
  const taking = { flags: [...content.flags, { flag: "notes", serve: "on" }] };
  expect([edit(taking, PLANNED, notes), edit(taking, PLANNED, PAUSED, notes), edit(taking, notes)]).toEqual(["stillKilled", "granted", "granted"]);
  // What takes away is never held up by a kill.
  expect(said(steer.decideRollBack(decisionsOf(PLANNED, STARTED, all), { ...asking, release: "r1" }))).toBe("granted");
});

test("a wave is moved where somebody waits for it, to an instant to come, in the plan's order", () => {
  const move = (wished: Partial<steer.MoveWaveWish>, ...facts: readonly Facts[]): string =>
    said(steer.decideMoveWave(decisionsOf(PLANNED, ...facts), { ...asking, release: "r1", wave: 0, startAtMs: NOW + HOUR, ...wished }));
  expect([move({}), move({ wave: 1, startAtMs: NOW + 30 * HOUR })]).toEqual(["granted", "granted"]);
  for (const startAtMs of [NOW - 1, Number.NaN, Number.POSITIVE_INFINITY, NOW + 0.5, 9e15]) expect(move({ startAtMs })).toBe("badPlan startAtMs");
  expect(move({ wave: 1, startAtMs: NOW + HOUR })).toBe("badPlan startAtMs");
  for (const index of [-1, 2, 0.5, Number.NaN]) expect(move({ wave: index })).toBe("unknownWave wave");
  expect([move({}, STARTED), move({}, { ...STARTED, exposed: [] } as Facts)]).toEqual(["unknownWave wave", "granted"]);
  expect(move({}, PAUSED)).toBe("wrongPhase");
});

const holdWish: HoldWish = { ...asking, hold: "h1", environment: "production", customers: ["acme"], fromMs: NOW, untilMs: NOW + HOUR };
const HELD: Facts = { kind: "holdPlaced", hold: "h1", environment: "production", customers: ["acme"], fromMs: NOW - HOUR, untilMs: NOW + HOUR };

test("a hold says whom, when, why and what, and customer success holds its own", () => {
  const hold = (more: Partial<HoldWish>, ...facts: readonly Facts[]): string => said(decideHold(decisionsOf(...facts), { ...holdWish, ...more }));
  expect([hold({}), hold({ customers: [] }), hold({ customers: ["__proto__"] })]).toEqual([
    "granted",
    "unknownCustomer customers",
    "unknownCustomer customers",
  ]);
  expect(hold({ customers: Array.from({ length: 10_001 }, () => "acme") })).toBe("tooMany customers");
  expect([hold({ reason: " " }), hold({ environment: "mars" })]).toEqual(["badWindow reason", "unknownEnvironment environment"]);
  for (const untilMs of [NOW, NOW - 1, Number.NaN, Number.POSITIVE_INFINITY, NOW + 0.5, 9e15, NOW + WINDOW_MS_MAX + 1])
    expect(hold({ untilMs })).toBe("badWindow untilMs");
  expect(hold({ fromMs: Number.NEGATIVE_INFINITY })).toBe("badWindow untilMs");
  expect([hold({ releases: [] }), hold({ risks: [] }), hold({ releases: ["r9"] })]).toEqual([
    "scopeCoversNobody",
    "scopeCoversNobody",
    "unknownRelease releases",
  ]);
  expect(hold({}, HELD)).toBe("alreadyInForce");
  expect([hold({ role: "customerSuccess" }), hold({ role: "customerSuccess", own: new Set(["acme"]) }), hold({ role: "product" })]).toEqual([
    "notYours customers",
    "granted",
    "notAllowed",
  ]);
});

test("a hold is lifted while it is in force, by who may", () => {
  const lift = (more: Partial<Omit<typeof asking, "role"> & { role: Role; own: ReadonlySet<string>; hold: string; atMs: number }>): string =>
    said(decideLiftHold(decisionsOf(HELD), { ...asking, hold: "h1", ...more }));
  expect([lift({}), lift({ hold: "h9" }), lift({ atMs: NOW + HOUR })]).toEqual(["granted", "unknownHold hold", "unknownHold hold"]);
  expect([lift({ role: "customerSuccess" }), lift({ role: "customerSuccess", own: new Set(["acme"]) }), lift({ role: "engineer" })]).toEqual([
    "notYours",
    "granted",
    "notAllowed",
  ]);
});

test("a freeze is an admin's, and those that are over make room", () => {
  const wish = { ...asking, freeze: "f1", environment: "production", fromMs: NOW, untilMs: NOW + HOUR, policy: "ask" as const };
  const freezes = (untilMs: number): readonly Facts[] =>
    Array.from({ length: FREEZES_MAX }, (_, index) => ({
      kind: "freezeDeclared" as const,
      freeze: `x${index}`,
      environment: "production",
      fromMs: 0,
      untilMs,
      policy: "ask" as const,
    }));
  expect([said(decideFreeze(decisionsOf(), wish)), said(decideFreeze(decisionsOf(), { ...wish, role: "product" }))]).toEqual(["granted", "notAllowed"]);
  expect(said(decideFreeze(decisionsOf(...freezes(NOW + HOUR)), wish))).toBe("tooMany");
  expect(said(decideFreeze(decisionsOf(...freezes(NOW)), wish))).toBe("granted");
  expect(said(decideFreeze(decisionsOf(...freezes(NOW)), { ...wish, freeze: "x0" }))).toBe("alreadyInForce");
  expect(said(decideFreeze(decisionsOf(), { ...wish, untilMs: Number.NaN }))).toBe("badWindow untilMs");
  const end = (decisions: Decisions): string => said(decideEndFreeze(decisions, { ...asking, freeze: "x0" }));
  expect([end(decisionsOf(...freezes(NOW + 1))), end(decisionsOf(...freezes(NOW))), end(decisionsOf())]).toEqual([
    "granted",
    "unknownFreeze freeze",
    "unknownFreeze freeze",
  ]);
});

test("early access is for a release that offers it, a customer outside holds, and a time that ends", () => {
  const optIn = (more: Partial<OptInWish>, ...facts: readonly Facts[]): string =>
    said(decideOptIn(decisionsOf(...facts), { ...asking, release: "r1", customer: "bolt", ...more }));
  expect([optIn({}, PLANNED), optIn({}), optIn({}, PLANNED, PAUSED), optIn({}, ENDED)]).toEqual(["granted", "wrongPhase", "wrongPhase", "wrongPhase"]);
  expect([optIn({ release: "r9" }, PLANNED), optIn({ customer: "zed" }, PLANNED)]).toEqual(["unknownRelease release", "unknownCustomer customer"]);
  expect([optIn({ atMs: NOW - 1 }, PLANNED), optIn({ customer: "acme" }, PLANNED, HELD)]).toEqual(["notOffered", "notOffered"]);
  for (const untilMs of [NOW, Number.NaN, Number.POSITIVE_INFINITY, 9e15]) expect(optIn({ untilMs }, PLANNED)).toBe("badWindow untilMs");
  expect([optIn({ role: "customerSuccess" }, PLANNED), optIn({ role: "marketing" }, PLANNED)]).toEqual(["notYours customer", "notAllowed"]);
  expect(said(decideOptOut(decisionsOf(PLANNED), { ...asking, release: "r1", customer: "bolt" }))).toBe("notOffered");
});

test("customers are known by their id, once, and nobody is set and removed at once", () => {
  const change = (set: readonly Customer[], removed: readonly string[] = []): string => said(decideChangeCustomers(decisionsOf(), { ...asking, set, removed }));
  expect([change([ACME]), change([{ ...ACME, track: "late" }]), change([], ["bolt"]), change([], ["zed"])]).toEqual([
    "nothing",
    "granted",
    "granted",
    "unknownCustomer removed",
  ]);
  expect([change([ACME], ["acme"]), change([{ ...ACME, zone: "Mars" }]), change([{ ...ACME, track: "vip" as "late" }])]).toEqual([
    "badPlan removed",
    "badPlan zone",
    "badPlan track",
  ]);
  expect(change([{ ...ACME, tags: Array.from({ length: 51 }, (_, index) => `t${index}`) }])).toBe("badPlan tags");
  const many = Array.from({ length: CUSTOMERS_MAX }, (_, index): Customer => ({ id: `n${index}`, track: "late", tags: [], hashes: {} }));
  expect([change(many), change(many, ["acme", "acme", "bolt"])]).toEqual(["tooMany", "granted"]);
  const twice = decideChangeCustomers(decisionsOf(), {
    ...asking,
    set: [
      { ...ACME, track: "internal" },
      { ...ACME, track: "late" },
    ],
  });
  expect(twice.ok && twice.value.map(({ facts }) => facts)).toEqual([{ kind: "customersChanged", set: [{ ...ACME, track: "late" }] }]);
});

test("a deployment has a service and a version, and a new name for each one is stopped at some time", () => {
  const wish = { ...asking, service: "web", environment: "production", version: "1.0.0" };
  const record = (more: Partial<typeof wish>): string => said(decideRecordDeployment(decisionsOf(), { ...wish, ...more }));
  expect([record({}), record({ service: " " }), record({ version: "1".repeat(201) }), record({ environment: "mars" })]).toEqual([
    "granted",
    "badPlan service",
    "badPlan version",
    "unknownEnvironment environment",
  ]);
  const known = Array.from({ length: DEPLOYMENTS_MAX }, (_, index): Facts => ({
    kind: "deploymentRecorded",
    service: `s${index}`,
    environment: "production",
    version: "1",
  }));
  const full = decisionsOf(...known);
  expect([said(decideRecordDeployment(full, wish)), said(decideRecordDeployment(full, { ...wish, service: "s0" }))]).toEqual(["tooMany service", "granted"]);
});

test("releases that go on are counted, those that ended are not", () => {
  const saved = Array.from({ length: ACTIVE_RELEASES_MAX - 1 }, (_, index): Facts => ({
    kind: "releaseSaved",
    release: `x${index}`,
    content,
    contentHash: "h",
  }));
  const { expectedHash: _none, ...wish } = { ...asking, release: "new", expectedHash: "", contentHash: "h2", content };
  expect(said(decideSaveRelease(decisionsOf(...saved), wish))).toBe("tooMany");
  expect(said(decideSaveRelease(decisionsOf(...saved, ENDED), wish))).toBe("granted");
});
