package io.github.sluiceflags.internal.evaluation;

/**
 * MurmurHash3, the x86 128-bit variant with seed 0, over UTF-8 bytes: the first 64 bits of the hash of a prefix and a text. Source: as {@link Murmur3}.
 * Hashing allocates nothing that outlives the call.
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
    State state = new State();
    state.add(prefix);
    state.add(text);
    return state.end();
  }

  private static final class State {
    private int h1;
    private int h2;
    private int h3;
    private int h4;
    private int w1;
    private int w2;
    private int w3;
    private int word;
    private int filled;
    private int words;
    private int length;

    void add(String text) {
      for (int at = 0; at < text.length(); ) {
        int point = Utf8.pointAt(text, at);
        at += point > 0xffff ? 2 : 1;
        int bytes = Utf8.bytes(point);
        int count = Utf8.size(point);
        length += count;
        word |= bytes << filled;
        int bits = filled + count * 8;
        if (bits >= 32) {
          endWord();
          word = filled == 0 ? 0 : bytes >>> 32 - filled;
          bits -= 32;
        }
        filled = bits;
      }
    }

    private void endWord() {
      words++;
      if (words == 1) {
        w1 = word;
      } else if (words == 2) {
        w2 = word;
      } else if (words == 3) {
        w3 = word;
      } else {
        block();
        words = 0;
      }
    }

    private void block() {
      h1 = (Integer.rotateLeft(h1 ^ scramble(w1, C1, 15, C2), 19) + h2) * 5 + 0x561ccd1b;
      h2 = (Integer.rotateLeft(h2 ^ scramble(w2, C2, 16, C3), 17) + h3) * 5 + 0x0bcaa747;
      h3 = (Integer.rotateLeft(h3 ^ scramble(w3, C3, 17, C4), 15) + h4) * 5 + 0x96cd1c35;
      h4 = (Integer.rotateLeft(h4 ^ scramble(word, C4, 18, C1), 13) + h1) * 5 + 0x32ac3b17;
      w1 = 0;
      w2 = 0;
      w3 = 0;
    }

    /** A zero word mixes to zero, so the tail needs no case per length. */
    long end() {
      int last = filled == 0 ? 0 : word;
      h1 ^= scramble(words == 0 ? last : w1, C1, 15, C2);
      h2 ^= scramble(words == 1 ? last : w2, C2, 16, C3);
      h3 ^= scramble(words == 2 ? last : w3, C3, 17, C4);
      h4 ^= scramble(words == 3 ? last : 0, C4, 18, C1);
      h1 ^= length;
      h2 ^= length;
      h3 ^= length;
      h4 ^= length;
      spread();
      h1 = Murmur3.finalMix(h1);
      h2 = Murmur3.finalMix(h2);
      h3 = Murmur3.finalMix(h3);
      h4 = Murmur3.finalMix(h4);
      spread();
      return (long) h1 << 32 | h2 & 0xffffffffL;
    }

    private void spread() {
      h1 += h2 + h3 + h4;
      h2 += h1;
      h3 += h1;
      h4 += h1;
    }

    private static int scramble(int block, int first, int rotation, int second) {
      return Integer.rotateLeft(block * first, rotation) * second;
    }
  }
}
