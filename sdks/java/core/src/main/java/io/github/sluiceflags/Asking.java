package io.github.sluiceflags;

import io.github.sluiceflags.internal.evaluation.Answer;
import io.github.sluiceflags.internal.evaluation.Attributes;
import io.github.sluiceflags.internal.evaluation.Compiled;
import io.github.sluiceflags.internal.evaluation.Explain;
import io.github.sluiceflags.internal.transport.AskedKeys;
import io.github.sluiceflags.internal.transport.Samples;
import java.util.Set;

/** The way of every question to one version, and what is noted beside it. */
final class Asking {
  private final Counts counts;
  private final AskedKeys keys;
  private final Warnings warnings;
  private final Samples samples;
  private final Runnable keysNoted;

  /** Flags whose answers are counted by customer; null where there are none. */
  private final Set<String> countCustomersOf;

  Asking(Counts counts, AskedKeys keys, Warnings warnings, Samples samples, Runnable keysNoted, Set<String> countCustomersOf) {
    this.counts = counts;
    this.countCustomersOf = countCustomersOf;
    this.keys = keys;
    this.warnings = warnings;
    this.samples = samples;
    this.keysNoted = keysNoted;
  }

  /** A fault of our own is logged and answered with the default: it is never the host's. */
  Answer ask(Compiled compiled, String key, Context context) {
    if (compiled == null) {
      counts.defaulted(key, Cause.NO_SNAPSHOT);
      return Answer.NO_SNAPSHOT;
    }
    if (key == null) {
      return Answer.UNKNOWN_FLAG;
    }
    try {
      Attributes attributes = (context == null ? Context.EMPTY : context).attributes();
      Answer answer = compiled.evaluate(key, attributes);
      long number = answer.count.incrementAndGet();
      samples.answered(number, attributes);
      if (number == 1 || answer == Answer.UNKNOWN_FLAG) {
        note(key, answer, compiled);
      }
      if (countCustomersOf != null && answer.isServed && countCustomersOf.contains(key)) {
        String customer = compiled.customerHash(attributes);
        if (customer != null) {
          counts.ofCustomer(key, answer, customer);
        }
      }
      return answer;
    } catch (RuntimeException | StackOverflowError fault) {
      warnings.fault("Evaluation", fault);
      return Answer.NO_SNAPSHOT;
    }
  }

  void checkType(String key, Answer.Type asked, Answer answer) {
    if (answer.isServed && !answer.isOf(asked)) {
      counts.defaulted(key, Cause.WRONG_TYPE);
      warnings.wrongType(key, asked, Explain.typeOf(answer.value));
    }
  }

  /** Asked for the first answer of its kind, and for unknown flags. */
  private void note(String key, Answer answer, Compiled compiled) {
    boolean isKnown = answer != Answer.UNKNOWN_FLAG;
    if (!isKnown) {
      counts.defaulted(key, Cause.UNKNOWN_FLAG);
    }
    if (!keys.note(key, isKnown)) {
      return;
    }
    if (!isKnown) {
      warnings.unknownKey(key, compiled);
    }
    keysNoted.run();
  }
}
