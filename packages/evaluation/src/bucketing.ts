import { murmur3of128, murmur3of32, prefixOf, hashAfter } from "./murmur3.ts";

/** Number of equal slots that shares and weights are counted in. */
export const SLOTS = 100_000;

/** Largest magnitude of an integer that is a unit: 2⁵³. */
const UNIT_INTEGER_MAX = 2 ** 53;

/** Places unit texts in slots 0–99,999; made once for a salt. */
export type SlotOf = (unit: string) => number;

/** A way of bucketing, by salt. `variant` decides within a split and must not correlate with `share`. */
export interface Algorithm {
  share(salt: string): SlotOf;
  variant(salt: string): SlotOf;
}

/** Bucketing algorithms by the id that flags name. Foreign ones (for migrated flags) are further lines here. */
export const algorithms: ReadonlyMap<string, Algorithm> = new Map([["sluice-v1", { share: slotsOf, variant: (salt: string) => slotsOf(`${salt}:variant`) }]]);

/**
 * Places a unit in one of 100,000 equal slots, the same in every SDK.
 * MurmurHash3 x86 32-bit, seed 0, over the UTF-8 bytes of `salt + ":" + unit`; slot = hash × 100000 / 2³², rounded down.
 */
export function slot(salt: string, unit: string): number {
  return Math.floor((murmur3of32(`${salt}:${unit}`) * SLOTS) / 2 ** 32);
}

/** `slot` for one salt, whose bytes are hashed once. */
export function slotsOf(salt: string): SlotOf {
  const prefix = prefixOf(`${salt}:`);
  // A salt that ends in half a surrogate pair could only join with the unit if ":" did not stand between them, so the parts hash as the whole.
  return (unit) => Math.floor((hashAfter(prefix, unit) * SLOTS) / 2 ** 32);
}

/** The text that identifies who is counted: a string as is, an integer within ±2⁵³ as decimal text (−0 is `0`), else undefined. */
export function unitText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "number" || !Number.isInteger(value) || Math.abs(value) > UNIT_INTEGER_MAX) return undefined;
  return String(value);
}

/**
 * What snapshots hold instead of customer keys and targetingKeys: the first 64 bits of MurmurHash3 x86 128-bit, seed 0,
 * of the UTF-8 bytes of `salt + ":" + key`, as 16 lower-case hex digits (h1, then h2). `salt` is the environment's.
 */
export function customerHash(salt: string, key: string): string {
  return murmur3of128(`${salt}:${key}`).slice(0, 16);
}
