import type { CellCounts, PlannedStarts, ReleaseView, WaveView } from "@sluice/contract";
import {
  approvalsToAsk,
  type Cell,
  type CellState,
  type CellTime,
  type Decisions,
  type FlagProblem,
  givenState,
  isMember,
  membersByWave,
  plannedStart,
  type ReleaseState,
  waveStartMs,
} from "@sluice/releases";
import { cellsOf, holdsOn } from "@sluice/releases";
import { turnIn } from "./calendar.ts";

export function countCells(cells: readonly Cell[]): CellCounts {
  const counts: Partial<Record<CellState["state"], number>> = {};
  for (const { state } of cells) counts[state.state] = (counts[state.state] ?? 0) + 1;
  return counts;
}

/** Everything a page says of a release, from the same functions that start it. */
export function viewOf(decisions: Decisions, release: ReleaseState, time: CellTime, flagProblem: FlagProblem): ReleaseView {
  const cells = cellsOf(decisions, release, time, flagProblem);
  const nextAtMs = soonestOf(cells);
  const { id, phase, content, contentHash, approvals, createdAtMs, changedAtMs, pausedBy, undecided, undecidedWave, editedBy, endedAtMs, changesAsked } =
    release;
  return {
    release: id,
    phase,
    content,
    contentHash,
    approvals,
    missingApprovals: approvalsToAsk(release, time.nowMs, nextAtMs),
    changesAsked,
    waves: wavesOf(decisions, release, time.nowMs),
    starts: plannedIn(cells),
    counts: countCells(cells),
    createdAtMs,
    changedAtMs,
    ...(nextAtMs === undefined ? {} : { nextAtMs }),
    ...(pausedBy === undefined ? {} : { pausedBy }),
    ...(undecided === undefined ? {} : { undecided }),
    ...(undecidedWave === undefined ? {} : { undecidedWave }),
    ...(editedBy === undefined ? {} : { editedBy }),
    ...(endedAtMs === undefined ? {} : { endedAtMs }),
  };
}

/** The starts ahead, counted. */
function plannedIn(cells: readonly Cell[]): readonly PlannedStarts[] {
  const found = new Map<number, Map<number, { wave: number; atMs: number; customers: number; held: number }>>();
  for (const cell of cells) {
    const { state } = givenState(cell);
    if (state !== "scheduled" && state !== "held") continue;
    const turn = turnIn(cell);
    if (turn === undefined) continue;
    const { wave, atMs } = turn;
    const ofWave = found.get(wave) ?? new Map<number, { wave: number; atMs: number; customers: number; held: number }>();
    found.set(wave, ofWave);
    const start = ofWave.get(atMs) ?? { wave, atMs, customers: 0, held: 0 };
    ofWave.set(atMs, start);
    start.customers += 1;
    if (state === "held") start.held += 1;
  }
  return [...found.values()].flatMap((ofWave) => [...ofWave.values()]).sort((a, b) => a.atMs - b.atMs || a.wave - b.wave);
}

/** The next start that is planned. */
function soonestOf(cells: readonly Cell[]): number | undefined {
  let least: number | undefined;
  for (const cell of cells) {
    const state = givenState(cell);
    if ((state.state === "scheduled" || state.state === "held") && (least === undefined || state.atMs < least)) least = state.atMs;
  }
  return least;
}

function wavesOf(decisions: Decisions, release: ReleaseState, nowMs: number): readonly WaveView[] {
  const members = membersByWave(decisions, release);
  return release.content.waves.map(({ name, start, bakeMs, audience }, index): WaveView => {
    const state = release.waves[index];
    const customers = members[index] ?? [];
    const starts = new Set<number>();
    for (const id of customers) {
      const customer = decisions.customers.get(id);
      const atMs = customer === undefined ? undefined : plannedStart(decisions, release, index, customer).atMs;
      if (atMs !== undefined) starts.add(atMs);
    }
    const isLive = state?.phase === "live";
    const startsAtMs = state?.liveAtMs ?? (starts.size === 0 ? waveStartMs(decisions, release, index) : Math.min(...starts));
    const lastAtMs = starts.size === 0 ? undefined : Math.max(...starts);
    return {
      name,
      phase: isLive ? (startsAtMs + bakeMs <= nowMs ? "passed" : "live") : "pending",
      startsAtMs,
      ...(lastAtMs === undefined || lastAtMs === startsAtMs ? {} : { lastAtMs }),
      bakeMs,
      local: "local" in start,
      customers: customers.length,
      exposed: customers.filter((id) => state?.exposed.has(id) === true || (state?.rest === true && !isMember(state, id))).length,
      held: customers.filter((id) => holdsOn(decisions, release, id).some(({ untilMs }) => untilMs > nowMs) && state?.exposed.has(id) !== true).length,
      everybody: Object.keys(audience).length === 0,
    };
  });
}
