package io.github.sluiceflags.internal.evaluation;

/** Answers a flag for a context; a step of one gives null where the next step is asked. */
@FunctionalInterface
interface Decision {
  Answer decide(Attributes context);
}
