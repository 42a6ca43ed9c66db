package io.github.sluiceflags.internal.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Names that are likely meant where another was written. */
public final class Nearest {
  /** Names further away are other names, not slips. */
  private static final int EDITS_MAX = 2;

  private static final int FAR = EDITS_MAX + 1;

  /** More suggestions help nobody. */
  private static final int NAMES_MAX = 5;

  private Nearest() {}

  private record Near(String name, int edits) {}

  /** Candidates within two edits (insert, delete, replace, swap of neighbours) of a name, nearest first, then in order of names; at most five. */
  public static List<String> names(String name, Collection<String> candidates) {
    List<Near> found = new ArrayList<>();
    for (String candidate : candidates) {
      int edits = candidate.equals(name) ? FAR : countEdits(name, candidate);
      if (edits <= EDITS_MAX) {
        found.add(new Near(candidate, edits));
      }
    }
    found.sort(Comparator.comparingInt(Near::edits).thenComparing(Near::name));
    return found.stream().limit(NAMES_MAX).map(Near::name).toList();
  }

  /** The optimal string alignment distance within a band around the diagonal; more counts as one more than the most. */
  private static int countEdits(String a, String b) {
    if (Math.abs(a.length() - b.length()) > EDITS_MAX) {
      return FAR;
    }
    int[] above = new int[0];
    int[] last = new int[b.length() + 1];
    for (int at = 0; at < last.length; at++) {
      last[at] = Math.min(at, FAR);
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[last.length];
      Arrays.fill(row, FAR);
      row[0] = Math.min(i, FAR);
      for (int j = Math.max(1, i - EDITS_MAX); j <= Math.min(b.length(), i + EDITS_MAX); j++) {
        int replaced = last[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(Math.min(replaced, FAR), Math.min(last[j], row[j - 1]) + 1);
        boolean isSwap = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
        if (isSwap) {
          row[j] = Math.min(row[j], above[j - 2] + 1);
        }
      }
      above = last;
      last = row;
    }
    return last[b.length()];
  }
}
