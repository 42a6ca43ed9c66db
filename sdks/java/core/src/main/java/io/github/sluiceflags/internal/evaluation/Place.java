package io.github.sluiceflags.internal.evaluation;

/**
 * A name that a flag looks up in context after context, and where it stood the last time: what a program makes in one place has its names in one order, and
 * as the very same texts, so that a look there is mostly enough. Any thread may read and write it at the same time: what is remembered is checked.
 */
final class Place {
  /** Names that stand elsewhere each time are no longer remembered: threads would take the memory from one another. */
  private static final int LEARNT_MAX = 16;

  final String name;

  /** Where it stood, and the text that stood there, which is equal to the name; null before the first. */
  int at;

  String seen;
  private int learnt;

  Place(String name) {
    this.name = name;
  }

  void isAt(int index, String text) {
    if (learnt < LEARNT_MAX) {
      learnt++;
      at = index;
      seen = text;
    }
  }
}
