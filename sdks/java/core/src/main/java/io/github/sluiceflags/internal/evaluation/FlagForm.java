package io.github.sluiceflags.internal.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The parts of a flag's form that every step needs, read from data that nobody has checked. */
record FlagForm(String key, Map<?, ?> form, Map<?, ?> variants, String off, String fallback, String salt) {
  private static final Map<String, Object> BOOLEAN_VARIANTS = Map.of("on", true, "off", false);

  /** A problem says why the flag as a whole is unreadable, so that it answers ERROR while other flags go on. */
  static Result<FlagForm> read(String key, Object item) {
    Map<?, ?> form = Shape.record(item);
    if (form == null) {
      return Result.failed("flag is not an object");
    }
    Map<?, ?> variants = Shape.record(Shape.orElse(form, "variants", BOOLEAN_VARIANTS));
    if (variants == null) {
      return Result.failed("variants is not an object");
    }
    if (!(Shape.orElse(form, "off", "off") instanceof String off)) {
      return Result.failed("off is not a variant name");
    }
    if (!(Shape.orElse(form, "default", off) instanceof String fallback)) {
      return Result.failed("default is not a variant name");
    }
    if (!(Shape.orElse(form, "salt", key) instanceof String salt)) {
      return Result.failed("salt is not a string");
    }
    return Result.of(new FlagForm(key, form, variants, off, fallback, salt));
  }

  /** A part that is a list; absent is empty; null where it is something else. */
  static List<?> list(Map<?, ?> form, String name) {
    return Shape.orElse(form, name, List.of()) instanceof List<?> list ? list : null;
  }

  List<?> list(String name) {
    return list(form, name);
  }

  /** The flags that a form names as prerequisites, as far as it can be read. */
  static List<String> parentsOf(Object item) {
    List<String> parents = new ArrayList<>();
    List<?> listed = item instanceof Map<?, ?> form ? list(form, "prerequisites") : null;
    for (Object one : listed == null ? List.of() : listed) {
      if (one instanceof Map<?, ?> prerequisite && prerequisite.get("flag") instanceof String flag) {
        parents.add(flag);
      }
    }
    return parents;
  }
}
