package io.github.sluiceflags.internal.evaluation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Names flags that answer their off variant. Its scope is read when it is compiled: a part that cannot be read narrows nothing.
 *
 * @param text as it was received
 */
public record Kill(List<String> flags, Object scope, String text) {
  /**
   * In force beside the snapshot until the snapshot lists its journal with a counter at least as high, or has reached its seq.
   *
   * @param journal null where it is of none
   * @param counter null where it has none
   * @param seq null where it has none
   */
  public record Urgent(String id, String epoch, String journal, Long counter, Long seq, Kill kill) {}

  /** Makes an urgent kill of one that a snapshot or patch lists, so that it stays in force where that is left behind. */
  public static Urgent carried(String id, Kill kill, String epoch, Long seq) {
    Map<String, Object> members = new LinkedHashMap<>();
    if (JsonReader.parseKnown(kill.text) instanceof Map<?, ?> parts) {
      parts.forEach((name, part) -> members.put(name.toString(), part));
    }
    members.put("id", id);
    members.put("epoch", epoch);
    if (seq != null) {
      members.put("seq", seq);
    }
    return new Urgent(id, epoch, null, null, seq, new Kill(kill.flags, kill.scope, JsonWriter.write(members)));
  }

  /**
   * Whom a kill covers.
   *
   * @param isAsker false where it covers nobody who asks here
   * @param covers null for everybody
   */
  record Coverage(boolean isAsker, Test covers) {}

  /** Compiles the scope. Parts that this reader does not know or cannot read narrow nothing: a kill fails towards off. */
  Coverage compileScope(Asker asker, Condition.SegmentTests segments, Attribute.HashOf customers) {
    if (!(scope instanceof Map<?, ?> parts)) {
      return new Coverage(true, null);
    }
    if (!coversAsker(parts, asker)) {
      return new Coverage(false, null);
    }
    List<Test> tests = new ArrayList<>();
    List<String> named = Shape.textList(parts.get("customers"));
    if (named != null) {
      HashTable hashes = HashTable.of(named);
      tests.add(context -> customers.isAmong(hashes, context));
    }
    if (parts.get("segment") instanceof String id) {
      Result<Test> member = segments.of(id);
      if (member.isOk()) {
        tests.add(member.value());
      }
    }
    return new Coverage(true, both(tests));
  }

  private static Test both(List<Test> tests) {
    if (tests.size() < 2) {
      return tests.isEmpty() ? null : tests.get(0);
    }
    Test first = tests.get(0);
    Test second = tests.get(1);
    return context -> first.test(context) && second.test(context);
  }

  /** An SDK that did not state its service or version, or a version that is no SemVer, is covered by a scope that asks for it. */
  private static boolean coversAsker(Map<?, ?> scope, Asker asker) {
    List<String> services = Shape.textList(scope.get("services"));
    if (services != null && asker.service() != null && !services.contains(asker.service())) {
      return false;
    }
    Predicate<String> range = scope.get("versions") instanceof String versions ? SemVer.compileRange(versions) : null;
    return range == null || asker.version() == null || SemVer.parse(asker.version()) == null || range.test(asker.version());
  }

  /** A kill with its id. */
  record InForce(String id, Kill kill) {}

  /** Kills by the flags they name, each list by id in byte order. A listed kill and an urgent one of the same id both stay. */
  static Map<String, List<InForce>> byFlag(Map<String, Kill> listed, List<Urgent> urgent) {
    List<InForce> all = new ArrayList<>();
    listed.forEach((id, kill) -> all.add(new InForce(id, kill)));
    urgent.forEach(kill -> all.add(new InForce(kill.id(), kill.kill())));
    all.sort((a, b) -> Shape.compareBytes(a.id, b.id));
    Map<String, List<InForce>> byFlag = new HashMap<>();
    for (InForce one : all) {
      for (String flag : one.kill.flags.stream().distinct().toList()) {
        byFlag.computeIfAbsent(flag, key -> new ArrayList<>()).add(one);
      }
    }
    return byFlag;
  }
}
