package io.github.sluiceflags.internal.evaluation;

import io.github.sluiceflags.Version;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads what the server sends. Unknown fields are left alone. The envelope and the kills must be right, or nothing is accepted: half a kill list would
 * switch things on. A flag or segment is not looked into here: one that is broken spoils itself alone when it is compiled.
 */
public final class Decode {
  /** Bounds one JSON text: 10,000 flags take about 2.5 MB. In characters; bytes are bounded by as much. */
  public static final int TEXT_MAX = 64 << 20;

  private static final int FLAGS_MAX = 100_000;
  private static final int SEGMENTS_MAX = 20_000;

  /** Hashes of one segment in a patch: as many as a list of runtime members holds. */
  private static final int HASHES_MAX = 100_000;

  private static final int KILLS_MAX = 20_000;
  private static final int JOURNALS_MAX = 10_000;
  private static final int REPLACES_MAX = 100;

  private Decode() {}

  /** What was received cannot be accepted; the message says where and why. */
  public static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    public Refused(String message) {
      super(message, null, false, false);
    }
  }

  /** Reads a snapshot. */
  public static Snapshot snapshot(String text) throws Refused {
    Members members = Members.of(text);
    if (members.count("format") < 1) {
      throw members.wrong("format", "not a whole number from 1 up");
    }
    Version version = new Version(members.name("epoch"), members.count("seq"));
    List<String> replaces = members.has("replaces") ? members.texts("replaces", REPLACES_MAX) : List.of();
    String customer = members.has("customer") ? members.name("customer") : "customer";
    if (!members.has("flags")) {
      throw members.wrong("flags", "missing");
    }
    Head head = new Head(members.name("environment"), version, replaces, counts(members, "seen", REPLACES_MAX), journals(members), kills(members));
    Map<String, String> envelope = new LinkedHashMap<>(members.all());
    envelope.keySet().removeAll(List.of("flags", "segments", "kills", "journals"));
    return new Snapshot(head, customer, members.name("salt"), members.object("flags", FLAGS_MAX), members.object("segments", SEGMENTS_MAX), envelope);
  }

  /** Reads a patch. */
  public static Patch patch(String text) throws Refused {
    Members members = Members.of(text);
    long base = members.count("base");
    long to = members.count("to");
    if (to <= base) {
      throw members.wrong("to", "not above base " + base);
    }
    Members set = members.inner("set");
    Members drop = members.inner("drop");
    return new Patch(
        members.name("epoch"),
        base,
        to,
        set.has("customer") ? set.name("customer") : null,
        set.has("salt") ? set.name("salt") : null,
        journals(set),
        kills(set),
        drop.names("kills", KILLS_MAX),
        set.object("flags", FLAGS_MAX),
        drop.names("flags", FLAGS_MAX),
        set.object("segments", SEGMENTS_MAX),
        drop.names("segments", SEGMENTS_MAX),
        hashes(set),
        hashes(drop));
  }

  /** Reads an urgent kill. */
  public static Kill.Urgent urgentKill(String text) throws Refused {
    Members members = Members.of(text);
    return new Kill.Urgent(
        members.name("id"),
        members.name("epoch"),
        members.has("journal") ? members.name("journal") : null,
        members.has("counter") ? members.count("counter") : null,
        members.has("seq") ? members.count("seq") : null,
        kill(members, text));
  }

  private static Map<String, Long> journals(Members parts) throws Refused {
    return counts(parts, "journals", JOURNALS_MAX);
  }

  /** Whole numbers by name; none where the part is absent. */
  private static Map<String, Long> counts(Members parts, String part, int most) throws Refused {
    Members listed = new Members(parts.object(part, most), parts.at(part));
    Map<String, Long> counts = new HashMap<>();
    for (String name : listed.all().keySet()) {
      counts.put(name, listed.count(name));
    }
    return counts;
  }

  private static Map<String, Kill> kills(Members parts) throws Refused {
    Members listed = new Members(parts.object("kills", KILLS_MAX), parts.at("kills"));
    Map<String, Kill> kills = new HashMap<>();
    for (Map.Entry<String, String> one : listed.all().entrySet()) {
      kills.put(one.getKey(), kill(listed.required(one.getKey()), one.getValue()));
    }
    return kills;
  }

  /** Scopes are not looked into: a part of one that cannot be read narrows nothing, so the kill covers more and not less. */
  private static Kill kill(Members members, String text) throws Refused {
    return new Kill(members.texts("flags", FLAGS_MAX), members.has("scope") ? members.item("scope") : null, text);
  }

  /** Lists by segment. Unlike segments, these are applied at once: half a list would leave everybody else with another one. */
  private static Map<String, List<String>> hashes(Members parts) throws Refused {
    Members listed = new Members(parts.object("hashes", SEGMENTS_MAX), parts.at("hashes"));
    Map<String, List<String>> lists = new HashMap<>();
    for (String id : listed.all().keySet()) {
      lists.put(id, listed.texts(id, HASHES_MAX));
    }
    return lists;
  }
}
