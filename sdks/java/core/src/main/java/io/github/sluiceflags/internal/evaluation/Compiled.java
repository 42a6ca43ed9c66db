package io.github.sluiceflags.internal.evaluation;

import io.github.sluiceflags.Reason;
import io.github.sluiceflags.Version;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One snapshot with the urgent kills beside it, ready to answer. What it answers never changes, so any thread may ask it at any time. A flag is compiled
 * when it is first asked for; the next version takes over what it does not touch.
 */
public final class Compiled {
  /** A prerequisite may have prerequisites this many levels below the flag that was asked for, which is level 0. */
  private static final int PREREQUISITE_DEPTH_MAX = 8;

  private final Snapshot snapshot;
  private final Options options;
  private final Map<String, List<Kill.InForce>> kills;
  private final Attribute.HashOf customers;
  private final Attribute.HashOf users;

  /** All that answering looks at. */
  private final Map<String, Flag> flags = new ConcurrentHashMap<>();

  /** What follows is asked under this object's lock. */
  private final Map<String, Segment> segments = new HashMap<>();

  private final Map<String, Object> segmentForms = new HashMap<>();
  private final Map<String, List<String>> parents = new HashMap<>();

  /** Gives where answers of a flag, variant and reason are counted. */
  @FunctionalInterface
  public interface Counters {
    AtomicLong of(String flag, String variant, Reason reason);
  }

  /**
   * What a snapshot is compiled for.
   *
   * @param counters gives where answers are counted; asked when a flag is compiled
   */
  public record Options(Asker asker, Counters counters) {}

  /**
   * A flag as compiled.
   *
   * @param constant set where every context gets the same answer
   * @param usesFlags every flag it was made from, itself included, whether it exists or not
   */
  record Flag(Step.Plan plan, Decision decide, Answer constant, Set<String> usesFlags, Set<String> usesSegments) {}

  private Compiled(Snapshot snapshot, List<Kill.Urgent> urgent, Options options) {
    this.snapshot = snapshot;
    this.options = options;
    kills = Kill.byFlag(snapshot.head().kills(), urgent.stream().filter(snapshot.head()::isUrgentInForce).toList());
    customers = Attribute.HashOf.customers(snapshot.customer(), snapshot.salt());
    users = Attribute.HashOf.units(AttributesCopy.TARGETING_KEY, snapshot.salt());
  }

  /**
   * Makes a snapshot ready to answer, cheaply whatever its size. Total for everything that {@link Decode} accepts.
   *
   * @param previous what it holds unchanged, with everything that depends on, is taken over; it stays valid, and may be null
   */
  public static Compiled of(Snapshot snapshot, List<Kill.Urgent> urgent, Options options, Compiled previous) {
    Compiled made = new Compiled(snapshot, urgent, options);
    if (previous != null && previous.snapshot.salt().equals(snapshot.salt()) && previous.snapshot.customer().equals(snapshot.customer())) {
      synchronized (previous) {
        made.takeOver(previous);
      }
    }
    return made;
  }

  /** Why a patch does not go from exactly this version; null where it does. */
  public String whyNot(Patch patch) {
    if (!patch.epoch().equals(version().epoch())) {
      return "patch is of epoch " + patch.epoch() + ", snapshot of " + version().epoch() + ": fetch the snapshot";
    }
    if (patch.base() != version().seq()) {
      return "patch goes from " + patch.base() + ", snapshot is at " + version().seq() + ": fetch the snapshot";
    }
    return null;
  }

  /** The next version. This one answers as before, for those who are asking it this moment. */
  public Compiled after(Patch patch, List<Kill.Urgent> urgent) {
    return of(snapshot.after(patch), urgent, options, this);
  }

  /** The same snapshot beside another set of urgent kills. */
  public Compiled withUrgent(List<Kill.Urgent> urgent) {
    return of(snapshot, urgent, options, this);
  }

  public Snapshot snapshot() {
    return snapshot;
  }

  public Head head() {
    return snapshot.head();
  }

  public Version version() {
    return snapshot.head().version();
  }

  /** Keys of all flags, in no order. */
  public Set<String> keys() {
    return snapshot.flags().keySet();
  }

  /** Answers one flag for one context. Total, and allocates nothing but what an operator needs. */
  public Answer evaluate(String key, Attributes context) {
    Flag flag = flags.get(key);
    if (flag == null) {
      flag = compiled(key);
      if (flag == null) {
        return Answer.UNKNOWN_FLAG;
      }
    }
    return flag.constant != null ? flag.constant : flag.decide.decide(context);
  }

  /** The hash of the customer that a context is about, as snapshots hold it; null where it names none. */
  public String customerHash(Attributes context) {
    String key = customers.keyOf(context);
    return key == null ? null : HexFormat.of().toHexDigits(customers.hashOf(key));
  }

  private void takeOver(Compiled previous) {
    Set<String> changed = new HashSet<>();
    Set<String> asked = new HashSet<>();
    previous.flags.values().forEach(flag -> asked.addAll(flag.usesFlags));
    for (String key : asked) {
      if (!Objects.equals(previous.snapshot.flags().get(key), snapshot.flags().get(key)) || !Objects.equals(previous.kills.get(key), kills.get(key))) {
        changed.add(key);
      }
    }
    Set<String> used = new HashSet<>();
    previous.segments.values().forEach(segment -> used.addAll(segment.uses()));
    used.removeIf(id -> Objects.equals(previous.snapshot.segments().get(id), snapshot.segments().get(id)));
    previous.segments.forEach(
        (id, segment) -> {
          if (isUntouched(segment.uses(), used)) {
            segments.put(id, segment);
          }
        });
    previous.flags.forEach(
        (key, flag) -> {
          if (isUntouched(flag.usesFlags, changed) && isUntouched(flag.usesSegments, used)) {
            flags.put(key, flag);
          }
        });
  }

  private static boolean isUntouched(Set<String> uses, Set<String> changed) {
    return changed.isEmpty() || uses.stream().noneMatch(changed::contains);
  }

  /** A flag, compiled if need be; null where there is none. */
  synchronized Flag compiled(String key) {
    Flag known = flags.get(key);
    String text = known == null ? snapshot.flags().get(key) : null;
    if (text == null) {
      return known;
    }
    // Recursion ends: parents that lead back here, or too deep, are refused before they are asked.
    Reach reach = Reach.of(key, this::parentsOf, PREREQUISITE_DEPTH_MAX);
    Set<String> usesSegments = new HashSet<>();
    Step.Plan plan = FlagPlan.of(key, JsonReader.parseKnown(text), surroundingsOf(key, reach, usesSegments));
    Fuse.Fused fused = Fuse.of(plan);
    Set<String> usesFlags = new HashSet<>(reach.ids());
    usesFlags.add(key);
    // What a parent uses, its child uses too.
    for (String parent : reach.ids()) {
      Flag above = flags.get(parent);
      usesSegments.addAll(above == null ? Set.of() : above.usesSegments);
    }
    Flag made = new Flag(plan, fused.decide(), fused.constant(), usesFlags, usesSegments);
    flags.put(key, made);
    return made;
  }

  private Draft.Surroundings surroundingsOf(String key, Reach reach, Set<String> usesSegments) {
    Condition.SegmentTests tests =
        id -> {
          Segment segment = segment(id);
          usesSegments.addAll(segment.uses());
          return segment.test();
        };
    List<Draft.KillOnFlag> covering = new ArrayList<>();
    List<Kill.InForce> inForce = kills.getOrDefault(key, List.of());
    for (Kill.InForce one : inForce) {
      Kill.Coverage coverage = one.kill().compileScope(options.asker(), tests, customers);
      if (coverage.isAsker()) {
        covering.add(new Draft.KillOnFlag(one.id(), coverage.covers()));
      }
    }
    return new Draft.Surroundings(
        tests, covering, !inForce.isEmpty(), parent -> parentOf(key, parent, reach), customers, users, options.counters());
  }

  private Result<Flag> parentOf(String key, String parent, Reach reach) {
    if (!snapshot.flags().containsKey(parent)) {
      return Result.failed("flag is missing");
    }
    if (reach.isTooDeep()) {
      Reach below = Reach.of(parent, this::parentsOf, PREREQUISITE_DEPTH_MAX - 1);
      if (parent.equals(key) || below.ids().contains(key)) {
        return Result.failed("is part of a cycle");
      }
      if (below.isTooDeep()) {
        return Result.failed("has prerequisites in a cycle or more than " + PREREQUISITE_DEPTH_MAX + " deep");
      }
    }
    return Result.of(compiled(parent));
  }

  private Collection<String> parentsOf(String key) {
    List<String> known = parents.get(key);
    if (known == null) {
      String text = snapshot.flags().get(key);
      known = text == null ? List.of() : FlagForm.parentsOf(JsonReader.parseKnown(text));
      parents.put(key, known);
    }
    return known;
  }

  /** A segment, compiled if need be. */
  synchronized Segment segment(String id) {
    Segment known = segments.get(id);
    if (known == null) {
      known = Segment.compile(id, this::segmentForm, snapshot.salt(), other -> segment(other).test());
      segments.put(id, known);
      segmentForms.clear();
    }
    return known;
  }

  /** Parsed forms are kept only while something is compiled of them. */
  synchronized Object segmentForm(String id) {
    String text = snapshot.segments().get(id);
    return text == null ? null : segmentForms.computeIfAbsent(id, key -> JsonReader.parseKnown(text));
  }
}
