package io.github.sluiceflags.programs;

import com.sun.management.ThreadMXBean;
import io.github.sluiceflags.Context;
import io.github.sluiceflags.SluiceClient;
import io.github.sluiceflags.SluiceOptions;
import io.github.sluiceflags.internal.evaluation.Asker;
import io.github.sluiceflags.internal.evaluation.Attributes;
import io.github.sluiceflags.internal.evaluation.AttributesCopy;
import io.github.sluiceflags.internal.evaluation.Compiled;
import io.github.sluiceflags.internal.evaluation.Decode;
import io.github.sluiceflags.internal.evaluation.JsonWriter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * Measures one way of asking against what the machine allows, one case in one JVM, as JMH's forks do, so that no case spoils the profile of another: reads a
 * snapshot of the workload in bench/eval from standard input and writes {@code {"optimum":…,"ours":…,"bytes":…}} (nanoseconds and bytes a call) to standard
 * output. {@code npm run bench -- sdk} runs it; its arguments are the case and the way: {@code sluice}, the client's call, {@code bare}, the evaluator alone,
 * or {@code sampling}, the call of a client of the server at SLUICE_URL, whose contexts are sampled.
 */
public final class Bench {
  /** As in bench/eval/workload.ts: three of four users are in DE, and no tenant rule matches anybody. */
  private static final int USERS = 1024;

  private static final long WARM_UP_NS = 300_000_000;
  private static final long ROUND_NS = 2_000_000;
  private static final int ROUNDS = 60;
  private static final int PASSES = 3;
  private static final int TERMS_TRIES = 400;
  private static final long TERMS_WAIT_MS = 50;

  /** How many of 1,024 answers are true, a range where a percentage decides. */
  private static final Map<String, int[]> RIGHT =
      Map.of("plain", new int[] {1024, 1024}, "attribute", new int[] {768, 768}, "rules10", new int[] {320, 448}, "ids1000", new int[] {512, 512});

  /** Keeps the answers alive. */
  private static long sink;

  private Bench() {}

  /** What a hand-written program would have in place of a context. */
  private record Person(String key, String country, String tenant) {}

  @FunctionalInterface
  private interface Ask {
    boolean ask(int at);
  }

  /** Ends with exit code 1 where an answer is wrong. */
  public static void main(String[] args) throws IOException, Decode.Refused, InterruptedException {
    String name = args[0];
    String snapshot = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    boolean isSampled = args[1].equals("sampling");
    SluiceOptions.Builder options = SluiceOptions.builder().service("bench").version("1.0.0").readyWait(Duration.ofSeconds(20));
    options = isSampled ? options.url(System.getenv("SLUICE_URL")).key("k") : options.snapshot(snapshot);
    try (SluiceClient client = SluiceClient.create(options.build())) {
      client.ready();
      // What is sampled comes with the stream, at the latest with its first heartbeat.
      for (int tries = 0; isSampled && client.samples().attributes().isEmpty(); tries++) {
        if (tries == TERMS_TRIES) {
          throw new IllegalStateException("nothing is sampled");
        }
        Thread.sleep(TERMS_WAIT_MS);
      }
      Person[] people = new Person[USERS];
      Context[] contexts = new Context[USERS];
      Attributes[] read = new Attributes[USERS];
      for (int at = 0; at < USERS; at++) {
        people[at] = new Person("u" + at, at % 4 == 0 ? "FR" : "DE", "t99");
        Map<String, Object> attributes = Map.of("country", people[at].country, "tenant", "t99", "region", "r99");
        contexts[at] = Context.of(people[at].key, attributes);
        read[at] = AttributesCopy.of(people[at].key, attributes);
      }
      Map<String, Predicate<Person>> closures = optimum();
      Ask best = at -> closures.get(name).test(people[at & USERS - 1]);
      Ask call = at -> client.getBoolean(name, false, contexts[at & USERS - 1]);
      Asker who = new Asker("bench", "1.0.0");
      Compiled.Options plain = new Compiled.Options(who, (flag, variant, reason) -> new AtomicLong());
      Compiled compiled = Compiled.of(Decode.snapshot(snapshot), List.of(), plain, null);
      Ask bare = at -> compiled.evaluate(name, read[at & USERS - 1]).value == Boolean.TRUE;
      Ask ours = args[1].equals("bare") ? bare : call;
      for (Ask ask : new Ask[] {best, ours}) {
        int yes = loop(ask, USERS);
        if (yes < RIGHT.get(name)[0] || yes > RIGHT.get(name)[1]) {
          throw new IllegalStateException(name + ": " + yes + " of " + USERS + " answers are true");
        }
      }
      double[] ns = {Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY};
      // Passes alternate, so that what else the machine does befalls both.
      for (int pass = 0; pass < PASSES; pass++) {
        ns[0] = Math.min(ns[0], measure(best));
        ns[1] = Math.min(ns[1], measure(ours));
      }
      System.out.println(JsonWriter.write(Map.of("optimum", ns[0], "ours", ns[1], "bytes", bytes(ours))));
    }
  }

  /** Gives how many were true, so that no answer can be optimised away. */
  private static int loop(Ask ask, int count) {
    int yes = 0;
    for (int at = 0; at < count; at++) {
      if (ask.ask(at)) {
        yes++;
      }
    }
    return yes;
  }

  /** Nanoseconds per call: the best of many short rounds. */
  private static double measure(Ask ask) {
    int count = USERS;
    double best = Double.POSITIVE_INFINITY;
    for (long begin = System.nanoTime(); System.nanoTime() - begin < WARM_UP_NS; ) {
      long before = System.nanoTime();
      sink += loop(ask, count);
      count = Math.max(USERS, (int) ((double) count * ROUND_NS / (System.nanoTime() - before + 1)));
    }
    for (int round = 0; round < ROUNDS; round++) {
      long before = System.nanoTime();
      sink += loop(ask, count);
      best = Math.min(best, (double) (System.nanoTime() - before) / count);
    }
    return best;
  }

  /** Bytes allocated per call, once everything is compiled. */
  private static double bytes(Ask ask) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int count = USERS * 1_000;
    long before = threads.getCurrentThreadAllocatedBytes();
    sink += loop(ask, count);
    // Reading the counter costs a few objects, which are no call's.
    return Math.rint((double) (threads.getCurrentThreadAllocatedBytes() - before) / count);
  }

  /** What the machine allows: one closure over plain values, chosen by one look-up in a map. No reasons, no variants, no counts. */
  private static Map<String, Predicate<Person>> optimum() {
    Set<String> tenants = new HashSet<>();
    for (int at = 0; at < 9; at++) {
      tenants.add("x" + at);
    }
    Set<String> ids = new HashSet<>();
    for (int at = 0; at < 1000; at++) {
      ids.add("u" + at * 2);
    }
    Map<String, Predicate<Person>> closures = new HashMap<>();
    closures.put("plain", who -> true);
    closures.put("attribute", who -> who.country.equals("DE"));
    closures.put("rules10", who -> tenants.contains(who.tenant) || (who.country.equals("DE") && hash(who.key, 7) >= 0));
    closures.put("ids1000", who -> ids.contains(who.key));
    return closures;
  }

  /** MurmurHash3 x86 32-bit from a seed, of ASCII. */
  private static int hash(String text, int seed) {
    int state = seed;
    int at = 0;
    for (; at + 4 <= text.length(); at += 4) {
      int block = text.charAt(at) | text.charAt(at + 1) << 8 | text.charAt(at + 2) << 16 | text.charAt(at + 3) << 24;
      state = Integer.rotateLeft(state ^ scramble(block), 13) * 5 + 0xe6546b64;
    }
    int tail = 0;
    for (int last = text.length() - 1; last >= at; last--) {
      tail = tail << 8 | text.charAt(last);
    }
    state ^= scramble(tail) ^ text.length();
    state = (state ^ state >>> 16) * 0x85ebca6b;
    state = (state ^ state >>> 13) * 0xc2b2ae35;
    return state ^ state >>> 16;
  }

  private static int scramble(int block) {
    return Integer.rotateLeft(block * 0xcc9e2d51, 15) * 0x1b873593;
  }
}
