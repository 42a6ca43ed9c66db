package io.github.sluiceflags.internal.evaluation;

import java.util.function.Predicate;

/** Patterns in which {@code *} is any run, {@code ?} one code point, and all else literal. */
final class Glob {
  private static final int ANY_RUN = -1;
  private static final int ANY_ONE = -2;

  private Glob() {}

  /** Time is at most text length × pattern length: only the last {@code *} is ever tried again, so nothing multiplies. */
  static Predicate<String> compile(String pattern) {
    int[] parts = pattern.codePoints().map(point -> point == '*' ? ANY_RUN : point == '?' ? ANY_ONE : point).toArray();
    return text -> fits(parts, text);
  }

  private static boolean fits(int[] parts, String text) {
    int at = 0;
    int part = 0;
    int runPart = -1;
    int runAt = 0;
    while (at < text.length()) {
      int point = text.codePointAt(at);
      if (part < parts.length && parts[part] == ANY_RUN) {
        runPart = part++;
        runAt = at;
      } else if (part < parts.length && (parts[part] == ANY_ONE || parts[part] == point)) {
        part++;
        at += Character.charCount(point);
      } else if (runPart >= 0) {
        runAt += Character.charCount(text.codePointAt(runAt));
        at = runAt;
        part = runPart + 1;
      } else {
        return false;
      }
    }
    while (part < parts.length && parts[part] == ANY_RUN) {
      part++;
    }
    return part == parts.length;
  }
}
