import { keySpanOf, perWorld, type StyleRule, type StyleWorld } from "../rule.ts";

/** Shorter keys are one letter apart by chance. */
const CHARS_MIN = 6;
/** A key and the same with one of these behind it: which of the two is in force? */
const TAIL = /[-_.]?(?:v\d+|\d+|new|old|next|beta|temp|tmp|copy|final)$/i;

/**
 * The nearest confusable key of each key. Two keys are one edit apart exactly where they share a text with one character taken out of
 * either or both, so a key costs its length and not a comparison with every other.
 */
const neighbours = perWorld(({ flags }: StyleWorld) => {
  const shared = new Map<number, string>();
  const found = new Map<string, string>();
  const pair = (one: string, other: string): void => {
    if (!found.has(one)) found.set(one, other);
    if (!found.has(other)) found.set(other, one);
  };
  for (const key of [...flags.keys()].sort()) {
    const bare = key.replace(TAIL, "");
    if (bare !== key && flags.has(bare)) pair(key, bare);
    if (key.length < CHARS_MIN) continue;
    for (const hash of shortenedHashes(key)) {
      const before = shared.get(hash);
      if (before === undefined) shared.set(hash, key);
      else if (before !== key && isOneEdit(before, key)) pair(before, key);
    }
  }
  return found;
});

/** An odd number, so that no character is lost in the 32 bits of a hash. */
const BASE = 0x0100_0193;

/** Hashes of a key and of the key without each of its characters, without making those texts: the hash of what is before, moved on, and of what is behind. */
function shortenedHashes(key: string): readonly number[] {
  const behind = Array.from({ length: key.length + 1 }, () => 0);
  for (let at = key.length - 1, power = 1; at >= 0; at -= 1, power = Math.imul(power, BASE))
    behind[at] = (Math.imul(key.charCodeAt(at), power) + (behind[at + 1] ?? 0)) | 0;
  const hashes = [behind[0] ?? 0];
  let before = 0;
  let power = 1;
  for (let left = 1; left < key.length; left += 1) power = Math.imul(power, BASE);
  const inverse = inverseOf(BASE);
  for (let at = 0; at < key.length; at += 1) {
    hashes.push((Math.imul(before, power) + (behind[at + 1] ?? 0)) | 0);
    before = (Math.imul(before, BASE) + key.charCodeAt(at)) | 0;
    power = Math.imul(power, inverse);
  }
  return hashes;
}

/** The number that undoes a multiplication by an odd one in 32 bits (Newton's iteration doubles the right bits). */
function inverseOf(odd: number): number {
  let inverse = odd;
  for (let round = 0; round < 4; round += 1) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse));
  return inverse;
}

/** One letter more, less or another; digits that differ are numbering, which is told apart by sight. */
function isOneEdit(one: string, other: string): boolean {
  let [start, a, b] = [0, one.length, other.length];
  while (start < Math.min(a, b) && one[start] === other[start]) start += 1;
  while (a > start && b > start && one[a - 1] === other[b - 1]) [a, b] = [a - 1, b - 1];
  return a - start <= 1 && b - start <= 1 && !/\d/.test(one.slice(start, a) + other.slice(start, b));
}

export const keyConfusable: StyleRule = {
  id: "key/confusable",
  severity: "warning",
  rationale: "A kill at 3 a.m. must not hit the neighbour: keys one letter apart, or apart by -v2 alone, are mistaken for each other.",
  bad: "checkout.one-page-v2 beside checkout.one-page",
  good: "checkout.one-page beside checkout.address-first",
  repair: "none",
  options: {},
  check: (flag, { world }) => {
    const other = neighbours(world).get(flag.key ?? "");
    if (other === undefined) return [];
    return [{ span: keySpanOf(flag), message: `The key is easily taken for "${other}".`, fix: "Say in one of them what is different." }];
  },
};
