// MurmurHash3 by Austin Appleby (public domain), written down as its description reads, over UTF-8 bytes. Slow on purpose: one line, one step.

/** UTF-8 of a text; TextEncoder writes a lone surrogate as U+FFFD, as 0001-semantics asks. */
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const rotate = (x: number, by: number): number => ((x << by) | (x >>> (32 - by))) >>> 0;
const times = (a: number, b: number): number => Math.imul(a, b) >>> 0;
const plus = (a: number, b: number): number => (a + b) >>> 0;

function finish(h: number): number {
  let x = h >>> 0;
  x = times((x ^ (x >>> 16)) >>> 0, 0x85ebca6b);
  x = times((x ^ (x >>> 13)) >>> 0, 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** murmur3_x86_32 with seed 0. */
export function murmur32(text: string): number {
  const bytes = bytesOf(text);
  let h = 0;
  const whole = bytes.length - (bytes.length % 4);
  for (let i = 0; i < whole; i += 4) {
    let k = new DataView(bytes.buffer).getUint32(i, true);
    k = times(rotate(times(k, 0xcc9e2d51), 15), 0x1b873593);
    h = plus(times(rotate((h ^ k) >>> 0, 13), 5), 0xe6546b64);
  }
  let k = 0;
  for (let i = bytes.length - 1; i >= whole; i--) k = ((k << 8) | (bytes[i] ?? 0)) >>> 0;
  if (whole < bytes.length) h = (h ^ times(rotate(times(k, 0xcc9e2d51), 15), 0x1b873593)) >>> 0;
  return finish((h ^ bytes.length) >>> 0);
}

const C = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93] as const;

/** First 64 bits of murmur3_x86_128 with seed 0, as 16 hex digits. */
export function murmur128Start(text: string): string {
  const bytes = bytesOf(text);
  const h = [0, 0, 0, 0];
  const at = (lane: number): number => h[lane] ?? 0;
  const mixK = (k: number, lane: number): number => {
    const [a = 0, b = 0] = [C[lane], C[(lane + 1) % 4]];
    return times(rotate(times(k, a), [15, 16, 17, 18][lane] ?? 0), b);
  };
  const whole = bytes.length - (bytes.length % 16);
  for (let i = 0; i < whole; i += 16) {
    for (let lane = 0; lane < 4; lane++) {
      const k = new DataView(bytes.buffer).getUint32(i + lane * 4, true);
      h[lane] = (at(lane) ^ mixK(k, lane)) >>> 0;
      h[lane] = plus(rotate(at(lane), [19, 17, 15, 13][lane] ?? 0), at((lane + 1) % 4));
      h[lane] = plus(times(at(lane), 5), [0x561ccd1b, 0x0bcaa747, 0x96cd1c35, 0x32ac3b17][lane] ?? 0);
    }
  }
  const tail = bytes.subarray(whole);
  for (let lane = 3; lane >= 0; lane--) {
    const part = tail.subarray(lane * 4, lane * 4 + 4);
    if (part.length === 0) continue;
    let k = 0;
    for (let i = part.length - 1; i >= 0; i--) k = ((k << 8) | (part[i] ?? 0)) >>> 0;
    h[lane] = (at(lane) ^ mixK(k, lane)) >>> 0;
  }
  for (let lane = 0; lane < 4; lane++) h[lane] = (at(lane) ^ bytes.length) >>> 0;
  const sumUp = (): void => {
    h[0] = plus(plus(plus(at(0), at(1)), at(2)), at(3));
    for (let lane = 1; lane < 4; lane++) h[lane] = plus(at(lane), at(0));
  };
  sumUp();
  for (let lane = 0; lane < 4; lane++) h[lane] = finish(at(lane));
  sumUp();
  return at(0).toString(16).padStart(8, "0") + at(1).toString(16).padStart(8, "0");
}

/** slot(salt, unit) of 0001-semantics. */
export function slot(salt: string, unit: string): number {
  return Math.floor((murmur32(`${salt}:${unit}`) * 100000) / 2 ** 32);
}
