package io.github.sluiceflags.internal.evaluation;

import io.github.sluiceflags.Cause;
import java.util.List;

/**
 * One step of the precedence as compiled.
 *
 * @param decide null where the step is skipped: it matches nobody
 * @param always the answer of a step that everybody stops at; null otherwise
 * @param equality set where the whole condition is that one attribute is one of some values: neighbours of this kind become one look-up
 * @param isNever set where the step answers nobody, so that it need not be asked
 * @param problem null where there is none
 */
record Step(Label label, Decision decide, Answer always, Equality equality, boolean isNever, String problem) {
  /**
   * Where a step comes from.
   *
   * @param by what the cause names; empty where it names nothing
   * @param at its place in the form's list, counted from 0
   */
  record Label(Cause cause, String by, int at) {
    static Label of(Cause cause) {
      return new Label(cause, "", 0);
    }
  }

  record Equality(String path, List<?> values, Answer answer) {}

  /** A flag as steps in the order of precedence; {@code last} answers where no step did. */
  record Plan(List<Step> steps, Answer last) {}

  static Step skipped(Label label, String problem) {
    return new Step(label, null, null, null, false, problem);
  }

  static Step deciding(Label label, Decision decide) {
    return new Step(label, decide, null, null, false, null);
  }

  /** The same to everybody. */
  static Step always(Label label, Answer answer, String problem) {
    return new Step(label, context -> answer, answer, null, false, problem);
  }

  static Step never(Label label) {
    return new Step(label, context -> null, null, null, true, null);
  }

  /** The same to all whom it covers; {@code when} is null for everybody. */
  static Step fixed(Label label, Test when, Answer answer) {
    if (when == null) {
      return always(label, answer, null);
    }
    return deciding(label, context -> when.test(context) ? answer : null);
  }

  Step withEquality(Equality same) {
    return new Step(label, decide, always, same, isNever, problem);
  }
}
