import { plannedSteps } from "./planned-steps.ts";
import type { Cell, HoldView, ReleaseView } from "./release-data.ts";

/** How many customers are where, from one instant until the next at which that changes. */
export interface CourseStretch {
  readonly fromMs: number;
  /** Absent of the last one. */
  readonly untilMs?: number;
  readonly has: number;
  /** Were given it, and a kill takes it from them. */
  readonly killed: number;
  /** Get it by then if the plan goes on; where it waits for a person, were to get it. */
  readonly ahead: number;
}

type Told = Pick<ReleaseView, "course" | "starts" | "phase" | "endedAtMs">;

/** The staircase of a release, with the numbers that its sentences and its table have: what was given, what kills take, and the starts ahead. */
export function courseOf({ course, starts, phase, endedAtMs }: Told): readonly CourseStretch[] {
  const { given = [], killed = [] } = course ?? {};
  const ahead = isOver(phase) ? [] : starts;
  const takenMs = phase === "rolledBack" ? endedAtMs : undefined;
  const turns = [...given, ...ahead].map(({ atMs }) => atMs);
  const instants = [...new Set([...turns, ...killed.map(({ sinceMs }) => sinceMs), ...(takenMs === undefined ? [] : [takenMs])])].toSorted((a, b) => a - b);
  return instants.map((fromMs, index) => {
    const reached = takenMs !== undefined && fromMs >= takenMs ? 0 : sumUpTo(given, fromMs);
    const lost = Math.min(
      reached,
      sumUpTo(
        killed.map(({ sinceMs, customers }) => ({ atMs: sinceMs, customers })),
        fromMs,
      ),
    );
    const untilMs = instants[index + 1];
    return { fromMs, ...(untilMs === undefined ? {} : { untilMs }), has: reached - lost, killed: lost, ahead: sumUpTo(ahead, fromMs) };
  });
}

const isOver = (phase: ReleaseView["phase"]): boolean => phase === "completed" || phase === "cancelled" || phase === "rolledBack";

const sumUpTo = (steps: readonly { readonly atMs: number; readonly customers: number }[], untilMs: number): number =>
  steps.reduce((sum, { atMs, customers }) => (atMs <= untilMs ? sum + customers : sum), 0);

/** What stands at a step: which wave, how many, when. */
export interface CourseLabel {
  readonly title: string;
  readonly customers: number;
  readonly atMs: number;
  /** The others of these come later. */
  readonly isFirstOf: boolean;
  readonly kind: "given" | "ahead" | "killed";
}

/** One label for each wave's start, for those whom a hold moves, for early access, and for a kill: the numbers of the plan beside it. */
export function courseLabels(view: Told & Pick<ReleaseView, "waves">): readonly CourseLabel[] {
  const { course, waves, phase } = view;
  const { given = [], killed = [] } = course ?? {};
  const nameOf = (wave: number): string => waves[wave]?.name ?? `Wave ${wave + 1}`;
  const begun = [...new Set(given.map(({ wave }) => wave))].map((wave): CourseLabel => {
    const own = given.filter((each) => each.wave === wave);
    return {
      title: wave === undefined ? "Early access" : nameOf(wave),
      customers: own.reduce((sum, { customers }) => sum + customers, 0),
      atMs: Math.min(...own.map(({ atMs }) => atMs)),
      isFirstOf: own.length > 1,
      kind: "given",
    };
  });
  const ahead = (isOver(phase) ? [] : plannedSteps(view, waves.length)).map(({ wave, customers, atMs, isHeld, isFirstOf }): CourseLabel => {
    const title = isHeld ? `${nameOf(wave)}, after a hold` : nameOf(wave);
    return { title, customers, atMs, isFirstOf, kind: "ahead" };
  });
  const kills = killed.map(({ sinceMs, customers }): CourseLabel => ({ title: "Killed", customers, atMs: sinceMs, isFirstOf: false, kind: "killed" }));
  return [...begun, ...ahead, ...kills].toSorted((a, b) => a.atMs - b.atMs);
}

/** A customer who waits for this release behind a hold. */
export interface HeldRow {
  readonly hold: HoldView;
  readonly customer: string;
}

/** Holds that move the start of somebody, as their cells say it: also while the release is killed, paused or waits for a person. */
export function heldRows(cells: readonly Cell[], holds: readonly HoldView[]): readonly HeldRow[] {
  return cells.flatMap(({ customer, state, reasons }) => {
    const own = state.state === "pinned" ? state.besides : state;
    if (own.state !== "held" && own.state !== "needsDecision") return [];
    return reasons.flatMap((reason) => {
      if (reason.kind !== "moved" || reason.by.kind !== "hold") return [];
      const id = reason.by.hold;
      const hold = holds.find((each) => each.id === id);
      return hold === undefined ? [] : [{ hold, customer }];
    });
  });
}
