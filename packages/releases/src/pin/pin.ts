import type { Decisions } from "../decisions.ts";
import type { Facts } from "../event.ts";
import { PersistentMap } from "../persistent-map.ts";

/** One customer's fixed answer of one flag in one environment, until it ends. */
export interface Pin {
  readonly id: string;
  readonly environment: string;
  readonly flag: string;
  /** Customer id. */
  readonly customer: string;
  /** The customer's hash in that environment, as it was registered: what a snapshot holds. */
  readonly hash: string;
  /** The variant that it is fixed to. */
  readonly serve: string;
  readonly untilMs: number;
  /** The release whose early access let it through; absent for customers marked internal or test, who need none. */
  readonly release?: string;
  /** Whoever placed it and answers for it; absent once erased. Never read by compile. */
  readonly by?: string;
  readonly seq: number;
  readonly atMs: number;
}

/** Pins of one environment: each travels to every SDK, in some 30 bytes. */
export const PINS_MAX = 10_000;

/** Where the fold keeps the one pin of a flag and a customer: the server makes customers' ids, without a slash. */
export const pinKey = (flag: string, customer: string): string => `${flag}/${customer}`;

/** Pins of one environment by customer id, each list by flag. Made once for each state: most customers have none, and each release asks for each. */
export function pinsByCustomer(decisions: Decisions, environment: string): ReadonlyMap<string, readonly Pin[]> {
  const pins = decisions.environments[environment]?.pins ?? none;
  const known = byCustomer.get(pins);
  if (known !== undefined) return known;
  const made = new Map<string, Pin[]>();
  for (const [, pin] of pins.entriesSorted()) made.set(pin.customer, [...(made.get(pin.customer) ?? []), pin]);
  byCustomer.set(pins, made);
  return made;
}
const none: PersistentMap<Pin> = PersistentMap.empty();
const byCustomer = new WeakMap<PersistentMap<Pin>, ReadonlyMap<string, readonly Pin[]>>();

/** Pins by their end, soonest first. Made once for each state: the scheduler looks each second, and nearly always at the same ones. */
export function pinsByEnd(pins: PersistentMap<Pin>): readonly Pin[] {
  const known = byEnd.get(pins);
  if (known !== undefined) return known;
  const made = pins.entriesSorted().map(([, pin]) => pin);
  made.sort((a, b) => a.untilMs - b.untilMs || (a.id < b.id ? -1 : 1));
  byEnd.set(pins, made);
  return made;
}
const byEnd = new WeakMap<PersistentMap<Pin>, readonly Pin[]>();

/** The pin of this id, in whichever environment it is. */
export function pinInForce(decisions: Decisions, id: string): Pin | undefined {
  for (const { pins } of Object.values(decisions.environments)) {
    const known = byId.get(pins) ?? new Map(pins.entriesSorted().map(([, pin]) => [pin.id, pin]));
    byId.set(pins, known);
    const found = known.get(id);
    if (found !== undefined) return found;
  }
  return undefined;
}
const byId = new WeakMap<PersistentMap<Pin>, ReadonlyMap<string, Pin>>();

/** The fact that ends a pin. */
export function endOf({ id, environment, flag, customer }: Pin): Extract<Facts, { readonly kind: "pinEnded" }> {
  return { kind: "pinEnded", pin: id, environment, flag, customer };
}
