package io.github.sluiceflags.internal.evaluation;

import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Copies what a host has into attributes. Total: what cannot be read is missing, and the host goes on. */
public final class AttributesCopy {
  /** The name under which the user stands. */
  public static final String TARGETING_KEY = "targetingKey";

  /** Ends values that contain themselves; flags look at a few levels. */
  private static final int DEPTH_MAX = 64;

  /** Bounds what one context copies, whatever it is given. */
  private static final int VALUES_MAX = 100_000;

  private int left = VALUES_MAX;

  private AttributesCopy() {}

  /**
   * Copies attributes.
   *
   * @param targetingKey the user; null leaves the attribute of that name, if there is one
   * @param given may be null
   */
  public static Attributes of(String targetingKey, Map<?, ?> given) {
    Map<String, Value> all = new LinkedHashMap<>();
    Value user = targetingKey == null ? null : Value.ofText(targetingKey);
    if (user != null) {
      // Shares ask for it most often, so it stands where a scan finds it first.
      all.put(TARGETING_KEY, user);
    }
    if (given != null) {
      new AttributesCopy().members(given, 0, all);
    }
    if (user != null) {
      all.put(TARGETING_KEY, user);
    }
    return all.isEmpty() ? Attributes.NONE : new Attributes(all);
  }

  /** A map that another thread changes, or a getter that throws: what was read until then stays. */
  private void members(Map<?, ?> given, int depth, Map<String, Value> into) {
    try {
      for (Map.Entry<?, ?> member : given.entrySet()) {
        if (left <= 0) {
          return;
        }
        if (member.getKey() instanceof CharSequence name) {
          into.put(name.toString(), value(member.getValue(), depth + 1));
        }
      }
    } catch (RuntimeException ended) {
      left--;
    }
  }

  private Value value(Object item, int depth) {
    left--;
    if (item == null || depth > DEPTH_MAX || left < 0) {
      return Value.MISSING;
    }
    try {
      return convert(item, depth);
    } catch (RuntimeException unreadable) {
      return Value.MISSING;
    }
  }

  private Value convert(Object item, int depth) {
    if (item instanceof CharSequence text) {
      return Value.ofText(text.toString());
    }
    if (item instanceof Boolean is) {
      return is ? Value.TRUE : Value.FALSE;
    }
    if (item instanceof Number number) {
      return number(number);
    }
    if (item instanceof Map<?, ?> members) {
      Map<String, Value> fields = new LinkedHashMap<>();
      members(members, depth, fields);
      return Value.ofFields(new Attributes(fields));
    }
    if (item instanceof Iterable<?> items) {
      List<Value> list = new ArrayList<>();
      for (Object each : items) {
        if (left <= 0) {
          break;
        }
        list.add(value(each, depth + 1));
      }
      return Value.ofList(list);
    }
    if (item.getClass().isArray()) {
      return array(item, depth);
    }
    return named(item, depth);
  }

  private static Value number(Number number) {
    if (number instanceof Long
        || number instanceof Integer
        || number instanceof Short
        || number instanceof Byte
        || number instanceof AtomicLong
        || number instanceof AtomicInteger) {
      return Value.ofInteger(number.longValue());
    }
    if (number instanceof BigInteger big) {
      return big.bitLength() < Long.SIZE ? Value.ofInteger(big.longValue()) : Value.ofRounded(big.doubleValue());
    }
    if (number instanceof BigDecimal big) {
      double near = big.doubleValue();
      boolean isExact = !Double.isInfinite(near) && new BigDecimal(near).compareTo(big) == 0;
      return isExact ? Value.ofNumber(near) : Value.ofRounded(near);
    }
    return Value.ofNumber(number.doubleValue());
  }

  private Value array(Object items, int depth) {
    List<Value> list = new ArrayList<>();
    for (int at = 0; at < Array.getLength(items) && left > 0; at++) {
      list.add(value(Array.get(items, at), depth + 1));
    }
    return Value.ofList(list);
  }

  /** Types of Java's own library that stand for a text. */
  private Value named(Object item, int depth) {
    if (item instanceof Enum<?> constant) {
      return Value.ofText(constant.name());
    }
    if (item instanceof Character || item instanceof UUID || item instanceof Instant) {
      return Value.ofText(item.toString());
    }
    if (item instanceof OffsetDateTime time) {
      return Value.ofText(time.toInstant().toString());
    }
    if (item instanceof ZonedDateTime time) {
      return Value.ofText(time.toInstant().toString());
    }
    if (item instanceof Date date) {
      return Value.ofText(Instant.ofEpochMilli(date.getTime()).toString());
    }
    if (item instanceof Optional<?> optional) {
      return optional.isPresent() ? value(optional.get(), depth + 1) : Value.MISSING;
    }
    return Value.MISSING;
  }
}
