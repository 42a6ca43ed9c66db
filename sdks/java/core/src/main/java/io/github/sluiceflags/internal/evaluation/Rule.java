package io.github.sluiceflags.internal.evaluation;

import io.github.sluiceflags.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One rule: a condition, and a variant, share or split of those it matches. */
final class Rule {
  /** Members that this evaluator reads. One that it does not know may narrow the rule, which then matches nobody. */
  private static final Set<String> RULE_MEMBERS = Set.of("id", "if", "serve");

  private static final Set<String> SHARE_MEMBERS = Set.of("share", "of", "by", "salt", "algorithm");

  private Rule() {}

  /** The rule's step, or why it cannot match. */
  static Result<Step> plan(Draft draft, Object item, Step.Label label) {
    Map<?, ?> rule = Shape.record(item);
    if (rule == null) {
      return Result.failed("not an object");
    }
    Object unknown = unknownMember(rule, RULE_MEMBERS);
    if (unknown != null) {
      return Result.failed("unknown member " + Shape.quote(unknown));
    }
    Test matches = null;
    Object condition = rule.get("if");
    if (rule.containsKey("if")) {
      Result<Test> compiled = Condition.compile(condition, draft.around.segments());
      if (!compiled.isOk()) {
        return compiled.passedOn();
      }
      matches = compiled.value();
    }
    Map<?, ?> share = Shape.record(rule.get("serve"));
    if (share == null) {
      return planFixed(draft, label, rule.get("serve"), matches, condition);
    }
    Result<Share> form = readShare(draft, share);
    if (!form.isOk()) {
      return form.passedOn();
    }
    Weights weights = form.value().weights();
    if (weights.variants().size() == 1 && form.value().share() == Bucketing.SLOTS) {
      return planFixed(draft, label, weights.variants().get(0), matches, condition);
    }
    Answer[] answers = new Answer[weights.variants().size()];
    for (int at = 0; at < answers.length; at++) {
      answers[at] = draft.serve(weights.variants().get(at), Reason.SPLIT, label);
      if (answers[at] == null) {
        return Result.failed("no variant " + Shape.quote(weights.variants().get(at)));
      }
    }
    return Result.of(Step.deciding(label, compileSplit(form.value(), answers, matches)));
  }

  private static Result<Step> planFixed(Draft draft, Step.Label label, Object variant, Test matches, Object condition) {
    Answer answer = draft.serve(variant, Reason.TARGETING_MATCH, label);
    if (answer == null) {
      return Result.failed("no variant " + Shape.quote(variant));
    }
    return Result.of(Step.fixed(label, matches, answer).withEquality(equalityOf(condition, answer)));
  }

  /** Is asked about conditions that compile, so that operands are known to be scalars. Null where it is no equality. */
  private static Step.Equality equalityOf(Object condition, Answer answer) {
    if (!(condition instanceof List<?> parts) || parts.size() != 3 || !(parts.get(1) instanceof String path)) {
      return null;
    }
    if ("equals".equals(parts.get(0))) {
      return new Step.Equality(path, parts.subList(2, 3), answer);
    }
    return "in".equals(parts.get(0)) && parts.get(2) instanceof List<?> values ? new Step.Equality(path, values, answer) : null;
  }

  /** A share or split that can be read. */
  private record Share(int share, Weights weights, String by, Bucketing.SlotOf shareSlot, Bucketing.SlotOf variantSlot) {}

  /**
   * Variants in the order written.
   *
   * @param limits the slot behind each one's last
   */
  private record Weights(List<String> variants, int[] limits) {}

  private static Result<Share> readShare(Draft draft, Map<?, ?> form) {
    Object unknown = unknownMember(form, SHARE_MEMBERS);
    if (unknown != null) {
      return Result.failed("unknown member " + Shape.quote(unknown));
    }
    long share = Shape.count(Shape.orElse(form, "share", (double) Bucketing.SLOTS), Bucketing.SLOTS);
    if (share < 0) {
      return Result.failed("share is not a whole number from 0 to " + Bucketing.SLOTS);
    }
    if (!(Shape.orElse(form, "by", AttributesCopy.TARGETING_KEY) instanceof String by)
        || !(Shape.orElse(form, "salt", draft.form.salt()) instanceof String salt)) {
      return Result.failed("by or salt is not a string");
    }
    Object id = Shape.orElse(form, "algorithm", "sluice-v1");
    Bucketing.Algorithm algorithm = Bucketing.algorithmOf(id);
    if (algorithm == null) {
      return Result.failed("unknown algorithm " + Shape.quote(id));
    }
    Result<Weights> weights = readWeights(form.get("of"));
    if (!weights.isOk()) {
      return weights.passedOn();
    }
    return Result.of(new Share((int) share, weights.value(), by, algorithm.share().apply(salt), algorithm.variant().apply(salt)));
  }

  /** Null where all are known. */
  private static Object unknownMember(Map<?, ?> form, Set<String> known) {
    for (Object name : form.keySet()) {
      if (!known.contains(name)) {
        return name;
      }
    }
    return null;
  }

  private static Result<Weights> readWeights(Object of) {
    if (of instanceof String variant) {
      return Result.of(new Weights(List.of(variant), new int[] {Bucketing.SLOTS}));
    }
    if (!(of instanceof List<?> list)) {
      return Result.failed("of is neither a variant nor a list of variants with weights");
    }
    List<String> variants = new ArrayList<>();
    int[] limits = new int[list.size()];
    long sum = 0;
    for (int at = 0; at < limits.length; at++) {
      if (!(list.get(at) instanceof List<?> pair) || pair.size() != 2 || !(pair.get(0) instanceof String variant)) {
        return Result.failed("a weight is not a variant with a number");
      }
      long weight = Shape.count(pair.get(1), Bucketing.SLOTS);
      if (weight < 0) {
        return Result.failed("a weight is not a whole number from 0 to " + Bucketing.SLOTS);
      }
      variants.add(variant);
      sum += weight;
      limits[at] = (int) Math.min(sum, Integer.MAX_VALUE);
    }
    return sum == Bucketing.SLOTS ? Result.of(new Weights(variants, limits)) : Result.failed("weights add up to " + sum + ", not " + Bucketing.SLOTS);
  }

  /** The share decides first (outside it the next rule is asked), then the weights in the order written. */
  private static Decision compileSplit(Share form, Answer[] answers, Test matches) {
    Attribute.Read unitOf = Attribute.compileRead(form.by());
    int share = form.share();
    Bucketing.SlotOf shareSlot = form.shareSlot();
    Bucketing.SlotOf variantSlot = form.variantSlot();
    int[] limits = form.weights().limits();
    return context -> {
      if (matches != null && !matches.test(context)) {
        return null;
      }
      String unit = Attribute.unitText(unitOf.read(context));
      if (unit == null || (share < Bucketing.SLOTS && shareSlot.slotOf(unit) >= share)) {
        return null;
      }
      if (answers.length == 1) {
        return answers[0];
      }
      int slot = variantSlot.slotOf(unit);
      int at = 0;
      while (slot >= limits[at]) {
        at++;
      }
      return answers[at];
    };
  }
}
