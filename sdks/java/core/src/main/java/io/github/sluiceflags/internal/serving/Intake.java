package io.github.sluiceflags.internal.serving;

import io.github.sluiceflags.Change;
import io.github.sluiceflags.internal.evaluation.Decode;
import io.github.sluiceflags.internal.evaluation.JsonWriter;
import io.github.sluiceflags.internal.evaluation.Kill;
import io.github.sluiceflags.internal.evaluation.Patch;
import io.github.sluiceflags.internal.evaluation.Snapshot;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The one way into the holder. Where signatures are checked it keeps the trail of signed texts, so that what is stored can be checked again when it is
 * read: whoever may write to the disk is not thereby one who may switch flags. Belongs to the SDK's own thread.
 */
public final class Intake {
  private final Holder holder;
  private final String environment;
  private final SignatureCheck check;
  private final SignedTrail trail = new SignedTrail();

  /**
   * Makes an intake.
   *
   * @param environment stored flags of another one are not taken; null or empty takes any
   * @param check null checks nothing
   */
  public Intake(Holder holder, String environment, SignatureCheck check) {
    this.holder = holder;
    this.environment = environment;
    this.check = check;
  }

  /** True where a fresh snapshot is wanted, so that the trail stays short. */
  public boolean isTrailLong() {
    return trail.isLong();
  }

  /** What to keep on disk, as JSON; null where there is nothing, or the trail is longer than is kept. */
  String stored() {
    if (check != null) {
      List<Step> steps = trail.steps();
      return steps == null ? null : JsonWriter.write(Map.of("signed", steps.stream().map(Step::members).toList()));
    }
    if (holder.compiled() == null) {
      return null;
    }
    List<JsonWriter.Raw> urgent = holder.urgent().stream().map(kill -> new JsonWriter.Raw(kill.kill().text())).toList();
    return JsonWriter.write(Map.of("snapshot", new JsonWriter.Raw(holder.compiled().snapshot().text()), "urgent", urgent));
  }

  /**
   * Takes a snapshot.
   *
   * @param steps the snapshot's, then that of the urgent kills where there are any; empty where signatures are not checked
   */
  public Offer snapshot(Snapshot snapshot, List<Kill.Urgent> urgent, List<Step> steps) {
    Offer offer = holder.offerSnapshot(snapshot, urgent);
    boolean isTaken = offer.kind() == Offer.Kind.SWAPPED || offer.kind() == Offer.Kind.SAME;
    if (check != null && !steps.isEmpty() && isTaken) {
      List<SignedTrail.Taken> beside = steps.stream().skip(1).map(step -> new SignedTrail.Taken(step, idsOf(urgent))).toList();
      trail.begin(new SignedTrail.Taken(steps.get(0), snapshot.head().kills().keySet()), beside, holder.urgent());
    }
    return offer;
  }

  /** Takes a patch; the step is null where signatures are not checked. */
  public Offer patch(Patch patch, Step step) {
    Offer offer = holder.offerPatch(patch);
    if (check != null && step != null && offer.change() != null) {
      trail.add(new SignedTrail.Taken(step, patch.kills().keySet()));
    }
    return offer;
  }

  /** Takes an urgent kill; as a patch. */
  public Offer urgent(Kill.Urgent kill, Step step) {
    return urgents(List.of(kill), step);
  }

  private Offer urgents(List<Kill.Urgent> kills, Step step) {
    Set<String> before = new HashSet<>(idsOf(holder.urgent()));
    Offer made = Offer.SAME;
    for (Kill.Urgent kill : kills) {
      Offer offer = holder.offerUrgent(kill);
      made = offer.kind() == Offer.Kind.SAME || made.kind() == Offer.Kind.SWAPPED ? made : offer;
    }
    if (check != null && step != null && !before.containsAll(idsOf(holder.urgent()))) {
      trail.add(new SignedTrail.Taken(step, idsOf(kills)));
    }
    return made;
  }

  private static List<String> idsOf(List<Kill.Urgent> kills) {
    return kills.stream().map(Kill.Urgent::id).toList();
  }

  /** Takes what was stored. The message of a refusal ends a sentence: "Stored flags are not used: …". */
  public Offer restore(Stored stored) throws Decode.Refused {
    if (stored.signed() == null) {
      if (check != null) {
        throw new Decode.Refused("they are not signed, and this process takes only what one of its signatureKeys has signed");
      }
      refuseForeign(stored.snapshot());
      return holder.restore(stored.snapshot(), stored.urgent());
    }
    List<Read> read = new ArrayList<>();
    for (Step step : stored.signed()) {
      SignatureCheck.Problem problem =
          check == null ? null : check.problemOf(step.kind(), step.text().getBytes(StandardCharsets.UTF_8), step.signature());
      if (problem != null) {
        throw new Decode.Refused("of a " + step.kind() + " among them, " + problem.words());
      }
      Read one = Read.of(step);
      if (one.snapshot != null) {
        refuseForeign(one.snapshot);
      }
      read.add(one);
    }
    return replay(read);
  }

  private void refuseForeign(Snapshot snapshot) throws Decode.Refused {
    String of = snapshot.head().environment();
    if (environment != null && !environment.isEmpty() && !environment.equals(of)) {
      throw new Decode.Refused("they are of \"" + of + "\", and this process expects \"" + environment + "\"");
    }
  }

  /** A signed text and what it says; snapshot, patch and kills exclude each other. */
  private record Read(Step step, Snapshot snapshot, Patch patch, List<Kill.Urgent> kills) {
    static Read of(Step step) throws Decode.Refused {
      return switch (step.kind()) {
        case SNAPSHOT -> new Read(step, Decode.snapshot(step.text()), null, List.of());
        case PATCH -> new Read(step, null, Decode.patch(step.text()), List.of());
        case KILL -> new Read(step, null, null, List.of(Decode.urgentKill(step.text())));
        case KILLS -> new Read(step, null, null, Stored.readUrgentList(step.text()));
      };
    }
  }

  /** What the server has sent meanwhile is newer than any stored snapshot or patch; kills count in any case. */
  private Offer replay(List<Read> read) {
    boolean hasNewer = holder.compiled() != null;
    Set<String> flags = new HashSet<>();
    boolean isKill = false;
    boolean isSwapped = false;
    for (Read one : read) {
      Offer offer = Offer.SAME;
      if (!one.kills.isEmpty()) {
        offer = urgents(one.kills, one.step);
      } else if (one.snapshot != null && !hasNewer) {
        offer = snapshot(one.snapshot, List.of(), List.of(one.step));
      } else if (one.patch != null && !hasNewer) {
        offer = patch(one.patch, one.step);
      }
      if (offer.change() != null) {
        isSwapped = true;
        isKill = isKill || offer.change().isKill();
        flags.addAll(offer.change().flags());
      }
    }
    return isSwapped ? Offer.swapped(new Change(holder.version(), flags, isKill)) : Offer.refused("the server's snapshot arrived first");
  }
}
