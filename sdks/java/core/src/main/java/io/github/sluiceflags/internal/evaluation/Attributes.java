package io.github.sluiceflags.internal.evaluation;

import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/** Attributes of a context, or fields of an attribute, looked up by name: by a scan where there are few, else in a table. Immutable. */
public final class Attributes {
  /** No attributes at all. */
  public static final Attributes NONE = new Attributes(Map.of());

  /** Up to this many a scan is faster than a table. */
  private static final int SCAN_MAX = 8;

  private final String[] names;
  private final int[] hashes;
  private final Value[] values;

  /** Null where a scan does. Java's own table stays fast under names that were made up to collide. */
  private final Map<String, Value> table;

  Attributes(Map<String, Value> all) {
    names = all.keySet().toArray(new String[0]);
    hashes = new int[names.length];
    values = new Value[names.length];
    for (int at = 0; at < names.length; at++) {
      hashes[at] = names[at].hashCode();
      values[at] = all.get(names[at]);
    }
    table = names.length > SCAN_MAX ? new HashMap<>(all) : null;
  }

  /** Null where there is none of this name. */
  Value find(Place place) {
    int at = place.at;
    // The same text is the same name; an index of a longer context is checked.
    if (at < names.length && names[at] == place.seen) {
      return values[at];
    }
    return search(place);
  }

  private Value search(Place place) {
    String name = place.name;
    if (table != null) {
      return table.get(name);
    }
    int hash = name.hashCode();
    for (int at = 0; at < hashes.length; at++) {
      if (hashes[at] == hash && names[at].equals(name)) {
        place.isAt(at, names[at]);
        return values[at];
      }
    }
    return null;
  }

  void forEach(BiConsumer<String, Value> each) {
    for (int at = 0; at < names.length; at++) {
      each.accept(names[at], values[at]);
    }
  }
}
