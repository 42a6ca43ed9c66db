package io.github.sluiceflags.internal.transport;

import io.github.sluiceflags.SampleCounts;
import io.github.sluiceflags.internal.evaluation.Attributes;
import io.github.sluiceflags.internal.evaluation.Sampling;
import io.github.sluiceflags.internal.ports.World;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Shows the server what contexts look like, as far as {@code sluice.yaml} declares it, so that a plan can count. Nothing else of a context is ever written
 * down; memory and bytes are fixed; whatever goes wrong, a sample is lost and nothing else. Answers are told from any thread, all else is on the SDK's.
 */
public final class Samples {
  /** Different contexts kept between two reports, and so sent with one: the server takes 100. */
  private static final int CONTEXTS_MAX = 100;

  /** Characters of one context; the server takes 2,000. */
  private static final int CONTEXT_CHARS_MAX = 1_800;

  /** Bytes of the contexts of one report; the server reads 64 KiB. */
  private static final int REPORT_BYTES_MAX = 48_000;

  /** Contexts that were sent are not sent again until there are so many, or half a day has gone. */
  private static final int SENT_MAX = 5_000;

  private static final long SENT_AGAIN_AFTER_MS = 12 * 3_600_000L;

  /** Every answer is looked at until so many were within one report's time, then every second one, every fourth one, and so on. */
  private static final int LOOKS_PER_STEP = 200;

  private static final long STEP_MAX = 1L << 30;

  /** After an answer that is none, the terms are not asked for again before that. */
  private static final long ASK_AGAIN_AFTER_MS = 30_000;

  private static final WholeReply.Limits LIMITS = new WholeReply.Limits(2_000, 64 << 10);

  /** A process that ends waits so long for its last report. */
  private static final WholeReply.Limits LAST_LIMITS = new WholeReply.Limits(1_000, 64 << 10);

  /** Null until it is connected to something. */
  private World world;

  private Address address;

  /** Null for whatever the server declares. */
  private Set<String> allowed;

  /** 0 where nothing is sampled, else a power of two: of an answer every so many-th one is looked at. */
  private volatile long step;

  /** Of the newest terms that were heard of; null where nothing is sampled. */
  private String id;

  private Wire.Terms terms;
  private Sampling sampling;
  private boolean isAsking;
  private long askNotBeforeMs = Long.MIN_VALUE;
  private World.Cancel timer;

  /** Null before the first report. */
  private Long lastSentMs;

  private final Map<String, Sampling.Picked> kept = new LinkedHashMap<>();
  private final Set<String> sent = new HashSet<>();
  private long sentSinceMs;
  private int looks;

  /** Different contexts since the last report. */
  private int different;

  private boolean isClosed;
  private long sentCount;
  private long dropped;

  /** Where terms come from and samples go to; {@code allowed} are the attributes that the application lets go, null for whatever the server declares. */
  public synchronized void connect(World to, Address at, Collection<String> lets) {
    if (lets == null || !lets.isEmpty()) {
      world = to;
      address = at;
      allowed = lets == null ? null : Set.copyOf(lets);
    }
  }

  /** What was sampled so far. */
  public synchronized SampleCounts counts() {
    return new SampleCounts(terms == null ? List.of() : terms.attributes().keySet().stream().sorted().toList(), sentCount, dropped);
  }

  /** Looks at the context of an answer, where it is its turn. Never throws; costs one read where nothing is sampled. */
  public void answered(long number, Attributes context) {
    long every = step;
    if (every != 0 && (number & (every - 1)) == 0) {
      look(context);
    }
  }

  private void look(Attributes context) {
    Sampling with;
    synchronized (this) {
      with = sampling;
      if (with == null || isClosed) {
        return;
      }
      looks++;
      if (looks % LOOKS_PER_STEP == 0) {
        step = Math.min(2 * step, STEP_MAX);
      }
    }
    try {
      Sampling.Picked picked = with.pick(context);
      if (!picked.isEmpty()) {
        take(with, picked, picked.text());
      }
    } catch (RuntimeException fault) {
      // A fault of ours costs a sample and no answer.
      lose(1);
    }
  }

  private synchronized void lose(long count) {
    dropped += count;
  }

  private synchronized void take(Sampling with, Sampling.Picked picked, String text) {
    if (with != sampling || kept.containsKey(text) || sent.contains(text)) {
      return;
    }
    different++;
    if (text.length() > CONTEXT_CHARS_MAX) {
      dropped++;
      return;
    }
    if (kept.size() >= CONTEXTS_MAX) {
      // Each different one is kept with the same chance (Vitter, algorithm R).
      dropped++;
      int at = (int) (world.unit() * different);
      if (at >= CONTEXTS_MAX) {
        return;
      }
      kept.remove(List.copyOf(kept.keySet()).get(at));
    }
    kept.put(text, picked);
    if (kept.size() == 1) {
      world.post(this::plan);
    }
  }

  /** What a stream says: the id of the terms that are in force, null where nothing is sampled. */
  public synchronized void termsAre(String is, long jitterMs) {
    if (world == null || isClosed || (is == null ? id == null : is.equals(id))) {
      return;
    }
    if (terms != null) {
      use(null);
    }
    id = null;
    if (is == null || isAsking || world.monotonicMs() < askNotBeforeMs) {
      return;
    }
    id = is;
    isAsking = true;
    world.after((long) (world.unit() * jitterMs), this::ask);
  }

  private void ask() {
    if (!isClosed) {
      WholeReply.ask(world, address.request("GET", "/sdk/v1/sampling", Map.of(), null), LIMITS, this::asked);
    }
  }

  /** Terms of another id than the newest one came too late; the next heartbeat asks again. */
  private synchronized void asked(WholeReply reply) {
    isAsking = false;
    Wire.Terms read = reply.failure() == null && reply.status() == 200 ? Wire.readTerms(new String(reply.body(), StandardCharsets.UTF_8)) : null;
    if (read != null && read.id().equals(id) && !isClosed) {
      use(read);
      return;
    }
    id = null;
    if (read == null) {
      askNotBeforeMs = world.monotonicMs() + ASK_AGAIN_AFTER_MS;
    }
  }

  /** Begins with other terms; null is none. */
  private void use(Wire.Terms is) {
    terms = is == null || allowed == null ? is : is.limitedTo(allowed);
    sampling = terms == null ? null : new Sampling(terms.attributes(), terms.customer(), terms.key());
    kept.clear();
    sent.clear();
    rest();
  }

  /** Another time begins. */
  private void rest() {
    looks = 0;
    different = 0;
    step = sampling == null || isClosed ? 0 : 1;
  }

  /** The first report of many processes that start together is spread over the whole time between two. */
  private synchronized void plan() {
    if (terms == null || timer != null || isClosed) {
      return;
    }
    long waitMs = lastSentMs == null ? (long) (world.unit() * terms.everyMs()) : lastSentMs + terms.everyMs() - world.monotonicMs();
    timer = world.after(Math.max(0, waitMs), this::report);
  }

  private void report() {
    timer = null;
    send(LIMITS, () -> {});
  }

  /** Sends what is left, so that a process that lives for seconds is heard of too; waits a second for it at most. */
  public void close(Runnable done) {
    synchronized (this) {
      isClosed = true;
      step = 0;
      if (timer != null) {
        timer.cancel();
      }
    }
    send(LAST_LIMITS, done);
  }

  private void send(WholeReply.Limits limits, Runnable done) {
    List<String> contexts = takeKept();
    if (contexts.isEmpty()) {
      done.run();
      return;
    }
    byte[] body = ("{\"contexts\":[" + String.join(",", contexts) + "]}").getBytes(StandardCharsets.UTF_8);
    Consumer<WholeReply> answered =
        reply -> {
          if (reply.failure() == null && reply.status() < 300) {
            told(contexts.size());
          } else {
            lose(contexts.size());
          }
          done.run();
        };
    WholeReply.ask(world, address.request("POST", "/sdk/v1/samples", Map.of("Content-Type", "application/json"), body), limits, answered);
  }

  private synchronized void told(long count) {
    sentCount += count;
  }

  /** What is kept, as it leaves the process; it is forgotten. */
  private synchronized List<String> takeKept() {
    List<String> contexts = new ArrayList<>();
    if (sampling == null || kept.isEmpty()) {
      return contexts;
    }
    lastSentMs = world.monotonicMs();
    if (sent.size() >= SENT_MAX || lastSentMs - sentSinceMs > SENT_AGAIN_AFTER_MS) {
      sent.clear();
      sentSinceMs = lastSentMs;
    }
    int bytes = 0;
    for (Map.Entry<String, Sampling.Picked> one : kept.entrySet()) {
      try {
        String sealed = sampling.seal(one.getValue());
        int more = sealed.getBytes(StandardCharsets.UTF_8).length + 1;
        if (bytes + more <= REPORT_BYTES_MAX) {
          bytes += more;
          contexts.add(sealed);
          sent.add(one.getKey());
          continue;
        }
      } catch (GeneralSecurityException noHmac) {
        // Every JDK has it; where one has not, nothing is told.
      }
      dropped++;
    }
    kept.clear();
    rest();
    return contexts;
  }
}
