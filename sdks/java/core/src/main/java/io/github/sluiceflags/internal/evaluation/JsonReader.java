package io.github.sluiceflags.internal.evaluation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON (RFC 8259) strictly, at most {@value #DEPTH_MAX} levels deep: objects become maps, lists become lists, both immutable, numbers become
 * {@link Double} (an infinity beyond what a double holds, as everywhere), and null is null. Of two members with one name the last counts.
 *
 * <p>Texts may hold lone surrogates, which Java's strings take as they are.
 */
public final class JsonReader {
  /** Lists and objects nested deeper are refused: whoever writes them out again would overflow. */
  static final int DEPTH_MAX = 256;

  private final String text;
  private int at;

  private JsonReader(String text) {
    this.text = text;
  }

  /** Reads a whole text. */
  public static Object parse(String text) throws NotJson {
    JsonReader reader = new JsonReader(text);
    Object value = reader.value(1);
    reader.end();
    return value;
  }

  /** Reads a text that is known to be JSON; null where it is not, after all. */
  static Object parseKnown(String text) {
    try {
      return parse(text);
    } catch (NotJson impossible) {
      return null;
    }
  }

  /** Reads the members of an object, each as the text it stands as; null where the text is something else. All of it is checked. */
  public static Map<String, String> members(String text) throws NotJson {
    JsonReader reader = new JsonReader(text);
    reader.space();
    if (reader.peek() != '{') {
      reader.skip(1);
      reader.end();
      return null;
    }
    Map<String, String> members = new LinkedHashMap<>();
    reader.at++;
    reader.space();
    for (boolean isFirst = true; reader.hasNext('}', isFirst); isFirst = false) {
      String name = reader.name();
      reader.space();
      int from = reader.at;
      reader.skip(2);
      members.put(name, text.substring(from, reader.at));
    }
    reader.end();
    return members;
  }

  /** Reads the items of a list, each as the text it stands as; null where the text is something else. All of it is checked. */
  public static List<String> items(String text) throws NotJson {
    JsonReader reader = new JsonReader(text);
    reader.space();
    if (reader.peek() != '[') {
      return null;
    }
    List<String> items = new ArrayList<>();
    reader.at++;
    for (boolean isFirst = true; reader.hasNext(']', isFirst); isFirst = false) {
      int from = reader.at;
      reader.skip(2);
      items.add(text.substring(from, reader.at));
    }
    reader.end();
    return items;
  }

  private Object value(int depth) throws NotJson {
    space();
    switch (peek()) {
      case '{':
        return object(depth);
      case '[':
        return list(depth);
      case '"':
        return string();
      case 't':
        return word("true", Boolean.TRUE);
      case 'f':
        return word("false", Boolean.FALSE);
      case 'n':
        return word("null", null);
      default:
        int from = at;
        skipNumber();
        return Double.valueOf(text.substring(from, at));
    }
  }

  private Map<String, Object> object(int depth) throws NotJson {
    enter(depth);
    Map<String, Object> members = new LinkedHashMap<>();
    for (boolean isFirst = true; hasNext('}', isFirst); isFirst = false) {
      members.put(name(), value(depth + 1));
    }
    return Collections.unmodifiableMap(members);
  }

  private List<Object> list(int depth) throws NotJson {
    enter(depth);
    List<Object> items = new ArrayList<>();
    for (boolean isFirst = true; hasNext(']', isFirst); isFirst = false) {
      items.add(value(depth + 1));
    }
    return Collections.unmodifiableList(items);
  }

  /** Checks a value without keeping it. */
  private void skip(int depth) throws NotJson {
    space();
    char first = peek();
    switch (first) {
      case '{', '[' -> {
        enter(depth);
        char close = first == '{' ? '}' : ']';
        for (boolean isFirst = true; hasNext(close, isFirst); isFirst = false) {
          if (first == '{') {
            skipString();
            colon();
          }
          skip(depth + 1);
        }
      }
      case '"' -> skipString();
      case 't' -> word("true", null);
      case 'f' -> word("false", null);
      case 'n' -> word("null", null);
      default -> skipNumber();
    }
  }

  private void enter(int depth) throws NotJson {
    if (depth > DEPTH_MAX) {
      throw new NotJson("nested more than " + DEPTH_MAX + " deep");
    }
    at++;
    space();
  }

  /** True before a further item or member; the closing bracket is taken. */
  private boolean hasNext(char close, boolean isFirst) throws NotJson {
    space();
    if (peek() == close) {
      at++;
      return false;
    }
    if (!isFirst) {
      take(',');
      space();
    }
    return true;
  }

  private String name() throws NotJson {
    if (peek() != '"') {
      throw wrong("a name");
    }
    String name = string();
    colon();
    return name;
  }

  private void colon() throws NotJson {
    space();
    take(':');
  }

  private String string() throws NotJson {
    int from = at + 1;
    boolean isPlain = skipString();
    return isPlain ? text.substring(from, at - 1) : unescaped(from, at - 1);
  }

  /** True where nothing in it is escaped. */
  private boolean skipString() throws NotJson {
    take('"');
    boolean isPlain = true;
    while (true) {
      char c = peek();
      at++;
      if (c == '"') {
        return isPlain;
      }
      if (c < ' ') {
        at--;
        throw wrong("no control character inside a string");
      }
      if (c == '\\') {
        isPlain = false;
        escape();
      }
    }
  }

  private void escape() throws NotJson {
    char c = peek();
    at++;
    if (c == 'u') {
      for (int digit = 0; digit < 4; digit++, at++) {
        if (Character.digit(peek(), 16) < 0 || peek() > 'f') {
          throw wrong("a hexadecimal digit");
        }
      }
    } else if ("\"\\/bfnrt".indexOf(c) < 0) {
      at--;
      throw wrong("an escape");
    }
  }

  private String unescaped(int from, int to) {
    StringBuilder plain = new StringBuilder(to - from);
    for (int next = from; next < to; next++) {
      char c = text.charAt(next);
      if (c == '\\') {
        next++;
        c = text.charAt(next);
        int known = "bfnrt".indexOf(c);
        if (c == 'u') {
          c = (char) Integer.parseInt(text.substring(next + 1, next + 5), 16);
          next += 4;
        } else if (known >= 0) {
          c = "\b\f\n\r\t".charAt(known);
        }
      }
      plain.append(c);
    }
    return plain.toString();
  }

  private void skipNumber() throws NotJson {
    if (peek() == '-') {
      at++;
    }
    if (peek() == '0') {
      at++;
    } else {
      digits();
    }
    if (isNext('.')) {
      at++;
      digits();
    }
    if (isNext('e') || isNext('E')) {
      at++;
      if (isNext('+') || isNext('-')) {
        at++;
      }
      digits();
    }
  }

  private void digits() throws NotJson {
    int from = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    if (at == from) {
      throw wrong("a value");
    }
  }

  private Object word(String word, Object value) throws NotJson {
    if (!text.startsWith(word, at)) {
      throw wrong("a value");
    }
    at += word.length();
    return value;
  }

  private void space() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
        return;
      }
      at++;
    }
  }

  private boolean isNext(char c) {
    return at < text.length() && text.charAt(at) == c;
  }

  private char peek() throws NotJson {
    if (at >= text.length()) {
      throw new NotJson("not JSON: it ends too early");
    }
    return text.charAt(at);
  }

  private void take(char c) throws NotJson {
    if (peek() != c) {
      throw wrong("'" + c + "'");
    }
    at++;
  }

  private void end() throws NotJson {
    space();
    if (at < text.length()) {
      throw wrong("its end");
    }
  }

  private NotJson wrong(String wanted) {
    return new NotJson("not JSON: " + wanted + " is expected at character " + (at + 1));
  }
}
