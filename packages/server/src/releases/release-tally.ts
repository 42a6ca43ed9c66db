import type { CalendarStart, CellCounts } from "@sluice/contract";
import {
  type Cell,
  cellsOf,
  type CellState,
  type Decisions,
  type FlagProblem,
  givenState,
  type Ground,
  groundOf,
  isSameGround,
  type ReleaseState,
  steadyUntilMs,
} from "@sluice/releases";

/** What a calendar knows of the starts of one release. */
export type Turns = readonly Pick<CalendarStart, "wave" | "atMs" | "kind" | "customers" | "held" | "killed">[];

/** What the cells of one release come to at "now". */
export interface ReleaseTally {
  readonly counts: CellCounts;
  readonly turns: Turns;
}

interface Kept extends ReleaseTally {
  readonly ground: Ground;
  readonly fromMs: number;
  readonly untilMs: number;
}
const kept = new WeakMap<ReleaseState, Kept>();

/**
 * The cells of a release at `nowMs`, counted and by their starts. Made once for what they are made of, and until the clock changes them: pages
 * ask for those of every release several times over, and of thousands of customers it is most of their work. Cells themselves are not kept: 300,000 of
 * them are 20 MB.
 */
export function tallyOf(decisions: Decisions, release: ReleaseState, nowMs: number, flagProblem: FlagProblem): ReleaseTally {
  const known = kept.get(release);
  const ground = groundOf(decisions, release);
  if (known !== undefined && known.fromMs <= nowMs && nowMs < known.untilMs && isSameGround(known.ground, ground)) return known;
  const cells = cellsOf(decisions, release, { nowMs, atMs: nowMs }, flagProblem);
  const made = { counts: countCells(cells), turns: turnsIn(cells), ground, fromMs: nowMs, untilMs: steadyUntilMs(decisions, release, nowMs) };
  kept.set(release, made);
  return made;
}

/** How many customers are in each state. */
export function countCells(cells: readonly Cell[]): CellCounts {
  const counts: Partial<Record<CellState["state"], number>> = {};
  for (const { state } of cells) counts[state.state] = (counts[state.state] ?? 0) + 1;
  return counts;
}

/** The customers of a release who got it, get it, or were to get it, by instant and wave, as they come. */
function turnsIn(cells: readonly Cell[]): Turns {
  const found: { wave: number; atMs: number; kind: CalendarStart["kind"]; customers: string[]; held: string[]; killed: string[] }[] = [];
  const byTime = new Map<number, typeof found>();
  for (const cell of cells) {
    const turn = turnIn(cell);
    if (turn === undefined) continue;
    const same = byTime.get(turn.atMs) ?? [];
    byTime.set(turn.atMs, same);
    let start = same.find(({ wave, kind }) => wave === turn.wave && kind === turn.kind);
    if (start === undefined) {
      start = { ...turn, customers: [], held: [], killed: [] };
      same.push(start);
      found.push(start);
    }
    start.customers.push(cell.customer);
    if (givenState(cell).state === "offKilled") start.killed.push(cell.customer);
    if (givenState(cell).state === "held" || (turn.kind === "asks" && heldUntilMs(cell) !== undefined)) start.held.push(cell.customer);
  }
  return found;
}

/** The end of the hold that moves this customer's start. */
function heldUntilMs({ reasons }: Cell): number | undefined {
  const ends = reasons.flatMap((reason) => (reason.kind === "moved" && reason.by.kind === "hold" ? [reason.by.untilMs] : []));
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/** When this customer's wave started for it, starts, or was to start. */
function turnIn(cell: Cell): Pick<CalendarStart, "wave" | "atMs" | "kind"> | undefined {
  const { reasons } = cell;
  const state = givenState(cell);
  const planned = reasons.find((reason) => reason.kind === "wave");
  switch (state.state) {
    case "scheduled":
    case "held":
      return planned === undefined ? undefined : { wave: planned.wave, atMs: state.atMs, kind: "planned" };
    case "needsDecision":
      return planned === undefined ? undefined : { wave: planned.wave, atMs: Math.max(planned.wishedAtMs, heldUntilMs(cell) ?? 0), kind: "asks" };
    case "on":
    case "offKilled": {
      const started = reasons.find((reason) => reason.kind === "started");
      return started === undefined ? undefined : { wave: started.wave, atMs: started.atMs, kind: "started" };
    }
    case "earlyAccess":
    case "notIncluded":
      return undefined;
  }
}
