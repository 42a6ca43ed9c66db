/**
 * MurmurHash3 by Austin Appleby (public domain, https://github.com/aappleby/smhasher), x86 variants, over the UTF-8 bytes of a text.
 * Lone surrogates count as U+FFFD. The 32-bit form reads code units straight from the string and allocates nothing.
 */

/** State after the whole blocks of a prefix; `tail` holds the 0–3 bytes that follow them. */
export interface Prefix {
  readonly hash: number;
  readonly tail: number;
  readonly tailBits: number;
  readonly length: number;
}

const EMPTY: Prefix = { hash: 0, tail: 0, tailBits: 0, length: 0 };
const ASCII_MAX = 0x7f;
const REPLACEMENT = 0xfffd;

/** The 32-bit hash of a text with seed 0, as an unsigned integer. */
export function murmur3of32(text: string): number {
  return hashAfter(EMPTY, text);
}

/** Hashes a prefix once, from a seed, for `hashAfter`. The prefix must not end in a high surrogate that the text could complete. */
export function prefixOf(text: string, seed: number): Prefix {
  const bytes = utf8(text);
  let hash = seed;
  const whole = bytes.length & ~3;
  for (let at = 0; at < whole; at += 4) hash = mix(hash, word(bytes, at));
  let tail = 0;
  for (let at = whole; at < bytes.length; at += 1) tail |= byte(bytes, at) << ((at - whole) * 8);
  return { hash, tail, tailBits: (bytes.length - whole) * 8, length: bytes.length };
}

/** The 32-bit hash of prefix and text together. */
export function hashAfter(prefix: Prefix, text: string): number {
  let hash = prefix.hash;
  let block = prefix.tail;
  let bits = prefix.tailBits;
  const end = text.length;
  let at = 0;
  if (bits === 0) {
    for (const whole = end - 3; at < whole; at += 4) {
      const a = text.charCodeAt(at);
      const b = text.charCodeAt(at + 1);
      const c = text.charCodeAt(at + 2);
      const d = text.charCodeAt(at + 3);
      if ((a | b | c | d) > ASCII_MAX) return hashUtf8After(prefix, text);
      hash = mix(hash, a | (b << 8) | (c << 16) | (d << 24));
    }
  }
  for (; at < end; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit > ASCII_MAX) return hashUtf8After(prefix, text);
    block |= unit << bits;
    bits += 8;
    if (bits === 32) {
      hash = mix(hash, block);
      block = 0;
      bits = 0;
    }
  }
  return finish(bits === 0 ? hash : hash ^ scramble(block), prefix.length + end);
}

/** As `hashAfter`, for texts that are not ASCII: each code point's bytes go into the block as they come, so nothing is allocated here either. */
function hashUtf8After(prefix: Prefix, text: string): number {
  let hash = prefix.hash;
  let block = prefix.tail;
  let bits = prefix.tailBits;
  let length = prefix.length;
  for (let at = 0; at < text.length; at += 1) {
    const point = codePoint(text, at);
    if (point > 0xffff) at += 1;
    const count = byteCount(point);
    for (let index = 0; index < count; index += 1) {
      block |= utf8Byte(point, count, index) << bits;
      bits += 8;
      if (bits === 32) {
        hash = mix(hash, block);
        block = 0;
        bits = 0;
      }
    }
    length += count;
  }
  return finish(bits === 0 ? hash : hash ^ scramble(block), length);
}

function codePoint(text: string, at: number): number {
  const point = text.codePointAt(at) ?? REPLACEMENT;
  return point >= 0xd800 && point <= 0xdfff ? REPLACEMENT : point;
}

function byteCount(point: number): number {
  if (point <= ASCII_MAX) return 1;
  if (point <= 0x7ff) return 2;
  return point <= 0xffff ? 3 : 4;
}

/** One of the bytes of a code point's UTF-8 form (RFC 3629 §3). */
function utf8Byte(point: number, count: number, index: number): number {
  const bits = point >> (6 * (count - 1 - index));
  if (index > 0) return 0x80 | (bits & 0x3f);
  return count === 1 ? bits : ((0xf00 >> count) & 0xff) | bits;
}

function scramble(block: number): number {
  const k = Math.imul(block, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}

function mix(hash: number, block: number): number {
  const h = hash ^ scramble(block);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number, length: number): number {
  return finalMix(hash ^ length) >>> 0;
}

function finalMix(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** UTF-8 bytes of a text; lone surrogates become U+FFFD. */
function utf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * BYTES_MAX);
  return bytes.subarray(0, writeUtf8(text, bytes));
}

/** Bytes that one code unit may take. */
const BYTES_MAX = 3;

/** Writes the UTF-8 bytes of a text and gives their number. */
function writeUtf8(text: string, bytes: Uint8Array): number {
  let end = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit <= ASCII_MAX) {
      bytes[end++] = unit;
      continue;
    }
    const point = codePoint(text, at);
    if (point > 0xffff) at += 1;
    const count = byteCount(point);
    for (let index = 0; index < count; index += 1) bytes[end++] = utf8Byte(point, count, index);
  }
  return end;
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

function word(bytes: Uint8Array, at: number): number {
  return byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24);
}

const C: readonly [number, number, number, number] = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93];

/** Bytes of a block. */
const BLOCK = 16;
/** Short texts are written here: a hash is asked for each new customer, and making an array costs as much as mixing one. */
const scratch = new Uint8Array(1_024);

/** The first half of the x86 128-bit hash with seed 0 as 16 lower-case hex digits: h1, then h2. */
export function murmur3first64(text: string): string {
  const isShort = text.length * BYTES_MAX + BLOCK <= scratch.length;
  const bytes = isShort ? scratch : new Uint8Array(text.length * BYTES_MAX + BLOCK);
  const length = writeUtf8(text, bytes);
  const whole = length & ~(BLOCK - 1);
  // Zero bytes behind the end mix to zero, so the tail needs no case per length.
  bytes.fill(0, length, whole + BLOCK);
  let [h1, h2, h3, h4] = [0, 0, 0, 0];
  for (let at = 0; at < whole; at += BLOCK) {
    h1 ^= Math.imul(rotate(Math.imul(word(bytes, at), C[0]), 15), C[1]);
    h1 = (Math.imul((rotate(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0;
    h2 ^= Math.imul(rotate(Math.imul(word(bytes, at + 4), C[1]), 16), C[2]);
    h2 = (Math.imul((rotate(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0;
    h3 ^= Math.imul(rotate(Math.imul(word(bytes, at + 8), C[2]), 17), C[3]);
    h3 = (Math.imul((rotate(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0;
    h4 ^= Math.imul(rotate(Math.imul(word(bytes, at + 12), C[3]), 18), C[0]);
    h4 = (Math.imul((rotate(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0;
  }
  h1 ^= Math.imul(rotate(Math.imul(word(bytes, whole), C[0]), 15), C[1]) ^ length;
  h2 ^= Math.imul(rotate(Math.imul(word(bytes, whole + 4), C[1]), 16), C[2]) ^ length;
  h3 ^= Math.imul(rotate(Math.imul(word(bytes, whole + 8), C[2]), 17), C[3]) ^ length;
  h4 ^= Math.imul(rotate(Math.imul(word(bytes, whole + 12), C[3]), 18), C[0]) ^ length;
  // Each of the four gets the sum, is mixed, and gets the sum again; of that the first two are asked for.
  h1 = (h1 + h2 + h3 + h4) | 0;
  const [a, b, c, d] = [finalMix(h1), finalMix((h2 + h1) | 0), finalMix((h3 + h1) | 0), finalMix((h4 + h1) | 0)];
  const sum = (a + b + c + d) | 0;
  return hex(sum) + hex((b + sum) | 0);
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** Two digits for each byte: several times faster than writing a number to the base of 16. */
const PAIRS: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function hex(value: number): string {
  return `${PAIRS[value >>> 24]}${PAIRS[(value >>> 16) & 0xff]}${PAIRS[(value >>> 8) & 0xff]}${PAIRS[value & 0xff]}`;
}
