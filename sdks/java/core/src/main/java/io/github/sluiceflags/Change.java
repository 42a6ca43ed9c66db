package io.github.sluiceflags;

import java.util.Set;

/**
 * What a swap changed.
 *
 * @param version what is served now
 * @param flags those whose answers may differ; flags that have one of these as a prerequisite may follow it without being named
 * @param isKill true when a kill came into force
 */
public record Change(Version version, Set<String> flags, boolean isKill) {
  /** Copies the names. */
  public Change {
    flags = Set.copyOf(flags);
  }
}
