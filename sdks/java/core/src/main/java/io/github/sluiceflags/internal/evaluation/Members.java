package io.github.sluiceflags.internal.evaluation;

import java.util.List;
import java.util.Map;

/**
 * The members of a JSON object, each as the text it stands as.
 *
 * @param path where the object stands, with a dot at its end; empty for the whole
 */
record Members(Map<String, String> all, String path) {
  /** Code units of a flag key, segment id, kill id, salt or epoch. */
  private static final int NAME_MAX = 1024;

  private static final double SAFE_INTEGERS = (1L << 53) - 1;
  private static final String BYTE_ORDER_MARK = "\ufeff";

  /** A byte order mark is dropped, as by every reader of texts. */
  static Members of(String text) throws Decode.Refused {
    if (text.length() > Decode.TEXT_MAX) {
      throw new Decode.Refused("longer than " + Decode.TEXT_MAX + " characters");
    }
    try {
      Map<String, String> members = JsonReader.members(text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text);
      if (members == null) {
        throw new Decode.Refused("not an object");
      }
      return new Members(members, "");
    } catch (NotJson problem) {
      throw new Decode.Refused(problem.getMessage());
    }
  }

  Decode.Refused wrong(String name, String problem) {
    String shown = name.length() > NAME_MAX ? name.substring(0, NAME_MAX) : name;
    return new Decode.Refused(path + shown + ": " + problem);
  }

  String at(String name) {
    return path + name + ".";
  }

  boolean has(String name) {
    return all.containsKey(name);
  }

  /** A member as parsed; null where it is absent or null. */
  Object item(String name) {
    String text = all.get(name);
    return text == null ? null : JsonReader.parseKnown(text);
  }

  String name(String name) throws Decode.Refused {
    if (!(item(name) instanceof String text)) {
      throw wrong(name, "missing or not a string");
    }
    if (text.length() > NAME_MAX) {
      throw wrong(name, "longer than " + NAME_MAX + " characters");
    }
    return text;
  }

  long count(String name) throws Decode.Refused {
    long count = Shape.count(item(name), SAFE_INTEGERS);
    if (count < 0) {
      throw wrong(name, "not a whole number from 0 up");
    }
    return count;
  }

  List<String> texts(String name, int most) throws Decode.Refused {
    List<String> texts = Shape.textList(item(name));
    if (texts == null || texts.size() > most) {
      throw wrong(name, "not a list of at most " + most + " texts");
    }
    return texts;
  }

  /** A list that may be absent. */
  List<String> names(String name, int most) throws Decode.Refused {
    return has(name) ? texts(name, most) : List.of();
  }

  /** The members of an object that may be absent, with names of allowed length. */
  Map<String, String> object(String name, int most) throws Decode.Refused {
    if (!has(name)) {
      return Map.of();
    }
    Map<String, String> members = required(name).all;
    if (members.size() > most) {
      throw wrong(name, "more than " + most + " entries");
    }
    if (members.keySet().stream().anyMatch(member -> member.length() > NAME_MAX)) {
      throw wrong(name, "a name is longer than " + NAME_MAX + " characters");
    }
    return members;
  }

  /** An object that may be absent, whatever its size. */
  Members inner(String name) throws Decode.Refused {
    return has(name) ? required(name) : new Members(Map.of(), at(name));
  }

  /** An object that must be there. */
  Members required(String name) throws Decode.Refused {
    try {
      Map<String, String> members = JsonReader.members(all.get(name));
      if (members != null) {
        return new Members(members, at(name));
      }
    } catch (NotJson impossible) {
      throw wrong(name, impossible.getMessage());
    }
    throw wrong(name, "not an object");
  }
}
