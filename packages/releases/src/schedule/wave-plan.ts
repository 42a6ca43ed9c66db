import { slot } from "@sluice/evaluation";
import { type Customer, isEverybody, isNamed } from "../customer/customer.ts";
import type { PersistentMap } from "../persistent-map.ts";
import type { Freeze, Hold, ReleaseState, WaveState } from "../plan/release-state.ts";
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
  let left = customersInOrder(customers);
  for (const [index, { audience }] of release.content.waves.entries()) {
    const state = release.waves[index];
    const isLive = state?.phase === "live";
    const { customers: ids, ...rest } = audience;
    const listed = ids === undefined ? undefined : new Set(ids);
    const belongs = (customer: Customer): boolean =>
      isLive ? state.rest === true || isMember(state, customer.id) : (listed?.has(customer.id) ?? true) && wouldBelong(release.id, index, rest, customer);
    for (const customer of left) if (belongs(customer)) assigned.set(customer.id, index);
    left = left.filter(({ id }) => !assigned.has(id));
  }
  return assigned;
}

/** Whether a customer was resolved into a wave when it began. */
export function isMember({ members }: WaveState, customer: string): boolean {
  if (members === undefined) return false;
  const known = memberSets.get(members) ?? new Set(members);
  memberSets.set(members, known);
  return known.has(customer);
}
const memberSets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** By id. Made once for each registry: sorting thousands of customers again for each release would cost more than everything else. */
export function customersInOrder(customers: PersistentMap<Customer>): readonly Customer[] {
  const known = inOrder.get(customers);
  if (known !== undefined) return known;
  const sorted = customers.entriesSorted().map(([, customer]) => customer);
  inOrder.set(customers, sorted);
  return sorted;
}
const inOrder = new WeakMap<PersistentMap<Customer>, readonly Customer[]>();

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
  return (holdsByCustomer(calendar.holds).get(customer) ?? []).filter(
    (hold) =>
      hold.environment === environment &&
      ((hold.releases === undefined && hold.risks === undefined) || hold.releases?.includes(release.id) === true || hold.risks?.includes(risk) === true),
  );
}

/** Made once for each state of the holds: most customers have none, and each release asks for each customer. */
export function holdsByCustomer(holds: PersistentMap<Hold>): ReadonlyMap<string, readonly Hold[]> {
  const known = byCustomer.get(holds);
  if (known !== undefined) return known;
  const made = new Map<string, Hold[]>();
  for (const [, hold] of holds.entriesSorted())
    for (const customer of hold.customers) {
      const own = made.get(customer);
      if (own === undefined) made.set(customer, [hold]);
      else own.push(hold);
    }
  byCustomer.set(holds, made);
  return made;
}
const byCustomer = new WeakMap<PersistentMap<Hold>, ReadonlyMap<string, readonly Hold[]>>();

/** Freezes of the release's environment, by their beginning. */
function freezesOn(calendar: Calendar, release: ReleaseState): readonly Freeze[] {
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

/** What all starts of one release share under one calendar. */
interface Shared {
  readonly freezes: Calendar["freezes"];
  readonly own: readonly Freeze[];
  readonly shifts: readonly number[];
  /** Starts of customers without holds, for each wave by zone: they are the same for all of them. */
  readonly byZone: readonly Map<string | undefined, PlannedStart>[];
}
const shared = new WeakMap<ReleaseState, Shared>();

function sharedOf(calendar: Calendar, release: ReleaseState): Shared {
  const known = shared.get(release);
  if (known !== undefined && known.freezes === calendar.freezes) return known;
  const own = freezesOn(calendar, release);
  const made: Shared = { freezes: calendar.freezes, own, shifts: shiftsBy(own, release), byZone: release.waves.map(() => new Map()) };
  shared.set(release, made);
  return made;
}

/**
 * By how much freezes that shift move each pending wave: a wave that would begin inside one, open hours considered, moves to its end,
 * into open hours, and every wave behind it moves by the same, so that bakes are kept (semantics 18). Judged on the release's own zone.
 * A wave that is live keeps what moved it in its state.
 */
export function freezeShifts(calendar: Calendar, release: ReleaseState): readonly number[] {
  return sharedOf(calendar, release).shifts;
}

function shiftsBy(freezes: readonly Freeze[], release: ReleaseState): readonly number[] {
  const shifting = freezes.filter(({ policy }) => policy === "shift");
  const open = openOf(release, undefined);
  let shiftMs = 0;
  return release.waves.map(({ phase }, index) => {
    if (phase === "live") return 0;
    if (shifting.length === 0) return shiftMs;
    const start = ownStartMs(release, index, undefined) + shiftMs;
    const begin = pushOut(start, [], open) ?? start;
    if (shifting.some((freeze) => isInside(begin, freeze))) shiftMs += (pushOut(start, shifting, open) ?? start) - start;
    return shiftMs;
  });
}

const isInside = (startMs: number, { fromMs, untilMs }: Blocked): boolean => fromMs <= startMs && startMs < untilMs;

/** Freezes that make the beginning of this wave a question: those that ask, and in which it would begin. */
export function freezesAsking(calendar: Calendar, release: ReleaseState, index: number): readonly Freeze[] {
  const start = waveStartMs(calendar, release, index);
  return sharedOf(calendar, release).own.filter((freeze) => freeze.policy === "ask" && isInside(start, freeze));
}

/** The freeze in which a pending wave would begin, with when: one that asks about it or else one that moves it. `undefined` where none does. */
export function freezeMet(calendar: Calendar, release: ReleaseState, index: number): { readonly freeze: Freeze; readonly startMs: number } | undefined {
  if (release.waves[index]?.phase === "live") return undefined;
  const [asking] = freezesAsking(calendar, release, index);
  if (asking !== undefined) return { freeze: asking, startMs: waveStartMs(calendar, release, index) };
  const { own, shifts } = sharedOf(calendar, release);
  // What the waves before it were moved by moves it too; what is asked here is what moves it besides.
  const start = ownStartMs(release, index, undefined) + (shifts[index - 1] ?? 0);
  const begin = pushOut(start, [], openOf(release, undefined)) ?? start;
  const freeze = own.find((each) => each.policy === "shift" && isInside(begin, each));
  return freeze === undefined ? undefined : { freeze, startMs: begin };
}

function openOf(release: ReleaseState, zone: string | undefined): Parameters<typeof pushOut>[2] {
  const { openHours, zone: own } = release.content;
  return openHours === undefined ? undefined : { hours: openHours, zone: zone ?? own };
}

/** Open hours are the customer's own where the wave follows the customer's own clock. */
function openFor(release: ReleaseState, index: number, customer: Customer): Parameters<typeof pushOut>[2] {
  return openOf(release, "local" in (release.content.waves[index]?.start ?? {}) ? customer.zone : undefined);
}

/**
 * planned(customer, wave): the wave's start pushed out of the customer's holds, the environment's freezes and closed hours (semantics 9).
 * A freeze that asks does not move the wave as a whole (that is a person's decision at its instant), but nobody starts inside it.
 */
export function plannedStart(calendar: Calendar, release: ReleaseState, index: number, customer: Customer): PlannedStart {
  const byZone = sharedOf(calendar, release).byZone[index];
  const holds = holdsOn(calendar, release, customer.id);
  if (holds.length > 0) return startWith(calendar, release, { index, customer, holds });
  const known = byZone?.get(customer.zone);
  if (known !== undefined) return known;
  const made = startWith(calendar, release, { index, customer, holds });
  byZone?.set(customer.zone, made);
  return made;
}

interface Whose {
  readonly index: number;
  readonly customer: Customer;
  readonly holds: readonly Hold[];
}

function startWith(calendar: Calendar, release: ReleaseState, { index, customer, holds }: Whose): PlannedStart {
  const { own: freezes, shifts } = sharedOf(calendar, release);
  const wishedAtMs = ownStartMs(release, index, customer.zone) + (shifts[index] ?? 0);
  const windows: readonly Blocked[] = [...holds, ...freezes];
  const atMs = pushOut(wishedAtMs, windows, openFor(release, index, customer));
  if (atMs === wishedAtMs) return { wishedAtMs, atMs, movedBy: [] };
  const reaches = ({ fromMs, untilMs }: Blocked): boolean => untilMs > wishedAtMs && (atMs === undefined || fromMs < atMs);
  const movedBy: Mover[] = [
    ...holds.filter(reaches).map(({ id, untilMs }): Mover => ({ kind: "hold", hold: id, untilMs })),
    ...freezes.filter(reaches).map(({ id, untilMs }): Mover => ({ kind: "freeze", freeze: id, untilMs })),
  ];
  return { wishedAtMs, atMs, movedBy: movedBy.length === 0 ? [{ kind: "closedHours" }] : movedBy };
}

/**
 * The first instant from `atMs` on at which nothing keeps this customer from starting: what is late within its grace must not begin
 * inside a window or outside open hours either (releases.md §1.3, 2 and 10).
 */
export function freeFrom(
  calendar: Calendar,
  release: ReleaseState,
  { index, customer, atMs }: { readonly index: number; readonly customer: Customer; readonly atMs: number },
): number | undefined {
  return pushOut(atMs, [...holdsOn(calendar, release, customer.id), ...sharedOf(calendar, release).own], openFor(release, index, customer));
}

/** As `freeFrom`, of a wave without members, on the release's own clock. */
export function waveFreeFrom(calendar: Calendar, release: ReleaseState, atMs: number): number | undefined {
  return pushOut(atMs, sharedOf(calendar, release).own, openOf(release, undefined));
}

/**
 * The wave's own start before anybody's holds, in open hours: when it happens where it has no member, and what a freeze that asks is
 * judged on.
 */
export function waveStartMs(calendar: Calendar, release: ReleaseState, index: number): number {
  const start = ownStartMs(release, index, undefined) + (freezeShifts(calendar, release)[index] ?? 0);
  return pushOut(start, [], openOf(release, undefined)) ?? start;
}
