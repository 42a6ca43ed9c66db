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
  /** Smallest step in which shares and weights mean something, in 1/100,000: finer ones are rounded up by the algorithm itself. */
  readonly shareStep: number;
  readonly weightStep: number;
}

/** Seed of variants in Unleash's client specification 6: `murmurhash3.x86.hash32(groupId:id, 86028157)`. */
const UNLEASH_VARIANT_SEED = 86_028_157;

/** Bucketing algorithms by the id that flags name. Foreign ones (for migrated flags) are further lines here. */
export const algorithms: ReadonlyMap<string, Algorithm> = new Map<string, Algorithm>([
  ["sluice-v1", { share: slotsOf, variant: (salt) => slotsOf(`${salt}:variant`), shareStep: 1, weightStep: 1 }],
  // Salt is Unleash's groupId. There "hash % 100 + 1 <= percent" is in, and variants are counted in 1/1,000 from 1 in the same way.
  [
    "unleash-v1",
    {
      share: (salt) => remaindersOf(salt, { parts: 100, seed: 0 }),
      variant: (salt) => remaindersOf(salt, { parts: 1_000, seed: UNLEASH_VARIANT_SEED }),
      shareStep: SLOTS / 100,
      weightStep: SLOTS / 1_000,
    },
  ],
]);

/**
 * Places a unit in one of 100,000 equal slots, the same in every SDK.
 * MurmurHash3 x86 32-bit, seed 0, over the UTF-8 bytes of `salt + ":" + unit`; slot = hash × 100000 / 2³², rounded down.
 */
export function slot(salt: string, unit: string): number {
  return Math.floor((murmur3of32(`${salt}:${unit}`) * SLOTS) / 2 ** 32);
}

/** `slot` for one salt, whose bytes are hashed once. */
export function slotsOf(salt: string): SlotOf {
  const prefix = prefixOf(`${salt}:`, 0);
  // A salt that ends in half a surrogate pair could only join with the unit if ":" did not stand between them, so the parts hash as the whole.
  return (unit) => Math.floor((hashAfter(prefix, unit) * SLOTS) / 2 ** 32);
}

/** The remainder of the hash by `parts` in place of its upper bits: the first slot of each of that many steps. `parts` divides 100,000. */
function remaindersOf(salt: string, { parts, seed }: { readonly parts: number; readonly seed: number }): SlotOf {
  const prefix = prefixOf(`${salt}:`, seed);
  return (unit) => (hashAfter(prefix, unit) % parts) * (SLOTS / parts);
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
