import type { PersistentMap } from "../persistent-map.ts";
import type { Customer } from "../customer/customer.ts";
import type { ReleaseState } from "../plan/release-state.ts";
import { assignWaves, type Calendar, plannedStart } from "./wave-plan.ts";

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
  if (known !== undefined && known.customers === customers && known.holds === holds && known.freezes === freezes) return known;
  const assigned = assignWaves(release, customers);
  const made: Resolved = { customers, holds, freezes, assigned, turns: turnsBy(calendar, release, assigned) };
  resolved.set(release, made);
  return made;
}

function turnsBy(calendar: Calendar, release: ReleaseState, assigned: ReadonlyMap<string, number>): readonly (readonly Turn[])[] {
  const turns: Turn[][] = release.waves.map(() => []);
  const add = (index: number, id: string): void => {
    const customer = calendar.customers.get(id);
    if (customer === undefined || release.waves[index]?.exposed.has(id) === true) return;
    // Hours that never open leave nobody out of a wave: it is nobody's turn before a person changes them.
    turns[index]?.push({ customer, atMs: plannedStart(calendar, release, index, customer).atMs ?? Number.MAX_SAFE_INTEGER });
  };
  // Of a wave that is live, those who were resolved when it began; whoever was registered since has it already or is not part of it.
  for (const [index, { phase, members }] of release.waves.entries()) if (phase === "live") for (const id of members ?? []) add(index, id);
  for (const [id, index] of assigned) if (release.waves[index]?.phase === "pending") add(index, id);
  return turns.map((each) => each.sort((a, b) => a.atMs - b.atMs || (a.customer.id < b.customer.id ? -1 : 1)));
}

/** Members of one wave that do not have it yet, soonest first: as resolved where the wave is live, as it would be resolved now where not. */
export function turnsOf(calendar: Calendar, release: ReleaseState, index: number): readonly Turn[] {
  return resolve(calendar, release).turns[index] ?? [];
}

/** `assignWaves`, worked out once for each state. */
export function wavesOf(calendar: Calendar, release: ReleaseState): ReadonlyMap<string, number> {
  return resolve(calendar, release).assigned;
}
