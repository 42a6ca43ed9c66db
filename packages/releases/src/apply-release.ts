import { canonicalJson } from "@sluice/evaluation";
import { type Customer, GONE_CUSTOMERS_MAX, type GoneCustomer } from "./customer/customer.ts";
import type { Decisions, EnvironmentDecisions } from "./decisions.ts";
import type { Facts, LoggedEvent } from "./event.ts";
import { PersistentMap } from "./persistent-map.ts";
import { endPinsThrough } from "./pin/apply-pin.ts";
import {
  APPROVAL_MS,
  DAILY_DEPLOYMENTS_COUNTED_MAX,
  ENDED,
  type Exposure,
  type Freeze,
  type Hold,
  type ReleaseState,
  type WaveState,
  WINDOWS_KEPT_MAX,
} from "./plan/release-state.ts";
import { takenBack } from "./guard/harm.ts";
import { movingReleases } from "./plan/moving-releases.ts";
import { deploymentKey } from "./schedule/gates.ts";

const DAY_MS = 24 * 3_600_000;

type ReleaseFacts = Exclude<
  Facts,
  {
    readonly kind:
      | "projectCreated"
      | "commitAdopted"
      | "commitHeld"
      | "flagsKilled"
      | "liftAsked"
      | "liftRefused"
      | "killLifted"
      | "killKept"
      | "drillEnded"
      | "harmFound"
      | "ownersTold"
      | "flagReverted"
      | "segmentReverted"
      | "revertAsked"
      | "revertDecided"
      | "revertEnded"
      | "exposureSettled"
      | "epochStarted"
      | "accountChanged"
      | "sdkKeyChanged"
      | "enlargementDecided"
      | "customerPinned"
      | "pinEnded"
      | "listChanged"
      | "listChangeAsked"
      | "listChangeDecided";
  }
>;
type WindowFacts = Extract<Facts, { readonly kind: "holdPlaced" | "holdLifted" | "freezeDeclared" | "freezeEnded" }>;

/** Kinds that are folded here; a kind that is missing does not compile. */
const releaseKinds: Readonly<Record<ReleaseFacts["kind"], true>> = {
  customersChanged: true,
  releaseSaved: true,
  releasePlanned: true,
  releaseApproved: true,
  releaseChangeAsked: true,
  releaseTakenOver: true,
  releasePaused: true,
  releaseResumed: true,
  releaseUndecided: true,
  waveMoved: true,
  releaseEnded: true,
  waveStarted: true,
  customersExposed: true,
  holdPlaced: true,
  holdLifted: true,
  freezeDeclared: true,
  freezeEnded: true,
  optedIn: true,
  optedOut: true,
  deploymentRecorded: true,
};

/** True for facts that `applyReleaseFacts` folds. */
export function isReleaseFacts(facts: Facts): facts is ReleaseFacts {
  return Object.hasOwn(releaseKinds, facts.kind);
}

/** The decisions after an event of releases, customers, holds, freezes and deployments. What names something unknown changes nothing. */
export function applyReleaseFacts(decisions: Decisions, event: LoggedEvent, facts: ReleaseFacts): Decisions {
  if ("hold" in facts || "freeze" in facts) return applyWindow(decisions, event, facts);
  switch (facts.kind) {
    case "customersChanged":
      return { ...decisions, customers: changeCustomers(decisions.customers, facts), gone: changeGone(decisions, event, facts) };
    case "releaseSaved":
      return { ...decisions, releases: decisions.releases.set(facts.release, saved(decisions.releases.get(facts.release), event, facts)) };
    case "releasePlanned":
      return onRelease(decisions, event, facts.release, (release) => ({ ...release, phase: "planned" }));
    case "releaseApproved":
      return onRelease(decisions, event, facts.release, (release) => approved(release, event, facts));
    case "releaseChangeAsked":
      return onRelease(decisions, event, facts.release, (release) => changeAsked(release, event, facts));
    case "releaseTakenOver":
      return onRelease(decisions, event, facts.release, (release) => ({ ...release, takenOverBy: facts.owner }));
    case "releasePaused":
      return onRelease(decisions, event, facts.release, (release) => paused(release, "person"));
    case "releaseResumed":
      return resumedByPerson(decisions, event, facts.release);
    case "releaseUndecided":
      return onRelease(decisions, event, facts.release, (release) => asking(release, facts));
    case "waveMoved":
      return onRelease(decisions, event, facts.release, (release) => moved(release, facts));
    case "releaseEnded":
      return endRelease(decisions, event, facts);
    case "waveStarted":
      return exposeIn(decisions, event, facts.release, (release) => startWave(release, event, facts));
    case "customersExposed":
      return exposeIn(decisions, event, facts.release, (release) =>
        onWave(release, facts.wave, (wave) => ({ ...wave, exposed: grown(wave.exposed, facts.customers, event.atMs) })),
      );
    case "optedIn":
      return exposeIn(decisions, event, facts.release, (release) => optedIn(release, event, facts));
    case "optedOut":
      return exposeIn(decisions, event, facts.release, (release) => ({ ...release, optIns: release.optIns.delete(facts.customer) }));
    case "deploymentRecorded":
      return { ...decisions, deployments: deployed(decisions.deployments, event, facts) };
  }
}

/** With what runs now in the place of what ran before, and the times of its day. */
function deployed(
  deployments: Decisions["deployments"],
  { atMs }: LoggedEvent,
  { service, environment, version }: Extract<Facts, { readonly kind: "deploymentRecorded" }>,
): Decisions["deployments"] {
  const key = deploymentKey(service, environment);
  const earlier = (deployments.get(key)?.lastDayMs ?? []).filter((each) => each > atMs - DAY_MS);
  return deployments.set(key, { service, environment, version, atMs, lastDayMs: [...earlier, atMs].slice(-DAILY_DEPLOYMENTS_COUNTED_MAX) });
}

/** When the approval of this event, made at `atMs`, ends. */
export function approvalEndMs({ untilMs }: Pick<Extract<Facts, { readonly kind: "releaseApproved" }>, "untilMs">, atMs: number): number {
  return untilMs ?? atMs + APPROVAL_MS;
}

/** With this role's agreement, which takes the place of an earlier one. */
function approved(release: ReleaseState, event: LoggedEvent, facts: Extract<Facts, { readonly kind: "releaseApproved" }>): ReleaseState {
  const { role, contentHash } = facts;
  const by = event.personal === undefined ? {} : { by: event.personal.by };
  const approvals = [
    ...release.approvals.filter((each) => each.role !== role),
    { role, contentHash, atMs: event.atMs, untilMs: approvalEndMs(facts, event.atMs), ...by },
  ];
  return { ...release, approvals, changesAsked: release.changesAsked.filter((each) => each.role !== role) };
}

/** With what this role asks for; words about a plan that has been edited since are about nothing. */
function changeAsked(release: ReleaseState, event: LoggedEvent, { role, contentHash }: Extract<Facts, { readonly kind: "releaseChangeAsked" }>): ReleaseState {
  if (release.contentHash !== contentHash) return release;
  const by = event.personal === undefined ? {} : { by: event.personal.by };
  return { ...release, changesAsked: [...release.changesAsked.filter((each) => each.role !== role), { role, atMs: event.atMs, ...by }] };
}

function applyWindow(decisions: Decisions, event: LoggedEvent, facts: WindowFacts): Decisions {
  const made = { atMs: event.atMs, ...(event.personal === undefined ? {} : { by: event.personal.by }) };
  switch (facts.kind) {
    case "holdPlaced": {
      const { kind: _kind, hold: id, ...rest } = facts;
      return { ...decisions, holds: forgetOver(decisions.holds, event.atMs).set(id, { id, ...rest, ...made, seq: event.seq }) };
    }
    case "holdLifted":
      return { ...decisions, holds: cutShort(decisions.holds, facts.hold, event.atMs) };
    case "freezeDeclared": {
      const { kind: _kind, freeze: id, ...rest } = facts;
      return { ...decisions, freezes: forgetOver(decisions.freezes, event.atMs).set(id, { id, ...rest, ...made }) };
    }
    case "freezeEnded":
      return { ...decisions, freezes: cutShort(decisions.freezes, facts.freeze, event.atMs) };
  }
}

/** Forgets the older half of the windows that are over where too many are kept. Who waited for one of them still is late, and asks. */
function forgetOver<W extends Hold | Freeze>(windows: PersistentMap<W>, atMs: number): PersistentMap<W> {
  if (windows.size < WINDOWS_KEPT_MAX) return windows;
  const over = windows
    .entriesSorted()
    .filter(([, { untilMs }]) => untilMs <= atMs)
    .sort(([, a], [, b]) => a.untilMs - b.untilMs);
  return over.slice(0, Math.ceil(over.length / 2)).reduce((left, [id]) => left.delete(id), windows);
}

/**
 * A window that is ended has ended at that instant, which is when those it kept may start: were it forgotten, they would be as late as
 * it lasted, and lifting a hold would delay them (invariant 5). One that has not begun never was.
 */
function cutShort<W extends Hold | Freeze>(windows: PersistentMap<W>, id: string, atMs: number): PersistentMap<W> {
  const known = windows.get(id);
  if (known === undefined || known.untilMs <= atMs) return windows;
  return known.fromMs >= atMs ? windows.delete(id) : windows.set(id, { ...known, untilMs: atMs });
}

/** What a guard paused and somebody resumes is not paused again soon. */
function resumedByPerson(decisions: Decisions, event: LoggedEvent, id: string): Decisions {
  const next = onRelease(decisions, event, id, resumed);
  const { environment = "", flags = [] } = decisions.releases.get(id)?.content ?? {};
  const known = next.environments[environment];
  if (known?.harm === undefined) return next;
  const harm = takenBack(known.harm, event.atMs, ({ did, flag }) => did === "paused" && flags.some((one) => one.flag === flag));
  return harm === known.harm ? next : { ...next, environments: { ...next.environments, [environment]: { ...known, harm } } };
}

/** A kill pauses every release of the environment that contains one of its flags and has something left to start (semantics 21). */
export function pauseKilled(decisions: Decisions, event: LoggedEvent, killed: { readonly environment: string; readonly flags: readonly string[] }): Decisions {
  let next = decisions;
  for (const id of movingReleases(decisions, killed.environment, killed.flags)) next = onRelease(next, event, id, (release) => paused(release, "kill"));
  return next;
}

function changeCustomers(customers: PersistentMap<Customer>, facts: Extract<Facts, { readonly kind: "customersChanged" }>): PersistentMap<Customer> {
  let next = customers;
  for (const id of facts.removed ?? []) next = next.delete(id);
  for (const customer of facts.set) next = next.set(customer.id, customer);
  return next;
}

/** Who leaves is remembered by its hashes; who comes back under its id is forgotten here. */
function changeGone(
  { customers, gone }: Decisions,
  { seq }: LoggedEvent,
  facts: Extract<Facts, { readonly kind: "customersChanged" }>,
): PersistentMap<GoneCustomer> {
  let next = gone;
  for (const id of facts.removed ?? []) {
    const known = customers.get(id);
    if (known !== undefined) next = next.set(id, { hashes: known.hashes, seq });
  }
  for (const { id } of facts.set) if (next.has(id)) next = next.delete(id);
  if (next.size <= GONE_CUSTOMERS_MAX) return next;
  const oldest = next.entriesSorted().toSorted(([, a], [, b]) => a.seq - b.seq);
  return oldest.slice(0, next.size - GONE_CUSTOMERS_MAX).reduce((left, [id]) => left.delete(id), next);
}

function onRelease(decisions: Decisions, event: LoggedEvent, id: string, by: (release: ReleaseState) => ReleaseState): Decisions {
  const known = decisions.releases.get(id);
  return known === undefined ? decisions : { ...decisions, releases: decisions.releases.set(id, { ...by(known), changedAtMs: event.atMs }) };
}

const pendingWave: WaveState = { phase: "pending", shiftMs: 0, exposed: PersistentMap.empty() };

/**
 * Live waves stay what they are, and pending ones whose start is not edited keep what moved them. An edit answers a question: what is
 * late still is asked about again. Approvals of this very content from before another edit do not come back.
 */
function saved(known: ReleaseState | undefined, event: LoggedEvent, facts: Extract<Facts, { readonly kind: "releaseSaved" }>): ReleaseState {
  const { release: id, content, contentHash } = facts;
  const waves = content.waves.map(({ start }, index): WaveState => {
    const state = known?.waves[index];
    if (state?.phase === "live") return state;
    const before = known?.content.waves[index]?.start;
    return state !== undefined && before !== undefined && canonicalJson(before) === canonicalJson(start) ? state : pendingWave;
  });
  const answered = known?.phase === "needsDecision" ? resumed(known) : known;
  const {
    editedBy: _editedBy,
    takenOverBy,
    ...before
  } = answered ?? {
    id,
    phase: "draft" as const,
    approvals: [],
    optIns: PersistentMap.empty<{ readonly sinceMs: number }>(),
    createdAtMs: event.atMs,
  };
  const agreed = (facts.agreed ?? []).map((given) => ({ ...given, contentHash }));
  const approvals = [...before.approvals.filter((given) => given.contentHash !== contentHash && !agreed.some(({ role }) => role === given.role)), ...agreed];
  const by = event.personal === undefined ? {} : { editedBy: event.personal.by };
  // An edit that names another owner than the plan before it means that one.
  const owned = takenOverBy === undefined || known?.content.owner !== content.owner ? {} : { takenOverBy };
  return { ...before, approvals, changesAsked: [], content, contentHash, waves, changedAtMs: event.atMs, ...by, ...owned };
}

function paused(release: ReleaseState, by: "person" | "kill"): ReleaseState {
  if (release.phase === "paused") return release;
  const before = release.phase === "needsDecision" ? (release.before ?? "inProgress") : release.phase === "planned" ? "planned" : "inProgress";
  return { ...release, phase: "paused", before, pausedBy: by };
}

function optedIn(release: ReleaseState, { atMs }: LoggedEvent, { customer, untilMs }: Extract<Facts, { readonly kind: "optedIn" }>): ReleaseState {
  return { ...release, optIns: release.optIns.set(customer, { sinceMs: atMs, ...(untilMs === undefined ? {} : { untilMs }) }) };
}

function asking(release: ReleaseState, { why, wave }: Extract<Facts, { readonly kind: "releaseUndecided" }>): ReleaseState {
  const before = release.phase === "planned" ? "planned" : "inProgress";
  return { ...release, phase: "needsDecision", before, undecided: why, undecidedWave: wave };
}

/** What waited for a person before the pause waits again: its start is in the past, so the next look finds it. */
function resumed(release: ReleaseState): ReleaseState {
  const { before, pausedBy: _pausedBy, undecided: _undecided, undecidedWave: _wave, ...rest } = release;
  return { ...rest, phase: before ?? "inProgress" };
}

function moved(release: ReleaseState, facts: Extract<Facts, { readonly kind: "waveMoved" }>): ReleaseState {
  const waves = release.waves.map((wave, index): WaveState => {
    if (index === facts.wave) return { ...wave, startAtMs: facts.startAtMs - (facts.freezeMs ?? 0) };
    return index < facts.wave || wave.phase === "live" ? wave : shifted(wave, facts.shiftMs);
  });
  const isAnswer = release.phase === "needsDecision" && release.undecidedWave === facts.wave;
  return isAnswer ? { ...resumed(release), waves } : { ...release, waves };
}

function shifted(wave: WaveState, byMs: number): WaveState {
  return { ...wave, shiftMs: wave.shiftMs + byMs, ...(wave.startAtMs === undefined ? {} : { startAtMs: wave.startAtMs + byMs }) };
}

function onWave(release: ReleaseState, index: number, by: (wave: WaveState) => WaveState): ReleaseState {
  return { ...release, waves: release.waves.map((wave, at) => (at === index ? by(wave) : wave)) };
}

function startWave(release: ReleaseState, event: LoggedEvent, facts: Extract<Facts, { readonly kind: "waveStarted" }>): ReleaseState {
  const begun = onWave(release, facts.wave, (wave) => ({
    ...wave,
    phase: "live",
    liveAtMs: event.atMs,
    members: facts.members,
    exposed: grown(wave.exposed, facts.exposed, event.atMs),
    ...(facts.rest === true ? { rest: true } : {}),
  }));
  const { shiftMs = 0 } = facts;
  const waves = shiftMs === 0 ? begun.waves : begun.waves.map((wave, index) => (index < facts.wave ? wave : shifted(wave, shiftMs)));
  return { ...begun, phase: "inProgress", waves };
}

function grown(exposed: PersistentMap<number>, customers: readonly string[], atMs: number): PersistentMap<number> {
  let next = exposed;
  for (const customer of customers) if (!next.has(customer)) next = next.set(customer, atMs);
  return next;
}

function endRelease(decisions: Decisions, event: LoggedEvent, facts: Extract<Facts, { readonly kind: "releaseEnded" }>): Decisions {
  const end = (release: ReleaseState): ReleaseState =>
    ENDED.includes(release.phase) && facts.how !== "rolledBack" ? release : { ...release, phase: facts.how, endedAtMs: event.atMs };
  if (facts.how !== "rolledBack") return onRelease(decisions, event, facts.release, end);
  const dropped = exposeIn(decisions, event, facts.release, end);
  const environment = dropped.releases.get(facts.release)?.content.environment;
  return environment === undefined ? dropped : endPinsThrough(dropped, environment, facts.release);
}

/** Changes one release and makes the exposure terms of its flags anew. */
function exposeIn(decisions: Decisions, event: LoggedEvent, id: string, by: (release: ReleaseState) => ReleaseState): Decisions {
  const changed = onRelease(decisions, event, id, by);
  const release = changed.releases.get(id);
  const own = release === undefined ? undefined : changed.environments[release.content.environment];
  if (release === undefined || own === undefined) return changed;
  let exposures = own.exposures;
  for (const { flag } of release.content.flags) {
    const term = exposureOf(changed, release.content.environment, flag);
    exposures = term === undefined ? exposures.delete(flag) : exposures.set(flag, term);
  }
  const environment: EnvironmentDecisions = { ...own, exposures };
  return { ...changed, environments: { ...changed.environments, [release.content.environment]: environment } };
}

/** Union over every release that has exposed the flag and was not rolled back (semantics 13, 14). */
function exposureOf(decisions: Decisions, environment: string, flag: string): Exposure | undefined {
  const hashOf = (id: string): string | undefined => (decisions.customers.get(id) ?? decisions.gone.get(id))?.hashes[environment];
  const keys = new Set<string>();
  /** By release that reaches everybody: its members, of whom those who are not exposed wait for their turn. */
  const waiting: Set<string>[] = [];
  const releases: string[] = [];
  let serve: string | undefined;
  let rest = false;
  for (const [id, release] of decisions.releases.entriesSorted()) {
    const served = release.content.flags.find((each) => each.flag === flag)?.serve;
    if (served === undefined || release.content.environment !== environment || release.phase === "rolledBack") continue;
    const ids = [...release.optIns.entriesSorted(), ...release.waves.flatMap(({ exposed }) => exposed.entriesSorted())].map(([customer]) => customer);
    const reaches = release.waves.some((wave) => wave.rest === true);
    if (ids.length === 0 && !reaches) continue;
    serve = served;
    rest ||= reaches;
    releases.push(id);
    if (reaches) waiting.push(new Set(release.waves.flatMap(({ members = [] }) => members)));
    for (const customer of ids) {
      const hash = hashOf(customer);
      if (hash !== undefined) keys.add(hash);
    }
  }
  if (serve === undefined) return undefined;
  if (!rest) return { serve, keys: [...keys].sort(), releases };
  // Customers registered after the wave began are no members and have it; those who were there wait for their turn. Whom one release
  // reaches that way has it, whatever another one waits for.
  const [first = new Set<string>(), ...others] = waiting;
  const unreached = [...first].filter((customer) => others.every((members) => members.has(customer)));
  const except = unreached.flatMap((customer) => hashOf(customer) ?? []).filter((hash) => !keys.has(hash));
  // Everybody else has it: who is exposed need not be listed.
  return { serve, keys: [], rest: true, except: [...new Set(except)].sort(), releases };
}
