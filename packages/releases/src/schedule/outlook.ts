import type { Decisions } from "../decisions.ts";
import type { Customer } from "../customer/customer.ts";
import { GRACE_MS, type ReleaseState, type WhyDecide } from "../plan/release-state.ts";
import { drillGate, firstApprovalEndMs, type FlagProblem, freezeGate, type GateParts, standingGates } from "./gates.ts";
import { type Turn, turnsOf } from "./turns.ts";
import { freeFrom, waveFreeFrom, waveStartMs } from "./wave-plan.ts";

/** What will become of a release that is planned or in progress, if nobody decides otherwise and the scheduler looks. */
export interface Outlook {
  /** From when on each wave's turns are taken, by its index; waves behind one that asks are not here. Empty where a gate stays closed. */
  readonly takenFromMs: readonly number[];
  /** From here on an approval is over, and no turn is taken. */
  readonly closesAtMs: number;
  readonly asks?: Question;
}

/** The release will wait for a person. */
export interface Question {
  readonly fromMs: number;
  /** Whose turn comes until then still gets it: a wave that begins at the instant of the question is begun first, a missed turn goes before. */
  readonly untilMs: number;
  readonly why: readonly WhyDecide[];
}

interface Draft {
  readonly decisions: Decisions;
  readonly release: ReleaseState;
  readonly nowMs: number;
  /** Gates that are closed at an instant and stay so. */
  readonly standing: (atMs: number) => readonly WhyDecide[];
  /** Gates that are closed for a wave that would begin at an instant, the bake before it and freezes aside. */
  readonly beginning: (index: number, atMs: number) => readonly WhyDecide[];
  readonly takenFromMs: number[];
  readonly closesAtMs: number;
  asks?: Question;
}

/**
 * Follows the plan from `nowMs` on as `due` would, without its steps in between. Looks at each wave, and at those of its members only
 * whose turn has passed: everybody else is on at the turn itself.
 */
export function outlookOf(decisions: Decisions, release: ReleaseState, nowMs: number, flagProblem: FlagProblem): Outlook {
  const parts: GateParts = { calendar: decisions, deployments: decisions.deployments, environments: decisions.environments, flagProblem };
  const closesAtMs = firstApprovalEndMs(release);
  const standing: Draft["standing"] = (atMs) => standingGates(parts, release, atMs);
  const beginning: Draft["beginning"] = (index, atMs) => [...standing(atMs), ...drillGate(parts, release, index, atMs)];
  const draft: Draft = { decisions, release, nowMs, standing, beginning, takenFromMs: [], closesAtMs };
  let before: Before = { begunAtMs: Number.MIN_SAFE_INTEGER, bakedAtMs: Number.MIN_SAFE_INTEGER };
  for (const [index, { phase, liveAtMs }] of release.waves.entries()) {
    const turns = turnsOf(decisions, release, index);
    const begunAtMs = phase === "live" ? (liveAtMs ?? 0) : beginningOf(draft, index, turns, before);
    if (begunAtMs === undefined) break;
    // A wave that is live takes turns now, even where the clock was put back to before it began.
    follow(draft, index, turns, phase === "live" ? Math.min(begunAtMs, nowMs) : begunAtMs);
    before = { begunAtMs, bakedAtMs: begunAtMs + (release.content.waves[index]?.bakeMs ?? 0) };
  }
  return { takenFromMs: draft.takenFromMs, closesAtMs, ...(draft.asks === undefined ? {} : { asks: draft.asks }) };
}

interface Before {
  readonly begunAtMs: number;
  readonly bakedAtMs: number;
}

const bakeAt = (atMs: number, { bakedAtMs }: Before): readonly WhyDecide[] => (bakedAtMs > atMs ? [{ why: "bakeNotOver", overAtMs: bakedAtMs }] : []);

/** When a pending wave begins; `undefined` where it asks instead, and what is behind it waits. */
function beginningOf(draft: Draft, index: number, turns: readonly Turn[], before: Before): number | undefined {
  const { decisions, release, nowMs, beginning } = draft;
  const own = waveStartMs(decisions, release, index);
  const frozen = freezeGate({ calendar: decisions }, release, index);
  if (frozen.length > 0) {
    const fromMs = Math.max(own, before.begunAtMs);
    ask(draft, { fromMs, untilMs: fromMs, why: [...beginning(index, fromMs), ...bakeAt(fromMs, before), ...frozen] });
    return undefined;
  }
  const firstMs = turns[0]?.atMs ?? own;
  const lastMs = firstMs + GRACE_MS;
  const fromMs = Math.max(nowMs, before.bakedAtMs);
  const beginsAtMs = fromMs > lastMs ? undefined : soonest(draft, index, turns, Math.max(fromMs, firstMs));
  if (beginsAtMs !== undefined && beginsAtMs <= lastMs && beginning(index, beginsAtMs).length === 0) return beginsAtMs;
  const asksAtMs = Math.max(lastMs + 1, before.begunAtMs);
  const why = [...beginning(index, asksAtMs), ...bakeAt(asksAtMs, before)];
  ask(draft, { fromMs: asksAtMs, untilMs: asksAtMs, why: why.length > 0 ? why : [{ why: "missed", dueAtMs: firstMs }] });
  return undefined;
}

/** The first instant from `fromMs` on at which some member may start, or the wave itself where it has none. */
function soonest({ decisions, release }: Draft, index: number, turns: readonly Turn[], fromMs: number): number | undefined {
  if (turns.length === 0) return waveFreeFrom(decisions, release, fromMs);
  let first: number | undefined;
  for (const { customer, atMs } of turns) {
    // Turns come in order: nobody behind one that is later than the best so far can be sooner.
    if (first !== undefined && atMs >= first) break;
    const free = atMs >= fromMs ? atMs : freeFrom(decisions, release, { index, customer, atMs: fromMs });
    if (free !== undefined && (first === undefined || free < first)) first = free;
  }
  return first;
}

/** Each member of a wave that has begun, or will: on at its turn, or as soon as it is free within the grace of it. */
function follow(draft: Draft, index: number, turns: readonly Turn[], begunAtMs: number): void {
  const { decisions, release, nowMs, standing, closesAtMs } = draft;
  const missed = (atMs: number): void => {
    const fromMs = atMs + GRACE_MS + 1;
    const why = standing(fromMs);
    ask(draft, { fromMs, untilMs: atMs + GRACE_MS, why: why.length > 0 ? why : [{ why: "missed", dueAtMs: atMs }] });
  };
  const [first] = turns;
  if (standing(nowMs).length > 0) {
    // Turns come in order: the first of them is the first to be missed.
    if (first !== undefined) missed(first.atMs);
    return;
  }
  const fromMs = Math.max(begunAtMs, nowMs);
  draft.takenFromMs[index] = fromMs;
  for (const { customer, atMs } of turns) {
    if (atMs >= fromMs) break;
    const at = takenAt(decisions, release, { index, customer, atMs }, fromMs);
    if (at === undefined || at >= closesAtMs) missed(atMs);
  }
  // Everybody else is taken at the turn itself, until an approval is over: the first of those behind its end is missed.
  const behind = closesAtMs === Number.MAX_SAFE_INTEGER ? undefined : turns.find(({ atMs }) => atMs >= fromMs && atMs >= closesAtMs);
  if (behind !== undefined) missed(behind.atMs);
}

/** A member's turn in a wave. */
interface TurnIn {
  readonly index: number;
  readonly customer: Customer;
  readonly atMs: number;
}

/** When somebody whose turn it is gets it, if its wave takes turns from `fromMs` on; `undefined` where it comes too late. */
function takenAt(decisions: Decisions, release: ReleaseState, turn: TurnIn, fromMs: number): number | undefined {
  if (turn.atMs >= fromMs) return turn.atMs;
  const at = freeFrom(decisions, release, { ...turn, atMs: fromMs });
  return at !== undefined && at <= turn.atMs + GRACE_MS ? at : undefined;
}

/** When a customer that waits for its turn gets it; `undefined` where no time can be told now. */
export function comesAt(decisions: Decisions, release: ReleaseState, outlook: Outlook, turn: TurnIn): number | undefined {
  const fromMs = outlook.takenFromMs[turn.index];
  const at = fromMs === undefined ? undefined : takenAt(decisions, release, turn, fromMs);
  return at !== undefined && at < outlook.closesAtMs ? at : undefined;
}

function ask(draft: Draft, question: Question): void {
  if (draft.asks === undefined || question.fromMs < draft.asks.fromMs) draft.asks = question;
}
