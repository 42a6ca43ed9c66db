package io.github.sluiceflags.internal.transport;

import io.github.sluiceflags.internal.evaluation.JsonWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The flags that this process asks for: each key is reported once, known or unknown. Safe for any number of threads. */
public final class AskedKeys {
  /** Both keep the body of a confirm well below the server's 16 KiB. */
  private static final int KEYS_PER_CONFIRM_MAX = 500;

  private static final int KEY_BYTES_PER_CONFIRM_MAX = 10_000;

  /** A host that makes keys up from data must not grow this for ever. */
  private static final int KEYS_MAX = 10_000;

  /** A longer text is no flag key. It is answered, but not reported. */
  private static final int KEY_LENGTH_MAX = 200;

  private final Set<String> noted = new HashSet<>();
  private List<String> asked = new ArrayList<>();
  private List<String> unknown = new ArrayList<>();

  /** Keys for one confirm. */
  record Taken(List<String> asked, List<String> unknown) {}

  /** Notes a key for the next confirm; false where it was noted before, or where nothing more is noted. */
  public synchronized boolean note(String key, boolean isKnown) {
    if (key.length() > KEY_LENGTH_MAX || noted.size() >= KEYS_MAX || !noted.add(key)) {
      return false;
    }
    (isKnown ? asked : unknown).add(key);
    return true;
  }

  synchronized boolean isEmpty() {
    return asked.isEmpty() && unknown.isEmpty();
  }

  /** The next keys to send, oldest first. They stay until {@link #sent}. */
  synchronized Taken peek() {
    List<String> firstUnknown = begin(unknown, KEY_BYTES_PER_CONFIRM_MAX);
    return new Taken(begin(asked, KEY_BYTES_PER_CONFIRM_MAX - bytesOf(firstUnknown)), firstUnknown);
  }

  /** Forgets what {@link #peek} gave, once the server has it. */
  synchronized void sent(Taken taken) {
    asked = new ArrayList<>(asked.subList(taken.asked().size(), asked.size()));
    unknown = new ArrayList<>(unknown.subList(taken.unknown().size(), unknown.size()));
  }

  private static List<String> begin(List<String> keys, int bytesMax) {
    int count = Math.min(keys.size(), KEYS_PER_CONFIRM_MAX);
    int left = bytesMax;
    for (int at = 0; at < count; at++) {
      left -= bytesOf(keys.subList(at, at + 1));
      if (left < 0) {
        return List.copyOf(keys.subList(0, at));
      }
    }
    return List.copyOf(keys.subList(0, count));
  }

  private static int bytesOf(List<String> keys) {
    return JsonWriter.write(keys).getBytes(StandardCharsets.UTF_8).length;
  }
}
