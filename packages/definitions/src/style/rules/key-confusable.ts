import { keySpanOf, perKeys, type StyleRule } from "../rule.ts";

/** Shorter keys are one letter apart by chance. */
const CHARS_MIN = 6;
/** A key and the same with one of these behind it: which of the two is in force? */
const TAIL = /[-_.]?(?:v\d+|\d+|new|old|next|beta|temp|tmp|copy|final)$/i;

/**
 * The nearest confusable key of each key. Two keys are one edit apart exactly where they share a text with one character taken out of
 * either or both, so a key costs its length and not a comparison with every other.
 */
const neighbours = perKeys((keys) => {
  const sorted = keys.toSorted();
  const all = new Set(keys);
  const shared = new SharedTexts(sorted.reduce((sum, key) => sum + key.length + 1, 0));
  const found = new Map<string, string>();
  const pair = (one: string, other: string): void => {
    if (!found.has(one)) found.set(one, other);
    if (!found.has(other)) found.set(other, one);
  };
  for (const [at, key] of sorted.entries()) {
    const bare = key.replace(TAIL, "");
    if (bare !== key && all.has(bare)) pair(key, bare);
    if (key.length < CHARS_MIN) continue;
    forShortened(key, (hash) => {
      const before = sorted[shared.firstWith(hash, at)];
      if (before !== undefined && before !== key && isOneEdit(before, key)) pair(before, key);
    });
  }
  return found;
});

/** Which key was the first with a hash: a table of numbers, for ten thousand keys have some 350,000. */
class SharedTexts {
  readonly #mask: number;
  /** Pairs, beside each other for the processor's cache: a hash, and one more than the key's place; 0 there where nothing stands. */
  readonly #pairs: Int32Array;

  /** `count`: hashes at most. Half of the table stays empty, so that looking for one takes a step or two. */
  constructor(count: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(16, count * 2)));
    this.#mask = size - 1;
    this.#pairs = new Int32Array(size * 2);
  }

  /** The place that came first with this hash: the given one, where none did. */
  firstWith(hash: number, place: number): number {
    // The low bits of these hashes are those of the last characters alone: the high ones are mixed in.
    for (let at = (hash ^ (hash >>> 15)) & this.#mask; ; at = (at + 1) & this.#mask) {
      const known = this.#pairs[at * 2 + 1] ?? 0;
      if (known === 0) {
        this.#pairs[at * 2] = hash;
        this.#pairs[at * 2 + 1] = place + 1;
        return place;
      }
      if (this.#pairs[at * 2] === hash) return known - 1;
    }
  }
}

/** An odd number, so that no character is lost in the 32 bits of a hash. */
const BASE = 0x0100_0193;
const INVERSE = inverseOf(BASE);

/** Hashes of a key and of the key without each of its characters, without making those texts: what is before, moved on, and what is behind. */
function forShortened(key: string, take: (hash: number) => void): void {
  let behind = 0;
  let power = 1;
  for (let at = key.length - 1; at >= 0; at -= 1, power = Math.imul(power, BASE)) behind = (behind + Math.imul(key.charCodeAt(at), power)) | 0;
  take(behind);
  let before = 0;
  for (let at = 0; at < key.length; at += 1) {
    // The weight of this character: the power of how many stand behind it.
    power = Math.imul(power, INVERSE);
    const code = key.charCodeAt(at);
    behind = (behind - Math.imul(code, power)) | 0;
    take((Math.imul(before, power) + behind) | 0);
    before = (Math.imul(before, BASE) + code) | 0;
  }
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
  looksAt: "project",
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
