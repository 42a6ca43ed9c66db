package io.github.sluiceflags.internal.evaluation;

import io.github.sluiceflags.Cause;
import io.github.sluiceflags.Reason;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** What one flag answers for one context. Made once when the flag is compiled and shared by all callers. */
public final class Answer {
  /** Answers where there is no such flag. */
  public static final Answer UNKNOWN_FLAG = failed(Cause.UNKNOWN_FLAG, "", List.of(), new AtomicLong());

  /** Answers where the flag's value is not of the type that was asked for. */
  public static final Answer WRONG_TYPE = failed(Cause.WRONG_TYPE, "", List.of(), new AtomicLong());

  /** Answers while nothing was received yet. */
  public static final Answer NO_SNAPSHOT = failed(Cause.NO_SNAPSHOT, "", List.of(), new AtomicLong());

  /** False only with reason ERROR, where the caller's default is the value, and value and variant mean nothing. */
  public final boolean isServed;

  /** As decoded from JSON: String, Double, Boolean, null, an immutable List or an immutable Map. */
  public final Object value;

  public final String variant;
  public final Reason reason;
  public final Cause cause;

  /** The rule id (or {@code #n}, counted from 1, where the rule has none), kill id or prerequisite's flag key: whatever the cause names. */
  public final String by;

  /** What was skipped because this evaluator could not read it. */
  public final List<String> problems;

  /** How often the answer was given, as far as the asker counts. */
  public final AtomicLong count;

  /** The value where it is a boolean, without looking behind an object: the hot path. */
  public final boolean isBoolean;

  public final boolean isTrue;

  private Answer(boolean isServed, Object value, String variant, Reason reason, Cause cause, String by, List<String> problems, AtomicLong count) {
    this.isServed = isServed;
    this.value = value;
    this.variant = variant;
    this.reason = reason;
    this.cause = cause;
    this.by = by;
    this.problems = List.copyOf(problems);
    this.count = count;
    isBoolean = isServed && value instanceof Boolean;
    isTrue = Boolean.TRUE.equals(value);
  }

  static Answer served(Object value, String variant, Reason reason, Step.Label label, List<String> problems, AtomicLong count) {
    return new Answer(true, value, variant, reason, label.cause(), label.by(), problems, count);
  }

  static Answer failed(Cause cause, String by, List<String> problems, AtomicLong count) {
    return new Answer(false, null, "", Reason.ERROR, cause, by, problems, count);
  }

  /** What a caller may ask for. */
  public enum Type {
    BOOLEAN("boolean"),
    STRING("string"),
    NUMBER("number"),
    /** Objects and lists. */
    OBJECT("object");

    private final String word;

    Type(String word) {
      this.word = word;
    }

    @Override
    public String toString() {
      return word;
    }
  }

  /** Whether the value is of a type. */
  public boolean isOf(Type asked) {
    return isServed
        && switch (asked) {
          case BOOLEAN -> isBoolean;
          case STRING -> value instanceof String;
          case NUMBER -> value instanceof Double;
          case OBJECT -> value instanceof Map || value instanceof List;
        };
  }
}
