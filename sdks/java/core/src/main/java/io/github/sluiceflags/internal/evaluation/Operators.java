package io.github.sluiceflags.internal.evaluation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** The meaning of each operator is the table in docs/conditions.md; a new one is one entry here. */
final class Operators {
  private static final String SCALAR = "a string, number or boolean";
  private static final String SCALARS = "a list of strings, numbers or booleans";
  private static final String TEXT = "a string";
  private static final String TEXTS = "a string or a list of strings";
  private static final String NUMBER = "a number";
  private static final String INSTANT = "an RFC 3339 time with zone such as \"2026-11-02T00:00:00Z\"";

  /** Makes a predicate of an operand; null where the operand is not what the words say. A predicate is asked about null by {@code exists} alone. */
  private record Operator(String words, Function<Object, Predicate<Value>> compile) {}

  @FunctionalInterface
  private interface Comparison {
    boolean holds(double given, double limit);
  }

  private static final Map<String, Operator> ALL =
      Map.ofEntries(
          Map.entry("equals", new Operator(SCALAR, Operators::compileEquals)),
          Map.entry("notEquals", new Operator(SCALAR, Operators::compileNotEquals)),
          Map.entry("in", new Operator(SCALARS, Operators::compileIn)),
          Map.entry("notIn", new Operator(SCALARS, Operators::compileNotIn)),
          Map.entry("contains", ofTexts(text -> given -> given.contains(text))),
          Map.entry("startsWith", ofTexts(text -> given -> given.startsWith(text))),
          Map.entry("endsWith", ofTexts(text -> given -> given.endsWith(text))),
          Map.entry("glob", ofTexts(Glob::compile)),
          Map.entry("lessThan", ofNumber((given, limit) -> given < limit)),
          Map.entry("lessOrEqual", ofNumber((given, limit) -> given <= limit)),
          Map.entry("greaterThan", ofNumber((given, limit) -> given > limit)),
          Map.entry("greaterOrEqual", ofNumber((given, limit) -> given >= limit)),
          Map.entry("semver", new Operator("a version range such as \">=1.2.0 <2.0.0\"", Operators::compileSemVer)),
          Map.entry("before", ofInstant((given, limit) -> given < limit)),
          Map.entry("after", ofInstant((given, limit) -> given > limit)),
          Map.entry("exists", new Operator("true or false", Operators::compileExists)),
          Map.entry("cidr", new Operator("an address block such as \"10.0.0.0/8\", or a list of blocks", Operators::compileCidr)),
          Map.entry("slots", new Operator("[salt, from, to] with whole numbers from 0 to 100000, from not above to", Operators::compileSlots)),
          Map.entry("includes", new Operator(SCALAR + ", or a list of these", Operators::compileIncludes)),
          Map.entry("includesIgnoreCase", new Operator(TEXTS, Operators::compileIncludesIgnoreCase)),
          Map.entry("equalsIgnoreCase", new Operator(TEXT, Operators::compileEqualsIgnoreCase)),
          Map.entry("notEqualsIgnoreCase", new Operator(TEXT, operand -> opposite(compileEqualsIgnoreCase(operand)))),
          Map.entry("inIgnoreCase", new Operator("a list of strings", operand -> compileInFolded(Shape.textList(operand)))),
          Map.entry("notInIgnoreCase", new Operator("a list of strings", operand -> opposite(compileInFolded(Shape.textList(operand))))),
          Map.entry("containsIgnoreCase", ignoringCase(text -> given -> given.contains(text))),
          Map.entry("startsWithIgnoreCase", ignoringCase(text -> given -> given.startsWith(text))),
          Map.entry("endsWithIgnoreCase", ignoringCase(text -> given -> given.endsWith(text))),
          Map.entry("globIgnoreCase", ignoringCase(Glob::compile)));

  private Operators() {}

  /** Compiles one operator with its operand, or says in one phrase why it cannot. Cost grows with the operand. */
  static Result<Predicate<Value>> compile(String name, Object operand) {
    Operator operator = ALL.get(name);
    if (operator == null) {
      return Result.failed("unknown operator " + Shape.quote(name));
    }
    Predicate<Value> predicate = operator.compile().apply(operand);
    return predicate == null ? Result.failed("operand of " + Shape.quote(name) + " is not " + operator.words()) : Result.of(predicate);
  }

  private static Predicate<Value> compileEquals(Object operand) {
    if (operand instanceof String text) {
      return found -> found.kind == Value.Kind.STRING && found.unit.equals(text);
    }
    if (operand instanceof Boolean is) {
      return found -> found.kind == Value.Kind.BOOLEAN && found.isTrue == is;
    }
    if (!Scalars.isScalar(operand)) {
      return null;
    }
    double number = (Double) operand;
    return found -> found.kind == Value.Kind.NUMBER && found.number == number;
  }

  private static Predicate<Value> compileNotEquals(Object operand) {
    Predicate<Value> isEqual = compileEquals(operand);
    if (isEqual == null) {
      return null;
    }
    Value.Kind kind = operand instanceof String ? Value.Kind.STRING : operand instanceof Boolean ? Value.Kind.BOOLEAN : Value.Kind.NUMBER;
    return found -> found.kind == kind && !isEqual.test(found);
  }

  private static Predicate<Value> compileIn(Object operand) {
    Scalars<Boolean> set = operand instanceof List<?> items ? Scalars.setOf(items) : null;
    return set == null ? null : set::has;
  }

  private static Predicate<Value> compileNotIn(Object operand) {
    Scalars<Boolean> set = operand instanceof List<?> items ? Scalars.setOf(items) : null;
    return set == null ? null : found -> found.isScalar() && !set.has(found);
  }

  /** Asks any of one or more texts. */
  private static Operator ofTexts(Function<String, Predicate<String>> one) {
    return ofMappedTexts(one, UnaryOperator.identity());
  }

  private static Operator ignoringCase(Function<String, Predicate<String>> one) {
    return ofMappedTexts(one, Operators::foldCase);
  }

  private static Operator ofMappedTexts(Function<String, Predicate<String>> one, UnaryOperator<String> mapped) {
    return new Operator(
        TEXTS,
        operand -> {
          List<String> texts = Shape.oneOrTexts(operand);
          if (texts == null) {
            return null;
          }
          List<Predicate<String>> tests = new ArrayList<>();
          for (String text : texts) {
            tests.add(one.apply(mapped.apply(text)));
          }
          return found -> found.isText() && isAny(tests, mapped.apply(found.unit));
        });
  }

  private static boolean isAny(List<Predicate<String>> tests, String given) {
    for (int at = 0; at < tests.size(); at++) {
      if (tests.get(at).test(given)) {
        return true;
      }
    }
    return false;
  }

  private static Operator ofNumber(Comparison comparison) {
    return new Operator(
        NUMBER,
        operand -> {
          if (!(operand instanceof Double limit) || Double.isInfinite(limit)) {
            return null;
          }
          double number = limit;
          return found -> found.kind == Value.Kind.NUMBER && comparison.holds(found.number, number);
        });
  }

  private static Operator ofInstant(Comparison comparison) {
    return new Operator(
        INSTANT,
        operand -> {
          long limit = operand instanceof String text ? Instant.parse(text) : Instant.NONE;
          if (limit == Instant.NONE) {
            return null;
          }
          return found -> {
            if (found.kind == Value.Kind.NUMBER) {
              return comparison.holds(found.number, limit);
            }
            long at = found.isText() ? Instant.parse(found.unit) : Instant.NONE;
            return at != Instant.NONE && comparison.holds(at, limit);
          };
        });
  }

  private static Predicate<Value> compileSemVer(Object operand) {
    Predicate<String> isIn = operand instanceof String text ? SemVer.compileRange(text) : null;
    return isIn == null ? null : found -> found.isText() && isIn.test(found.unit);
  }

  private static Predicate<Value> compileExists(Object operand) {
    if (!(operand instanceof Boolean wanted)) {
      return null;
    }
    boolean isWanted = wanted;
    return found -> (found != null && found.kind != Value.Kind.MISSING) == isWanted;
  }

  private static Predicate<Value> compileCidr(Object operand) {
    List<String> texts = Shape.oneOrTexts(operand);
    if (texts == null) {
      return null;
    }
    List<Cidr.Block> blocks = new ArrayList<>();
    for (String text : texts) {
      Cidr.Block block = Cidr.compileBlock(text);
      if (block == null) {
        return null;
      }
      blocks.add(block);
    }
    return found -> {
      int[] address = found.isText() ? Cidr.parseAddress(found.unit) : null;
      return address != null && blocks.stream().anyMatch(block -> block.has(address));
    };
  }

  /** The part of all units whose slot is in from ≤ slot &lt; to. Parts of one salt that do not overlap exclude each other. */
  private static Predicate<Value> compileSlots(Object operand) {
    if (!(operand instanceof List<?> parts) || parts.size() != 3 || !(parts.get(0) instanceof String salt)) {
      return null;
    }
    long from = Shape.count(parts.get(1), Bucketing.SLOTS);
    long to = Shape.count(parts.get(2), Bucketing.SLOTS);
    if (from < 0 || from > to) {
      return null;
    }
    Bucketing.SlotOf slots = Bucketing.slotsOf(salt);
    return found -> {
      if (found.unit == null) {
        return false;
      }
      int slot = slots.slotOf(found.unit);
      return slot >= from && slot < to;
    };
  }

  private static Predicate<Value> compileIncludes(Object operand) {
    Scalars<Boolean> set = Scalars.setOf(operand instanceof List<?> items ? items : Collections.singletonList(operand));
    return set == null ? null : found -> isAnyItem(found, set::has);
  }

  private static boolean isAnyItem(Value found, Predicate<Value> is) {
    if (found.items == null) {
      return false;
    }
    for (Value item : found.items) {
      if (is.test(item)) {
        return true;
      }
    }
    return false;
  }

  private static Predicate<Value> compileIncludesIgnoreCase(Object operand) {
    Predicate<Value> isIn = compileInFolded(Shape.oneOrTexts(operand));
    return isIn == null ? null : found -> isAnyItem(found, isIn);
  }

  private static Predicate<Value> compileEqualsIgnoreCase(Object operand) {
    return operand instanceof String text ? compileInFolded(List.of(text)) : null;
  }

  /** Of texts: one that the other operator does not hold for. What is no text, or is missing, holds for neither. */
  private static Predicate<Value> opposite(Predicate<Value> holds) {
    return holds == null ? null : found -> found.isText() && !holds.test(found);
  }

  private static Predicate<Value> compileInFolded(List<String> texts) {
    if (texts == null) {
      return null;
    }
    Set<String> set = new HashSet<>();
    for (String text : texts) {
      set.add(foldCase(text));
    }
    return found -> found.isText() && set.contains(foldCase(found.unit));
  }

  /** Maps A–Z to a–z and nothing else, because other case mappings differ between languages. */
  static String foldCase(String text) {
    for (int at = 0; at < text.length(); at++) {
      if (isUpper(text.charAt(at))) {
        char[] folded = text.toCharArray();
        for (; at < folded.length; at++) {
          folded[at] = isUpper(folded[at]) ? (char) (folded[at] + 'a' - 'A') : folded[at];
        }
        return new String(folded);
      }
    }
    return text;
  }

  private static boolean isUpper(char c) {
    return c >= 'A' && c <= 'Z';
  }
}
