package io.github.sluiceflags.internal.evaluation;

/** A text that is no JSON, or is nested deeper than is read; the message says why and where. */
public final class NotJson extends Exception {
  private static final long serialVersionUID = 1L;

  NotJson(String message) {
    super(message, null, false, false);
  }
}
