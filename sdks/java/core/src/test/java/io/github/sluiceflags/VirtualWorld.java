package io.github.sluiceflags;

import io.github.sluiceflags.internal.ports.World;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.Consumer;

/** A world in which hours pass in no time: one thread, the test's own, and a network that the test plays. */
final class VirtualWorld implements World {
  /** Answers requests, later if it likes. */
  interface Peer {
    Cancel answer(Request request, Listener listener);
  }

  private record Planned(long atMs, long order, Runnable run) {}

  private final PriorityQueue<Planned> planned =
      new PriorityQueue<>((a, b) -> a.atMs == b.atMs ? Long.compare(a.order, b.order) : Long.compare(a.atMs, b.atMs));
  private final Random random = new Random(7);
  private final List<Request> asked = new ArrayList<>();
  private final Map<Path, byte[]> files = new HashMap<>();
  private long nowMs = 1_000;
  private long count;
  private Peer peer;
  private boolean isClosed;

  VirtualWorld(Peer peer) {
    this.peer = peer;
  }

  void play(Peer other) {
    peer = other;
  }

  /** Another process on the same machine: its files are there, and nothing else. */
  void restart(Peer other) {
    planned.clear();
    isClosed = false;
    peer = other;
  }

  byte[] file(Path path) {
    return files.get(path);
  }

  void write(Path path, byte[] bytes) {
    files.put(path, bytes);
  }

  /** Requests since the last time this was asked. */
  List<Request> takeAsked() {
    List<Request> taken = List.copyOf(asked);
    asked.clear();
    return taken;
  }

  void pass(Duration time) {
    long untilMs = nowMs + time.toMillis();
    while (!planned.isEmpty() && planned.peek().atMs <= untilMs) {
      Planned next = planned.poll();
      nowMs = Math.max(nowMs, next.atMs);
      next.run.run();
    }
    nowMs = untilMs;
  }

  /** Whether everything that was under way was cut off. */
  boolean isClosed() {
    return isClosed;
  }

  boolean isIdle() {
    return planned.isEmpty();
  }

  @Override
  public long monotonicMs() {
    return nowMs;
  }

  @Override
  public double unit() {
    return random.nextDouble();
  }

  @Override
  public String token() {
    return "0123456789abcdef";
  }

  @Override
  public boolean isOwnThread() {
    return true;
  }

  @Override
  public void post(Runnable run) {
    after(0, run);
  }

  @Override
  public Cancel after(long delayMs, Runnable run) {
    if (isClosed) {
      return () -> {};
    }
    Planned one = new Planned(nowMs + Math.max(0, delayMs), count++, run);
    planned.add(one);
    return () -> planned.remove(one);
  }

  @Override
  public Cancel send(Request request, Listener listener) {
    asked.add(request);
    boolean[] isOver = {false};
    Listener guarded =
        new Listener() {
          @Override
          public void head(int status, Map<String, String> headers) {
            tell(() -> listener.head(status, headers));
          }

          @Override
          public void chunk(byte[] bytes) {
            tell(() -> listener.chunk(bytes));
          }

          @Override
          public void askedAgain() {
            tell(listener::askedAgain);
          }

          @Override
          public void ended(String why) {
            tell(
                () -> {
                  isOver[0] = true;
                  listener.ended(why);
                });
          }

          private void tell(Runnable what) {
            post(
                () -> {
                  if (!isOver[0]) {
                    what.run();
                  }
                });
          }
        };
    Cancel ended = peer.answer(request, guarded);
    return () -> {
      isOver[0] = true;
      ended.cancel();
    };
  }

  @Override
  public void read(Path path, Read done) {
    post(() -> done.done(files.get(path), null));
  }

  @Override
  public void replace(Path path, byte[] bytes, Consumer<String> done) {
    post(
        () -> {
          files.put(path, bytes);
          done.accept(null);
        });
  }

  @Override
  public void close() {
    planned.clear();
    isClosed = true;
  }
}
