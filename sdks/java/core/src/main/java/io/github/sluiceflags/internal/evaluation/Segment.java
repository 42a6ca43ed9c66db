package io.github.sluiceflags.internal.evaluation;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * A segment as compiled.
 *
 * @param test its membership test, or why there is none
 * @param uses every segment id that it was made from, its own included
 */
record Segment(Result<Test> test, Set<String> uses) {
  /** A segment may refer to segments this many levels below it. */
  private static final int DEPTH_MAX = 8;

  /**
   * Compiles a segment.
   *
   * @param formOf gives the parsed form of a segment; null where there is none
   * @param others gives the tests of others, which cannot lead back here, because a cycle is refused before any of them is asked
   */
  static Segment compile(String id, Function<String, Object> formOf, String salt, Condition.SegmentTests others) {
    Set<String> uses = new HashSet<>(Set.of(id));
    Object form = formOf.apply(id);
    if (form == null) {
      return new Segment(Result.failed("segment " + id + ": missing"), uses);
    }
    Reach reach = Reach.of(id, other -> referencesOf(formOf.apply(other)), DEPTH_MAX);
    uses.addAll(reach.ids());
    if (reach.isTooDeep()) {
      return new Segment(Result.failed("segment " + id + ": refers to segments in a cycle or more than " + DEPTH_MAX + " deep"), uses);
    }
    Result<Test> made = compileMembership(form, salt, others);
    return new Segment(made.isOk() ? made : Result.failed("segment " + id + ": " + made.problem()), uses);
  }

  private static Collection<String> referencesOf(Object form) {
    return form instanceof Map<?, ?> parts ? Condition.segmentsIn(parts.get("if")) : List.of();
  }

  private static Result<Test> compileMembership(Object item, String salt, Condition.SegmentTests segments) {
    if (!(item instanceof Map<?, ?> form)) {
      return Result.failed("not an object");
    }
    Map<String, List<String>> lists = new HashMap<>();
    for (String name : List.of("include", "exclude", "hashes")) {
      List<String> list = form.containsKey(name) ? Shape.textList(form.get(name)) : List.of();
      if (list == null) {
        return Result.failed(name + " is not a list of strings");
      }
      lists.put(name, list);
    }
    if (!(Shape.orElse(form, "by", AttributesCopy.TARGETING_KEY) instanceof String by)) {
      return Result.failed("by is not a string");
    }
    Test matches = context -> false;
    if (form.containsKey("if")) {
      Result<Test> condition = Condition.compile(form.get("if"), segments);
      if (!condition.isOk()) {
        return condition;
      }
      matches = condition.value();
    }
    return Result.of(membership(Attribute.HashOf.units(by, salt), lists, matches));
  }

  private static Test membership(Attribute.HashOf units, Map<String, List<String>> lists, Test matches) {
    Set<String> included = new HashSet<>(lists.get("include"));
    Set<String> excluded = new HashSet<>(lists.get("exclude"));
    HashTable listed = lists.get("hashes").isEmpty() ? null : HashTable.of(lists.get("hashes"));
    return context -> {
      String unit = units.keyOf(context);
      if (unit == null) {
        return matches.test(context);
      }
      if (excluded.contains(unit)) {
        return false;
      }
      return included.contains(unit) || (listed != null && listed.has(units.hashOf(unit))) || matches.test(context);
    };
  }

  /**
   * The text of a segment after some members left and others joined, sorted, each once; what stands in both is a member. The same text where it cannot
   * be read.
   *
   * @param join null for none
   * @param leave null for none
   */
  static String withHashes(String text, List<String> join, List<String> leave) {
    Map<String, Object> members = new HashMap<>();
    try {
      Map<String, String> held = JsonReader.members(text);
      if (held == null) {
        return text;
      }
      held.forEach((name, member) -> members.put(name, new JsonWriter.Raw(member)));
      List<String> before = held.containsKey("hashes") ? Shape.textList(JsonReader.parse(held.get("hashes"))) : new ArrayList<>();
      if (before == null) {
        return text;
      }
      Set<String> after = new TreeSet<>(before);
      after.removeAll(new HashSet<>(leave == null ? List.of() : leave));
      after.addAll(join == null ? List.of() : join);
      members.put("hashes", after);
      return JsonWriter.write(members);
    } catch (NotJson impossible) {
      return text;
    }
  }
}
