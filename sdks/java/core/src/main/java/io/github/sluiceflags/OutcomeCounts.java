package io.github.sluiceflags;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** How often what a flag is about went well or failed, by customer: counts alone, in fixed memory. */
final class OutcomeCounts {
  /** Different counts held at once, about 400 bytes each: a host that makes names up from data fills no memory. */
  private static final int COUNTS_MAX = 2_000;

  /** Keeps a batch's body below the server's 256 KiB. */
  private static final int COUNTS_PER_BATCH_MAX = 500;

  private static final int NAME_MAX = 200;

  /** Names of outcomes, as guards name them. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

  /** What is counted apart; the customer is a hash, as snapshots hold it: names do not travel. */
  record Counted(String flag, String variant, String outcome, String customer) {}

  /** What one batch holds, and how many were dropped. */
  record Taken(List<Map<String, Object>> outcomes, long dropped) {}

  private final Map<Counted, long[]> counts = new LinkedHashMap<>();
  private long dropped;

  /** Counts one; what has no room is counted as dropped. False where the name is none. */
  boolean note(Counted what, boolean hasFailed) {
    if (!NAME.matcher(what.outcome).matches() || what.flag.length() > NAME_MAX || what.variant.length() > NAME_MAX) {
      return false;
    }
    synchronized (this) {
      long[] count = counts.get(what);
      if (count == null && counts.size() >= COUNTS_MAX) {
        dropped++;
        return true;
      }
      if (count == null) {
        count = new long[2];
        counts.put(what, count);
      }
      count[hasFailed ? 1 : 0]++;
    }
    return true;
  }

  synchronized boolean isEmpty() {
    return counts.isEmpty() && dropped == 0;
  }

  /** Forgets what it gives. */
  synchronized Taken take() {
    List<Map<String, Object>> taken = new ArrayList<>();
    Iterator<Map.Entry<Counted, long[]>> all = counts.entrySet().iterator();
    while (all.hasNext() && taken.size() < COUNTS_PER_BATCH_MAX) {
      Map.Entry<Counted, long[]> one = all.next();
      all.remove();
      Map<String, Object> outcome = new LinkedHashMap<>();
      outcome.put("flag", one.getKey().flag);
      outcome.put("variant", one.getKey().variant);
      outcome.put("outcome", one.getKey().outcome);
      outcome.put("customer", one.getKey().customer);
      outcome.put("ok", one.getValue()[0]);
      outcome.put("failed", one.getValue()[1]);
      taken.add(outcome);
    }
    Taken batch = new Taken(taken, dropped);
    dropped = 0;
    return batch;
  }
}
