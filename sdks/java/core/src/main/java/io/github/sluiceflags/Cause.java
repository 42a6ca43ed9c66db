package io.github.sluiceflags;

/** The exact step of the precedence that decided, in its order; the last three come with reason {@link Reason#ERROR}. */
public enum Cause {
  /** A kill in force covers whoever is asked about. */
  KILL("kill"),
  /** Another flag does not serve what this one needs. */
  PREREQUISITE("prerequisite"),
  /** The flag is not for whoever is asked about, whatever a release says. */
  INELIGIBLE("ineligible"),
  /** A fixed answer for this user or customer. */
  PIN("pin"),
  /** A release gives it to this customer. */
  EXPOSURE("exposure"),
  /** A rule decided. */
  RULE("rule"),
  /** Nothing else decided. */
  DEFAULT("default"),
  /** There is no such flag. */
  UNKNOWN_FLAG("unknownFlag"),
  /** The flag's value is not of the type that was asked for. */
  WRONG_TYPE("wrongType"),
  /** Nothing was received yet. */
  NO_SNAPSHOT("noSnapshot");

  private final String word;

  Cause(String word) {
    this.word = word;
  }

  /** The word that stands for it in every language and on the wire. */
  @Override
  public String toString() {
    return word;
  }
}
