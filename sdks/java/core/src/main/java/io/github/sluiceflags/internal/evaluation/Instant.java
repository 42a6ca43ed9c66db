package io.github.sluiceflags.internal.evaluation;

/**
 * RFC 3339 date-times with a zone. Java's own parser takes other separators, a second 60 and lengths that the standard does not, so this one is our own.
 */
final class Instant {
  /** What {@link #parse} gives where a text is none: no instant has this many milliseconds. */
  static final long NONE = Long.MIN_VALUE;

  private static final int NO_ZONE = Integer.MIN_VALUE;
  private static final String SHORTEST = "2006-01-02T15:04:05Z";
  private static final String FORM = "0000-00-00T00:00:00";
  private static final String ZONE_FORM = "00:00";

  private Instant() {}

  /** Milliseconds since 1970-01-01T00:00:00Z; further digits are cut. Second 60 and dates that do not exist are {@link #NONE}. */
  static long parse(String text) {
    if (text.length() < SHORTEST.length() || !hasShape(text, 0, FORM)) {
      return NONE;
    }
    int year = digits(text, 0, 4);
    int month = digits(text, 5, 2);
    int day = digits(text, 8, 2);
    int hour = digits(text, 11, 2);
    int minute = digits(text, 14, 2);
    int second = digits(text, 17, 2);
    int zoneAt = endOfFraction(text, FORM.length());
    int zone = zoneAt < 0 ? NO_ZONE : zoneMinutes(text, zoneAt);
    if (zone == NO_ZONE || month < 1 || month > 12 || day < 1 || day > daysOfMonth(year, month) || hour > 23 || minute > 59 || second > 59) {
      return NONE;
    }
    long minutes = (daysSince1970(year, month, day) * 24L + hour) * 60 + minute - zone;
    return (minutes * 60 + second) * 1000 + milliseconds(text, FORM.length());
  }

  /** Compares with a form in which 0 stands for any digit and T for either case. */
  private static boolean hasShape(String text, int from, String form) {
    for (int at = 0; at < form.length(); at++) {
      char c = text.charAt(from + at);
      char wanted = form.charAt(at);
      boolean isRight = wanted == '0' ? c >= '0' && c <= '9' : c == wanted || (wanted == 'T' && c == 't');
      if (!isRight) {
        return false;
      }
    }
    return true;
  }

  private static int digits(String text, int from, int count) {
    int number = 0;
    for (int at = from; at < from + count; at++) {
      number = number * 10 + text.charAt(at) - '0';
    }
    return number;
  }

  /** −1 where there is a point without a digit behind it. */
  private static int endOfFraction(String text, int from) {
    if (text.charAt(from) != '.') {
      return from;
    }
    int at = from + 1;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    return at == from + 1 ? -1 : at;
  }

  private static int milliseconds(String text, int from) {
    int end = endOfFraction(text, from);
    int number = 0;
    for (int at = from + 1, scale = 100; at < end && scale > 0; at++, scale /= 10) {
      number += (text.charAt(at) - '0') * scale;
    }
    return number;
  }

  private static int zoneMinutes(String text, int from) {
    int length = text.length() - from;
    if (length == 1) {
      return text.charAt(from) == 'Z' || text.charAt(from) == 'z' ? 0 : NO_ZONE;
    }
    if (length != 1 + ZONE_FORM.length() || !hasShape(text, from + 1, ZONE_FORM)) {
      return NO_ZONE;
    }
    char sign = text.charAt(from);
    int hour = digits(text, from + 1, 2);
    int minute = digits(text, from + 4, 2);
    if ((sign != '+' && sign != '-') || hour > 23 || minute > 59) {
      return NO_ZONE;
    }
    return sign == '-' ? -(hour * 60 + minute) : hour * 60 + minute;
  }

  private static int daysOfMonth(int year, int month) {
    if (month == 2) {
      return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
    }
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
  }

  /**
   * Days of the proleptic Gregorian calendar. Source: Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil. Years are 0–9999.
   */
  private static int daysSince1970(int civilYear, int month, int day) {
    int year = month <= 2 ? civilYear - 1 : civilYear;
    int era = Math.floorDiv(year, 400);
    int yearOfEra = year - era * 400;
    int shifted = month > 2 ? month - 3 : month + 9;
    int dayOfYear = (153 * shifted + 2) / 5 + day - 1;
    int dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
    return era * 146_097 + dayOfEra - 719_468;
  }
}
