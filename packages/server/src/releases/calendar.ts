import type { CalendarStart, CalendarView } from "@sluice/contract";
import { type Cell, cellsOf, type Decisions, ENDED, type FlagProblem, givenState, type Hold, type ReleaseState } from "@sluice/releases";

/** A calendar shows a month at most, with the days of other months at its edges. */
export const CALENDAR_MS_MAX: number = 62 * 24 * 3_600_000;

/** The window of time that is asked for: from, included, to until, excluded. */
export interface CalendarWindow {
  readonly nowMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The calendar as decided; who placed its holds, and why, is told by the log. */
export interface Calendar extends Omit<CalendarView, "holds"> {
  readonly holds: readonly Hold[];
}

/** Every start within the window, past and planned, soonest first, and the holds and freezes that touch it. Drafts start nothing and are left out. */
export function calendarOf(decisions: Decisions, window: CalendarWindow, flagProblem: FlagProblem): Calendar {
  const { nowMs, fromMs, untilMs } = window;
  const touches = (span: { readonly fromMs: number; readonly untilMs: number }): boolean => span.fromMs < untilMs && span.untilMs > fromMs;
  const releases = decisions.releases.entriesSorted().flatMap(([, release]) => (mayStartWithin(release, window) ? [release] : []));
  const starts = releases.flatMap((release) => startsOf(release, cellsOf(decisions, release, { nowMs, atMs: nowMs }, flagProblem)));
  return {
    nowMs,
    starts: starts.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs).sort((a, b) => a.atMs - b.atMs || (a.release < b.release ? -1 : 1)),
    holds: decisions.holds.entriesSorted().flatMap(([, hold]) => (touches(hold) ? [hold] : [])),
    freezes: decisions.freezes.entriesSorted().flatMap(([, freeze]) => (touches(freeze) ? [freeze] : [])),
  };
}

function mayStartWithin({ phase, endedAtMs, createdAtMs }: ReleaseState, { fromMs, untilMs }: CalendarWindow): boolean {
  if (phase === "draft" || createdAtMs >= untilMs) return false;
  return !ENDED.includes(phase) || (endedAtMs ?? Number.MAX_SAFE_INTEGER) >= fromMs;
}

/** The customers of a release who got it, get it, or were to get it, by instant and wave, as they come. */
export function turnsIn(cells: readonly Cell[]): readonly Pick<CalendarStart, "wave" | "atMs" | "kind" | "customers" | "held">[] {
  const found: { wave: number; atMs: number; kind: CalendarStart["kind"]; customers: string[]; held: string[] }[] = [];
  const byTime = new Map<number, typeof found>();
  for (const cell of cells) {
    const turn = turnIn(cell);
    if (turn === undefined) continue;
    const same = byTime.get(turn.atMs) ?? [];
    byTime.set(turn.atMs, same);
    let start = same.find(({ wave, kind }) => wave === turn.wave && kind === turn.kind);
    if (start === undefined) {
      start = { ...turn, customers: [], held: [] };
      same.push(start);
      found.push(start);
    }
    start.customers.push(cell.customer);
    if (givenState(cell).state === "held") start.held.push(cell.customer);
  }
  return found;
}

function startsOf(release: ReleaseState, cells: readonly Cell[]): readonly CalendarStart[] {
  const { title, environment, waves } = release.content;
  return turnsIn(cells).map((start) => ({
    ...start,
    release: release.id,
    title,
    environment,
    phase: release.phase,
    waveName: waves[start.wave]?.name ?? `Wave ${start.wave + 1}`,
  }));
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
      return planned === undefined ? undefined : { wave: planned.wave, atMs: planned.wishedAtMs, kind: "asks" };
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
