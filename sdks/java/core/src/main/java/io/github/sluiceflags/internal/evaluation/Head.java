package io.github.sluiceflags.internal.evaluation;

import io.github.sluiceflags.Version;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The part of a snapshot that decides about order and about the end of urgent kills. */
public record Head(String environment, Version version, List<String> replaces, Map<String, Long> seen, Map<String, Long> journals, Map<String, Kill> kills) {
  /** The head that a patch leads to. */
  public Head after(Patch patch) {
    Map<String, Long> nextJournals = journals;
    if (!patch.journals().isEmpty()) {
      nextJournals = new HashMap<>(journals);
      nextJournals.putAll(patch.journals());
    }
    Map<String, Kill> nextKills = kills;
    if (!patch.kills().isEmpty() || !patch.dropKills().isEmpty()) {
      nextKills = new HashMap<>(kills);
      nextKills.keySet().removeAll(patch.dropKills());
      nextKills.putAll(patch.kills());
    }
    return new Head(environment, new Version(version.epoch(), patch.to()), replaces, seen, nextJournals, nextKills);
  }

  /**
   * Whether an urgent kill still counts beside this snapshot. It ends when the snapshot lists its journal with a counter at least its own, or is of its
   * epoch with a seq at least its own, or is of an epoch that replaces its epoch and lists the kill, or that has seen its epoch up to its seq: then the
   * kill was known and has been lifted. A lower counter of its journal ends nothing.
   */
  public boolean isUrgentInForce(Kill.Urgent kill) {
    Long listed = kill.journal() == null ? null : journals.get(kill.journal());
    if (listed != null && kill.counter() != null && listed >= kill.counter()) {
      return false;
    }
    if (version.epoch().equals(kill.epoch())) {
      return kill.seq() == null || version.seq() < kill.seq();
    }
    if (!replaces.contains(kill.epoch())) {
      return true;
    }
    Long last = seen.get(kill.epoch());
    if (last != null && kill.seq() != null && kill.seq() <= last) {
      return false;
    }
    return !kills.containsKey(kill.id());
  }
}
