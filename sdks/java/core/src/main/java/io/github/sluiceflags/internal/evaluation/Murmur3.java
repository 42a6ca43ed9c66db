package io.github.sluiceflags.internal.evaluation;

/**
 * MurmurHash3 by Austin Appleby (public domain, https://github.com/aappleby/smhasher), the x86 32-bit variant, over UTF-8 bytes: the state after a
 * prefix that is hashed once. Hashing a text after it allocates nothing.
 */
final class Murmur3 {
  private final int hash;

  /** The 0–3 bytes after the whole blocks of the prefix. */
  private final int tail;

  private final int tailBits;
  private final int length;

  Murmur3(String prefix, int seed) {
    int state = seed;
    int block = 0;
    int filled = 0;
    int size = 0;
    for (int at = 0; at < prefix.length(); ) {
      int point = Utf8.pointAt(prefix, at);
      at += Character.charCount(prefix.codePointAt(at));
      for (int bytes = Utf8.bytes(point), left = Utf8.size(point); left > 0; left--, bytes >>>= 8) {
        block |= (bytes & 0xff) << filled;
        filled += 8;
        size++;
        if (filled == 32) {
          state = mix(state, block);
          block = 0;
          filled = 0;
        }
      }
    }
    hash = state;
    tail = block;
    tailBits = filled;
    length = size;
  }

  /** The hash of prefix and text together. */
  int hashAfter(String text) {
    int state = hash;
    int block = tail;
    int filled = tailBits;
    int size = length;
    int at = 0;
    int end = text.length();
    // The most frequent texts are ASCII, four bytes of which are a block, or the rest of one and the beginning of the next.
    for (; at + 4 <= end; at += 4) {
      char a = text.charAt(at);
      char b = text.charAt(at + 1);
      char c = text.charAt(at + 2);
      char d = text.charAt(at + 3);
      if ((a | b | c | d) >= 0x80) {
        break;
      }
      int bytes = a | b << 8 | c << 16 | d << 24;
      state = mix(state, block | bytes << filled);
      // A shift by 32 is none at all in Java.
      block = filled == 0 ? 0 : bytes >>> 32 - filled;
    }
    size += at;
    while (at < end) {
      int bytes = text.charAt(at);
      int count = 1;
      if (bytes < 0x80) {
        at++;
      } else {
        int point = Utf8.pointAt(text, at);
        bytes = Utf8.bytes(point);
        count = Utf8.size(point);
        // U+FFFD for half a pair takes one place, as that half does.
        at += point > 0xffff ? 2 : 1;
      }
      size += count;
      block |= bytes << filled;
      int bits = filled + count * 8;
      if (bits >= 32) {
        state = mix(state, block);
        block = filled == 0 ? 0 : bytes >>> 32 - filled;
        bits -= 32;
      }
      filled = bits;
    }
    if (filled > 0) {
      state ^= scramble(block);
    }
    return finalMix(state ^ size);
  }

  private static int scramble(int block) {
    return Integer.rotateLeft(block * 0xcc9e2d51, 15) * 0x1b873593;
  }

  private static int mix(int state, int block) {
    return Integer.rotateLeft(state ^ scramble(block), 13) * 5 + 0xe6546b64;
  }

  static int finalMix(int state) {
    int mixed = (state ^ state >>> 16) * 0x85ebca6b;
    mixed = (mixed ^ mixed >>> 13) * 0xc2b2ae35;
    return mixed ^ mixed >>> 16;
  }
}
