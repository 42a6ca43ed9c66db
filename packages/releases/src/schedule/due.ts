import type { Decisions } from "../decisions.ts";
import type { Facts, Proposal } from "../event.ts";
import { GRACE_MS, type ReleaseState, type WhyDecide } from "../plan/release-state.ts";
import { closedGates, type FlagProblem, type GateParts } from "./gates.ts";
import { assignWaves, plannedStart, reachesRest, waveStartMs } from "./wave-plan.ts";

/** Who appends what is due. */
const SCHEDULER = "scheduler";

/** A member of a wave and when it is its turn. */
interface Turn {
  readonly customer: string;
  readonly atMs: number;
}

/**
 * What the scheduler appends at `nowMs`: starts whose instant has come with every gate true, further customers of waves that are live,
 * releases that wait for a person, releases that are complete. Pure: the same decisions and instant give the same list, and after it is
 * applied the list is empty. The commands are those of the instant, so two schedulers cannot start anything twice.
 */
export function due(decisions: Decisions, nowMs: number, flagProblem: FlagProblem): readonly Proposal[] {
  const parts: GateParts = { calendar: decisions, deployments: decisions.deployments, flagProblem };
  return decisions.releases.entriesSorted().flatMap(([, release]) => dueIn(decisions, parts, release, nowMs));
}

/** When something may become due next: the scheduler sleeps until then, at most. `undefined` where nothing is planned. */
export function nextDueMs(decisions: Decisions, nowMs: number): number | undefined {
  let next: number | undefined;
  for (const [, release] of decisions.releases.entriesSorted())
    for (const atMs of timesOf(decisions, release)) if (atMs > nowMs && (next === undefined || atMs < next)) next = atMs;
  return next;
}

function timesOf(decisions: Decisions, release: ReleaseState): readonly number[] {
  const ends = release.optIns.entriesSorted().flatMap(([, { untilMs }]) => (untilMs === undefined ? [] : [untilMs]));
  if (release.phase !== "planned" && release.phase !== "inProgress") return ends;
  const last = release.waves.length - 1;
  const bakeEnd = release.waves[last]?.liveAtMs === undefined ? [] : [(release.waves[last]?.liveAtMs ?? 0) + (release.content.waves[last]?.bakeMs ?? 0)];
  const turns = release.waves.flatMap((_, index) => turnsOf(decisions, release, index).map(({ atMs }) => atMs));
  const starts = release.waves.flatMap(({ phase }, index) => (phase === "pending" ? [waveStartMs(decisions, release, index)] : []));
  return [...ends, ...bakeEnd, ...turns, ...starts, ...turns.map((atMs) => atMs + GRACE_MS), ...starts.map((atMs) => atMs + GRACE_MS)];
}

function dueIn(decisions: Decisions, parts: GateParts, release: ReleaseState, nowMs: number): readonly Proposal[] {
  const ended = endedOptIns(release, nowMs);
  if (release.phase !== "planned" && release.phase !== "inProgress") return ended;
  const next = release.waves.findIndex(({ phase }) => phase === "pending");
  const more = moreCustomers(decisions, parts, release, nowMs);
  if (more.some(({ facts }) => facts.kind === "releaseUndecided")) return [...ended, ...more];
  const start = next < 0 ? completion(decisions, release, nowMs) : startOf(decisions, parts, { release, index: next, nowMs });
  return [...ended, ...more, ...start];
}

const propose = (command: string, atMs: number, facts: Facts): Proposal => ({ command, atMs, facts, personal: { by: SCHEDULER } });

/** Members of one wave that do not have it yet, each with its instant, soonest first. Those whose hours never open are left out. */
function turnsOf(decisions: Decisions, release: ReleaseState, index: number): readonly Turn[] {
  const state = release.waves[index];
  // Of a wave that is live, those who were resolved when it began; whoever was registered since has it already or is not part of it.
  const members = state?.phase === "live" ? (state.members ?? []) : membersNow(decisions, release, index);
  const turns: Turn[] = [];
  for (const customer of members) {
    if (state?.exposed.has(customer) === true) continue;
    const known = decisions.customers.get(customer);
    const atMs = known === undefined ? undefined : plannedStart(decisions, release, index, known).atMs;
    if (atMs !== undefined) turns.push({ customer, atMs });
  }
  return turns.sort((a, b) => a.atMs - b.atMs || (a.customer < b.customer ? -1 : 1));
}

function membersNow(decisions: Decisions, release: ReleaseState, index: number): readonly string[] {
  return [...assignWaves(release, decisions.customers)].flatMap(([customer, wave]) => (wave === index ? [customer] : []));
}

interface Start {
  readonly release: ReleaseState;
  readonly index: number;
  readonly nowMs: number;
}

function startOf(decisions: Decisions, parts: GateParts, { release, index, nowMs }: Start): readonly Proposal[] {
  const turns = turnsOf(decisions, release, index);
  const own = waveStartMs(decisions, release, index);
  // A freeze that asks is a question at the wave's own instant; otherwise the wave begins with its first member.
  const isFrozen = closedGates(parts, release, index, own).some(({ why }) => why === "frozen");
  const firstMs = isFrozen ? own : (turns[0]?.atMs ?? own);
  if (nowMs < firstMs) return [];
  const why = closedGates(parts, release, index, nowMs);
  const isLate = nowMs - firstMs > GRACE_MS;
  if (isFrozen || isLate) return undecided(release, { index, dueAtMs: firstMs, nowMs, why: why.length > 0 ? why : [{ why: "missed", dueAtMs: firstMs }] });
  if (why.length > 0) return [];
  const facts: Facts = {
    kind: "waveStarted",
    release: release.id,
    wave: index,
    environment: release.content.environment,
    members: turns.map(({ customer }) => customer).sort(),
    exposed: turnsUntil(turns, nowMs),
    ...(reachesRest(release, index) ? { rest: true } : {}),
  };
  return [propose(`due:${release.id}:${index}:start:${firstMs}`, nowMs, facts)];
}

const turnsUntil = (turns: readonly Turn[], nowMs: number): readonly string[] =>
  turns
    .filter(({ atMs }) => atMs <= nowMs)
    .map(({ customer }) => customer)
    .sort();

function undecided(
  release: ReleaseState,
  { index, dueAtMs, nowMs, why }: { readonly index: number; readonly dueAtMs: number; readonly nowMs: number; readonly why: readonly WhyDecide[] },
): readonly Proposal[] {
  const facts: Facts = { kind: "releaseUndecided", release: release.id, wave: index, why };
  return [propose(`due:${release.id}:${index}:undecided:${dueAtMs}`, nowMs, facts)];
}

/** Later instants of waves that are live: another time zone, the end of a hold. The gates hold for them too (semantics 9). */
function moreCustomers(decisions: Decisions, parts: GateParts, release: ReleaseState, nowMs: number): readonly Proposal[] {
  return release.waves.flatMap(({ phase }, index): readonly Proposal[] => {
    if (phase !== "live") return [];
    const turns = turnsOf(decisions, release, index).filter(({ atMs }) => atMs <= nowMs);
    const [first] = turns;
    if (first === undefined) return [];
    const closed = closedGates(parts, release, index, nowMs).filter(({ why }) => why !== "frozen" && why !== "bakeNotOver");
    const late = turns.filter(({ atMs }) => nowMs - atMs > GRACE_MS);
    const [firstLate] = late;
    if (firstLate !== undefined)
      return undecided(release, { index, dueAtMs: firstLate.atMs, nowMs, why: closed.length > 0 ? closed : [{ why: "missed", dueAtMs: firstLate.atMs }] });
    if (closed.length > 0) return [];
    const facts: Facts = {
      kind: "customersExposed",
      release: release.id,
      wave: index,
      environment: release.content.environment,
      customers: turnsUntil(turns, nowMs),
    };
    return [propose(`due:${release.id}:${index}:more:${first.atMs}:${first.customer}`, nowMs, facts)];
  });
}

/** A release is complete when every wave is live, everybody has it and the last one was watched for as long as planned. */
function completion(decisions: Decisions, release: ReleaseState, nowMs: number): readonly Proposal[] {
  const last = release.waves.length - 1;
  const [state, content] = [release.waves[last], release.content.waves[last]];
  if (state?.liveAtMs === undefined || content === undefined || nowMs < state.liveAtMs + content.bakeMs) return [];
  if (release.waves.some((_, index) => turnsOf(decisions, release, index).length > 0)) return [];
  return [propose(`due:${release.id}:completed`, nowMs, { kind: "releaseEnded", release: release.id, how: "completed" })];
}

function endedOptIns(release: ReleaseState, nowMs: number): readonly Proposal[] {
  return release.optIns.entriesSorted().flatMap(([customer, { untilMs, sinceMs }]): readonly Proposal[] => {
    if (untilMs === undefined || untilMs > nowMs) return [];
    return [
      propose(`due:${release.id}:opt-in:${customer}:${sinceMs}`, nowMs, {
        kind: "optedOut",
        release: release.id,
        environment: release.content.environment,
        customer,
        expired: true,
      }),
    ];
  });
}
