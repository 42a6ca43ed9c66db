package io.github.sluiceflags.internal.evaluation;

import java.util.Map;

/** Writes JSON: maps, lists, texts, numbers, booleans, null, and {@link Raw} texts as they are. Lone surrogates are escaped, so that any encoding keeps them. */
public final class JsonWriter {
  /** Whole numbers up to this magnitude are written without a fraction. */
  private static final double WHOLE_MAX = 1L << 53;

  /** A text that is JSON already. */
  public record Raw(String text) {}

  private final StringBuilder out = new StringBuilder();

  private JsonWriter() {}

  /** The text of a value. */
  public static String write(Object value) {
    JsonWriter writer = new JsonWriter();
    writer.value(value);
    return writer.out.toString();
  }

  private void value(Object value) {
    if (value instanceof Raw raw) {
      out.append(raw.text());
    } else if (value instanceof CharSequence text) {
      string(text);
    } else if (value instanceof Map<?, ?> members) {
      char before = '{';
      for (Map.Entry<?, ?> member : members.entrySet()) {
        out.append(before);
        string(String.valueOf(member.getKey()));
        out.append(':');
        value(member.getValue());
        before = ',';
      }
      out.append(members.isEmpty() ? "{}" : "}");
    } else if (value instanceof Iterable<?> items) {
      char before = '[';
      for (Object item : items) {
        out.append(before);
        value(item);
        before = ',';
      }
      out.append(before == '[' ? "[]" : "]");
    } else if (value instanceof Number number) {
      number(number);
    } else {
      out.append(value instanceof Boolean ? value.toString() : "null");
    }
  }

  /** JSON has no infinities, and null is what others write for them. */
  private void number(Number number) {
    double real = number.doubleValue();
    if (!(number instanceof Double || number instanceof Float)) {
      out.append(number);
    } else if (Double.isNaN(real) || Double.isInfinite(real)) {
      out.append("null");
    } else if (real == Math.rint(real) && Math.abs(real) <= WHOLE_MAX) {
      out.append((long) real);
    } else {
      out.append(real);
    }
  }

  private void string(CharSequence text) {
    out.append('"');
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ' || isLone(text, at)) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }

  static boolean isLone(CharSequence text, int at) {
    char c = text.charAt(at);
    if (Character.isHighSurrogate(c)) {
      return at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1));
    }
    return Character.isLowSurrogate(c) && (at == 0 || !Character.isHighSurrogate(text.charAt(at - 1)));
  }
}
