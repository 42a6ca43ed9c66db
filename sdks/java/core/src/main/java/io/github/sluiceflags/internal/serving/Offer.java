package io.github.sluiceflags.internal.serving;

import io.github.sluiceflags.Change;

/**
 * What became of something received.
 *
 * @param change set where anything was swapped, which the kills of a gap may have done too; null otherwise
 * @param why null where there is nothing to say
 */
public record Offer(Kind kind, Change change, String why) {
  /** What became of it. */
  public enum Kind {
    SAME,
    SWAPPED,
    REFUSED,
    /** It does not fit what is held, so the snapshot is needed. */
    GAP
  }

  static final Offer SAME = new Offer(Kind.SAME, null, null);

  static Offer swapped(Change change) {
    return new Offer(Kind.SWAPPED, change, null);
  }

  static Offer refused(String why) {
    return new Offer(Kind.REFUSED, null, why);
  }
}
