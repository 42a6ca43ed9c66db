package io.github.sluiceflags;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Has fixed memory: a counter for each answer that was ever compiled, up to a limit. */
final class Counts {
  /** Different answers are counted apart up to this many; what is beyond is counted together. 10,000 flags with two variants fit. */
  private static final int COUNTERS_MAX = 20_000;

  /** A host that makes keys up from data must not grow this for ever. */
  private static final int UNKNOWN_KEYS_MAX = 1_000;

  private record Counted(String flag, String variant, Reason reason) {}

  private final Map<Counted, AtomicLong> counters = new HashMap<>();
  private final AtomicLong dropped = new AtomicLong();

  /** Asked for and not defined: the code's default was answered. */
  private final Map<String, AtomicLong> unknownKeys = new HashMap<>();

  /** Is asked when a flag is compiled, not when it is evaluated, and gives the same one after each patch. */
  synchronized AtomicLong counter(String flag, String variant, Reason reason) {
    Counted key = new Counted(flag, variant, reason);
    AtomicLong known = counters.get(key);
    if (known == null && counters.size() >= COUNTERS_MAX) {
      return dropped;
    }
    return known != null ? known : counters.computeIfAbsent(key, counted -> new AtomicLong());
  }

  synchronized void unknown(String key) {
    if (unknownKeys.containsKey(key) || unknownKeys.size() < UNKNOWN_KEYS_MAX) {
      unknownKeys.computeIfAbsent(key, unknown -> new AtomicLong()).incrementAndGet();
    } else {
      dropped.incrementAndGet();
    }
  }

  synchronized List<Count> given() {
    List<Count> all = new ArrayList<>();
    counters.forEach((key, count) -> all.add(new Count(key.flag, key.variant, key.reason, count.get())));
    unknownKeys.forEach((key, count) -> all.add(new Count(key, "", Reason.ERROR, count.get())));
    all.removeIf(one -> one.count() == 0);
    all.sort(Comparator.comparing(Count::flag).thenComparing(Count::variant).thenComparing(Count::reason));
    return all;
  }

  long dropped() {
    return dropped.get();
  }
}
