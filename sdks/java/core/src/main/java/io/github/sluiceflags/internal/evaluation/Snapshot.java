package io.github.sluiceflags.internal.evaluation;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What was decoded: the envelope and the kills are right, flags and segments are texts of JSON that nobody has looked into.
 *
 * @param customer the path of the attribute that names the customer
 * @param envelope everything but flags, segments, kills and journals as received, unknown fields included, for writing it out again
 */
public record Snapshot(
    Head head, String customer, String salt, Map<String, String> flags, Map<String, String> segments, Map<String, String> envelope) {
  /** The snapshot that a patch leads to; parts that it does not touch are shared. It must go from exactly this version. */
  Snapshot after(Patch patch) {
    Map<String, String> nextEnvelope = new LinkedHashMap<>(envelope);
    nextEnvelope.put("seq", Long.toString(patch.to()));
    if (patch.customer() != null) {
      nextEnvelope.put("customer", JsonWriter.write(patch.customer()));
    }
    if (patch.salt() != null) {
      nextEnvelope.put("salt", JsonWriter.write(patch.salt()));
    }
    return new Snapshot(
        head.after(patch),
        patch.customer() == null ? customer : patch.customer(),
        patch.salt() == null ? salt : patch.salt(),
        changed(flags, patch.flags(), patch.dropFlags()),
        segmentsAfter(patch),
        nextEnvelope);
  }

  private static Map<String, String> changed(Map<String, String> before, Map<String, String> set, Iterable<String> drop) {
    if (set.isEmpty() && !drop.iterator().hasNext()) {
      return before;
    }
    Map<String, String> after = new HashMap<>(before);
    drop.forEach(after::remove);
    after.putAll(set);
    return after;
  }

  private Map<String, String> segmentsAfter(Patch patch) {
    Map<String, String> after = changed(segments, patch.segments(), patch.dropSegments());
    for (String id : patch.segmentsWithHashes()) {
      String held = after.get(id);
      if (held != null) {
        after = after == segments ? new HashMap<>(segments) : after;
        after.put(id, Segment.withHashes(held, patch.hashes().get(id), patch.dropHashes().get(id)));
      }
    }
    return after;
  }

  /** The plain snapshot as JSON, its members in one order whatever came first: two of the same content are the same text. */
  public String text() {
    Map<String, Object> members = new TreeMap<>();
    envelope.forEach((name, part) -> members.put(name, new JsonWriter.Raw(part)));
    members.put("flags", raw(flags));
    if (!segments.isEmpty()) {
      members.put("segments", raw(segments));
    }
    if (!head.kills().isEmpty()) {
      Map<String, Object> kills = new TreeMap<>();
      head.kills().forEach((id, kill) -> kills.put(id, new JsonWriter.Raw(kill.text())));
      members.put("kills", kills);
    }
    if (!head.journals().isEmpty()) {
      members.put("journals", new TreeMap<>(head.journals()));
    }
    return JsonWriter.write(members);
  }

  private static Map<String, Object> raw(Map<String, String> texts) {
    Map<String, Object> members = new TreeMap<>();
    texts.forEach((name, text) -> members.put(name, new JsonWriter.Raw(text)));
    return members;
  }
}
