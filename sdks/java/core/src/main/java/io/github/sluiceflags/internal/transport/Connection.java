package io.github.sluiceflags.internal.transport;

import io.github.sluiceflags.Trouble;
import io.github.sluiceflags.internal.ports.Log;
import io.github.sluiceflags.internal.ports.World;
import io.github.sluiceflags.internal.serving.Offer;

/**
 * Keeps one process at the server's version: snapshot, then stream, then whatever it takes to come back, for ever. Belongs to the SDK's own thread;
 * others may only read its trouble.
 */
public final class Connection {
  /** After this many streams that never said hello, the snapshot is polled, and the stream tried beside it. */
  private static final int DEAF_AFTER = 2;

  /** This and twice of it bound the wait between two polls. With a stream tried at each fifth of them, that is one request in 30 s on average. */
  private static final long POLL_WAIT_MIN_MS = 24_000;

  private static final int POLLS_PER_ATTEMPT = 5;

  final Source source;
  final Receiver receiver;
  final Log log;
  final World world;
  private volatile Trouble trouble;

  /** Attempts to get a stream that lives. */
  final Backoff attempts;

  /** Refetches of snapshots while a stream is open. */
  final Backoff refetches;

  boolean mustFetch;

  /** After a reset even a snapshot of our own version is wanted, since the server may have corrected its content. */
  boolean mustFetchWhole;

  /** Requests of the attempt that is under way. */
  int requests;

  /** Streams that never said hello, one after the other. */
  int deaf;

  /** Snapshots asked for since. */
  private int polls;

  /** Why the last stream ended; null where the snapshot could not be had since. */
  private Trouble streamTrouble;

  /** Whatever is under way: a fetch, a stream or a wait. */
  private World.Cancel current = () -> {};

  private boolean isClosed;

  public Connection(Source source, Receiver receiver, Log log) {
    this.source = source;
    this.receiver = receiver;
    this.log = log;
    world = source.world();
    attempts = new Backoff(world);
    refetches = new Backoff(world);
  }

  /** Why there is no connection; null where there is one or none was tried yet. May be asked by any thread. */
  public Trouble trouble() {
    return trouble;
  }

  /** Begins, and goes on until it is closed. */
  public void start() {
    attempt();
  }

  /** Ends whatever is under way, and leaves nothing behind. */
  public void close() {
    isClosed = true;
    current.cancel();
  }

  private void attempt() {
    if (isClosed) {
      return;
    }
    requests = 0;
    if (receiver.version() != null && !mustFetch && deaf < DEAF_AFTER) {
      follow(false);
      return;
    }
    requests++;
    long outageMs = Math.max(attempts.lastedMs(), refetches.lastedMs());
    current =
        source.fetch(
            mustFetchWhole ? null : receiver.version(),
            outageMs,
            fetched -> {
              requests += fetched.requests() - 1;
              Trouble failed = take(fetched);
              if (failed == null) {
                follow(true);
              } else {
                streamTrouble = null;
                ended(false, failed);
              }
            });
  }

  private void follow(boolean isPolled) {
    if (isPolled && deaf >= DEAF_AFTER && streamTrouble != null) {
      polls++;
      if (polls % POLLS_PER_ATTEMPT != 0) {
        ended(true, streamTrouble);
        return;
      }
    }
    Session session =
        new Session(
            this,
            why -> {
              streamTrouble = why;
              ended(isPolled, why);
            });
    requests++;
    current = session::stop;
    session.open();
  }

  private void ended(boolean isPolled, Trouble why) {
    if (isClosed) {
      return;
    }
    report(why);
    long waitMs = POLL_WAIT_MIN_MS + (long) (world.unit() * POLL_WAIT_MIN_MS);
    if (isPolled && deaf >= DEAF_AFTER) {
      receiver.polled();
    } else {
      receiver.disconnected();
      waitMs = attempts.failed(Troubles.waitFloorMs(why), requests);
    }
    // After a refusal the next attempt asks for the snapshot: its answer tells more than that of a stream.
    mustFetch = mustFetch || Troubles.waitFloorMs(why) > 0;
    current = world.after(waitMs, this::attempt);
  }

  /** Logs a trouble when its kind is new: a network failure is worded differently from attempt to attempt. */
  private void report(Trouble why) {
    Trouble before = trouble;
    trouble = why;
    if (before == null || before.kind() != why.kind()) {
      log.warn("sluice." + why.kind(), why.toString());
    }
  }

  /** There is a stream. */
  void connected() {
    boolean wasInTrouble = trouble != null;
    trouble = null;
    deaf = 0;
    if (wasInTrouble) {
      log.info("sluice.connected", "Connected to " + source.address().base() + " again.");
    }
  }

  /** Brings what was fetched to the receiver; gives the trouble where there was any. */
  Trouble take(Source.Fetched fetched) {
    if (fetched.trouble() != null) {
      return fetched.trouble();
    }
    mustFetch = false;
    mustFetchWhole = false;
    if (fetched.snapshot() == null) {
      return null;
    }
    Offer offer = receiver.snapshot(fetched.snapshot(), fetched.urgent(), fetched.steps());
    if (offer.kind() == Offer.Kind.SWAPPED) {
      refetches.succeeded();
    } else if (offer.kind() == Offer.Kind.REFUSED) {
      log.warn("sluice.snapshot.refused", "The server's snapshot is not used: " + offer.why() + ". Answers stay as they are.");
    }
    return null;
  }
}
