package io.github.sluiceflags;

/**
 * How something that a flag is about went.
 *
 * @param flag the key of the flag
 * @param failed false where it went well, which is said too: a guard looks at shares
 */
public record Outcome(String flag, boolean failed) {
  /** It went well. */
  public static Outcome ok(String flag) {
    return new Outcome(flag, false);
  }

  /** It failed. */
  public static Outcome failed(String flag) {
    return new Outcome(flag, true);
  }
}
