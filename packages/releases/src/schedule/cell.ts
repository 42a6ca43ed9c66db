import { type Decisions, killsOf } from "../decisions.ts";
import type { ApprovingRole } from "../plan/release-content.ts";
import { GRACE_MS, type ReleaseState, type WhyDecide } from "../plan/release-state.ts";
import { closedGates, type FlagProblem, missingApprovals } from "./gates.ts";
import { assignWaves, type Mover, plannedStart, waveStartMs } from "./wave-plan.ts";

/** What one customer has of one release at one time: the one list of states of a cell. Derived, never stored. */
export type CellState =
  | { readonly state: "notIncluded" }
  | { readonly state: "scheduled"; readonly atMs: number }
  /** A hold moved its start to `atMs`. */
  | { readonly state: "held"; readonly atMs: number; readonly untilMs: number }
  | { readonly state: "earlyAccess"; readonly sinceMs: number; readonly untilMs?: number }
  | { readonly state: "on"; readonly sinceMs: number }
  | { readonly state: "offKilled"; readonly sinceMs: number; readonly kill: string }
  /** Nothing starts until a person says how to go on. */
  | { readonly state: "needsDecision" };

/** Why, in the order in which it was decided; sentences are made of these. */
export type CellReason =
  | { readonly kind: "draft" }
  | { readonly kind: "ended"; readonly how: "completed" | "cancelled" | "rolledBack"; readonly atMs?: number }
  | { readonly kind: "noWave" }
  | { readonly kind: "wave"; readonly wave: number; readonly wishedAtMs: number }
  | { readonly kind: "moved"; readonly by: Mover }
  | { readonly kind: "started"; readonly wave: number; readonly atMs: number }
  | { readonly kind: "optedIn"; readonly atMs: number }
  | { readonly kind: "registeredLater"; readonly wave: number }
  | { readonly kind: "killed"; readonly kill: string; readonly atMs: number }
  | { readonly kind: "paused"; readonly by: "person" | "kill" }
  | { readonly kind: "waitsForApproval"; readonly roles: readonly ApprovingRole[] }
  | { readonly kind: "undecided"; readonly why: readonly WhyDecide[] };

export interface Cell {
  readonly customer: string;
  readonly release: string;
  readonly state: CellState;
  readonly reasons: readonly CellReason[];
}

/** When the question is asked and for when: `atMs` in the past is answered from decisions folded up to then. */
export interface CellTime {
  readonly nowMs: number;
  readonly atMs: number;
}

/**
 * exposure(customer, release, time): what the customer has then, if nobody decides otherwise in between, and why. For a past time, give
 * the decisions as of then and `nowMs` = `atMs`. A prediction holds because the scheduler asks the same functions at the same instants.
 */
export function cellsOf(decisions: Decisions, release: ReleaseState, time: CellTime, flagProblem: FlagProblem): readonly Cell[] {
  const assigned = assignWaves(release, decisions.customers);
  const outlook = outlookOf(decisions, release, time, flagProblem);
  return decisions.customers.entriesSorted().map(([customer]) => cellIn(decisions, { release, customer, wave: assigned.get(customer), time, outlook }));
}

/** One cell of `cellsOf`. */
export function cellOf(
  decisions: Decisions,
  { release, customer, ...time }: CellTime & { readonly release: ReleaseState; readonly customer: string },
  flagProblem: FlagProblem,
): Cell {
  const wave = assignWaves(release, decisions.customers).get(customer);
  return cellIn(decisions, { release, customer, wave, time, outlook: outlookOf(decisions, release, time, flagProblem) });
}

/** What will become of each pending wave, as far as it can be known: when it begins, or why it will ask. */
type WaveOutlook = { readonly kind: "begins"; readonly atMs: number } | { readonly kind: "asks"; readonly atMs: number; readonly why: readonly WhyDecide[] };

function outlookOf(decisions: Decisions, release: ReleaseState, { nowMs }: CellTime, flagProblem: FlagProblem): readonly WaveOutlook[] {
  const outlook: WaveOutlook[] = [];
  const parts = { calendar: decisions, deployments: decisions.deployments, flagProblem };
  let imagined = release;
  const assigned = assignWaves(release, decisions.customers);
  for (const [index, wave] of release.waves.entries()) {
    if (wave.phase === "live") {
      outlook.push({ kind: "begins", atMs: wave.liveAtMs ?? 0 });
      continue;
    }
    const before = outlook[index - 1];
    const own = waveStartMs(decisions, release, index);
    const frozen = closedGates(parts, imagined, index, own).filter(({ why }) => why === "frozen");
    const atMs = frozen.length > 0 ? own : firstTurnMs(decisions, release, { index, assigned, own });
    const why = frozen.length > 0 ? frozen : closedGates(parts, imagined, index, Math.max(atMs, nowMs) + GRACE_MS);
    const isMissed = nowMs - atMs > GRACE_MS;
    if (before?.kind === "asks") outlook.push({ ...before, atMs: Math.max(before.atMs, atMs) });
    else if (why.length > 0 || isMissed) outlook.push({ kind: "asks", atMs, why: why.length > 0 ? why : [{ why: "missed", dueAtMs: atMs }] });
    else outlook.push({ kind: "begins", atMs });
    // The next wave's bake is judged on this one as if it had begun.
    imagined = { ...imagined, waves: imagined.waves.map((each, at) => (at === index ? { ...each, phase: "live", liveAtMs: atMs } : each)) };
  }
  return outlook;
}

function firstTurnMs(
  decisions: Decisions,
  release: ReleaseState,
  { index, assigned, own }: { readonly index: number; readonly assigned: ReadonlyMap<string, number>; readonly own: number },
): number {
  let first: number | undefined;
  for (const [id, wave] of assigned) {
    const customer = wave === index ? decisions.customers.get(id) : undefined;
    const atMs = customer === undefined ? undefined : plannedStart(decisions, release, index, customer).atMs;
    if (atMs !== undefined && (first === undefined || atMs < first)) first = atMs;
  }
  return first ?? own;
}

interface CellParts {
  readonly release: ReleaseState;
  readonly customer: string;
  readonly wave: number | undefined;
  readonly time: CellTime;
  readonly outlook: readonly WaveOutlook[];
}

function cellIn(decisions: Decisions, parts: CellParts): Cell {
  const { state, reasons } = stateIn(decisions, parts);
  const killed = killIn(decisions, parts);
  const cell = { customer: parts.customer, release: parts.release.id };
  if (killed === undefined || (state.state !== "on" && state.state !== "earlyAccess")) return { ...cell, state, reasons };
  return {
    ...cell,
    state: { state: "offKilled", sinceMs: killed.atMs, kill: killed.id },
    reasons: [{ kind: "killed", kill: killed.id, atMs: killed.atMs }, ...reasons],
  };
}

/** The first kill in force of one of the release's flags that covers the whole customer. */
function killIn(decisions: Decisions, { release, customer }: CellParts): { readonly id: string; readonly atMs: number } | undefined {
  const { environment, flags } = release.content;
  const hash = decisions.customers.get(customer)?.hashes[environment];
  for (const { flag } of flags) {
    const kill = killsOf(decisions, environment, flag).find(({ scope }) => {
      if (scope === undefined) return true;
      const isNarrower = scope.segment !== undefined || scope.services !== undefined || scope.versions !== undefined;
      return !isNarrower && hash !== undefined && scope.customers?.includes(hash) === true;
    });
    if (kill !== undefined) return kill;
  }
  return undefined;
}

interface Found {
  readonly state: CellState;
  readonly reasons: readonly CellReason[];
}

function stateIn(decisions: Decisions, parts: CellParts): Found {
  const { release, customer, wave, time } = parts;
  const { phase } = release;
  if (phase === "rolledBack") return { state: { state: "notIncluded" }, reasons: [ended(release, "rolledBack")] };
  const has = alreadyHas(parts);
  if (has !== undefined) return has;
  const optIn = release.optIns.get(customer);
  const isOptedIn = optIn !== undefined && (optIn.untilMs === undefined || time.atMs < optIn.untilMs);
  const later = laterIn(decisions, parts);
  if (isOptedIn && later.state.state !== "on")
    return {
      state: { state: "earlyAccess", sinceMs: optIn.sinceMs, ...(optIn.untilMs === undefined ? {} : { untilMs: optIn.untilMs }) },
      reasons: [{ kind: "optedIn", atMs: optIn.sinceMs }, ...(wave === undefined ? [] : later.reasons)],
    };
  return later;
}

const ended = ({ endedAtMs }: ReleaseState, how: "completed" | "cancelled" | "rolledBack"): CellReason => ({
  kind: "ended",
  how,
  ...(endedAtMs === undefined ? {} : { atMs: endedAtMs }),
});

function alreadyHas({ release, customer, wave }: CellParts): Found | undefined {
  for (const [index, { exposed }] of release.waves.entries()) {
    const atMs = exposed.get(customer);
    if (atMs !== undefined) return { state: { state: "on", sinceMs: atMs }, reasons: [{ kind: "started", wave: index, atMs }] };
  }
  const own = wave === undefined ? undefined : release.waves[wave];
  if (wave === undefined || own?.phase !== "live" || own.rest !== true || own.members?.includes(customer) === true) return undefined;
  return { state: { state: "on", sinceMs: own.liveAtMs ?? 0 }, reasons: [{ kind: "registeredLater", wave }] };
}

function laterIn(decisions: Decisions, { release, customer, wave, time, outlook }: CellParts): Found {
  const { phase } = release;
  if (phase === "draft") return { state: { state: "notIncluded" }, reasons: [{ kind: "draft" }] };
  if (phase === "completed" || phase === "cancelled") return { state: { state: "notIncluded" }, reasons: [ended(release, phase)] };
  const known = decisions.customers.get(customer);
  if (wave === undefined || known === undefined) return { state: { state: "notIncluded" }, reasons: [{ kind: "noWave" }] };
  const { wishedAtMs, atMs, movedBy } = plannedStart(decisions, release, wave, known);
  const reasons: CellReason[] = [{ kind: "wave", wave, wishedAtMs }, ...movedBy.map((by): CellReason => ({ kind: "moved", by }))];
  if (phase === "needsDecision") return { state: { state: "needsDecision" }, reasons: [{ kind: "undecided", why: release.undecided ?? [] }, ...reasons] };
  if (phase === "paused") return { state: { state: "needsDecision" }, reasons: [{ kind: "paused", by: release.pausedBy ?? "person" }, ...reasons] };
  const own = outlook[wave];
  if (atMs === undefined || own === undefined) return { state: { state: "needsDecision" }, reasons };
  const missing = missingApprovals(release);
  const waits: readonly CellReason[] = missing.length === 0 ? [] : [{ kind: "waitsForApproval", roles: missing }];
  if (own.kind === "asks" && time.atMs > own.atMs + GRACE_MS)
    return { state: { state: "needsDecision" }, reasons: [{ kind: "undecided", why: own.why }, ...reasons] };
  if (own.kind === "begins" && atMs <= time.atMs) return { state: { state: "on", sinceMs: atMs }, reasons };
  const hold = movedBy.find((by) => by.kind === "hold");
  if (hold !== undefined) return { state: { state: "held", atMs, untilMs: hold.untilMs }, reasons: [...waits, ...reasons] };
  return { state: { state: "scheduled", atMs }, reasons: [...waits, ...reasons] };
}
