import type { PlannedStarts, ReleaseView, WaveView } from "@sluice/contract";
import {
  approvalsToAsk,
  type Decisions,
  drillGate,
  ENDED,
  type FlagProblem,
  freezeMet,
  isMember,
  killsForAll,
  membersByWave,
  missingVersions,
  ownerOf,
  type PlannedStart,
  plannedStart,
  type ReleasePhase,
  type ReleaseState,
  turnsOf,
  waveStartMs,
} from "@sluice/releases";
import { tallyOf, type Turns } from "./release-tally.ts";

/** Everything a page says of a release, from the same functions that start it. */
export function viewOf(decisions: Decisions, release: ReleaseState, nowMs: number, flagProblem: FlagProblem): ReleaseView {
  const { counts, turns } = tallyOf(decisions, release, nowMs, flagProblem);
  const planned = plannedIn(decisions, release, turns);
  const nextAtMs = planned[0]?.atMs;
  const owner = ownerOf(release);
  const ownerGoneAtMs = decisions.closedAccounts.get(owner);
  const starts = STANDS_STILL.includes(release.phase) ? startsIfMeant(decisions, release) : planned;
  const { id, phase, content, contentHash, approvals, createdAtMs, changedAtMs, pausedBy, undecided, undecidedWave, editedBy, endedAtMs, changesAsked } =
    release;
  return {
    release: id,
    phase,
    content,
    contentHash,
    approvals,
    missingApprovals: approvalsToAsk(release, nowMs, nextAtMs),
    changesAsked,
    waves: wavesOf(decisions, release, nowMs),
    starts,
    counts,
    missingVersions: missingVersions(decisions.deployments, release),
    ...missingDrill(decisions, { release, nowMs }, flagProblem),
    createdAtMs,
    changedAtMs,
    owner,
    ...(ownerGoneAtMs === undefined ? {} : { ownerGoneAtMs }),
    ...(nextAtMs === undefined ? {} : { nextAtMs }),
    ...(pausedBy === undefined ? {} : { pausedBy }),
    killedBy: killsForAll(
      decisions,
      content.environment,
      content.flags.map(({ flag }) => flag),
    ).map((kill) => kill.id),
    ...(undecided === undefined ? {} : { undecided }),
    ...(undecidedWave === undefined ? {} : { undecidedWave }),
    ...(editedBy === undefined ? {} : { editedBy }),
    ...(endedAtMs === undefined ? {} : { endedAtMs }),
  };
}

/** Of the waves that are still to begin, the first that reaches everybody: what it would lack at its start, or now. */
function missingDrill(
  decisions: Decisions,
  { release, nowMs }: { readonly release: ReleaseState; readonly nowMs: number },
  flagProblem: FlagProblem,
): Pick<ReleaseView, "missingDrill"> {
  if (ENDED.includes(release.phase)) return {};
  const parts = { environments: decisions.environments, flagProblem };
  const [missing] = release.waves.flatMap(({ phase }, index) =>
    phase === "live" ? [] : drillGate(parts, release, index, Math.max(nowMs, waveStartMs(decisions, release, index))),
  );
  return missing?.why === "drillMissing" ? { missingDrill: missing } : {};
}

/** Nothing of these starts by itself. */
const STANDS_STILL: readonly ReleasePhase[] = ["draft", "paused", "needsDecision"];

/** When it is each customer's turn, if the plan is meant as it is written: soonest first. */
function startsIfMeant(decisions: Decisions, release: ReleaseState): readonly PlannedStarts[] {
  return release.content.waves
    .flatMap((_, wave) => {
      const byTime = new Map<number, { wave: number; atMs: number; customers: number; held: number; zone?: string }>();
      for (const { customer, atMs } of turnsOf(decisions, release, wave)) {
        // Who has it early gets nothing more by its wave.
        if (release.optIns.has(customer.id)) continue;
        const start = byTime.get(atMs) ?? { wave, atMs, customers: 0, held: 0 };
        byTime.set(atMs, start);
        start.customers += 1;
        if (isHeldBack(plannedStart(decisions, release, wave, customer))) start.held += 1;
        else if (start.zone === undefined) Object.assign(start, clockOf(decisions, release, wave, customer.id));
      }
      return [...byTime.values()].filter(({ atMs }) => atMs < Number.MAX_SAFE_INTEGER);
    })
    .sort(sooner);
}

const isHeldBack = ({ movedBy }: PlannedStart): boolean => movedBy.some(({ kind }) => kind === "hold");
const sooner = (one: PlannedStarts, other: PlannedStarts): number => one.atMs - other.atMs || one.wave - other.wave;

/** The starts ahead, counted, soonest first. */
function plannedIn(decisions: Decisions, release: ReleaseState, turns: Turns): readonly PlannedStarts[] {
  return turns
    .flatMap(({ kind, wave, atMs, customers, held }) => {
      if (kind !== "planned") return [];
      const own = customers.find((id) => !held.includes(id));
      return [{ wave, atMs, customers: customers.length, held: held.length, ...clockOf(decisions, release, wave, own) }];
    })
    .sort(sooner);
}

/** The clock by which a customer's turn comes, where that is its own: a start that a person set anew is one instant for all. */
function clockOf(decisions: Decisions, { content, waves }: ReleaseState, wave: number, customer: string | undefined): Pick<PlannedStarts, "zone"> {
  const start = content.waves[wave]?.start;
  if (customer === undefined || start === undefined || !("local" in start) || waves[wave]?.startAtMs !== undefined) return {};
  return { zone: decisions.customers.get(customer)?.zone ?? content.zone };
}

/** What a wave's customers come to whatever time it is: made once for each state of the release and of what its starts depend on. */
interface WaveFigures {
  readonly customers: readonly string[];
  readonly firstAtMs: number | undefined;
  readonly lastAtMs: number | undefined;
  readonly exposed: number;
  /** The end of the hold that keeps it from each who does not have it for that reason. */
  readonly heldUntilMs: readonly number[];
}

interface Figures extends Pick<Decisions, "customers" | "holds" | "freezes"> {
  readonly waves: readonly WaveFigures[];
}
const figures = new WeakMap<ReleaseState, Figures>();

function figuresOf(decisions: Decisions, release: ReleaseState): readonly WaveFigures[] {
  const { customers, holds, freezes } = decisions;
  const known = figures.get(release);
  if (known !== undefined && known.customers === customers && known.holds === holds && known.freezes === freezes) return known.waves;
  const members = membersByWave(decisions, release);
  const waves = release.content.waves.map((_, index) => waveFigures(decisions, release, { index, members: members[index] ?? [] }));
  figures.set(release, { customers, holds, freezes, waves });
  return waves;
}

function waveFigures(
  decisions: Decisions,
  release: ReleaseState,
  { index, members }: { readonly index: number; readonly members: readonly string[] },
): WaveFigures {
  const state = release.waves[index];
  const starts = new Set<number>();
  const heldUntilMs: number[] = [];
  let exposed = 0;
  for (const id of members) {
    const customer = decisions.customers.get(id);
    const start = customer === undefined ? undefined : plannedStart(decisions, release, index, customer);
    if (start?.atMs !== undefined) starts.add(start.atMs);
    const has = state?.exposed.has(id) === true;
    if (has || (state?.rest === true && !isMember(state, id))) exposed += 1;
    const holds = has ? [] : (start?.movedBy ?? []).flatMap((by) => (by.kind === "hold" ? [by.untilMs] : []));
    if (holds.length > 0) heldUntilMs.push(Math.max(...holds));
  }
  const all = [...starts];
  const none = all.length === 0;
  return { customers: members, firstAtMs: none ? undefined : Math.min(...all), lastAtMs: none ? undefined : Math.max(...all), exposed, heldUntilMs };
}

function frozenIn(met: ReturnType<typeof freezeMet>): Pick<WaveView, "frozen"> {
  return met === undefined ? {} : { frozen: { policy: met.freeze.policy, wishedAtMs: met.startMs, untilMs: met.freeze.untilMs } };
}

function wavesOf(decisions: Decisions, release: ReleaseState, nowMs: number): readonly WaveView[] {
  const all = figuresOf(decisions, release);
  return release.content.waves.map(({ name, start, bakeMs, audience }, index): WaveView => {
    const state = release.waves[index];
    const { customers = [], firstAtMs, lastAtMs, exposed = 0, heldUntilMs = [] } = all[index] ?? {};
    const isLive = state?.phase === "live";
    const startsAtMs = state?.liveAtMs ?? firstAtMs ?? waveStartMs(decisions, release, index);
    return {
      name,
      phase: isLive ? (startsAtMs + bakeMs <= nowMs ? "passed" : "live") : "pending",
      startsAtMs,
      ...(lastAtMs === undefined || lastAtMs === startsAtMs ? {} : { lastAtMs }),
      bakeMs,
      local: "local" in start,
      customers: customers.length,
      exposed,
      held: heldUntilMs.filter((untilMs) => untilMs > nowMs).length,
      everybody: Object.keys(audience).length === 0,
      ...frozenIn(freezeMet(decisions, release, index)),
    };
  });
}
