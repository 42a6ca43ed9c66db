package io.github.sluiceflags.internal.transport;

import io.github.sluiceflags.internal.ports.World;

/** The waits between attempts: doubling, jittered, for ever. One for one thing that is tried. Times are in milliseconds. */
final class Backoff {
  private static final long WAIT_MIN_MS = 250;

  /**
   * The longest wait for one request: drawn evenly between a quarter of it and the whole, so that a server that refuses hears from one process once in 31 s on average,
   * which leaves room for the early ones, and one that comes back is found within a minute.
   */
  private static final long WAIT_MAX_MS = 50_000;

  /** In the first minute of an outage the wait stays short, so that a restart of the server is over for everybody within 10 s. */
  static final long EARLY_OUTAGE_MS = 60_000;

  private static final long EARLY_WAIT_MAX_MS = 4_000;

  /** Keeps years of failures a number. */
  private static final int DOUBLINGS_MAX = 10;

  private final World world;
  private int failures;
  private long sinceMs = -1;

  Backoff(World world) {
    this.world = world;
  }

  boolean hasFailed() {
    return sinceMs >= 0;
  }

  /** How long the trouble has lasted; 0 where there is none. */
  long lastedMs() {
    return hasFailed() ? world.monotonicMs() - sinceMs : 0;
  }

  /** The wait after an attempt of so many requests (1 or more) that failed, never below the floor. */
  long failed(long floorMs, int requests) {
    if (!hasFailed()) {
      sinceMs = world.monotonicMs();
    }
    long ceiling = lastedMs() < EARLY_OUTAGE_MS ? EARLY_WAIT_MAX_MS : WAIT_MAX_MS * Math.max(1, requests);
    long step = Math.min(ceiling, WAIT_MIN_MS * 4 << Math.min(failures, DOUBLINGS_MAX));
    failures++;
    return Math.max(Math.max(floorMs, WAIT_MIN_MS), step / 4 + (long) (world.unit() * (step - step / 4)));
  }

  /** Something came through all the same: the trouble counts from now on, so that waits stay short. They go on growing to that. */
  void progressed() {
    if (hasFailed()) {
      sinceMs = world.monotonicMs();
    }
  }

  void succeeded() {
    failures = 0;
    sinceMs = -1;
  }
}
