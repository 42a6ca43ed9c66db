package io.github.sluiceflags.internal.serving;

import io.github.sluiceflags.internal.evaluation.Decode;
import io.github.sluiceflags.internal.ports.Log;
import io.github.sluiceflags.internal.ports.World;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Keeps the last good state on disk, replaced whole, one write at a time. Never fails into its caller: trouble is logged when it changes. Belongs to the
 * SDK's own thread.
 */
public final class LastKnownGood {
  /** Changes that come in a burst are written once. */
  private static final long WRITE_DELAY_MS = 200;

  /** A busy configuration must not wear out the disk. Kills do not wait for this. */
  private static final long WRITE_PERIOD_MS = 1_000;

  /** A disk that refused is asked again after this, also without a further change. */
  private static final long WRITE_RETRY_MS = 30_000;

  private final Path path;
  private final World world;
  private final Log log;
  private final Intake intake;
  private boolean isDirty;
  private boolean isWriting;
  private boolean isFailing;
  private boolean isUrgent;
  private long writtenAtMs = Long.MIN_VALUE / 2;
  private World.Cancel timer;
  private Runnable closed;

  public LastKnownGood(Path path, World world, Log log, Intake intake) {
    this.path = path;
    this.world = world;
    this.log = log;
    this.intake = intake;
  }

  /** Gives the stored state, or null where there is none or none that can be read. */
  public void load(Consumer<Stored> done) {
    world.read(
        path,
        (bytes, why) -> {
          if (why != null) {
            log.warn("sluice.cache.unreadable", "The last good flags in " + path + " cannot be read: " + why + ".");
          }
          done.accept(bytes == null ? null : readOrSay(bytes));
        });
  }

  private Stored readOrSay(byte[] bytes) {
    try {
      return Stored.read(bytes);
    } catch (Decode.Refused refused) {
      log.warn("sluice.cache.ignored", "The stored flags in " + path + " cannot be used: " + refused.getMessage() + ". They will be replaced.");
      return null;
    }
  }

  /** The state changed. A kill is written at once, everything else after a short delay and at most once a second. */
  public void changed(boolean isKill) {
    isDirty = true;
    isUrgent = isUrgent || isKill;
    plan();
  }

  private void plan() {
    if (isWriting || !isDirty) {
      return;
    }
    if (isUrgent && !isFailing) {
      write();
    } else if (timer == null) {
      long rest = writtenAtMs + WRITE_PERIOD_MS - world.monotonicMs();
      timer = world.after(isFailing ? WRITE_RETRY_MS : Math.max(WRITE_DELAY_MS, rest), this::write);
    }
  }

  private void write() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    String stored = intake.stored();
    isDirty = false;
    isUrgent = false;
    if (stored == null) {
      endIfClosed();
      return;
    }
    isWriting = true;
    world.replace(path, stored.getBytes(StandardCharsets.UTF_8), this::written);
  }

  private void written(String why) {
    isWriting = false;
    writtenAtMs = world.monotonicMs();
    if (why != null && !isFailing) {
      log.warn("sluice.cache.notWritten", "The last good flags could not be kept in " + path + ": " + why + ". Answers are not affected.");
    } else if (why == null && isFailing) {
      log.info("sluice.cache.written", path + " can be written again.");
    }
    isFailing = why != null;
    boolean isLater = isDirty;
    isDirty = isDirty || isFailing;
    if (closed != null && isLater && !isFailing) {
      write();
    } else if (closed != null) {
      endIfClosed();
    } else {
      plan();
    }
  }

  /** Writes what is not written yet, and then nothing more. */
  public void close(Runnable done) {
    closed = done;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    if (isWriting) {
      return;
    }
    if (isDirty) {
      write();
    } else {
      endIfClosed();
    }
  }

  private void endIfClosed() {
    if (closed != null) {
      Runnable done = closed;
      closed = () -> {};
      done.run();
    }
  }
}
