package io.github.sluiceflags.internal.evaluation;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A change of one environment from exactly {@code base} to {@code to}. Names that are dropped go, names that are set are replaced whole. Hashes change
 * within a segment, after its form: those of {@code dropHashes} leave, those of {@code hashes} join.
 *
 * @param customer null where it stays
 * @param salt null where it stays
 */
public record Patch(
    String epoch,
    long base,
    long to,
    String customer,
    String salt,
    Map<String, Long> journals,
    Map<String, Kill> kills,
    List<String> dropKills,
    Map<String, String> flags,
    List<String> dropFlags,
    Map<String, String> segments,
    List<String> dropSegments,
    Map<String, List<String>> hashes,
    Map<String, List<String>> dropHashes) {
  /** Flags that it sets or drops. */
  public Set<String> flagsTouched() {
    Set<String> names = new HashSet<>(flags.keySet());
    names.addAll(dropFlags);
    return names;
  }

  /** True where any flag's answer may be another: the customer's path, the salt or a segment changed. */
  public boolean touchesAll() {
    return customer != null || salt != null || !segments.isEmpty() || !dropSegments.isEmpty() || !segmentsWithHashes().isEmpty();
  }

  /** The segments of which members leave or join. */
  Set<String> segmentsWithHashes() {
    Set<String> ids = new HashSet<>(hashes.keySet());
    ids.addAll(dropHashes.keySet());
    return ids;
  }
}
