import { murmur3first64, murmur3of32, prefixOf, hashAfter } from "./murmur3.ts";

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
  /** Into how many equal steps it divides everybody: shares and weights that end between two steps would be rounded up by the algorithm itself. */
  readonly shareSteps: number;
  readonly weightSteps: number;
}

/** Seed of variants in Unleash's client specification 6: `murmurhash3.x86.hash32(groupId:id, 86028157)`. */
const UNLEASH_VARIANT_SEED = 86_028_157;
/** Weights of an Unleash flag add up to this, unless its file says otherwise. */
const UNLEASH_WEIGHTS = 1_000;

/**
 * Bucketing algorithms by the id that flags name. Foreign ones (for migrated flags) are further lines here.
 * `unleash-v1/N` is `unleash-v1` with weights that add up to N in Unleash, 1–100,000, as `algorithmOf` reads it.
 */
export const algorithms: ReadonlyMap<string, Algorithm> = new Map<string, Algorithm>([
  ["sluice-v1", { share: slotsOf, variant: (salt) => slotsOf(`${salt}:variant`), shareSteps: SLOTS, weightSteps: SLOTS }],
  ["unleash-v1", unleash(UNLEASH_WEIGHTS)],
]);

/** The algorithm of an id; undefined where this version knows none. */
export function algorithmOf(id: string): Algorithm | undefined {
  const known = algorithms.get(id);
  if (known !== undefined) return known;
  const [, digits] = /^unleash-v1\/([1-9]\d{0,5})$/.exec(id) ?? [];
  const weights = Number(digits);
  return weights <= SLOTS ? unleash(weights) : undefined;
}

/** Where step `step` of `steps` begins among all slots. */
export function stepStart(step: number, steps: number): number {
  return Math.floor((step * SLOTS) / steps);
}

/** Salt is Unleash's groupId. There "hash % 100 + 1 <= percent" is in, and variants are counted from 1 in the same way, up to the sum of their weights. */
function unleash(weights: number): Algorithm {
  return {
    share: (salt) => remaindersOf(salt, { steps: 100, seed: 0 }),
    variant: (salt) => remaindersOf(salt, { steps: weights, seed: UNLEASH_VARIANT_SEED }),
    shareSteps: 100,
    weightSteps: weights,
  };
}

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

/** The remainder of the hash by `steps` in place of its upper bits: the first slot of that step. */
function remaindersOf(salt: string, { steps, seed }: { readonly steps: number; readonly seed: number }): SlotOf {
  const prefix = prefixOf(`${salt}:`, seed);
  return (unit) => stepStart(hashAfter(prefix, unit) % steps, steps);
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
  return murmur3first64(`${salt}:${key}`);
}
