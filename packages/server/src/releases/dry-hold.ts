import type { DryHold, Problem } from "@sluice/contract";
import type { Result } from "@sluice/evaluation";
import { applyEvent, type Cell, cellOf, decideHold, type Decisions, ENDED, type FlagProblem, givenState, type HoldWish } from "@sluice/releases";

/** Moves that are listed; the rest is counted. */
const MOVES_MAX = 200;

/** What a hold would do if it were placed now: which starts it moves, for whom, and what stays. Nothing is decided. Refused as the hold would be. */
export function dryHold(decisions: Decisions, wish: HoldWish, flagProblem: FlagProblem): Result<DryHold, Problem> {
  const decided = decideHold(decisions, wish);
  if (!decided.ok) return decided;
  // Its place and hashes are made by the store; nothing that is read here depends on them.
  const unplaced = { seq: decisions.seq + 1, epoch: decisions.epoch, personalHash: "", prevHash: "", hash: "" };
  const after = decided.value.reduce((sofar, proposal) => applyEvent(sofar, { ...proposal, ...unplaced }), decisions);
  const time = { nowMs: wish.atMs, atMs: wish.atMs };
  const moves: DryHold["moves"][number][] = [];
  let [keeps, moved] = [0, 0];
  for (const [id, release] of decisions.releases.entriesSorted()) {
    if (release.content.environment !== wish.environment || release.phase === "draft" || ENDED.includes(release.phase)) continue;
    for (const customer of wish.customers) {
      const was = cellOf(decisions, { release, customer, ...time }, flagProblem);
      if (["on", "earlyAccess"].includes(givenState(was).state)) keeps += 1;
      const [fromMs, toMs] = [startOf(was), startOf(cellOf(after, { release, customer, ...time }, flagProblem))];
      if (fromMs === undefined || fromMs === toMs) continue;
      moved += 1;
      if (moves.length < MOVES_MAX) moves.push({ release: id, title: release.content.title, customer, fromMs, ...(toMs === undefined ? {} : { toMs }) });
    }
  }
  return { ok: true, value: { moves, moved, keeps } };
}

function startOf(cell: Cell): number | undefined {
  const state = givenState(cell);
  return "atMs" in state ? state.atMs : undefined;
}
