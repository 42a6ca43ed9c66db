package io.github.sluiceflags.internal.evaluation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One attribute value in the form that conditions ask it. */
public final class Value {
  /** What a value is; {@code MISSING} is what no condition can compare. */
  enum Kind {
    MISSING,
    STRING,
    NUMBER,
    BOOLEAN,
    LIST,
    OBJECT
  }

  static final Value MISSING = new Value(Kind.MISSING, false, 0, null, null, null);
  static final Value TRUE = new Value(Kind.BOOLEAN, true, 0, null, null, null);
  static final Value FALSE = new Value(Kind.BOOLEAN, false, 0, null, null, null);

  /** Largest magnitude of an integer that is a unit: 2⁵³. */
  private static final double UNIT_INTEGER_MAX = 1L << 53;

  final Kind kind;
  final boolean isTrue;
  final double number;

  /** The text of a string, or the decimal text of an integer within ±2⁵³: whatever can be counted has one, and null is no unit. */
  final String unit;

  final Value[] items;
  final Attributes fields;

  private Value(Kind kind, boolean isTrue, double number, String unit, Value[] items, Attributes fields) {
    this.kind = kind;
    this.isTrue = isTrue;
    this.number = number;
    this.unit = unit;
    this.items = items;
    this.fields = fields;
  }

  static Value ofText(String text) {
    return new Value(Kind.STRING, false, 0, text, null, null);
  }

  /** NaN and infinities are missing. */
  static Value ofNumber(double number) {
    if (Double.isNaN(number) || Double.isInfinite(number)) {
      return MISSING;
    }
    boolean isUnit = number == Math.rint(number) && Math.abs(number) <= UNIT_INTEGER_MAX;
    return new Value(Kind.NUMBER, false, number, isUnit ? Long.toString((long) number) : null, null, null);
  }

  /** Keeps integers beyond 2⁵³ from becoming a neighbour's unit when they are rounded. */
  static Value ofInteger(long number) {
    boolean isUnit = number <= (long) UNIT_INTEGER_MAX && number >= -(long) UNIT_INTEGER_MAX;
    return new Value(Kind.NUMBER, false, number, isUnit ? Long.toString(number) : null, null, null);
  }

  /** A number that was rounded: the whole number beside it is somebody else's unit. */
  static Value ofRounded(double near) {
    return Double.isInfinite(near) ? MISSING : new Value(Kind.NUMBER, false, near, null, null, null);
  }

  static Value ofList(List<Value> items) {
    return new Value(Kind.LIST, false, 0, null, items.toArray(new Value[0]), null);
  }

  static Value ofFields(Attributes fields) {
    return new Value(Kind.OBJECT, false, 0, null, null, fields);
  }

  boolean isText() {
    return kind == Kind.STRING;
  }

  /** True for what can be compared: a string, number or boolean. */
  boolean isScalar() {
    return kind == Kind.STRING || kind == Kind.NUMBER || kind == Kind.BOOLEAN;
  }

  /** The value as JSON would read it, for showing. */
  Object plain() {
    return switch (kind) {
      case MISSING -> null;
      case STRING -> unit;
      case NUMBER -> number;
      case BOOLEAN -> isTrue;
      case LIST -> {
        List<Object> list = new ArrayList<>();
        for (Value item : items) {
          list.add(item.plain());
        }
        yield Collections.unmodifiableList(list);
      }
      case OBJECT -> {
        Map<String, Object> members = new LinkedHashMap<>();
        fields.forEach((name, value) -> members.put(name, value.plain()));
        yield Collections.unmodifiableMap(members);
      }
    };
  }
}
