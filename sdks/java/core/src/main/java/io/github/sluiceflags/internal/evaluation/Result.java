package io.github.sluiceflags.internal.evaluation;

/**
 * What was made, or why it could not be made.
 *
 * @param problem null where there is a value
 */
record Result<T>(T value, String problem) {
  static <T> Result<T> of(T value) {
    return new Result<>(value, null);
  }

  static <T> Result<T> failed(String problem) {
    return new Result<>(null, problem);
  }

  boolean isOk() {
    return problem == null;
  }

  /** A failed result of another type. */
  <U> Result<U> passedOn() {
    return failed(problem);
  }
}
