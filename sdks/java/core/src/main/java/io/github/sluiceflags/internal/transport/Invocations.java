package io.github.sluiceflags.internal.transport;

import io.github.sluiceflags.Trouble;
import io.github.sluiceflags.internal.ports.Log;
import io.github.sluiceflags.internal.ports.World;
import io.github.sluiceflags.internal.serving.Offer;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps a process that is frozen between invocations at the server's version by asking within them alone, in place of a {@link Connection}: no stream, no
 * timer, nothing under way between them. Belongs to the SDK's own thread; others may only read its trouble.
 */
public final class Invocations {
  /** A process without any flags asks sooner, so that a server that was away for a moment is no half minute of the code's defaults. */
  private static final long NOTHING_HELD_MS = 1_000;

  private final Source source;
  private final Receiver receiver;
  private final Log log;
  private final long everyMs;
  private final World world;
  private volatile Trouble trouble;
  private boolean hasAsked;
  private long askedMs;

  /** What is under way, and when it has lasted long enough; null where nothing is. */
  private World.Cancel asking;

  private World.Cancel limit;

  /** Invocations that wait for the answer: those at the same time share one request. */
  private final List<Runnable> waiting = new ArrayList<>();

  public Invocations(Source source, Receiver receiver, Log log, long everyMs) {
    this.source = source;
    this.receiver = receiver;
    this.log = log;
    this.everyMs = everyMs;
    world = source.world();
  }

  /** Why the server did not give its flags the last time; null where it did. May be asked by any thread. */
  public Trouble trouble() {
    return trouble;
  }

  /** Asks where the last time is long enough ago; {@code done} comes when the answer is there, at the latest after the wait. */
  public void refresh(long waitMs, Runnable done) {
    long dueMs = receiver.version() == null ? Math.min(everyMs, NOTHING_HELD_MS) : everyMs;
    if (asking == null && hasAsked && world.monotonicMs() - askedMs < dueMs) {
      done.run();
      return;
    }
    waiting.add(done);
    if (asking != null) {
      return;
    }
    hasAsked = true;
    askedMs = world.monotonicMs();
    limit = world.after(waitMs, () -> stop("no whole answer within " + waitMs / 1000.0 + " s"));
    asking = source.fetch(receiver.version(), 0, this::fetched);
  }

  /** Ends what is under way, for good where nobody refreshes any more. */
  public void close() {
    if (asking != null) {
      stop("the client was closed");
    }
  }

  private void stop(String why) {
    asking.cancel();
    fetched(Source.Fetched.failed(Troubles.unreachable(source.address().base(), why)));
  }

  private void fetched(Source.Fetched fetched) {
    asking = null;
    limit.cancel();
    Trouble before = trouble;
    trouble = fetched.trouble();
    if (trouble == null) {
      take(fetched);
      receiver.polled();
    } else {
      if (before == null || before.kind() != trouble.kind()) {
        log.warn("sluice." + trouble.kind(), trouble.toString());
      }
      receiver.disconnected();
    }
    List<Runnable> all = List.copyOf(waiting);
    waiting.clear();
    all.forEach(Runnable::run);
  }

  private void take(Source.Fetched fetched) {
    if (fetched.snapshot() == null) {
      return;
    }
    Offer offer = receiver.snapshot(fetched.snapshot(), fetched.urgent(), fetched.steps());
    if (offer.kind() == Offer.Kind.REFUSED) {
      log.warn("sluice.snapshot.refused", "The server's snapshot is not used: " + offer.why() + ". Answers stay as they are.");
    }
  }
}
