import type { Contestant } from "./contestant.ts";
import { flags, type BenchFlag, type User } from "./workload.ts";

/**
 * What the machine allows: each flag one closure over plain values, chosen by one look-up in a Map, and a hash over the code units of the user
 * where a percentage decides. No reasons, no variants, no proof that a property is the user's own, no protection against what throws.
 */
export function createOptimum(): Contestant {
  const closures = new Map<string, (user: User) => boolean>();
  for (const flag of flags.toReversed()) closures.set(flag.key, closureOf(flag, closures));
  return { ask: (key, user) => closures.get(key)?.(user) === true };
}

type Ask = (user: User) => boolean;

function closureOf({ rules, parent, key }: BenchFlag, closures: ReadonlyMap<string, Ask>): Ask {
  const above = parent === undefined ? undefined : closures.get(parent);
  if (above !== undefined) return (user) => above(user);
  const [first, ...more] = rules;
  if (first?.when === undefined) return () => true;
  const firstAsk = ruleOf(first, key);
  if (more.length === 0) return firstAsk;
  const last = ruleOf(more[more.length - 1] ?? first, key);
  const { attribute } = first.when;
  const equalities = rules.slice(0, -1);
  if (equalities.every(({ when, percent }) => when?.attribute === attribute && percent === undefined)) {
    const values = new Set(equalities.flatMap(({ when }) => when?.isIn ?? []));
    return (user) => values.has(user[attribute]) || last(user);
  }
  const asks = rules.map((rule) => ruleOf(rule, key));
  return (user) => {
    for (let at = 0; at < asks.length; at += 1) if (asks[at]?.(user) === true) return true;
    return false;
  };
}

function ruleOf({ when, percent }: BenchFlag["rules"][number], key: string): Ask {
  if (when === undefined) return () => true;
  const { attribute, isIn } = when;
  const [only] = isIn;
  const values = new Set(isIn);
  const matches: Ask = isIn.length === 1 ? (user) => user[attribute] === only : (user) => values.has(user[attribute]);
  if (percent === undefined) return matches;
  const seed = hash(key, 0);
  const limit = Math.floor((percent / 100) * 2 ** 32);
  return (user) => matches(user) && hash(user.targetingKey, seed) < limit;
}

/** MurmurHash3 x86 32-bit over ASCII text. */
function hash(text: string, seed: number): number {
  const whole = text.length & ~3;
  let h = seed;
  for (let at = 0; at < whole; at += 4) {
    const block = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 8) | (text.charCodeAt(at + 2) << 16) | (text.charCodeAt(at + 3) << 24);
    h ^= scramble(block);
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let at = text.length - 1; at >= whole; at -= 1) tail = (tail << 8) | text.charCodeAt(at);
  if (whole < text.length) h ^= scramble(tail);
  h ^= text.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function scramble(block: number): number {
  const k = Math.imul(block, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}
