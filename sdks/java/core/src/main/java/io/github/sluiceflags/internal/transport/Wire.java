package io.github.sluiceflags.internal.transport;

import io.github.sluiceflags.Version;
import io.github.sluiceflags.internal.evaluation.JsonReader;
import io.github.sluiceflags.internal.evaluation.NotJson;
import java.util.Map;

/** The small events of a stream. */
public final class Wire {
  /** The longest spread of confirms that is believed. */
  private static final double CONFIRM_JITTER_MS_MAX = 60_000;

  private static final double SEQ_MAX = 1L << 53;

  private Wire() {}

  /**
   * The first event of a stream.
   *
   * @param confirmJitterMs confirms are spread over this time, so that many instances do not answer at once
   */
  public record Hello(Version version, String environment, long confirmJitterMs) {}

  /** Null where it cannot be read. */
  static Hello readHello(String text) {
    Version version = readHead(text);
    Map<?, ?> members = members(text);
    if (version == null || !(members.get("environment") instanceof String environment)) {
      return null;
    }
    double jitter = members.get("confirmJitterMs") instanceof Double stated ? stated : 0;
    return new Hello(version, environment, (long) Math.min(Math.max(jitter, 0), CONFIRM_JITTER_MS_MAX));
  }

  /** The version in {@code heartbeat}, {@code reset} and {@code hello}; null where it cannot be read. */
  static Version readHead(String text) {
    Map<?, ?> members = members(text);
    if (!(members.get("epoch") instanceof String epoch) || !(members.get("seq") instanceof Double seq)) {
      return null;
    }
    return seq >= 0 && seq <= SEQ_MAX && seq == Math.rint(seq) ? new Version(epoch, seq.longValue()) : null;
  }

  private static Map<?, ?> members(String text) {
    try {
      return JsonReader.parse(text) instanceof Map<?, ?> members ? members : Map.of();
    } catch (NotJson unreadable) {
      return Map.of();
    }
  }
}
