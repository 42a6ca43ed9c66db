import type { Decisions } from "../decisions.ts";
import { GRACE_MS, type ReleaseState, type WhyDecide } from "../plan/release-state.ts";
import { type FlagProblem, freezeGate, type GateParts, standingGates } from "./gates.ts";
import { type Turn, turnsOf } from "./turns.ts";
import { freeFrom, waveFreeFrom, waveStartMs } from "./wave-plan.ts";

/** What will become of a release that is planned or in progress, if nobody decides otherwise and the scheduler looks. */
export interface Outlook {
  /** When each customer that waits gets it, by id; who is not here gets it at no time that can be told now. */
  readonly comes: ReadonlyMap<string, number>;
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
  /** Gates that stay closed. */
  readonly standing: readonly WhyDecide[];
  readonly comes: Map<string, number>;
  asks?: Question;
}

/** Follows the plan from `nowMs` on as `due` would, without its steps in between: each wave and each customer once. */
export function outlookOf(decisions: Decisions, release: ReleaseState, nowMs: number, flagProblem: FlagProblem): Outlook {
  const parts: GateParts = { calendar: decisions, deployments: decisions.deployments, flagProblem };
  const draft: Draft = { decisions, release, nowMs, standing: standingGates(parts, release), comes: new Map() };
  let before = { begunAtMs: Number.MIN_SAFE_INTEGER, bakedAtMs: Number.MIN_SAFE_INTEGER };
  for (const [index, { phase, liveAtMs }] of release.waves.entries()) {
    const turns = turnsOf(decisions, release, index);
    const begunAtMs = phase === "live" ? (liveAtMs ?? 0) : beginningOf(draft, index, turns, before);
    if (begunAtMs === undefined) break;
    follow(draft, index, turns, begunAtMs);
    before = { begunAtMs, bakedAtMs: begunAtMs + (release.content.waves[index]?.bakeMs ?? 0) };
  }
  return { comes: draft.comes, ...(draft.asks === undefined ? {} : { asks: draft.asks }) };
}

/** When a pending wave begins; `undefined` where it asks instead, and what is behind it waits. */
function beginningOf(
  draft: Draft,
  index: number,
  turns: readonly Turn[],
  before: { readonly begunAtMs: number; readonly bakedAtMs: number },
): number | undefined {
  const { decisions, release, nowMs, standing } = draft;
  const own = waveStartMs(decisions, release, index);
  const frozen = freezeGate({ calendar: decisions }, release, index);
  if (frozen.length > 0) {
    const fromMs = Math.max(own, before.begunAtMs);
    ask(draft, { fromMs, untilMs: fromMs, why: frozen });
    return undefined;
  }
  const firstMs = turns[0]?.atMs ?? own;
  const lastMs = firstMs + GRACE_MS;
  const fromMs = Math.max(nowMs, before.bakedAtMs);
  const beginsAtMs = standing.length > 0 || fromMs > lastMs ? undefined : soonest(draft, index, turns, Math.max(fromMs, firstMs));
  if (beginsAtMs !== undefined && beginsAtMs <= lastMs) return beginsAtMs;
  const bake: readonly WhyDecide[] = before.bakedAtMs > lastMs ? [{ why: "bakeNotOver", overAtMs: before.bakedAtMs }] : [];
  const why = [...standing, ...bake];
  const asksAtMs = Math.max(lastMs + 1, before.begunAtMs);
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
  const { decisions, release, nowMs, standing, comes } = draft;
  const fromMs = Math.max(begunAtMs, nowMs);
  for (const { customer, atMs } of turns) {
    const at = atMs >= fromMs ? atMs : freeFrom(decisions, release, { index, customer, atMs: fromMs });
    if (standing.length === 0 && at !== undefined && at <= atMs + GRACE_MS) comes.set(customer.id, at);
    else ask(draft, { fromMs: atMs + GRACE_MS + 1, untilMs: atMs + GRACE_MS, why: standing.length > 0 ? standing : [{ why: "missed", dueAtMs: atMs }] });
  }
}

function ask(draft: Draft, question: Question): void {
  if (draft.asks === undefined || question.fromMs < draft.asks.fromMs) draft.asks = question;
}
