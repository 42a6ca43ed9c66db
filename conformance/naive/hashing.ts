// MurmurHash3 by Austin Appleby (public domain), written down as its description reads, over UTF-8 bytes. Slow on purpose.

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));
const times = Math.imul;

function finish(h: number): number {
  const a = times(h ^ (h >>> 16), 0x85ebca6b);
  const b = times(a ^ (a >>> 13), 0xc2b2ae35);
  return (b ^ (b >>> 16)) >>> 0;
}

/** The text's bytes as little-endian 32-bit words, the last one filled up with zeros. A lone surrogate is U+FFFD, as TextEncoder writes it. */
function wordsOf(text: string): { readonly words: readonly number[]; readonly length: number } {
  const bytes = new TextEncoder().encode(text);
  const at = (index: number): number => bytes[index] ?? 0;
  const words = Array.from({ length: Math.ceil(bytes.length / 4) }, (_, i) => at(4 * i) | (at(4 * i + 1) << 8) | (at(4 * i + 2) << 16) | (at(4 * i + 3) << 24));
  return { words, length: bytes.length };
}

/** murmur3_x86_32. */
export function murmur32(text: string, seed = 0): number {
  const { words, length } = wordsOf(text);
  let h = seed;
  for (const [i, word] of words.entries()) {
    h ^= times(rotate(times(word, 0xcc9e2d51), 15), 0x1b873593);
    if (4 * i + 4 <= length) h = times(rotate(h, 13), 5) + 0xe6546b64;
  }
  return finish(h ^ length);
}

const MULTIPLY = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93, 0x239b961b];
const ADD = [0x561ccd1b, 0x0bcaa747, 0x96cd1c35, 0x32ac3b17];

/** First 64 bits of murmur3_x86_128 with seed 0, as 16 hex digits. */
export function murmur128Start(text: string): string {
  const { words, length } = wordsOf(text);
  const h: [number, number, number, number] = [0, 0, 0, 0];
  for (const [i, word] of words.entries()) {
    const lane = (i % 4) as 0 | 1 | 2 | 3;
    h[lane] ^= times(rotate(times(word, MULTIPLY[lane] ?? 0), 15 + lane), MULTIPLY[lane + 1] ?? 0);
    const isInBlock = 4 * (i - lane) + 16 <= length;
    if (isInBlock) h[lane] = times(rotate(h[lane], 19 - 2 * lane) + (h[((lane + 1) % 4) as 0 | 1 | 2 | 3] | 0), 5) + (ADD[lane] ?? 0);
  }
  const sumUp = ([a, b, c, d]: readonly number[]): readonly number[] => {
    const sum = ((a ?? 0) + (b ?? 0) + (c ?? 0) + (d ?? 0)) | 0;
    return [sum, ...[b, c, d].map((x) => ((x ?? 0) + sum) | 0)];
  };
  const mixed = sumUp(sumUp(h.map((x) => x ^ length)).map(finish));
  const hex = (x: number | undefined): string => ((x ?? 0) >>> 0).toString(16).padStart(8, "0");
  return hex(mixed[0]) + hex(mixed[1]);
}

/** slot(salt, unit) of 0001-semantics. */
export const slot = (salt: string, unit: string): number => Math.floor((murmur32(`${salt}:${unit}`) * 100_000) / 2 ** 32);
