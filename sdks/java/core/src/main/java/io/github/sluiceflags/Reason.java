package io.github.sluiceflags;

/** One of OpenFeature's reason names, as far as Sluice uses them. */
public enum Reason {
  /** A kill, a prerequisite that is not met, or not eligible: the off variant. */
  DISABLED,
  /** A pin, a release or a rule decided. */
  TARGETING_MATCH,
  /** A share or split decided. */
  SPLIT,
  /** Nothing in the flag depends on the context. */
  STATIC,
  /** Nothing decided before the default. */
  DEFAULT,
  /** The caller's default is answered. */
  ERROR
}
