package io.github.sluiceflags.internal.ports;

import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/** What an SDK needs of the world. Every callback comes on one thread, the SDK's own, one after the other. */
public interface World {
  /** Ends something silently. May be called again. */
  @FunctionalInterface
  interface Cancel {
    void cancel();
  }

  /** A request with its whole address. The body is null where there is none. */
  record Request(String method, String url, Map<String, String> headers, byte[] body) {}

  /** Hears an answer. Nothing follows {@code ended}, nor a cancel. */
  interface Listener {
    /** The head came; names of headers are in lower case. */
    void head(int status, Map<String, String> headers);

    /** Bytes as they came. */
    void chunk(byte[] bytes);

    /** The network has sent the request a second time of its own accord. Comes before {@code ended}. */
    default void askedAgain() {}

    /** The answer is over; {@code why} is null where it is whole. */
    void ended(String why);
  }

  /** Milliseconds since some moment, never backwards. */
  long monotonicMs();

  /** A random number from 0 up to 1. */
  double unit();

  /** A text that no other process has: 16 hexadecimal digits. */
  String token();

  /** Whether the caller is on the SDK's own thread. */
  boolean isOwnThread();

  /** Runs something on the SDK's thread; may be called from any, and does nothing once the world is closed. */
  void post(Runnable run);

  /** Runs something on the SDK's thread later. */
  Cancel after(long delayMs, Runnable run);

  /** Runs something beside the SDK's thread, where there is one that has nothing to do: what may as well be left out. */
  default void aside(Runnable run) {}

  /** Asks the network. Redirects are not followed. */
  Cancel send(Request request, Listener listener);

  /** Reads a file: its bytes, null where there is none, or why it cannot be read. */
  void read(Path path, Read done);

  /** What became of reading. */
  @FunctionalInterface
  interface Read {
    void done(byte[] bytes, String why);
  }

  /** Writes a file whole or not at all: a crash leaves the old or the new one. Gives why it could not be written, or null. */
  void replace(Path path, byte[] bytes, Consumer<String> done);

  /** Nothing more will be asked of this world. Returns when its threads have ended, or after a moment where one of them hangs. */
  void close();
}
