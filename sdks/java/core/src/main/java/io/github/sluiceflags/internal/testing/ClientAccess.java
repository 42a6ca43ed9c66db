package io.github.sluiceflags.internal.testing;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;

/** The door through which the test kit changes the flags of a client in memory. */
public final class ClientAccess {
  private static final AtomicReference<BiFunction<Object, String, String>> DOOR = new AtomicReference<>();

  private ClientAccess() {}

  /** The client's own class gives what takes a patch: why it was not taken, or null. */
  public static void open(BiFunction<Object, String, String> patch) {
    DOOR.set(patch);
  }

  /** Has a client take a patch (JSON), and returns when it answers by it. Gives why it was not taken, or null. */
  public static String patch(Object client, String patch) {
    return DOOR.get().apply(client, patch);
  }
}
