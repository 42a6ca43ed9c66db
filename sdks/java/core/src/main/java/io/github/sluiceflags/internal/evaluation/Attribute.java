package io.github.sluiceflags.internal.evaluation;

import java.util.function.Predicate;

/** Attribute paths. A whole dotted name wins over walking nested objects; lists are not walked into, so that {@code roles.length} is no attribute. */
final class Attribute {
  private Attribute() {}

  /** Gives one attribute; null is missing, as is {@link Value#MISSING}. */
  @FunctionalInterface
  interface Read {
    Value read(Attributes context);
  }

  static Read compileRead(String path) {
    Place place = new Place(path);
    if (isFlat(path)) {
      return context -> context.find(place);
    }
    Place[] names = SemVer.split(path, ".").stream().map(Place::new).toArray(Place[]::new);
    return context -> {
      Value whole = context.find(place);
      return whole != null ? whole : walk(context, names);
    };
  }

  static boolean isFlat(String path) {
    return path.indexOf('.') < 0;
  }

  private static Value walk(Attributes context, Place[] names) {
    Attributes fields = context;
    for (int at = 0; at < names.length; at++) {
      Value found = fields.find(names[at]);
      if (found == null || at == names.length - 1) {
        return found;
      }
      if (found.fields == null) {
        return null;
      }
      fields = found.fields;
    }
    return null;
  }

  /** Compiles whether an attribute is one text, without a closure in between: the most frequent question there is. */
  static Test compileIsText(String path, String text) {
    if (isFlat(path)) {
      Place place = new Place(path);
      return context -> {
        Value found = context.find(place);
        return found != null && found.kind == Value.Kind.STRING && found.unit.equals(text);
      };
    }
    return compileTest(path, found -> found.kind == Value.Kind.STRING && found.unit.equals(text));
  }

  /** Compiles a question that no missing attribute satisfies. */
  static Test compileTest(String path, Predicate<Value> predicate) {
    if (isFlat(path)) {
      Place place = new Place(path);
      return context -> {
        Value found = context.find(place);
        return found != null && predicate.test(found);
      };
    }
    Read read = compileRead(path);
    return context -> {
      Value found = read.read(context);
      return found != null && predicate.test(found);
    };
  }

  /** The text that identifies who is counted; null where there is none. */
  static String unitText(Value found) {
    return found == null ? null : found.unit;
  }

  /** The hash of the person or customer a context is about, as snapshots hold it. */
  record HashOf(Read read, Predicate<Value> isKey, Murmur3Long hashes) {
    /** Whom the hash is of; null where there is nobody. */
    String keyOf(Attributes context) {
      Value found = read.read(context);
      return found != null && isKey.test(found) ? found.unit : null;
    }

    long hashOf(String key) {
      return hashes.hashAfter(key);
    }

    /** Whether whoever a context is about is among these. */
    boolean isAmong(HashTable table, Attributes context) {
      String key = keyOf(context);
      return key != null && table.has(hashOf(key));
    }

    /** Customers are texts: numbers are not customers. */
    static HashOf customers(String path, String salt) {
      return new HashOf(compileRead(path), Value::isText, Bucketing.hashesOf(salt));
    }

    static HashOf units(String path, String salt) {
      return new HashOf(compileRead(path), found -> found.unit != null, Bucketing.hashesOf(salt));
    }
  }
}
