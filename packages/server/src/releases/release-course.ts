import type { ReleaseCourse } from "@sluice/contract";
import { type Cell, cellsOf, type Decisions, type FlagProblem, givenState, type ReleaseState } from "@sluice/releases";

/**
 * What became of a release until now: who was given it, and from whom kills take it. From the very cells that pages list and count, so that no drawing
 * says another number than a table. Of a release that was rolled back, what it had given until then.
 */
export function courseOf(decisions: Decisions, release: ReleaseState, nowMs: number, flagProblem: FlagProblem): ReleaseCourse {
  const asGiven: ReleaseState = release.phase === "rolledBack" ? { ...release, phase: "cancelled" } : release;
  const cells = cellsOf(decisions, asGiven, { nowMs, atMs: nowMs }, flagProblem);
  const given = new Map<string, { wave?: number; atMs: number; customers: number }>();
  const killed = new Map<number, { sinceMs: number; customers: number }>();
  for (const cell of cells) {
    const state = givenState(cell);
    const turn = givenIn(release, cell);
    if (turn !== undefined) {
      const key = `${turn.wave ?? ""}/${turn.atMs}`;
      const same = given.get(key) ?? { ...turn, customers: 0 };
      given.set(key, same);
      same.customers += 1;
    }
    if (state.state === "offKilled") {
      const same = killed.get(state.sinceMs) ?? { sinceMs: state.sinceMs, customers: 0 };
      killed.set(state.sinceMs, same);
      same.customers += 1;
    }
  }
  return { given: [...given.values()].toSorted((a, b) => a.atMs - b.atMs), killed: [...killed.values()].toSorted((a, b) => a.sinceMs - b.sinceMs) };
}

/** When this customer was given it, and by which wave: early without one. `undefined` where it was not. */
function givenIn({ waves }: ReleaseState, cell: Cell): { readonly wave?: number; readonly atMs: number } | undefined {
  const state = givenState(cell);
  if (state.state !== "on" && state.state !== "earlyAccess" && state.state !== "offKilled") return undefined;
  for (const reason of cell.reasons) {
    if (reason.kind === "started") return { wave: reason.wave, atMs: reason.atMs };
    if (reason.kind === "optedIn") return { atMs: reason.atMs };
    if (reason.kind === "registeredLater") return { wave: reason.wave, atMs: waves[reason.wave]?.liveAtMs ?? 0 };
  }
  // A start of this very instant, which is not in the log yet; or a pinned feature alone, which a kill takes.
  const planned = cell.reasons.find((reason) => reason.kind === "wave");
  const pinned = cell.reasons.find((reason) => reason.kind === "pinned");
  if (state.state === "on") return planned === undefined ? undefined : { wave: planned.wave, atMs: state.sinceMs };
  return pinned === undefined ? undefined : { atMs: pinned.atMs };
}
