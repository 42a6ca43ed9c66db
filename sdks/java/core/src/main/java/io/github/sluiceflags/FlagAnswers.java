package io.github.sluiceflags;

import io.github.sluiceflags.internal.evaluation.Answer;
import io.github.sluiceflags.internal.evaluation.Compiled;
import java.util.List;
import java.util.function.Function;

/** Questions about flags, as a programmer asks them. Safe for any number of threads; no call throws, none waits. */
public abstract sealed class FlagAnswers permits RequestFlags, SluiceClient {
  private final Asking asking;

  FlagAnswers(Asking asking) {
    this.asking = asking;
  }

  /** What answers are made from, read anew for each question; null while nothing was received. */
  abstract Compiled compiled();

  final Asking asking() {
    return asking;
  }

  /**
   * Answers true or false. The default is answered where the flag is unknown, of another type, or nothing was received yet. Allocates nothing.
   *
   * @param context who is asked about; null is nobody
   */
  public boolean getBoolean(String key, boolean fallback, Context context) {
    Answer answer = asking.ask(compiled(), key, context);
    if (answer.isBoolean) {
      return answer.isTrue;
    }
    asking.checkType(key, Answer.Type.BOOLEAN, answer);
    return fallback;
  }

  /** Answers a text; as {@link #getBoolean}. */
  public String getString(String key, String fallback, Context context) {
    Answer answer = asking.ask(compiled(), key, context);
    if (answer.value instanceof String text) {
      return text;
    }
    asking.checkType(key, Answer.Type.STRING, answer);
    return fallback;
  }

  /** Answers a number; as {@link #getBoolean}. */
  public double getNumber(String key, double fallback, Context context) {
    Answer answer = asking.ask(compiled(), key, context);
    if (answer.value instanceof Double number) {
      return number;
    }
    asking.checkType(key, Answer.Type.NUMBER, answer);
    return fallback;
  }

  /**
   * Answers an object or list: an immutable {@link java.util.Map} or {@link List} of texts, {@link Double}, {@link Boolean}, null and further ones. Its
   * inner shape is the flag's, so check what you rely on.
   */
  public Object getObject(String key, Object fallback, Context context) {
    return getObjectDetails(key, fallback, context).value();
  }

  /** {@link #getBoolean} with variant, reason, cause and version. */
  public Details<Boolean> getBooleanDetails(String key, boolean fallback, Context context) {
    return details(key, context, Answer.Type.BOOLEAN, answer -> answer.isServed ? answer.isTrue : fallback);
  }

  /** {@link #getString} with variant, reason, cause and version. */
  public Details<String> getStringDetails(String key, String fallback, Context context) {
    return details(key, context, Answer.Type.STRING, answer -> answer.value instanceof String text ? text : fallback);
  }

  /** {@link #getNumber} with variant, reason, cause and version. */
  public Details<Double> getNumberDetails(String key, double fallback, Context context) {
    return details(key, context, Answer.Type.NUMBER, answer -> answer.value instanceof Double number ? number : fallback);
  }

  /** {@link #getObject} with variant, reason, cause and version. */
  public Details<Object> getObjectDetails(String key, Object fallback, Context context) {
    return details(key, context, Answer.Type.OBJECT, answer -> answer.isServed ? answer.value : fallback);
  }

  /** {@code value} is asked about an answer of the type, or one that is not served. */
  private <T> Details<T> details(String key, Context context, Answer.Type asked, Function<Answer, T> value) {
    Compiled compiled = compiled();
    Answer answer = asking.ask(compiled, key, context);
    if (answer.isServed && !answer.isOf(asked)) {
      asking.checkType(key, asked, answer);
      answer = Answer.WRONG_TYPE;
    }
    Version version = compiled == null ? null : compiled.version();
    return new Details<>(value.apply(answer), answer.variant, answer.reason, answer.cause, answer.by, version, answer.problems);
  }

  /** The version that answers now; null while nothing was received. */
  public Version version() {
    Compiled compiled = compiled();
    return compiled == null ? null : compiled.version();
  }
}
