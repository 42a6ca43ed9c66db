import type { DryHold, Problem } from "@sluice/contract";
import type { Result } from "@sluice/evaluation";
import {
  applyEvent,
  type Cell,
  cellOf,
  decideHold,
  decideLiftHold,
  type Decisions,
  ENDED,
  type EndHoldWish,
  type FlagProblem,
  givenState,
  type HoldWish,
  type Proposal,
} from "@sluice/releases";

/** Moves that are listed; the rest is counted. */
const MOVES_MAX = 200;

/** What a hold would do if it were placed now: which starts it moves, for whom, and what stays. Nothing is decided. Refused as the hold would be. */
export function dryHold(decisions: Decisions, wish: HoldWish, flagProblem: FlagProblem): Result<DryHold, Problem> {
  const decided = decideHold(decisions, wish);
  return decided.ok ? { ok: true, value: changeBy(decisions, decided.value, wish, flagProblem) } : decided;
}

/** What it would do to lift a hold now: which starts come sooner, for whom. Nothing is decided. Refused as the lift would be. */
export function dryLift(decisions: Decisions, wish: EndHoldWish, flagProblem: FlagProblem): Result<DryHold, Problem> {
  const decided = decideLiftHold(decisions, wish);
  if (!decided.ok) return decided;
  const hold = decisions.holds.get(wish.hold);
  const about = { environment: hold?.environment ?? "", customers: hold?.customers ?? [], atMs: wish.atMs };
  return { ok: true, value: changeBy(decisions, decided.value, about, flagProblem) };
}

/** The starts of these customers before and after what was decided. */
function changeBy(
  decisions: Decisions,
  decided: readonly Proposal[],
  { environment, customers, atMs }: Pick<HoldWish, "environment" | "customers" | "atMs">,
  flagProblem: FlagProblem,
): DryHold {
  // Its place and hashes are made by the store; nothing that is read here depends on them.
  const unplaced = { seq: decisions.seq + 1, epoch: decisions.epoch, personalHash: "", prevHash: "", hash: "" };
  const after = decided.reduce((sofar, proposal) => applyEvent(sofar, { ...proposal, ...unplaced }), decisions);
  const time = { nowMs: atMs, atMs };
  const moves: DryHold["moves"][number][] = [];
  let [keeps, moved] = [0, 0];
  for (const [id, release] of decisions.releases.entriesSorted()) {
    if (release.content.environment !== environment || release.phase === "draft" || ENDED.includes(release.phase)) continue;
    for (const customer of customers) {
      const was = cellOf(decisions, { release, customer, ...time }, flagProblem);
      if (["on", "earlyAccess"].includes(givenState(was).state)) keeps += 1;
      const [fromMs, toMs] = [startOf(was), turnOf(cellOf(after, { release, customer, ...time }, flagProblem))];
      if (fromMs === undefined || fromMs === toMs) continue;
      moved += 1;
      if (moves.length < MOVES_MAX) moves.push({ release: id, title: release.content.title, customer, fromMs, ...(toMs === undefined ? {} : { toMs }) });
    }
  }
  return { moves, moved, keeps };
}

function startOf(cell: Cell): number | undefined {
  const state = givenState(cell);
  return "atMs" in state ? state.atMs : undefined;
}

/** The same, also of a start of this very instant. */
function turnOf(cell: Cell): number | undefined {
  const state = givenState(cell);
  return state.state === "on" ? state.sinceMs : startOf(cell);
}
