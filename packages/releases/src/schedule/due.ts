import type { Decisions } from "../decisions.ts";
import type { Facts, Proposal } from "../event.ts";
import { machineCommand } from "../machine-commands.ts";
import { endOf, type Pin, pinsByEnd } from "../pin/pin.ts";
import { GRACE_MS, type ReleaseState, type WhyDecide } from "../plan/release-state.ts";
import { closedGates, type FlagProblem, freezeGate, type GateParts, standingGates } from "./gates.ts";
import { type Turn, turnsOf } from "./turns.ts";
import { freeFrom, freezeShifts, reachesRest, waveFreeFrom, waveStartMs } from "./wave-plan.ts";

/** Who appends what is due. */
const SCHEDULER = "scheduler";

/**
 * What the scheduler appends at `nowMs`: starts whose instant has come with every gate true, further customers of waves that are live,
 * releases that wait for a person, releases that are complete, opt-ins and pins whose end has come. Pure: the same decisions and instant
 * give the same list. What is applied is not listed again, but something else may be due by it, the completion behind a start: ask until
 * the list is empty. The commands are those of the instant, so two schedulers cannot start anything twice.
 */
export function due(decisions: Decisions, nowMs: number, flagProblem: FlagProblem): readonly Proposal[] {
  const parts: GateParts = { calendar: decisions, deployments: decisions.deployments, environments: decisions.environments, flagProblem };
  return [...decisions.releases.entriesSorted().flatMap(([, release]) => dueIn(decisions, parts, release, nowMs)), ...endedPins(decisions, nowMs)];
}

/** When something may become due next: the scheduler sleeps until then, at most. `undefined` where nothing is planned. */
export function nextDueMs(decisions: Decisions, nowMs: number): number | undefined {
  let next: number | undefined;
  const look = (atMs: number): void => {
    if (atMs > nowMs && (next === undefined || atMs < next)) next = atMs;
  };
  for (const [, release] of decisions.releases.entriesSorted()) timesOf(decisions, release, nowMs).forEach(look);
  for (const { pins } of Object.values(decisions.environments)) look(pinsByEnd(pins).find(({ untilMs }) => untilMs > nowMs)?.untilMs ?? nowMs);
  return next;
}

/** Instants around `nowMs` at which something of this release may become due. */
export function timesOf(decisions: Decisions, release: ReleaseState, nowMs: number): readonly number[] {
  const ends = release.optIns.entriesSorted().flatMap(([, { untilMs }]) => (untilMs === undefined ? [] : [untilMs]));
  if (release.phase !== "planned" && release.phase !== "inProgress") return ends;
  const bakes = release.waves.flatMap(({ liveAtMs }, index) => (liveAtMs === undefined ? [] : [liveAtMs + (release.content.waves[index]?.bakeMs ?? 0)]));
  const next = nextWave(release);
  const turns = release.waves.flatMap(({ phase }, index) =>
    phase === "live" || index === next
      ? untilNext(turnsOf(decisions, release, index), nowMs).flatMap((turn) =>
          around(turn.atMs, nowMs, (atMs) => freeFrom(decisions, release, { index, ...turn, atMs })),
        )
      : [],
  );
  const own = next < 0 ? [] : around(waveStartMs(decisions, release, next), nowMs, (atMs) => waveFreeFrom(decisions, release, atMs));
  return [...ends, ...bakes, ...turns, ...own];
}

/** Turns come in order: behind the first that is still to come there is none that is sooner. */
function untilNext(turns: readonly Turn[], nowMs: number): readonly Turn[] {
  const next = turns.findIndex(({ atMs }) => atMs > nowMs);
  return next < 0 ? turns : turns.slice(0, next + 1);
}

/** A turn, the end of a window that delays it within its grace, and the first instant at which it is too late. */
function around(turnMs: number, nowMs: number, freeAt: (atMs: number) => number | undefined): readonly number[] {
  if (turnMs > nowMs) return [turnMs];
  if (nowMs > turnMs + GRACE_MS) return [];
  const freeMs = freeAt(nowMs);
  return freeMs === undefined || freeMs <= nowMs ? [turnMs + GRACE_MS + 1] : [freeMs, turnMs + GRACE_MS + 1];
}

function dueIn(decisions: Decisions, parts: GateParts, release: ReleaseState, nowMs: number): readonly Proposal[] {
  const ended = endedOptIns(release, nowMs);
  if (release.phase !== "planned" && release.phase !== "inProgress") return ended;
  const missed = missedTurn(decisions, parts, release, nowMs);
  if (missed.length > 0) return [...ended, ...missed];
  const next = nextWave(release);
  const start = next < 0 ? completion(decisions, release, nowMs) : startOf(decisions, parts, { release, index: next, nowMs });
  return [...ended, ...moreCustomers(decisions, parts, release, nowMs), ...start];
}

const nextWave = ({ waves }: ReleaseState): number => waves.findIndex(({ phase }) => phase === "pending");

const propose = (command: string, atMs: number, facts: Facts): Proposal => ({ command, atMs, facts, personal: { by: SCHEDULER } });

interface Start {
  readonly release: ReleaseState;
  readonly index: number;
  readonly nowMs: number;
}

function startOf(decisions: Decisions, parts: GateParts, { release, index, nowMs }: Start): readonly Proposal[] {
  const turns = turnsOf(decisions, release, index);
  const own = waveStartMs(decisions, release, index);
  // A freeze that asks is a question at the wave's own instant; otherwise the wave begins with its first member.
  const isFrozen = freezeGate(parts, release, index).length > 0;
  const firstMs = isFrozen ? own : (turns[0]?.atMs ?? own);
  if (nowMs < firstMs) return [];
  const why = closedGates(parts, release, index, nowMs);
  if (isFrozen || nowMs - firstMs > GRACE_MS) return undecided(release, { index, dueAtMs: firstMs, nowMs, why });
  if (why.length > 0) return [];
  const exposed = startingNow(decisions, release, { index, turns, nowMs });
  const isFree = turns.length > 0 ? exposed.length > 0 : waveFreeFrom(decisions, release, nowMs) === nowMs;
  if (!isFree) return [];
  const shiftMs = freezeShifts(decisions, release)[index] ?? 0;
  const facts: Facts = {
    kind: "waveStarted",
    release: release.id,
    wave: index,
    environment: release.content.environment,
    members: turns.map(({ customer }) => customer.id).sort(),
    exposed,
    ...(reachesRest(release, index) ? { rest: true } : {}),
    ...(shiftMs === 0 ? {} : { shiftMs }),
  };
  return [propose(machineCommand.due(release.id, `${index}:start:${firstMs}`), nowMs, facts)];
}

/** Whose turn has come, and who is in no window now. */
function startingNow(
  decisions: Decisions,
  release: ReleaseState,
  { index, turns, nowMs }: { readonly index: number; readonly turns: readonly Turn[]; readonly nowMs: number },
): readonly string[] {
  return turns
    .filter(({ customer, atMs }) => atMs <= nowMs && (atMs === nowMs || freeFrom(decisions, release, { index, customer, atMs: nowMs }) === nowMs))
    .map(({ customer }) => customer.id)
    .sort();
}

function undecided(
  release: ReleaseState,
  { index, dueAtMs, nowMs, why }: { readonly index: number; readonly dueAtMs: number; readonly nowMs: number; readonly why: readonly WhyDecide[] },
): readonly Proposal[] {
  const facts: Facts = { kind: "releaseUndecided", release: release.id, wave: index, why: why.length > 0 ? why : [{ why: "missed", dueAtMs }] };
  // The same start may ask again after a pause or an edit: that is another question, and a command has one effect.
  return [propose(machineCommand.due(release.id, `${index}:undecided:${dueAtMs}:${release.changedAtMs}`), nowMs, facts)];
}

/** The first wave that is live with a member whose turn is past its grace: a person decides, and nothing more starts. */
function missedTurn(decisions: Decisions, parts: GateParts, release: ReleaseState, nowMs: number): readonly Proposal[] {
  for (const [index, { phase }] of release.waves.entries()) {
    const first = phase === "live" ? turnsOf(decisions, release, index)[0] : undefined;
    if (first !== undefined && nowMs - first.atMs > GRACE_MS)
      return undecided(release, { index, dueAtMs: first.atMs, nowMs, why: standingGates(parts, release, nowMs) });
  }
  return [];
}

/** Later instants of waves that are live: another time zone, the end of a hold. The gates hold for them too (semantics 9). */
function moreCustomers(decisions: Decisions, parts: GateParts, release: ReleaseState, nowMs: number): readonly Proposal[] {
  if (standingGates(parts, release, nowMs).length > 0) return [];
  return release.waves.flatMap(({ phase }, index): readonly Proposal[] => {
    const turns = phase === "live" ? turnsOf(decisions, release, index) : [];
    const customers = startingNow(decisions, release, { index, turns, nowMs });
    if (customers.length === 0) return [];
    const facts: Facts = { kind: "customersExposed", release: release.id, wave: index, environment: release.content.environment, customers };
    return [propose(machineCommand.due(release.id, `${index}:more:${nowMs}:${customers[0]}`), nowMs, facts)];
  });
}

/** A release is complete when every wave is live, everybody has it and the last one was watched for as long as planned. */
function completion(decisions: Decisions, release: ReleaseState, nowMs: number): readonly Proposal[] {
  const last = release.waves.length - 1;
  const [state, content] = [release.waves[last], release.content.waves[last]];
  if (state?.liveAtMs === undefined || content === undefined || nowMs < state.liveAtMs + content.bakeMs) return [];
  if (release.waves.some((_, index) => turnsOf(decisions, release, index).length > 0)) return [];
  return [propose(machineCommand.due(release.id, "completed"), nowMs, { kind: "releaseEnded", release: release.id, how: "completed" })];
}

function endedOptIns(release: ReleaseState, nowMs: number): readonly Proposal[] {
  return release.optIns.entriesSorted().flatMap(([customer, { untilMs, sinceMs }]): readonly Proposal[] => {
    if (untilMs === undefined || untilMs > nowMs) return [];
    return [
      propose(machineCommand.due(release.id, `opt-in:${customer}:${sinceMs}`), nowMs, {
        kind: "optedOut",
        release: release.id,
        environment: release.content.environment,
        customer,
        expired: true,
      }),
    ];
  });
}

/** A pin ends at its time, whatever becomes of releases. */
function endedPins({ environments }: Decisions, nowMs: number): readonly Proposal[] {
  return Object.keys(environments)
    .sort()
    .flatMap((environment) => upTo(nowMs, environments[environment]))
    .map((pin) => propose(machineCommand.due("pin", pin.id), nowMs, { ...endOf(pin), expired: true }));
}

function upTo(nowMs: number, environment: Decisions["environments"][string] | undefined): readonly Pin[] {
  const pins = environment === undefined ? [] : pinsByEnd(environment.pins);
  const first = pins.findIndex(({ untilMs }) => untilMs > nowMs);
  return first < 0 ? pins : pins.slice(0, first);
}
