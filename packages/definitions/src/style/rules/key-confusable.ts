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
  const shared = new Map<string, string>();
  const found = new Map<string, string>();
  const pair = (one: string, other: string): void => {
    if (!found.has(one)) found.set(one, other);
    if (!found.has(other)) found.set(other, one);
  };
  for (const key of [...flags.keys()].sort()) {
    const bare = key.replace(TAIL, "");
    if (bare !== key && flags.has(bare)) pair(key, bare);
    if (key.length < CHARS_MIN) continue;
    for (const text of [key, ...withoutEach(key)]) {
      const before = shared.get(text);
      if (before === undefined) shared.set(text, key);
      else if (before !== key && isOneEdit(before, key)) pair(before, key);
    }
  }
  return found;
});

function* withoutEach(key: string): Iterable<string> {
  for (let at = 0; at < key.length; at += 1) yield key.slice(0, at) + key.slice(at + 1);
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
