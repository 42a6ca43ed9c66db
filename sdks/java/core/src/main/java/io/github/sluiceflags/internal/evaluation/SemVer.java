package io.github.sluiceflags.internal.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * A version after SemVer 2.0.0. Numbers stay decimal texts, since the standard does not limit them. Build metadata is dropped: it has no order.
 *
 * @param pre empty for a release, which sorts after all its pre-releases
 */
record SemVer(String major, String minor, String patch, String pre) {
  /** The longest version text that is read; semver.org advises 255 or fewer. */
  private static final int LENGTH_MAX = 1024;

  /** Longer signs first, so that {@code <=} is not read as {@code <}. */
  private static final List<String> SIGNS = List.of("<=", ">=", "<", ">", "=", "^", "~");

  /** Reads a version exactly as SemVer 2.0.0 writes it; null for {@code v1.0.0} and {@code 1.0}. */
  static SemVer parse(String text) {
    if (text.length() > LENGTH_MAX) {
      return null;
    }
    int plus = text.indexOf('+');
    if (plus >= 0 && !areIdentifiers(text.substring(plus + 1), true)) {
      return null;
    }
    String rest = plus < 0 ? text : text.substring(0, plus);
    int dash = rest.indexOf('-');
    if (dash >= 0 && !areIdentifiers(rest.substring(dash + 1), false)) {
      return null;
    }
    List<String> core = split(dash < 0 ? rest : rest.substring(0, dash), ".");
    if (core.size() != 3 || !core.stream().allMatch(SemVer::isNumber)) {
      return null;
    }
    return new SemVer(core.get(0), core.get(1), core.get(2), dash < 0 ? "" : rest.substring(dash + 1));
  }

  /** Decimal digits without a leading zero. */
  static boolean isNumber(String text) {
    return isDigits(text) && (text.charAt(0) != '0' || text.length() == 1);
  }

  private static boolean isDigits(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /** Separated by dots, none empty, of letters, digits and hyphens; numeric ones without leading zeros unless they are build metadata. */
  private static boolean areIdentifiers(String text, boolean isBuild) {
    for (String one : split(text, ".")) {
      if (one.isEmpty() || (!isBuild && isDigits(one) && !isNumber(one)) || !one.chars().allMatch(SemVer::isIdentifier)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isIdentifier(int c) {
    return c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  /** The order of SemVer §11: negative, zero or positive. */
  int compare(SemVer other) {
    int order = compareNumbers(major, other.major);
    if (order == 0) {
      order = compareNumbers(minor, other.minor);
    }
    if (order == 0) {
      order = compareNumbers(patch, other.patch);
    }
    return order != 0 ? order : comparePre(other);
  }

  private int comparePre(SemVer other) {
    if (pre.isEmpty() || other.pre.isEmpty()) {
      return Boolean.compare(pre.isEmpty(), other.pre.isEmpty());
    }
    List<String> a = split(pre, ".");
    List<String> b = split(other.pre, ".");
    for (int at = 0; at < Math.min(a.size(), b.size()); at++) {
      int order = compareIdentifiers(a.get(at), b.get(at));
      if (order != 0) {
        return order;
      }
    }
    return a.size() - b.size();
  }

  private static int compareNumbers(String a, String b) {
    return a.length() == b.length() ? a.compareTo(b) : a.length() - b.length();
  }

  private static int compareIdentifiers(String a, String b) {
    boolean isNumberA = isDigits(a);
    boolean isNumberB = isDigits(b);
    if (isNumberA && isNumberB) {
      return compareNumbers(a, b);
    }
    return isNumberA == isNumberB ? a.compareTo(b) : Boolean.compare(isNumberB, isNumberA);
  }

  /**
   * Compiles comparators {@code = < <= > >= ^ ~} separated by spaces (all must hold), ranges separated by {@code ||} (one must hold); a bare version is
   * {@code =}. {@code ^} and {@code ~} bound from above without a pre-release part. Null where the range does not parse.
   */
  static Predicate<String> compileRange(String text) {
    List<Predicate<SemVer>> ranges = new ArrayList<>();
    for (String part : split(text, "||")) {
      Predicate<SemVer> bounds = null;
      for (String comparator : split(part, " ")) {
        if (comparator.isEmpty()) {
          continue;
        }
        Predicate<SemVer> bound = compileComparator(comparator);
        if (bound == null) {
          return null;
        }
        bounds = bounds == null ? bound : bounds.and(bound);
      }
      if (bounds == null) {
        return null;
      }
      ranges.add(bounds);
    }
    return candidate -> {
      SemVer version = parse(candidate);
      return version != null && ranges.stream().anyMatch(range -> range.test(version));
    };
  }

  private static Predicate<SemVer> compileComparator(String text) {
    String sign = SIGNS.stream().filter(text::startsWith).findFirst().orElse("");
    SemVer base = parse(text.substring(sign.length()));
    if (base == null) {
      return null;
    }
    return switch (sign) {
      case "<" -> version -> version.compare(base) < 0;
      case "<=" -> version -> version.compare(base) <= 0;
      case ">" -> version -> version.compare(base) > 0;
      case ">=" -> version -> version.compare(base) >= 0;
      case "^" -> between(base, base.caretLimit());
      case "~" -> between(base, new SemVer(base.major, next(base.minor), "0", ""));
      default -> version -> version.compare(base) == 0;
    };
  }

  private static Predicate<SemVer> between(SemVer low, SemVer high) {
    return version -> version.compare(low) >= 0 && version.compare(high) < 0;
  }

  /** The first of the three numbers that is not zero is the one that may not change. */
  private SemVer caretLimit() {
    if (!major.equals("0")) {
      return new SemVer(next(major), "0", "0", "");
    }
    return minor.equals("0") ? new SemVer("0", "0", next(patch), "") : new SemVer("0", next(minor), "0", "");
  }

  /** Adds one to a decimal text of any length. */
  private static String next(String number) {
    StringBuilder sum = new StringBuilder(number);
    for (int at = sum.length() - 1; at >= 0; at--) {
      if (sum.charAt(at) < '9') {
        sum.setCharAt(at, (char) (sum.charAt(at) + 1));
        return sum.toString();
      }
      sum.setCharAt(at, '0');
    }
    return "1" + sum;
  }

  /** Every part counts, empty ones too: {@link String#split} drops the last of them. */
  static List<String> split(String text, String separator) {
    List<String> parts = new ArrayList<>();
    int from = 0;
    for (int at = text.indexOf(separator); at >= 0; at = text.indexOf(separator, from)) {
      parts.add(text.substring(from, at));
      from = at + separator.length();
    }
    parts.add(text.substring(from));
    return parts;
  }
}
