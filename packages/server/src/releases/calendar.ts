import type { CalendarStart, CalendarView } from "@sluice/contract";
import { type Decisions, ENDED, type FlagProblem, type Hold, type ReleaseState } from "@sluice/releases";
import { tallyOf, type Turns } from "./release-tally.ts";

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
  const starts = releases.flatMap((release) => startsOf(release, tallyOf(decisions, release, nowMs, flagProblem).turns, window));
  const holds = decisions.holds.entriesSorted().flatMap(([, hold]) => (touches(hold) ? [hold] : []));
  const within = new Set([...starts, ...holds].flatMap(({ customers }) => customers));
  const after = decisions.releases.entriesSorted().flatMap(([, release]) => {
    if (release.phase === "draft" || ENDED.includes(release.phase)) return [];
    return tallyOf(decisions, release, nowMs, flagProblem).turns.flatMap(({ atMs, customers }) => (atMs >= untilMs ? customers : []));
  });
  return {
    nowMs,
    starts: starts.sort((a, b) => a.atMs - b.atMs || (a.release < b.release ? -1 : 1)),
    later: new Set(after.filter((customer) => !within.has(customer))).size,
    holds,
    freezes: decisions.freezes.entriesSorted().flatMap(([, freeze]) => (touches(freeze) ? [freeze] : [])),
  };
}

function mayStartWithin({ phase, endedAtMs, createdAtMs }: ReleaseState, { fromMs, untilMs }: CalendarWindow): boolean {
  if (phase === "draft" || createdAtMs >= untilMs) return false;
  return !ENDED.includes(phase) || (endedAtMs ?? Number.MAX_SAFE_INTEGER) >= fromMs;
}

function startsOf(release: ReleaseState, turns: Turns, { fromMs, untilMs }: CalendarWindow): readonly CalendarStart[] {
  const { title, environment, waves } = release.content;
  return turns
    .filter(({ atMs }) => atMs >= fromMs && atMs < untilMs)
    .map((start) => ({
      ...start,
      release: release.id,
      title,
      environment,
      phase: release.phase,
      waveName: waves[start.wave]?.name ?? `Wave ${start.wave + 1}`,
    }));
}
