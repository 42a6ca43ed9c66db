package io.github.sluiceflags;

import io.github.sluiceflags.internal.adapters.Faults;
import io.github.sluiceflags.internal.evaluation.Answer;
import io.github.sluiceflags.internal.evaluation.Compiled;
import io.github.sluiceflags.internal.evaluation.Nearest;
import io.github.sluiceflags.internal.ports.Log;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Says once per key and process what a programmer should know, and never again. */
final class Warnings {
  /** Keys that are warned about in one process: a host that makes keys up from data fills neither memory nor log. */
  private static final int WARNINGS_MAX = 1_000;

  private static final int SHOWN_MAX = 200;

  private final Log log;
  private final Consumer<String> strict;
  private final Set<String> said = new HashSet<>();

  /** {@code strict} is told, too; it may be null. */
  Warnings(Log log, Consumer<String> strict) {
    this.log = log;
    this.strict = strict;
  }

  /** A flag that the environment does not have. */
  void unknownKey(String key, Compiled compiled) {
    if (isFirst("unknown " + key)) {
      List<String> near = Nearest.names(key, compiled.keys());
      String hint = near.isEmpty() ? "" : " Did you mean \"" + String.join("\", \"", near) + "\"?";
      String where = compiled.head().environment();
      say("sluice.flag.unknown", "There is no flag \"" + shown(key) + "\" in " + where + ": the code's default is answered." + hint);
    }
  }

  /** A flag asked for as another type than it has. */
  void wrongType(String key, Answer.Type asked, String actual) {
    if (isFirst("type " + key)) {
      String words = "Flag \"" + shown(key) + "\" is asked for as " + asked + ", but its value is " + actual + ": the code's default is answered.";
      say("sluice.flag.wrongType", words);
    }
  }

  /** A name that no guard can have. */
  void badOutcome(String outcome) {
    if (isFirst("outcome " + outcome)) {
      String rule = "letters, digits, dots, dashes and underscores, at most 100";
      say("sluice.outcome", "\"" + shown(outcome) + "\" is not the name of an outcome: " + rule + ". It is not counted.");
    }
  }

  /** What of our own, or in a listener, was kept from the host. */
  void fault(String where, Throwable what) {
    if (isFirst("fault " + where)) {
      log.error("sluice.fault", where + " failed: " + Faults.describe(what));
    }
  }

  private void say(String event, String message) {
    log.warn(event, message);
    if (strict != null) {
      strict.accept(message);
    }
  }

  private synchronized boolean isFirst(String what) {
    return said.size() < WARNINGS_MAX && said.add(what);
  }

  private static String shown(String key) {
    return key.length() > SHOWN_MAX ? key.substring(0, SHOWN_MAX) + "…" : key;
  }
}
