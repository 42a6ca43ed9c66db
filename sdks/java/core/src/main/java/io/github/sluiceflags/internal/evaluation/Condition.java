package io.github.sluiceflags.internal.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/** Conditions as one closure. Whatever cannot be read inside one, also under {@code not}, makes the whole a problem: half a condition is a different one. */
final class Condition {
  /** Conditions nested deeper are broken. People do not write them, and recursion must end. */
  static final int NESTING_MAX = 64;

  private Condition() {}

  /** The membership test of a segment, or why there is none. */
  @FunctionalInterface
  interface SegmentTests {
    Result<Test> of(String id);
  }

  static Result<Test> compile(Object condition, SegmentTests segments) {
    return compile(condition, segments, 0);
  }

  private static Result<Test> compile(Object condition, SegmentTests segments, int nesting) {
    if (nesting > NESTING_MAX) {
      return Result.failed("condition nested deeper than " + NESTING_MAX);
    }
    if (!(condition instanceof List<?> parts)) {
      return Result.failed("condition is not a list");
    }
    if (parts.isEmpty() || !(parts.get(0) instanceof String tag)) {
      return Result.failed("condition does not begin with an operator");
    }
    List<?> rest = parts.subList(1, parts.size());
    return switch (tag) {
      case "all", "any" -> compileGroup(tag, rest, part -> compile(part, segments, nesting + 1));
      case "not" -> compileNot(rest, part -> compile(part, segments, nesting + 1));
      case "segment" ->
          rest.size() == 1 && rest.get(0) instanceof String id ? segments.of(id) : Result.failed("\"segment\" needs exactly one segment id");
      default -> compileLeaf(tag, rest);
    };
  }

  private static Result<Test> compileNot(List<?> rest, Function<Object, Result<Test>> compiled) {
    if (rest.size() != 1) {
      return Result.failed("\"not\" needs exactly one condition");
    }
    Result<Test> inner = compiled.apply(rest.get(0));
    if (!inner.isOk()) {
      return inner;
    }
    Test test = inner.value();
    return Result.of(context -> !test.test(context));
  }

  private static Result<Test> compileLeaf(String operator, List<?> rest) {
    Result<Predicate<Value>> compiled = Operators.compile(operator, rest.size() > 1 ? rest.get(1) : null);
    if (!compiled.isOk()) {
      return compiled.passedOn();
    }
    if (rest.size() != 2 || !(rest.get(0) instanceof String path)) {
      return Result.failed(Shape.quote(operator) + " needs an attribute path and an operand");
    }
    if (operator.equals("equals") && rest.get(1) instanceof String text) {
      return Result.of(Attribute.compileIsText(path, text));
    }
    Predicate<Value> predicate = compiled.value();
    if (operator.equals("exists")) {
      Attribute.Read read = Attribute.compileRead(path);
      return Result.of(context -> predicate.test(read.read(context)));
    }
    return Result.of(Attribute.compileTest(path, predicate));
  }

  private static Result<Test> compileGroup(String tag, List<?> parts, Function<Object, Result<Test>> compiled) {
    Test[] tests = new Test[parts.size()];
    for (int at = 0; at < tests.length; at++) {
      Result<Test> one = compiled.apply(parts.get(at));
      if (!one.isOk()) {
        return one;
      }
      tests[at] = one.value();
    }
    if (tests.length == 1) {
      return Result.of(tests[0]);
    }
    // In `all` the first that is false ends it, in `any` the first that is true.
    boolean end = tag.equals("any");
    return Result.of(
        context -> {
          for (Test test : tests) {
            if (test.test(context) == end) {
              return end;
            }
          }
          return !end;
        });
  }

  /** The ids of the segments that a condition names, as far as it can be read. */
  static List<String> segmentsIn(Object condition) {
    List<String> ids = new ArrayList<>();
    collectSegments(condition, 0, ids);
    return ids;
  }

  private static void collectSegments(Object condition, int nesting, List<String> into) {
    if (!(condition instanceof List<?> parts) || nesting > NESTING_MAX || parts.isEmpty() || !(parts.get(0) instanceof String tag)) {
      return;
    }
    if (tag.equals("segment")) {
      if (parts.size() > 1 && parts.get(1) instanceof String id) {
        into.add(id);
      }
    } else if (tag.equals("all") || tag.equals("any") || tag.equals("not")) {
      for (Object part : parts.subList(1, parts.size())) {
        collectSegments(part, nesting + 1, into);
      }
    }
  }
}
