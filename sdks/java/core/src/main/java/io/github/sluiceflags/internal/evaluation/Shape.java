package io.github.sluiceflags.internal.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Questions to JSON that nobody has checked. */
final class Shape {
  private Shape() {}

  /** A member, or another value where it is absent or null. */
  static Object orElse(Map<?, ?> form, String name, Object other) {
    Object member = form.get(name);
    return member == null ? other : member;
  }

  /** An object; null where it is something else. */
  static Map<?, ?> record(Object item) {
    return item instanceof Map<?, ?> record ? record : null;
  }

  /** A list that holds texts only; null where it is something else. */
  static List<String> textList(Object item) {
    if (!(item instanceof List<?> list)) {
      return null;
    }
    List<String> texts = new ArrayList<>(list.size());
    for (Object one : list) {
      if (!(one instanceof String text)) {
        return null;
      }
      texts.add(text);
    }
    return texts;
  }

  /** A text as a list of one; null where it is neither a text nor a list of texts. */
  static List<String> oneOrTexts(Object item) {
    return item instanceof String text ? List.of(text) : textList(item);
  }

  /** A whole number from 0 to most; −1 where it is something else. */
  static long count(Object item, double most) {
    if (!(item instanceof Double number) || number != Math.rint(number) || number < 0 || number > most) {
      return -1;
    }
    return number.longValue();
  }

  /** Names what stands where a name should. */
  static String quote(Object name) {
    return name instanceof String text ? '"' + text + '"' : "of type " + typeWord(name);
  }

  /** What a value is, in a word or two. */
  static String typeWord(Object value) {
    if (value == null) {
      return "null";
    }
    if (value instanceof List) {
      return "a list";
    }
    if (value instanceof Map) {
      return "an object";
    }
    return value instanceof Double ? "number" : value instanceof Boolean ? "boolean" : "string";
  }

  /** The order of two texts' UTF-8 bytes, which is that of their code points. */
  static int compareBytes(String a, String b) {
    int shorter = Math.min(a.length(), b.length());
    for (int at = 0; at < shorter; at++) {
      char ofA = a.charAt(at);
      char ofB = b.charAt(at);
      if (ofA != ofB) {
        // Half a surrogate pair stands for a code point above all others.
        boolean isPairA = Character.isSurrogate(ofA);
        boolean isPairB = Character.isSurrogate(ofB);
        return isPairA == isPairB ? ofA - ofB : Boolean.compare(isPairA, isPairB);
      }
    }
    return a.length() - b.length();
  }
}
