package io.github.sluiceflags.internal.evaluation;

import io.github.sluiceflags.Cause;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Asks a flag step by step until one decides, and says so in plain English, one line a step; lines of conditions are indented by two spaces a level. It
 * walks the plan that answers are made from, but not its closure, so that the two can be held against each other. Costs far more.
 */
public final class Explain {
  /** The longest piece of a value that a line shows, in characters. */
  private static final int SHOWN_MAX = 60;

  /** Segments inside segments are shown this many levels down. Deeper ones are broken, or a chain that nobody reads to its end. */
  private static final int SEGMENTS_SHOWN_MAX = 8;

  private final Compiled compiled;
  private final Attributes context;
  private final List<String> lines = new ArrayList<>();

  private Explain(Compiled compiled, Attributes context) {
    this.compiled = compiled;
    this.context = context;
  }

  /** What a value is, in a word or two. */
  public static String typeOf(Object value) {
    return Shape.typeWord(value);
  }

  /** Why a flag answers what it answers for a context. */
  public static List<String> lines(Compiled compiled, String key, Attributes context) {
    Compiled.Flag flag = compiled.compiled(key);
    String version = " (snapshot " + compiled.version() + ").";
    if (flag == null) {
      return List.of(key + " answers the caller's default: there is no such flag" + version);
    }
    Explain explain = new Explain(compiled, context);
    Answer answer = explain.steps(flag.plan(), Shape.record(JsonReader.parseKnown(compiled.snapshot().flags().get(key))));
    explain.lines.add(0, key + " answers " + describe(answer) + version);
    return List.copyOf(explain.lines);
  }

  private static String describe(Answer answer) {
    return answer.isServed
        ? answer.variant + " = " + show(answer.value) + ", reason " + answer.reason
        : "the caller's default, because of an error";
  }

  private Answer steps(Step.Plan plan, Map<?, ?> form) {
    for (Step step : plan.steps()) {
      Answer decided = step.decide() == null ? null : step.decide().decide(context);
      lines.add(sentence(step, decided != null) + (step.problem() == null ? "" : " Problem: " + step.problem() + "."));
      tellConditionOf(step, form);
      if (decided != null) {
        return decided;
      }
    }
    lines.add("Nothing else decided, so the default is served.");
    return plan.last();
  }

  private static String sentence(Step step, boolean isDecided) {
    String by = step.label().by();
    if (step.decide() == null) {
      return step.label().cause() + (by.isEmpty() ? "" : " " + by) + " is skipped.";
    }
    return switch (step.label().cause()) {
      case KILL -> "Kill " + by + (isDecided ? " switches it off." : " does not cover this context.");
      case PREREQUISITE -> "Prerequisite " + by + (isDecided ? " is not met." : " is met.");
      case INELIGIBLE -> isDecided ? "Not eligible." : "Eligible.";
      case PIN -> (isDecided ? "Pinned by " : "Not pinned by ") + by + ".";
      case EXPOSURE -> isDecided ? "The customer has the released value." : "The customer does not have the released value.";
      case RULE, DEFAULT, UNKNOWN_FLAG, WRONG_TYPE, NO_SNAPSHOT -> "Rule " + by + (isDecided ? " decides." : " does not apply.");
    };
  }

  private void tellConditionOf(Step step, Map<?, ?> form) {
    if (form == null) {
      return;
    }
    if (step.label().cause() == Cause.INELIGIBLE) {
      tell(form.get("eligible"), 1, List.of());
    } else if (step.label().cause() == Cause.RULE) {
      List<?> rules = FlagForm.list(form, "rules");
      Object rule = rules != null && step.label().at() < rules.size() ? rules.get(step.label().at()) : null;
      if (rule instanceof Map<?, ?> parts && parts.containsKey("if")) {
        tell(parts.get("if"), 1, List.of());
      }
    }
  }

  /** Tells one condition and its parts; {@code above} holds the segments that led here. */
  private void tell(Object condition, int level, List<String> above) {
    String outcome = outcomeOf(condition);
    if (!(condition instanceof List<?> parts) || parts.isEmpty() || !(parts.get(0) instanceof String tag) || level > Condition.NESTING_MAX) {
      line(level, "?: " + outcome);
      return;
    }
    List<?> rest = parts.subList(1, parts.size());
    if (tag.equals("all") || tag.equals("any") || tag.equals("not")) {
      line(level, tag + ": " + outcome);
      rest.forEach(part -> tell(part, level + 1, above));
    } else if (rest.isEmpty() || !(rest.get(0) instanceof String path)) {
      line(level, tag + ": " + outcome);
    } else if (tag.equals("segment")) {
      line(level, "in segment " + path + ": " + outcome);
      tellSegment(path, level + 1, above);
    } else {
      String operand = show(rest.size() > 1 ? rest.get(1) : null);
      line(level, path + " (" + input(path) + ") " + tag + " " + operand + ": " + outcome);
    }
  }

  private String outcomeOf(Object condition) {
    Result<Test> test = Condition.compile(condition, id -> compiled.segment(id).test());
    return test.isOk() ? Boolean.toString(test.value().test(context)) : "broken";
  }

  /** What a segment decided by: its lists, told as whether the unit is in them, and its condition. Lists themselves are too long to show. */
  private void tellSegment(String id, int level, List<String> above) {
    Map<?, ?> form = Shape.record(compiled.segmentForm(id));
    if (form == null || above.contains(id) || above.size() > SEGMENTS_SHOWN_MAX) {
      return;
    }
    if (!(Shape.orElse(form, "by", AttributesCopy.TARGETING_KEY) instanceof String by)) {
      return;
    }
    String unit = Attribute.unitText(Attribute.compileRead(by).read(context));
    for (String name : List.of("exclude", "include")) {
      List<String> list = Shape.textList(form.get(name));
      if (list != null) {
        boolean isIn = unit != null && list.contains(unit);
        line(level, by + " (" + input(by) + ") is one of the " + list.size() + " in " + name + ": " + isIn);
      }
    }
    if (form.containsKey("if")) {
      List<String> further = new ArrayList<>(above);
      further.add(id);
      tell(form.get("if"), level, further);
    }
  }

  private void line(int level, String text) {
    lines.add("  ".repeat(level) + text);
  }

  private String input(String path) {
    Value found = Attribute.compileRead(path).read(context);
    return found == null || found.kind == Value.Kind.MISSING ? "missing" : show(found.plain());
  }

  private static String show(Object value) {
    String text = JsonWriter.write(value);
    return text.codePointCount(0, text.length()) > SHOWN_MAX ? text.substring(0, text.offsetByCodePoints(0, SHOWN_MAX)) + "…" : text;
  }
}
