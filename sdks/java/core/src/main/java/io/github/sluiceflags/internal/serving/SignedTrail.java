package io.github.sluiceflags.internal.serving;

import io.github.sluiceflags.internal.evaluation.Kill;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The signed texts from which the state that is served can be built again, in the order in which they were accepted: a snapshot, the patches after it,
 * urgent kills. A patched snapshot has no signature of its own, so the parts are kept.
 */
final class SignedTrail {
  /** After this many steps since the last snapshot, or this much text, a fresh snapshot is asked for: as many as the server's ring holds. */
  private static final int STEPS_MAX = 1_000;

  private static final int LENGTH_MAX = 4 << 20;

  /** Steps are kept until that many times as much while no fresh snapshot can be had. */
  private static final int OVERRUN = 2;

  /** A step with the ids of the kills that it names. */
  record Taken(Step step, Collection<String> kills) {
    boolean isKills() {
      return step.kind() == SignatureCheck.Kind.KILL || step.kind() == SignatureCheck.Kind.KILLS;
    }
  }

  private List<Taken> taken = new ArrayList<>();

  /** How many of them are the newest snapshot and what was before it. */
  private int headCount;

  private long length;

  boolean isLong() {
    return isBeyond(1);
  }

  private boolean isBeyond(int times) {
    return taken.size() - headCount > STEPS_MAX * times || length > (long) LENGTH_MAX * times;
  }

  /** What to keep; null where there is nothing, or more than is kept: what is on disk then stays. */
  List<Step> steps() {
    return taken.isEmpty() || isBeyond(OVERRUN) ? null : taken.stream().map(Taken::step).toList();
  }

  /** A patch or urgent kills were accepted. */
  void add(Taken one) {
    if (!isBeyond(OVERRUN)) {
      taken.add(one);
      length += one.step.text().length();
    }
  }

  /**
   * A snapshot was accepted, with what came beside it. Of what was before, only the source of urgent kills in force is kept: their own steps, or else
   * the last trail, for a kill that the snapshot of a new epoch does not know.
   */
  void begin(Taken snapshot, List<Taken> beside, List<Kill.Urgent> urgent) {
    Set<String> inForce = urgent.stream().map(Kill.Urgent::id).collect(Collectors.toSet());
    Set<String> explained = new HashSet<>();
    for (List<Taken> steps : List.of(taken, beside)) {
      steps.stream().filter(Taken::isKills).forEach(one -> explained.addAll(one.kills));
    }
    boolean isTrailNeeded = !explained.containsAll(inForce) && !isBeyond(OVERRUN);
    List<Taken> kept = new ArrayList<>();
    for (int at = 0; at < taken.size(); at++) {
      Taken one = taken.get(at);
      boolean isSource = one.isKills() && one.kills.stream().anyMatch(inForce::contains);
      if (isSource || (isTrailNeeded && at >= headCount - 1)) {
        kept.add(one);
      }
    }
    kept.add(snapshot);
    headCount = kept.size();
    length = 0;
    kept.addAll(beside);
    taken = kept;
  }
}
