package io.github.sluiceflags.internal.transport;

import io.github.sluiceflags.internal.ports.World;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Tells the server what this process has seen, while the stream is connected, one request at a time; what does not come through is sent again as the
 * same batch. All but {@link #noted()} belongs to the SDK's own thread.
 */
public final class TelemetrySender {
  private static final int REPLY_BYTES_MAX = 16 << 10;
  private static final WholeReply.Limits LIMITS = new WholeReply.Limits(5_000, REPLY_BYTES_MAX);

  /** A process that ends waits so long for its last counts. */
  private static final WholeReply.Limits LAST_LIMITS = new WholeReply.Limits(1_000, REPLY_BYTES_MAX);

  /** Outcomes wait for others to join them: a guard looks once a minute. Drawn from this range, so that a fleet does not send at once. */
  private static final long OUTCOMES_WAIT_MIN_MS = 5_000;

  private static final long OUTCOMES_WAIT_MAX_MS = 10_000;

  /** Answers alone are told this often. */
  private static final long ANSWERS_WAIT_MIN_MS = 30_000;

  private static final long ANSWERS_WAIT_MAX_MS = 60_000;

  /** What there is to tell. */
  public interface Batches {
    boolean isEmpty();

    /** Whether outcomes wait, which a guard looks at, or a batch is under way. */
    boolean hasOutcomes();

    /** A body to send, the same until {@link #sent()}. */
    byte[] next();

    /** The server has it, or will never take it. */
    void sent();
  }

  private final World world;
  private final Address address;
  private final Batches batches;
  private final Backoff backoff;
  private final AtomicBoolean isNoted = new AtomicBoolean();
  private boolean isConnected;
  private boolean isClosed;
  private World.Cancel timer;
  private long dueMs;
  private World.Cancel sending;

  public TelemetrySender(World world, Address address, Batches batches) {
    this.world = world;
    this.address = address;
    this.batches = batches;
    backoff = new Backoff(world);
  }

  /** The stream is there. */
  public void connected() {
    isConnected = true;
    backoff.succeeded();
    planNext();
  }

  /** Plans nothing until it is connected. */
  public void disconnected() {
    isConnected = false;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  /** An outcome was counted. Called from any thread; the SDK's own is woken once for each batch. */
  public void noted() {
    if (isNoted.compareAndSet(false, true)) {
      world.post(this::planNext);
    }
  }

  private void planNext() {
    boolean isSoon = batches.hasOutcomes();
    long min = isSoon ? OUTCOMES_WAIT_MIN_MS : ANSWERS_WAIT_MIN_MS;
    long max = isSoon ? OUTCOMES_WAIT_MAX_MS : ANSWERS_WAIT_MAX_MS;
    if (!backoff.hasFailed()) {
      plan(min + (long) (world.unit() * (max - min)));
    }
  }

  /** Sends within this time; an earlier plan stands. */
  private void plan(long waitMs) {
    long atMs = world.monotonicMs() + waitMs;
    if (!isConnected || isClosed || sending != null || (timer != null && atMs >= dueMs)) {
      return;
    }
    if (timer != null) {
      timer.cancel();
    }
    dueMs = atMs;
    timer = world.after(waitMs, this::send);
  }

  private void send() {
    timer = null;
    isNoted.set(false);
    if (batches.isEmpty()) {
      planNext();
      return;
    }
    sending = ask(LIMITS, this::answered);
  }

  private World.Cancel ask(WholeReply.Limits limits, Consumer<WholeReply> done) {
    World.Request request = address.request("POST", "/sdk/v1/telemetry", Map.of("Content-Type", "application/json"), batches.next());
    return WholeReply.ask(world, request, limits, done);
  }

  private void answered(WholeReply reply) {
    sending = null;
    int status = reply.failure() == null ? reply.status() : 0;
    boolean isTaken = status >= 200 && status < 300;
    // What the server calls malformed would be so again; an earlier server has no such route. Neither is sent again.
    if (isTaken || status == 400 || status == 404 || status == 413) {
      batches.sent();
    }
    if (isTaken) {
      backoff.succeeded();
      planNext();
    } else {
      plan(backoff.failed(status >= 300 && status < 500 ? Troubles.REFUSED_WAIT_MS : 0, 1));
    }
  }

  /** Sends what there is at the end of an invocation, once, within a second; what does not come through goes with the next. */
  public void flush(Runnable done) {
    if (isClosed || sending != null || batches.isEmpty()) {
      done.run();
      return;
    }
    isNoted.set(false);
    sending =
        ask(
            LAST_LIMITS,
            reply -> {
              answered(reply);
              done.run();
            });
  }

  /** Sends what is left, once, and waits a second for it at most. */
  public void close(Runnable done) {
    boolean isWorthIt = isConnected && !isClosed && sending == null && !batches.isEmpty();
    isClosed = true;
    disconnected();
    if (sending != null) {
      sending.cancel();
    }
    if (isWorthIt) {
      ask(LAST_LIMITS, reply -> done.run());
    } else {
      done.run();
    }
  }
}
