package io.github.sluiceflags.internal.evaluation;

/**
 * MurmurHash3, the x86 128-bit variant with seed 0, over UTF-8 bytes: the first 64 bits of the hash of a prefix and a text. Source: as {@link Murmur3}.
 * Hashing allocates nothing, which is why its state is local variables.
 */
final class Murmur3Long {
  private static final int C1 = 0x239b961b;
  private static final int C2 = 0xab0e9789;
  private static final int C3 = 0x38b34ae5;
  private static final int C4 = 0xa1e38b93;

  private final String prefix;

  Murmur3Long(String prefix) {
    this.prefix = prefix;
  }

  long hashAfter(String text) {
    int h1 = 0;
    int h2 = 0;
    int h3 = 0;
    int h4 = 0;
    int w1 = 0;
    int w2 = 0;
    int w3 = 0;
    int word = 0;
    int filled = 0;
    int words = 0;
    int length = 0;
    int before = prefix.length();
    for (int at = 0; at < before + text.length(); ) {
      int point = at < before ? Utf8.pointAt(prefix, at) : Utf8.pointAt(text, at - before);
      at += point > 0xffff ? 2 : 1;
      int bytes = Utf8.bytes(point);
      int count = Utf8.size(point);
      length += count;
      word |= bytes << filled;
      int bits = filled + count * 8;
      if (bits >= 32) {
        switch (words) {
          case 0 -> w1 = word;
          case 1 -> w2 = word;
          case 2 -> w3 = word;
          default -> {
            h1 = (Integer.rotateLeft(h1 ^ scramble(w1, C1, 15, C2), 19) + h2) * 5 + 0x561ccd1b;
            h2 = (Integer.rotateLeft(h2 ^ scramble(w2, C2, 16, C3), 17) + h3) * 5 + 0x0bcaa747;
            h3 = (Integer.rotateLeft(h3 ^ scramble(w3, C3, 17, C4), 15) + h4) * 5 + 0x96cd1c35;
            h4 = (Integer.rotateLeft(h4 ^ scramble(word, C4, 18, C1), 13) + h1) * 5 + 0x32ac3b17;
          }
        }
        words = words + 1 & 3;
        word = filled == 0 ? 0 : bytes >>> 32 - filled;
        bits -= 32;
      }
      filled = bits;
    }
    // A zero word mixes to zero, so the tail needs no case per length.
    h1 ^= scramble(words == 0 ? word : w1, C1, 15, C2) ^ length;
    h2 ^= (words == 0 ? 0 : scramble(words == 1 ? word : w2, C2, 16, C3)) ^ length;
    h3 ^= (words < 2 ? 0 : scramble(words == 2 ? word : w3, C3, 17, C4)) ^ length;
    h4 ^= (words < 3 ? 0 : scramble(word, C4, 18, C1)) ^ length;
    h1 += h2 + h3 + h4;
    h2 = Murmur3.finalMix(h2 + h1);
    h3 = Murmur3.finalMix(h3 + h1);
    h4 = Murmur3.finalMix(h4 + h1);
    h1 = Murmur3.finalMix(h1) + h2 + h3 + h4;
    return (long) h1 << 32 | h2 + h1 & 0xffffffffL;
  }

  private static int scramble(int block, int first, int rotation, int second) {
    return Integer.rotateLeft(block * first, rotation) * second;
  }
}
