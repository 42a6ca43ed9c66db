package io.github.sluiceflags;

import io.github.sluiceflags.internal.evaluation.Answer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

  /** Different counts of customers that wait to be told, about 400 bytes each; an answer beyond them counts for nobody in particular. */
  private static final int CUSTOMER_COUNTS_MAX = 2_000;

  /** Those of one batch. */
  private static final int CUSTOMERS_PER_BATCH_MAX = 500;

  /** Characters that one has beside its names. */
  private static final int CUSTOMER_CHARS = 30;

  private record Counted(String flag, String variant, Reason reason, Cause cause) {
    // By hand: what a record has of itself is put together when it is first asked for, a fifth of the time from the first byte to the first answer.
    @Override
    public boolean equals(Object other) {
      return other instanceof Counted one && Objects.equals(flag, one.flag) && Objects.equals(variant, one.variant) && reason == one.reason && cause == one.cause;
    }

    @Override
    public int hashCode() {
      return 31 * (31 * Objects.hashCode(flag) + Objects.hashCode(variant)) + reason.ordinal();
    }
  }

  /** What is counted of one customer, who is a hash. */
  private record OfCustomer(Counted of, String customer) {}

  /** A counter, and how much of it the server was told; {@code told} belongs to the lock of its counts. */
  private static final class Counter {
    final AtomicLong value = new AtomicLong();
    long told;

    /** What it has grown since it was told. */
    long grown() {
      return value.get() - told;
    }

    /** So many of what it has grown; they are told then. */
    long takeAtMost(long number) {
      long taken = Math.min(number, value.get() - told);
      told += taken;
      return taken;
    }

    boolean isTold() {
      return value.get() == told;
    }
  }

  /** What one batch holds, and how many were dropped. */
  record Taken(List<Map<String, Object>> answers, long dropped) {}

  private final Map<Counted, Counter> counters = new HashMap<>();
  /** What was counted since it was last told, of flags that are counted by customer. */
  private final Map<OfCustomer, Long> customers = new LinkedHashMap<>();

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

  /** An answer that was counted was one customer's. What has no room is told without a customer. */
  synchronized void ofCustomer(String flag, Answer answer, String customer) {
    OfCustomer name = new OfCustomer(new Counted(flag, answer.variant, answer.reason, null), customer);
    if (customers.size() < CUSTOMER_COUNTS_MAX || customers.containsKey(name)) {
      customers.merge(name, 1L, Long::sum);
    }
  }

  /** Forgets what it gives; returns how many characters that has. */
  private int takeCustomers(List<Map<String, Object>> taken) {
    int chars = 0;
    Iterator<Map.Entry<OfCustomer, Long>> all = customers.entrySet().iterator();
    while (all.hasNext() && taken.size() < CUSTOMERS_PER_BATCH_MAX) {
      Map.Entry<OfCustomer, Long> one = all.next();
      Counted of = one.getKey().of;
      chars += of.flag.length() + of.variant.length() + CUSTOMER_CHARS;
      if (chars > CHARS_PER_BATCH_MAX) {
        break;
      }
      all.remove();
      // A batch that was made between an answer and its customer has told it already.
      long number = counters.getOrDefault(of, dropped).takeAtMost(one.getValue());
      if (number == 0) {
        continue;
      }
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("flag", of.flag);
      answer.put("variant", of.variant);
      answer.put("reason", of.reason.toString());
      answer.put("customer", one.getKey().customer);
      answer.put("count", number);
      taken.add(answer);
    }
    return chars;
  }

  /** Gives what was counted since it was last taken, as much as one batch holds. */
  synchronized Taken take() {
    List<Map<String, Object>> taken = new ArrayList<>();
    int chars = takeCustomers(taken);
    Map<Counter, Long> waiting = new HashMap<>();
    customers.forEach((name, number) -> waiting.merge(counters.getOrDefault(name.of, dropped), number, Long::sum));
    for (Map.Entry<Counted, Counter> one : counters.entrySet()) {
      // What the next batch says of customers waits for it.
      long grown = one.getValue().grown() - waiting.getOrDefault(one.getValue(), 0L);
      if (grown <= 0) {
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
      answer.put("count", one.getValue().takeAtMost(grown));
      taken.add(answer);
    }
    return new Taken(taken, dropped.takeAtMost(dropped.grown()));
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
