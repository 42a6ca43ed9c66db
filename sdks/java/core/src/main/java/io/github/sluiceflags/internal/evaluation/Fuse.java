package io.github.sluiceflags.internal.evaluation;

import java.util.ArrayList;
import java.util.List;

/**
 * Makes one closure of a plan. Steps behind one that always answers are dropped, and neighbouring equality rules on one attribute become one look-up.
 * Nothing is allocated when it runs, but for what an operator itself needs.
 */
final class Fuse {
  private Fuse() {}

  /** A plan as one closure; {@code constant} is set where every context gets the same answer. */
  record Fused(Decision decide, Answer constant) {}

  static Fused of(Step.Plan plan) {
    List<Decision> parts = new ArrayList<>();
    List<Step> steps = plan.steps();
    Answer last = plan.last();
    for (int at = 0; at < steps.size(); ) {
      Step one = steps.get(at);
      if (one.always() != null) {
        last = one.always();
        break;
      }
      int end = endOfRun(steps, at);
      if (end > at) {
        parts.add(lookUp(steps.subList(at, end)));
      } else if (one.decide() != null && !one.isNever()) {
        parts.add(one.decide());
      }
      at = Math.max(end, at + 1);
    }
    Answer otherwise = last;
    return parts.isEmpty() ? new Fused(context -> otherwise, otherwise) : new Fused(chain(parts, otherwise), null);
  }

  private static Decision chain(List<Decision> parts, Answer last) {
    Decision first = parts.get(0);
    if (parts.size() == 1) {
      return context -> {
        Answer answer = first.decide(context);
        return answer != null ? answer : last;
      };
    }
    if (parts.size() == 2) {
      Decision second = parts.get(1);
      return context -> {
        Answer answer = first.decide(context);
        if (answer == null) {
          answer = second.decide(context);
        }
        return answer != null ? answer : last;
      };
    }
    Decision[] all = parts.toArray(new Decision[0]);
    return context -> {
      for (Decision part : all) {
        Answer answer = part.decide(context);
        if (answer != null) {
          return answer;
        }
      }
      return last;
    };
  }

  /**
   * The end of the run of equality rules that starts here, or the start itself where there is none. Skipped steps inside do not end it: they match
   * nobody.
   */
  private static int endOfRun(List<Step> steps, int start) {
    Step.Equality begun = steps.get(start).equality();
    if (begun == null) {
      return start;
    }
    int end = start + 1;
    for (int at = start + 1; at < steps.size(); at++) {
      Step one = steps.get(at);
      if (one.decide() == null) {
        continue;
      }
      if (one.equality() == null || !one.equality().path().equals(begun.path())) {
        break;
      }
      end = at + 1;
    }
    return end;
  }

  /** Makes one part of neighbouring equality rules; of two with the same value the first counts. */
  private static Decision lookUp(List<Step> steps) {
    Scalars<Answer> answers = new Scalars<>();
    String path = steps.get(0).equality().path();
    for (Step one : steps) {
      for (Object value : one.equality() == null ? List.of() : one.equality().values()) {
        answers.add(value, one.equality().answer());
      }
    }
    String only = answers.onlyText();
    if (only != null) {
      return compareOne(path, only, answers.get(Value.ofText(only)));
    }
    if (Attribute.isFlat(path)) {
      Place place = new Place(path);
      return context -> {
        Value found = context.find(place);
        return found == null ? null : answers.get(found);
      };
    }
    Attribute.Read read = Attribute.compileRead(path);
    return context -> {
      Value found = read.read(context);
      return found == null ? null : answers.get(found);
    };
  }

  /** Asks a flat path without a closure in between: this is the most frequent rule there is. */
  private static Decision compareOne(String path, String text, Answer answer) {
    if (Attribute.isFlat(path)) {
      Place place = new Place(path);
      return context -> {
        Value found = context.find(place);
        return found != null && found.kind == Value.Kind.STRING && found.unit.equals(text) ? answer : null;
      };
    }
    Attribute.Read read = Attribute.compileRead(path);
    return context -> {
      Value found = read.read(context);
      return found != null && found.kind == Value.Kind.STRING && found.unit.equals(text) ? answer : null;
    };
  }
}
