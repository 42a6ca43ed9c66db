package io.github.sluiceflags.internal.evaluation;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;

/**
 * What one thing refers to, directly and through others.
 *
 * @param ids everything within the depth; the start itself only if it is in a cycle
 * @param isTooDeep whether some chain goes below the depth; a cycle has no end and always does
 */
record Reach(Set<String> ids, boolean isTooDeep) {
  /**
   * Follows references level by level. Cost is at most the depth × the references among the things reached, whatever their shape, and there is no
   * recursion, so a hostile graph can neither explode nor overflow.
   */
  static Reach of(String start, Function<String, Collection<String>> next, int depthMax) {
    Set<String> ids = new HashSet<>();
    Set<String> level = Set.of(start);
    for (int depth = 1; !level.isEmpty(); depth++) {
      Set<String> below = new HashSet<>();
      for (String id : level) {
        below.addAll(next.apply(id));
      }
      if (depth > depthMax) {
        return new Reach(ids, !below.isEmpty());
      }
      ids.addAll(below);
      level = below;
    }
    return new Reach(ids, false);
  }
}
