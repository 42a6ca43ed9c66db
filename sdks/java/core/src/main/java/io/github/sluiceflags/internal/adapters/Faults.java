package io.github.sluiceflags.internal.adapters;

import java.io.PrintWriter;
import java.io.StringWriter;

/** Faults in words. */
public final class Faults {
  private Faults() {}

  /** The fault with where it came from. */
  public static String describe(Throwable fault) {
    StringWriter text = new StringWriter();
    fault.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
