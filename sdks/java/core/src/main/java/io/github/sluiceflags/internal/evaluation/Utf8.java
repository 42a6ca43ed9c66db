package io.github.sluiceflags.internal.evaluation;

/** UTF-8 bytes of a code point without an array: up to four of them in an int, the first in the lowest bits. */
final class Utf8 {
  private static final int REPLACEMENT = 0xfffd;

  private Utf8() {}

  /** The code point at a place; half a surrogate pair is U+FFFD. */
  static int pointAt(String text, int at) {
    int point = text.codePointAt(at);
    return point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE ? REPLACEMENT : point;
  }

  static int size(int point) {
    return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }

  static int bytes(int point) {
    if (point < 0x80) {
      return point;
    }
    if (point < 0x800) {
      return 0xc0 | point >> 6 | tail(point, 0) << 8;
    }
    if (point < 0x10000) {
      return 0xe0 | point >> 12 | tail(point, 6) << 8 | tail(point, 0) << 16;
    }
    return 0xf0 | point >> 18 | tail(point, 12) << 8 | tail(point, 6) << 16 | tail(point, 0) << 24;
  }

  private static int tail(int point, int shift) {
    return 0x80 | point >> shift & 0x3f;
  }
}
