package io.github.sluiceflags.internal.evaluation;

import io.github.sluiceflags.Cause;
import io.github.sluiceflags.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Turns a flag's form into steps. Total: what cannot be read is skipped with a problem, as docs/decisions/0001-semantics.md says. */
final class FlagPlan {
  private FlagPlan() {}

  static Step.Plan of(String key, Object item, Draft.Surroundings around) {
    Result<FlagForm> form = FlagForm.read(key, item);
    Draft draft = new Draft(key, form.value(), around);
    if (!form.isOk()) {
      return new Step.Plan(List.of(), draft.fail(Step.Label.of(Cause.DEFAULT), form.problem()));
    }
    planKills(draft);
    planPrerequisites(draft);
    planEligible(draft);
    planPins(draft);
    planExposure(draft);
    planRules(draft);
    Reason reason = isStatic(draft) ? Reason.STATIC : Reason.DEFAULT;
    Answer last = draft.serveOrError(form.value().fallback(), reason, Step.Label.of(Cause.DEFAULT));
    return new Step.Plan(List.copyOf(draft.steps()), last);
  }

  private static boolean isStatic(Draft draft) {
    for (String name : List.of("rules", "prerequisites", "pins")) {
      List<?> list = draft.form.list(name);
      if (list == null || !list.isEmpty()) {
        return false;
      }
    }
    Map<?, ?> form = draft.form.form();
    return !form.containsKey("eligible") && !form.containsKey("exposure") && !draft.around.hasKills();
  }

  private static void planKills(Draft draft) {
    for (Draft.KillOnFlag kill : draft.around.kills()) {
      Step.Label label = new Step.Label(Cause.KILL, kill.id(), 0);
      draft.add(Step.fixed(label, kill.covers(), draft.off(label)));
    }
  }

  /** A part that is no list is one prerequisite that cannot be read. */
  private static void planPrerequisites(Draft draft) {
    List<?> list = draft.form.list("prerequisites");
    if (list == null) {
      list = List.of("");
    }
    for (int at = 0; at < list.size(); at++) {
      Map<?, ?> prerequisite = Shape.record(list.get(at));
      Object named = prerequisite == null ? null : prerequisite.get("flag");
      List<String> serves = prerequisite == null ? null : Shape.textList(prerequisite.get("serves"));
      Step.Label label = new Step.Label(Cause.PREREQUISITE, named instanceof String flag ? flag : "#" + (at + 1), at);
      Result<Compiled.Flag> parent = Result.failed("flag or serves is not readable");
      if (named instanceof String flag && serves != null) {
        parent = draft.around.parent().apply(flag);
      }
      if (parent.isOk()) {
        draft.add(planPrerequisite(label, parent.value(), serves, draft.off(label)));
      } else {
        String problem = draft.note(label, parent.problem());
        draft.add(Step.always(label, draft.off(label), problem));
      }
    }
  }

  /** A parent that answers everybody the same is asked only here. */
  private static Step planPrerequisite(Step.Label label, Compiled.Flag parent, List<String> serves, Answer off) {
    if (parent.constant() != null) {
      return fails(parent.constant(), serves) ? Step.always(label, off, null) : Step.never(label);
    }
    Decision decide = parent.decide();
    return Step.fixed(label, context -> fails(decide.decide(context), serves), off);
  }

  private static boolean fails(Answer answer, List<String> serves) {
    if (answer.isServed) {
      for (int at = 0; at < serves.size(); at++) {
        if (serves.get(at).equals(answer.variant)) {
          return false;
        }
      }
    }
    return true;
  }

  private static void planEligible(Draft draft) {
    if (!draft.form.form().containsKey("eligible")) {
      return;
    }
    Step.Label label = Step.Label.of(Cause.INELIGIBLE);
    Result<Test> eligible = Condition.compile(draft.form.form().get("eligible"), draft.around.segments());
    if (eligible.isOk()) {
      Test isEligible = eligible.value();
      draft.add(Step.fixed(label, context -> !isEligible.test(context), draft.off(label)));
    } else {
      String problem = draft.note(label, eligible.problem());
      draft.add(Step.always(label, draft.off(label), problem));
    }
  }

  /** One person's or customer's fixed answer. */
  private record Pin(String who, String hash, String variant) {}

  private static Result<Pin> readPin(Object item) {
    List<?> parts = item instanceof List<?> list ? list : List.of();
    Object who = parts.isEmpty() ? null : parts.get(0);
    if (!"user".equals(who) && !"customer".equals(who)) {
      return Result.failed("neither of a user nor of a customer");
    }
    if (parts.size() < 3 || !(parts.get(1) instanceof String hash) || !(parts.get(2) instanceof String variant)) {
      return Result.failed("not readable");
    }
    return Result.of(new Pin((String) who, hash, variant));
  }

  private static void planPins(Draft draft) {
    List<?> list = draft.form.list("pins");
    if (list == null) {
      list = List.of("");
    }
    List<Pin> pins = new ArrayList<>();
    for (int at = 0; at < list.size(); at++) {
      Step.Label label = new Step.Label(Cause.PIN, "#" + (at + 1), at);
      Result<Pin> pin = readPin(list.get(at));
      if (!pin.isOk()) {
        draft.skip(label, pin.problem());
      } else if (!draft.form.variants().containsKey(pin.value().variant())) {
        draft.skip(label, "no variant " + Shape.quote(pin.value().variant()));
      } else {
        pins.add(pin.value());
      }
    }
    // Answers are made once all problems are known: any of these pins might have been the one that decides.
    planPinsOf(draft, "user", pins, draft.around.users());
    planPinsOf(draft, "customer", pins, draft.around.customers());
  }

  private static void planPinsOf(Draft draft, String who, List<Pin> all, Attribute.HashOf hashes) {
    List<Pin> pins = all.stream().filter(pin -> pin.who().equals(who)).toList();
    if (pins.isEmpty()) {
      return;
    }
    Answer[] answers = new Answer[pins.size()];
    for (int at = 0; at < answers.length; at++) {
      answers[at] = draft.serve(pins.get(at).variant(), Reason.TARGETING_MATCH, Step.Label.of(Cause.PIN));
    }
    HashTable table = HashTable.of(pins.stream().map(Pin::hash).toList());
    draft.add(
        Step.deciding(
            new Step.Label(Cause.PIN, who, 0),
            context -> {
              String key = hashes.keyOf(context);
              int place = key == null ? -1 : table.placeOf(hashes.hashOf(key));
              return place < 0 ? null : answers[place];
            }));
  }

  private static void planExposure(Draft draft) {
    if (!draft.form.form().containsKey("exposure")) {
      return;
    }
    Step.Label label = Step.Label.of(Cause.EXPOSURE);
    Map<?, ?> form = Shape.record(draft.form.form().get("exposure"));
    if (form == null) {
      draft.skip(label, "not an object");
      return;
    }
    Result<Test> isExposed = compileExposure(draft, form);
    if (!isExposed.isOk()) {
      draft.skip(label, isExposed.problem());
      return;
    }
    Answer answer = draft.serve(form.get("serve"), Reason.TARGETING_MATCH, label);
    if (answer == null) {
      draft.skip(label, "no variant " + Shape.quote(form.get("serve")));
    } else {
      draft.add(Step.fixed(label, isExposed.value(), answer));
    }
  }

  private static Result<Test> compileExposure(Draft draft, Map<?, ?> form) {
    List<String> keys = Shape.textList(Shape.orElse(form, "keys", List.of()));
    List<String> except = Shape.textList(Shape.orElse(form, "except", List.of()));
    if (keys == null || except == null) {
      return Result.failed("keys or except is not a list of hashes");
    }
    if (!(Shape.orElse(form, "rest", false) instanceof Boolean rest)) {
      return Result.failed("rest is not true or false");
    }
    long share = Shape.count(Shape.orElse(form, "share", (double) Bucketing.SLOTS), Bucketing.SLOTS);
    if (share < 0) {
      return Result.failed("share is not a whole number from 0 to " + Bucketing.SLOTS);
    }
    HashTable inKeys = HashTable.of(keys);
    HashTable inExcept = HashTable.of(except);
    Bucketing.SlotOf slots = Bucketing.slotsOf(draft.form.salt() + ":exposure");
    Attribute.HashOf customers = draft.around.customers();
    boolean hasRest = rest;
    return Result.of(
        context -> {
          String key = customers.keyOf(context);
          if (key == null) {
            return false;
          }
          long hash = customers.hashOf(key);
          if (inKeys.has(hash)) {
            return true;
          }
          return hasRest && !inExcept.has(hash) && (share == Bucketing.SLOTS || slots.slotOf(key) < share);
        });
  }

  private static void planRules(Draft draft) {
    List<?> list = draft.form.list("rules");
    if (list == null) {
      draft.skip(Step.Label.of(Cause.RULE), "rules is not a list");
      return;
    }
    for (int at = 0; at < list.size(); at++) {
      Object item = list.get(at);
      Object id = item instanceof Map<?, ?> rule ? rule.get("id") : null;
      Step.Label label = new Step.Label(Cause.RULE, id instanceof String text ? text : "#" + (at + 1), at);
      Result<Step> step = Rule.plan(draft, item, label);
      if (step.isOk()) {
        draft.add(step.value());
      } else {
        draft.skip(label, step.problem());
      }
    }
  }
}
