package io.github.sluiceflags.internal.transport;

import io.github.sluiceflags.Version;
import io.github.sluiceflags.internal.evaluation.JsonReader;
import io.github.sluiceflags.internal.evaluation.NotJson;
import io.github.sluiceflags.internal.evaluation.Sampling;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The small events of a stream. */
public final class Wire {
  /** The longest spread of confirms that is believed. */
  private static final double CONFIRM_JITTER_MS_MAX = 60_000;

  private static final double SEQ_MAX = 1L << 53;

  /** Reports of samples come no closer than this, whatever a server says; and no rarer than once a day. */
  private static final double SAMPLES_EVERY_MS_MIN = 60_000;

  private static final double SAMPLES_EVERY_MS_MAX = 86_400_000;

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

  /**
   * What may be sampled of contexts.
   *
   * @param attributes says {@code plain} or {@code hashed} by path
   * @param customer where the customer's key stands, which is never sampled plain
   * @param everyMs between two reports
   */
  record Terms(String id, Map<String, String> attributes, String customer, String key, long everyMs) {
    /** The same, of these attributes alone. */
    Terms limitedTo(Set<String> allowed) {
      Map<String, String> named = new HashMap<>(attributes);
      named.keySet().retainAll(allowed);
      return new Terms(id, named, customer, key, everyMs);
    }
  }

  /** The answer of {@code /sdk/v1/sampling}; null where anything in it is not as it should be: then nothing is sampled. */
  static Terms readTerms(String text) {
    Map<?, ?> members = members(text);
    if (!(members.get("id") instanceof String id) || !(members.get("key") instanceof String key) || key.isEmpty()) {
      return null;
    }
    if (!(members.get("customer") instanceof String customer) || !(members.get("attributes") instanceof Map<?, ?> attributes)) {
      return null;
    }
    if (!(members.get("everyMs") instanceof Double everyMs) || everyMs < 0) {
      return null;
    }
    Map<String, String> named = new HashMap<>();
    attributes.forEach(
        (path, how) -> {
          if ("plain".equals(how) || "hashed".equals(how)) {
            named.put((String) path, (String) how);
          }
        });
    long every = (long) Math.min(SAMPLES_EVERY_MS_MAX, Math.max(SAMPLES_EVERY_MS_MIN, everyMs));
    return named.size() > Sampling.ATTRIBUTES_MAX ? null : new Terms(id, named, customer, key, every);
  }

  /** The id of the sampling terms in {@code hello} and {@code heartbeat}; null where nothing is sampled. */
  static String readSamplingId(String text) {
    return members(text).get("sampling") instanceof String id && !id.isEmpty() ? id : null;
  }

  private static Map<?, ?> members(String text) {
    try {
      return JsonReader.parse(text) instanceof Map<?, ?> members ? members : Map.of();
    } catch (NotJson unreadable) {
      return Map.of();
    }
  }
}
