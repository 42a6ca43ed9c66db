package io.github.sluiceflags.internal.evaluation;

/** Asks one question about a context. */
@FunctionalInterface
interface Test {
  boolean test(Attributes context);
}
