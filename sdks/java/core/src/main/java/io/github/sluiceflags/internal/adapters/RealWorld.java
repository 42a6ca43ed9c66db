package io.github.sluiceflags.internal.adapters;

import io.github.sluiceflags.internal.ports.Log;
import io.github.sluiceflags.internal.ports.World;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The world as it is: one daemon thread for the SDK, one for the disk, and the network's own. */
public final class RealWorld implements World {
  private static final int TOKEN_BYTES = 8;

  /** How long closing waits for a thread that hangs in the disk. */
  private static final long CLOSE_MS_MAX = 2_000;

  private final Log log;
  private final Network network;
  private final ScheduledThreadPoolExecutor own;
  private final ExecutorService disk;
  private volatile Thread ownThread;

  /** Nothing begins before the first call. */
  public RealWorld(Log log, NetworkOptions options) {
    this.log = log;
    own = new ScheduledThreadPoolExecutor(1, named("sluice", thread -> ownThread = thread));
    own.setRemoveOnCancelPolicy(true);
    own.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    disk = Executors.newSingleThreadExecutor(named("sluice-disk", thread -> {}));
    network = new Network(options, log, this::post);
  }

  static ThreadFactory named(String name, Consumer<Thread> made) {
    return run -> {
      Thread thread = new Thread(run, name);
      thread.setDaemon(true);
      made.accept(thread);
      return thread;
    };
  }

  @Override
  public long monotonicMs() {
    return System.nanoTime() / 1_000_000;
  }

  @Override
  public double unit() {
    return ThreadLocalRandom.current().nextDouble();
  }

  @Override
  public String token() {
    byte[] bytes = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  @Override
  public boolean isOwnThread() {
    return Thread.currentThread() == ownThread;
  }

  @Override
  public void post(Runnable run) {
    try {
      own.execute(() -> guarded(run));
    } catch (RejectedExecutionException closed) {
      return;
    }
  }

  @Override
  public Cancel after(long delayMs, Runnable run) {
    try {
      ScheduledFuture<?> planned = own.schedule(() -> guarded(run), delayMs, TimeUnit.MILLISECONDS);
      return () -> planned.cancel(false);
    } catch (RejectedExecutionException closed) {
      return () -> {};
    }
  }

  /** A fault of our own ends one task and not the thread. */
  private void guarded(Runnable run) {
    try {
      run.run();
    } catch (Throwable fault) {
      log.error("sluice.fault", "A task of the SDK failed: " + Faults.describe(fault));
    }
  }

  @Override
  public void aside(Runnable run) {
    onDisk(() -> guarded(run));
  }

  @Override
  public Cancel send(Request request, Listener listener) {
    return network.send(request, listener);
  }

  @Override
  public void read(Path path, Read done) {
    onDisk(
        () -> {
          try {
            byte[] bytes = Files.readAllBytes(path);
            post(() -> done.done(bytes, null));
          } catch (NoSuchFileException none) {
            post(() -> done.done(null, null));
          } catch (IOException | RuntimeException failed) {
            post(() -> done.done(null, failed.toString()));
          }
        });
  }

  @Override
  public void replace(Path path, byte[] bytes, Consumer<String> done) {
    onDisk(
        () -> {
          String why = null;
          try {
            write(path, bytes);
          } catch (IOException | RuntimeException failed) {
            why = failed.toString();
          }
          String outcome = why;
          post(() -> done.accept(outcome));
        });
  }

  private void onDisk(Runnable run) {
    try {
      disk.execute(run);
    } catch (RejectedExecutionException closed) {
      return;
    }
  }

  /** A reader, or a restart after a power cut, finds the old file or the new one; nobody else may read it. */
  private static void write(Path path, byte[] bytes) throws IOException {
    Path folder = path.toAbsolutePath().getParent();
    if (!Files.isDirectory(folder)) {
      boolean hasModes = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
      if (hasModes) {
        Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      } else {
        Files.createDirectories(folder);
      }
    }
    // Java makes temporary files that their owner alone may read.
    Path fresh = Files.createTempFile(folder, path.getFileName().toString(), ".new");
    try {
      try (FileChannel file = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        while (left.hasRemaining()) {
          file.write(left);
        }
        file.force(true);
      }
      Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  @Override
  public void close() {
    own.shutdown();
    disk.shutdown();
    network.close();
    if (isOwnThread()) {
      return;
    }
    try {
      if (!own.awaitTermination(CLOSE_MS_MAX, TimeUnit.MILLISECONDS) || !disk.awaitTermination(CLOSE_MS_MAX, TimeUnit.MILLISECONDS)) {
        log.warn("sluice.close", "A thread of the SDK did not end in time; it is a daemon and keeps nobody from ending.");
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
