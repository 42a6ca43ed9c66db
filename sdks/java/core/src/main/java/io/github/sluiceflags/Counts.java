package io.github.sluiceflags;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Has fixed memory: a counter for each answer that was ever compiled, and for each default that was answered, up to a limit. */
final class Counts {
  /** Different answers are counted apart up to this many; what is beyond is counted together. 10,000 flags with two variants fit. */
  private static final int COUNTERS_MAX = 20_000;

  /** A host that makes keys up from data must not grow this for ever. */
  private static final int DEFAULTS_MAX = 1_000;

  private static final int KEY_MAX = 200;

  /** Answers of one batch, and characters of their names, so that its body stays below the server's 256 KiB. */
  private static final int ANSWERS_PER_BATCH_MAX = 1_000;

  private static final int CHARS_PER_BATCH_MAX = 50_000;

  private record Counted(String flag, String variant, Reason reason, Cause cause) {}

  /** A counter, and how much of it the server was told; {@code told} belongs to the lock of its counts. */
  private static final class Counter {
    final AtomicLong value = new AtomicLong();
    long told;

    /** What it has grown since this was asked. */
    long takeGrown() {
      long now = value.get();
      long grown = now - told;
      told = now;
      return grown;
    }

    boolean isTold() {
      return value.get() == told;
    }
  }

  /** What one batch holds, and how many were dropped. */
  record Taken(List<Map<String, Object>> answers, long dropped) {}

  private final Map<Counted, Counter> counters = new HashMap<>();
  private final Counter dropped = new Counter();
  private int defaults;

  /** Is asked when a flag is compiled, not when it is evaluated, and gives the same one after each patch. */
  synchronized AtomicLong counter(String flag, String variant, Reason reason) {
    Counted key = new Counted(flag, variant, reason, null);
    Counter known = counters.get(key);
    if (known == null && counters.size() - defaults >= COUNTERS_MAX) {
      return dropped.value;
    }
    return (known != null ? known : counters.computeIfAbsent(key, counted -> new Counter())).value;
  }

  /** Counts a code's default: the flag is unknown or of another type, or nothing was received yet. */
  synchronized void defaulted(String flag, Cause cause) {
    Counted key = new Counted(flag, "", Reason.ERROR, cause);
    Counter known = counters.get(key);
    if (known == null) {
      if (defaults >= DEFAULTS_MAX || flag == null || flag.isEmpty() || flag.length() > KEY_MAX) {
        dropped.value.incrementAndGet();
        return;
      }
      known = new Counter();
      counters.put(key, known);
      defaults++;
    }
    known.value.incrementAndGet();
  }

  /** Gives what was counted since it was last taken, as much as one batch holds. */
  synchronized Taken take() {
    List<Map<String, Object>> taken = new ArrayList<>();
    int chars = 0;
    for (Map.Entry<Counted, Counter> one : counters.entrySet()) {
      if (one.getValue().isTold()) {
        continue;
      }
      Counted key = one.getKey();
      chars += key.flag.length() + key.variant.length();
      if (taken.size() == ANSWERS_PER_BATCH_MAX || chars > CHARS_PER_BATCH_MAX) {
        break;
      }
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("flag", key.flag);
      if (key.cause == null) {
        answer.put("variant", key.variant);
      }
      answer.put("reason", key.reason.toString());
      if (key.cause != null) {
        answer.put("cause", key.cause.toString());
      }
      answer.put("count", one.getValue().takeGrown());
      taken.add(answer);
    }
    return new Taken(taken, dropped.takeGrown());
  }

  /** True where nothing was counted since it was last taken. */
  synchronized boolean isTold() {
    return dropped.isTold() && counters.values().stream().allMatch(Counter::isTold);
  }

  synchronized List<Count> given() {
    List<Count> all = new ArrayList<>();
    counters.forEach((key, count) -> all.add(new Count(key.flag, key.variant, key.reason, key.cause, count.value.get())));
    all.removeIf(one -> one.count() == 0);
    Comparator<Count> order = Comparator.comparing(Count::flag).thenComparing(Count::variant).thenComparing(Count::reason);
    all.sort(order.thenComparing(Count::cause, Comparator.nullsFirst(Comparator.naturalOrder())));
    return all;
  }

  long dropped() {
    return dropped.value.get();
  }
}
