import type { Customer } from "../customer/customer.ts";
import { type Decisions, type KillInForce, killsOf } from "../decisions.ts";
import { type Pin, pinsByCustomer } from "../pin/pin.ts";
import type { ApprovingRole, NeededVersion } from "../plan/release-content.ts";
import type { ReleaseState, WhyDecide } from "../plan/release-state.ts";
import { type FlagProblem, missingApprovals, missingVersions } from "./gates.ts";
import { comesAt, type Outlook, outlookOf } from "./outlook.ts";
import { wavesOf } from "./turns.ts";
import { customersInOrder, isMember, type Mover, type PlannedStart, plannedStart } from "./wave-plan.ts";

/** What one customer has of one release at one time: the one list of states of a cell. Derived, never stored. */
export type CellState =
  | GivenState
  /** Some of its flags are fixed for this customer, since the first of these pins and until the first of their ends; `besides` is what it has of the rest. */
  | { readonly state: "pinned"; readonly sinceMs: number; readonly untilMs: number; readonly besides: GivenState };

/** What the release itself gives, and a kill takes. */
export type GivenState =
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
  /** What follows is what the customer has besides, and will have again. `by`: whoever placed the pin, where that is known. */
  | {
      readonly kind: "pinned";
      readonly pin: string;
      readonly flag: string;
      readonly serve: string;
      readonly atMs: number;
      readonly untilMs: number;
      readonly by?: string;
    }
  | { readonly kind: "killed"; readonly kill: string; readonly atMs: number }
  | { readonly kind: "paused"; readonly by: "person" | "kill" }
  | { readonly kind: "waitsForApproval"; readonly roles: readonly ApprovingRole[] }
  /** Services in these versions do not run yet: else it does not start. */
  | { readonly kind: "waitsForVersion"; readonly needs: readonly NeededVersion[] }
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
  const assigned = wavesOf(decisions, release);
  const outlook = outlookOf(decisions, release, time.nowMs, flagProblem);
  const kills = killsIn(decisions, release);
  const needs = missingVersions(decisions.deployments, release);
  const found = new Map<PlannedStart, Found>();
  return customersInOrder(decisions.customers).map((known) =>
    cellIn(decisions, { release, customer: known.id, known, wave: assigned.get(known.id), time, outlook, kills, needs, found }),
  );
}

/** One cell of `cellsOf`. */
export function cellOf(
  decisions: Decisions,
  { release, customer, ...time }: CellTime & { readonly release: ReleaseState; readonly customer: string },
  flagProblem: FlagProblem,
): Cell {
  const wave = wavesOf(decisions, release).get(customer);
  const outlook = outlookOf(decisions, release, time.nowMs, flagProblem);
  const known = decisions.customers.get(customer);
  return cellIn(decisions, {
    release,
    customer,
    known,
    wave,
    time,
    outlook,
    kills: killsIn(decisions, release),
    needs: missingVersions(decisions.deployments, release),
    found: new Map(),
  });
}

interface CellParts {
  readonly release: ReleaseState;
  readonly customer: string;
  readonly known: Customer | undefined;
  readonly wave: number | undefined;
  readonly time: CellTime;
  readonly outlook: Outlook;
  readonly kills: readonly KillInForce[];
  /** Versions that the release needs and that do not run. */
  readonly needs: readonly NeededVersion[];
  /** What was found for one start, which thousands of customers share. */
  readonly found: Map<PlannedStart, Found>;
}

/** A kill wins over a pin, a pin over what the release gives (semantics 5). */
function cellIn(decisions: Decisions, parts: CellParts): Cell {
  const found = stateIn(decisions, parts);
  const kills = killsOn(decisions, parts);
  const pins = pinsOn(decisions, parts);
  // Nearly everybody, and a page asks for hundreds of thousands: what a start's customers share is not made again for each of them.
  if (kills.length === 0 && pins.length === 0) return { customer: parts.customer, release: parts.release.id, ...found };
  const inForce = pins.filter(({ flag }) => !kills.some(({ flags }) => flags.includes(flag)));
  const [killed] = found.state.state === "on" || found.state.state === "earlyAccess" || inForce.length < pins.length ? kills : [];
  const given: GivenState = killed === undefined ? found.state : { state: "offKilled", sinceMs: killed.atMs, kill: killed.id };
  const reasons: readonly CellReason[] = [
    ...(killed === undefined ? [] : [{ kind: "killed" as const, kill: killed.id, atMs: killed.atMs }]),
    ...pins.map(pinReason),
    ...found.reasons,
  ];
  return { customer: parts.customer, release: parts.release.id, state: inForce.length === 0 ? given : pinnedBy(inForce, given), reasons };
}

const pinReason = ({ id, flag, serve, atMs, untilMs, by }: Pin): CellReason => ({
  kind: "pinned",
  pin: id,
  flag,
  serve,
  atMs,
  untilMs,
  ...(by === undefined ? {} : { by }),
});

const pinnedBy = (pins: readonly Pin[], besides: GivenState): CellState => ({
  state: "pinned",
  sinceMs: Math.min(...pins.map(({ atMs }) => atMs)),
  untilMs: Math.min(...pins.map(({ untilMs }) => untilMs)),
  besides,
});

/** What the release gives, its pins aside: when it starts for this customer does not depend on them. */
export const givenState = ({ state }: Cell): GivenState => (state.state === "pinned" ? state.besides : state);

const NO_PINS: readonly Pin[] = [];

/** Pins of the release's flags that this customer has then. */
function pinsOn(decisions: Decisions, { release: { content }, customer, time }: CellParts): readonly Pin[] {
  const own = pinsByCustomer(decisions, content.environment).get(customer);
  return own === undefined ? NO_PINS : own.filter(({ flag, untilMs }) => time.atMs < untilMs && content.flags.some((each) => each.flag === flag));
}

const killsIn = (decisions: Decisions, { content }: ReleaseState): readonly KillInForce[] =>
  content.flags.flatMap(({ flag }) => killsOf(decisions, content.environment, flag));

/** The kills in force of the release's flags that cover the whole customer. */
function killsOn(decisions: Decisions, { release, customer, kills }: CellParts): readonly KillInForce[] {
  if (kills.length === 0) return kills;
  const hash = decisions.customers.get(customer)?.hashes[release.content.environment];
  return kills.filter(({ scope }) => {
    if (scope === undefined) return true;
    const isNarrower = scope.segment !== undefined || scope.services !== undefined || scope.versions !== undefined;
    return !isNarrower && hash !== undefined && scope.customers?.includes(hash) === true;
  });
}

interface Found {
  readonly state: GivenState;
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
  for (let index = 0; index < release.waves.length; index += 1) {
    const exposed = release.waves[index]?.exposed;
    const atMs = exposed === undefined || exposed.size === 0 ? undefined : exposed.get(customer);
    if (atMs !== undefined) return { state: { state: "on", sinceMs: atMs }, reasons: [{ kind: "started", wave: index, atMs }] };
  }
  const own = wave === undefined ? undefined : release.waves[wave];
  if (wave === undefined || own?.phase !== "live" || own.rest !== true || isMember(own, customer)) return undefined;
  return { state: { state: "on", sinceMs: own.liveAtMs ?? 0 }, reasons: [{ kind: "registeredLater", wave }] };
}

function laterIn(decisions: Decisions, parts: CellParts): Found {
  const { release, known, wave, outlook, found } = parts;
  const { phase } = release;
  if (phase === "draft") return { state: { state: "notIncluded" }, reasons: [{ kind: "draft" }] };
  if (phase === "completed" || phase === "cancelled") return { state: { state: "notIncluded" }, reasons: [ended(release, phase)] };
  if (wave === undefined || known === undefined) return { state: { state: "notIncluded" }, reasons: [{ kind: "noWave" }] };
  const start = plannedStart(decisions, release, wave, known);
  const turnMs = start.atMs ?? Number.MAX_SAFE_INTEGER;
  const comesAtMs = comesAt(decisions, release, outlook, { index: wave, customer: known, atMs: turnMs });
  if (comesAtMs !== undefined && comesAtMs !== turnMs) return waitingIn(parts, wave, start, comesAtMs);
  // Everybody of one wave and zone without holds has the very same start, and so the same answer.
  const shared = found.get(start) ?? waitingIn(parts, wave, start, comesAtMs);
  found.set(start, shared);
  return shared;
}

/** What somebody has who waits for a start, which comes at `comesAtMs` as far as can be told. */
function waitingIn(
  { release, time, outlook, needs }: CellParts,
  wave: number,
  { wishedAtMs, atMs, movedBy }: PlannedStart,
  comesAtMs: number | undefined,
): Found {
  const { phase } = release;
  const reasons: CellReason[] = [{ kind: "wave", wave, wishedAtMs }, ...movedBy.map((by): CellReason => ({ kind: "moved", by }))];
  if (phase === "needsDecision") return { state: { state: "needsDecision" }, reasons: [{ kind: "undecided", why: release.undecided ?? [] }, ...reasons] };
  if (phase === "paused") return { state: { state: "needsDecision" }, reasons: [{ kind: "paused", by: release.pausedBy ?? "person" }, ...reasons] };
  const { asks } = outlook;
  if (asks !== undefined && time.atMs >= asks.fromMs && (comesAtMs === undefined || comesAtMs > asks.untilMs))
    return { state: { state: "needsDecision" }, reasons: [{ kind: "undecided", why: asks.why }, ...reasons] };
  if (comesAtMs !== undefined && comesAtMs <= time.atMs) return { state: { state: "on", sinceMs: comesAtMs }, reasons };
  const nextMs = comesAtMs ?? atMs;
  if (nextMs === undefined) return { state: { state: "needsDecision" }, reasons };
  const missing = missingApprovals(release, nextMs);
  const waits: readonly CellReason[] = [
    ...(missing.length === 0 ? [] : [{ kind: "waitsForApproval" as const, roles: missing }]),
    ...(needs.length === 0 ? [] : [{ kind: "waitsForVersion" as const, needs }]),
  ];
  const hold = movedBy.find((by) => by.kind === "hold");
  if (hold !== undefined) return { state: { state: "held", atMs: nextMs, untilMs: hold.untilMs }, reasons: [...waits, ...reasons] };
  return { state: { state: "scheduled", atMs: nextMs }, reasons: [...waits, ...reasons] };
}
