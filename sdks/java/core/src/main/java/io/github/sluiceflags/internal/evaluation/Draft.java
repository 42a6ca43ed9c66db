package io.github.sluiceflags.internal.evaluation;

import io.github.sluiceflags.Cause;
import io.github.sluiceflags.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Collects the steps of one flag and the problems that later answers carry. */
final class Draft {
  final FlagForm form;
  final Surroundings around;
  private final String key;
  private final List<Step> steps = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  Draft(String key, FlagForm form, Surroundings around) {
    this.key = key;
    this.form = form;
    this.around = around;
  }

  /** A kill in force on the flag that covers this asker; {@code covers} is null for everybody. */
  record KillOnFlag(String id, Test covers) {}

  /**
   * Everything a flag is compiled against.
   *
   * @param kills sorted by id in byte order
   * @param hasKills true also where none of them covers this asker
   */
  record Surroundings(
      Condition.SegmentTests segments,
      List<KillOnFlag> kills,
      boolean hasKills,
      Function<String, Result<Compiled.Flag>> parent,
      Attribute.HashOf customers,
      Attribute.HashOf users,
      Compiled.Counters counters) {}

  List<Step> steps() {
    return steps;
  }

  void add(Step step) {
    steps.add(step);
  }

  /** Makes an answer for a variant; null where the flag lacks it. */
  Answer serve(Object variant, Reason reason, Step.Label label) {
    if (!(variant instanceof String name) || !form.variants().containsKey(name)) {
      return null;
    }
    return Answer.served(form.variants().get(name), name, reason, label, problems, around.counters().of(key, name, reason));
  }

  /** Makes the answer of a step that must answer: where the flag lacks the variant, the caller's default with reason ERROR. */
  Answer serveOrError(String variant, Reason reason, Step.Label label) {
    Answer answer = serve(variant, reason, label);
    String part = label.cause() == Cause.DEFAULT ? "default" : "off";
    return answer != null ? answer : fail(label, part + ": no variant " + Shape.quote(variant));
  }

  Answer off(Step.Label label) {
    return serveOrError(form.off(), Reason.DISABLED, label);
  }

  /** Answers the caller's default. */
  Answer fail(Step.Label label, String problem) {
    List<String> all = new ArrayList<>(problems);
    all.add(problem);
    return Answer.failed(label.cause(), label.by(), all, around.counters().of(key, "", Reason.ERROR));
  }

  /** Leaves a step out and says so in every later answer. */
  void skip(Step.Label label, String problem) {
    add(Step.skipped(label, note(label, problem)));
  }

  /** Says a problem in every later answer; gives the text, which begins with the step. */
  String note(Step.Label label, String problem) {
    String step = label.by().isEmpty() ? label.cause().toString() : label.cause() + " " + label.by();
    problems.add(step + ": " + problem);
    return problems.get(problems.size() - 1);
  }
}
