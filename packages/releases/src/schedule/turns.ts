import type { PersistentMap } from "../persistent-map.ts";
import type { Customer } from "../customer/customer.ts";
import type { ReleaseState } from "../plan/release-state.ts";
import { assignWaves, type Calendar, holdsByCustomer, plannedStart } from "./wave-plan.ts";

/** A member of a wave that does not have it yet, and when it is its turn. */
export interface Turn {
  readonly customer: Customer;
  readonly atMs: number;
}

interface Resolved {
  readonly customers: PersistentMap<Customer>;
  readonly holds: Calendar["holds"];
  readonly freezes: Calendar["freezes"];
  readonly assigned: ReadonlyMap<string, number>;
  readonly members: readonly (readonly string[])[];
  readonly turns: readonly (readonly Turn[])[];
}

/**
 * Kept with the release that it was made from: the scheduler asks each second, and nearly always nothing has changed. States are
 * immutable, so the same references are the same question.
 */
const resolved = new WeakMap<ReleaseState, Resolved>();

function resolve(calendar: Calendar, release: ReleaseState): Resolved {
  const known = resolved.get(release);
  const { customers, holds, freezes } = calendar;
  if (known !== undefined && known.customers === customers && known.freezes === freezes) {
    if (known.holds === holds) return known;
    const made = { ...known, holds, turns: turnsAfterHolds(calendar, release, known) };
    resolved.set(release, made);
    return made;
  }
  const assigned = assignWaves(release, customers);
  const members = release.waves.map((): string[] => []);
  for (const [id, index] of assigned) members[index]?.push(id);
  const made: Resolved = { customers, holds, freezes, assigned, members, turns: waitingBy(calendar, release, assigned).map(inOrder) };
  resolved.set(release, made);
  return made;
}

function waitingBy(calendar: Calendar, release: ReleaseState, assigned: ReadonlyMap<string, number>): readonly (readonly Turn[])[] {
  const turns: Turn[][] = release.waves.map(() => []);
  const add = (index: number, id: string): void => {
    const customer = calendar.customers.get(id);
    if (customer === undefined || release.waves[index]?.exposed.has(id) === true) return;
    turns[index]?.push(turnOf(calendar, release, index, customer));
  };
  // Of a wave that is live, those who were resolved when it began; whoever was registered since has it already or is not part of it.
  for (const [index, { phase, members }] of release.waves.entries()) if (phase === "live") for (const id of members ?? []) add(index, id);
  for (const [id, index] of assigned) if (release.waves[index]?.phase === "pending") add(index, id);
  return turns;
}

/** Hours that never open leave nobody out of a wave: it is nobody's turn before a person changes them. */
function turnOf(calendar: Calendar, release: ReleaseState, index: number, customer: Customer): Turn {
  return { customer, atMs: plannedStart(calendar, release, index, customer).atMs ?? Number.MAX_SAFE_INTEGER };
}

/** By time, then by id. Thousands of customers share a few instants, so only the instants are sorted and, where need be, the ids of each. */
function inOrder(turns: readonly Turn[]): readonly Turn[] {
  const byTime = new Map<number, Turn[]>();
  for (const turn of turns) {
    const same = byTime.get(turn.atMs);
    if (same === undefined) byTime.set(turn.atMs, [turn]);
    else same.push(turn);
  }
  return [...byTime.entries()].sort(([a], [b]) => a - b).flatMap(([, same]) => (isById(same) ? same : same.sort(byId)));
}

const byId = (a: Turn, b: Turn): number => (a.customer.id < b.customer.id ? -1 : 1);

function isById(turns: readonly Turn[]): boolean {
  return turns.every(({ customer }, at) => at === 0 || (turns[at - 1]?.customer.id ?? "") < customer.id);
}

/** A hold moves the turns of its own customers and of nobody else: everybody's are looked at when the registry, a freeze or the release changes. */
function turnsAfterHolds(calendar: Calendar, release: ReleaseState, { holds, turns }: Resolved): Resolved["turns"] {
  const touched = touchedBetween(holds, calendar.holds);
  return turns.map((each, index) => {
    if (!each.some(({ customer }) => touched.has(customer.id))) return each;
    return inOrder(each.map((turn) => (touched.has(turn.customer.id) ? turnOf(calendar, release, index, turn.customer) : turn)));
  });
}

/** Customers whose holds are not the same before and after. */
function touchedBetween(before: Calendar["holds"], after: Calendar["holds"]): ReadonlySet<string> {
  const known = touched.get(after);
  if (known?.before === before) return known.customers;
  const [was, is] = [holdsByCustomer(before), holdsByCustomer(after)];
  const customers = new Set<string>();
  for (const id of [...was.keys(), ...is.keys()]) {
    const [a = [], b = []] = [was.get(id), is.get(id)];
    if (a.length !== b.length || a.some((hold, at) => hold !== b[at])) customers.add(id);
  }
  touched.set(after, { before, customers });
  return customers;
}
const touched = new WeakMap<Calendar["holds"], { readonly before: Calendar["holds"]; readonly customers: ReadonlySet<string> }>();

/** Members of one wave that do not have it yet, soonest first: as resolved where the wave is live, as it would be resolved now where not. */
export function turnsOf(calendar: Calendar, release: ReleaseState, index: number): readonly Turn[] {
  return resolve(calendar, release).turns[index] ?? [];
}

/** `assignWaves`, worked out once for each state. */
export function wavesOf(calendar: Calendar, release: ReleaseState): ReadonlyMap<string, number> {
  return resolve(calendar, release).assigned;
}

/** The customers of each wave, by its index: the other way round. */
export function membersByWave(calendar: Calendar, release: ReleaseState): readonly (readonly string[])[] {
  return resolve(calendar, release).members;
}
