import { slot } from "@sluice/evaluation";
import { type Customer, isEverybody, isNamed } from "../customer/customer.ts";
import type { PersistentMap } from "../persistent-map.ts";
import type { Freeze, Hold, ReleaseState } from "../plan/release-state.ts";
import { type Blocked, pushOut } from "./push-out.ts";
import { instantOf } from "./zone-time.ts";

/** The part of the decisions that starts depend on. */
export interface Calendar {
  readonly customers: PersistentMap<Customer>;
  readonly holds: PersistentMap<Hold>;
  readonly freezes: PersistentMap<Freeze>;
}

/** Each customer's wave in one release, by customer id: as resolved for waves that are live, as it would be resolved now for the rest. */
export function assignWaves(release: ReleaseState, customers: PersistentMap<Customer>): ReadonlyMap<string, number> {
  const assigned = new Map<string, number>();
  let left = customers.entriesSorted().map(([, customer]) => customer);
  for (const [index, wave] of release.content.waves.entries()) {
    const state = release.waves[index];
    const members = state?.phase === "live" ? new Set(state.members) : undefined;
    const belongs = (customer: Customer): boolean =>
      members === undefined ? wouldBelong(release.id, index, wave.audience, customer) : members.has(customer.id) || state?.rest === true;
    for (const customer of left) if (belongs(customer)) assigned.set(customer.id, index);
    left = left.filter(({ id }) => !assigned.has(id));
  }
  return assigned;
}

/** Shares are by customer and differ from wave to wave, so that nobody is always first. */
function wouldBelong(release: string, index: number, audience: ReleaseState["content"]["waves"][number]["audience"], customer: Customer): boolean {
  if (!isNamed(audience, customer)) return false;
  return audience.share === undefined || slot(`${release}:${index}`, customer.id) < audience.share;
}

/** True where the wave takes in whoever is registered later. */
export function reachesRest(release: ReleaseState, index: number): boolean {
  const audience = release.content.waves[index]?.audience;
  return audience !== undefined && isEverybody(audience);
}

/** What moved a start. */
export type Mover =
  | { readonly kind: "hold"; readonly hold: string; readonly untilMs: number }
  | { readonly kind: "freeze"; readonly freeze: string; readonly untilMs: number }
  | { readonly kind: "closedHours" };

export interface PlannedStart {
  /** As the plan says, with what people and freezes have moved. */
  readonly wishedAtMs: number;
  /** When it happens if every gate is true then; `undefined` where open hours never open. */
  readonly atMs: number | undefined;
  readonly movedBy: readonly Mover[];
}

/** Holds of one customer that this release respects. */
export function holdsOn(calendar: Calendar, release: ReleaseState, customer: string): readonly Hold[] {
  const { environment, risk } = release.content;
  return calendar.holds
    .entriesSorted()
    .map(([, hold]) => hold)
    .filter(
      (hold) =>
        hold.environment === environment &&
        hold.customers.includes(customer) &&
        ((hold.releases === undefined && hold.risks === undefined) || hold.releases?.includes(release.id) === true || hold.risks?.includes(risk) === true),
    );
}

/** Freezes of the release's environment, by their beginning. */
export function freezesOn(calendar: Calendar, release: ReleaseState): readonly Freeze[] {
  return calendar.freezes
    .entriesSorted()
    .map(([, freeze]) => freeze)
    .filter(({ environment }) => environment === release.content.environment)
    .sort((a, b) => a.fromMs - b.fromMs || (a.id < b.id ? -1 : 1));
}

/** Start of a wave on one clock before holds: the plan's own, moved by people. */
function ownStartMs(release: ReleaseState, index: number, zone: string | undefined): number {
  const [wave, state] = [release.content.waves[index], release.waves[index]];
  if (wave === undefined || state === undefined) throw new RangeError(`release ${release.id} has no wave ${index}`);
  if (state.startAtMs !== undefined) return state.startAtMs;
  const start = "atMs" in wave.start ? wave.start.atMs : instantOf(wave.start.local, zone ?? release.content.zone);
  return start + state.shiftMs;
}

/**
 * By how much freezes that shift move each pending wave: a wave that would begin inside one moves to its end, into open hours, and
 * every wave behind it moves by the same, so that bakes are kept (semantics 18). Judged on the release's own zone.
 */
export function freezeShifts(calendar: Calendar, release: ReleaseState): readonly number[] {
  const shifting = freezesOn(calendar, release).filter(({ policy }) => policy === "shift");
  let shiftMs = 0;
  return release.waves.map(({ phase }, index) => {
    if (phase === "live") return 0;
    const start = ownStartMs(release, index, undefined) + shiftMs;
    const isInside = shifting.some(({ fromMs, untilMs }) => fromMs <= start && start < untilMs);
    if (isInside) shiftMs += (pushOut(start, shifting, openOf(release, undefined)) ?? start) - start;
    return shiftMs;
  });
}

function openOf(release: ReleaseState, zone: string | undefined): Parameters<typeof pushOut>[2] {
  const { openHours, zone: own } = release.content;
  return openHours === undefined ? undefined : { hours: openHours, zone: zone ?? own };
}

/**
 * planned(customer, wave): the wave's start pushed out of the customer's holds, the environment's freezes and closed hours (semantics 9).
 * A freeze that asks does not move the wave as a whole (that is a person's decision at its instant), but nobody starts inside it.
 */
export function plannedStart(calendar: Calendar, release: ReleaseState, index: number, customer: Customer): PlannedStart {
  const wishedAtMs = ownStartMs(release, index, customer.zone) + (freezeShifts(calendar, release)[index] ?? 0);
  const holds = holdsOn(calendar, release, customer.id);
  const freezes = freezesOn(calendar, release);
  const windows: readonly Blocked[] = [...holds, ...freezes];
  const isLocal = "local" in (release.content.waves[index]?.start ?? {});
  const atMs = pushOut(wishedAtMs, windows, openOf(release, isLocal ? customer.zone : undefined));
  if (atMs === wishedAtMs) return { wishedAtMs, atMs, movedBy: [] };
  const reaches = ({ fromMs, untilMs }: Blocked): boolean => untilMs > wishedAtMs && (atMs === undefined || fromMs < atMs);
  const movedBy: Mover[] = [
    ...holds.filter(reaches).map(({ id, untilMs }): Mover => ({ kind: "hold", hold: id, untilMs })),
    ...freezes.filter(reaches).map(({ id, untilMs }): Mover => ({ kind: "freeze", freeze: id, untilMs })),
  ];
  return { wishedAtMs, atMs, movedBy: movedBy.length === 0 ? [{ kind: "closedHours" }] : movedBy };
}

/** The wave's own start before anybody's holds: when it happens where it has no member, and what a freeze that asks is judged on. */
export function waveStartMs(calendar: Calendar, release: ReleaseState, index: number): number {
  return ownStartMs(release, index, undefined) + (freezeShifts(calendar, release)[index] ?? 0);
}
