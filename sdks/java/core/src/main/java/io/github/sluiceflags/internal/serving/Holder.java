package io.github.sluiceflags.internal.serving;

import io.github.sluiceflags.Change;
import io.github.sluiceflags.Version;
import io.github.sluiceflags.internal.evaluation.Compiled;
import io.github.sluiceflags.internal.evaluation.Kill;
import io.github.sluiceflags.internal.evaluation.Patch;
import io.github.sluiceflags.internal.evaluation.Snapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Exchanges what is served by one reference. The order rules are those of docs/protocol.md: never back within an epoch, never to an epoch known to be
 * replaced, a patch only from exactly the version held. Offers come from the SDK's own thread alone; any thread may read what is served.
 */
public final class Holder {
  /** More urgent kills than any journal holds at once are not kept. */
  static final int URGENT_MAX = 10_000;

  /** Epochs that are remembered: a snapshot lists at most 100, and a process rarely lives through more than one change. */
  private static final int REPLACED_MAX = 200;

  private final Compiled.Options options;

  /** The only thing that answering looks at. */
  private volatile Compiled compiled;

  private List<Kill.Urgent> urgent = List.of();
  private final List<String> replaced = new ArrayList<>();

  /** By kill of what is held: the earliest place of its epoch at which it is known to be in force. */
  private Map<String, Long> since = Map.of();

  public Holder(Compiled.Options options) {
    this.options = options;
  }

  /** What is served now; null while nothing is. Read it anew for each question. */
  public Compiled compiled() {
    return compiled;
  }

  /** The version of what is served now; null while nothing is. */
  public Version version() {
    Compiled held = compiled;
    return held == null ? null : held.version();
  }

  /** Urgent kills in force, in the order they were first heard. */
  public List<Kill.Urgent> urgent() {
    return urgent;
  }

  /** True for an epoch that something we held has replaced: nothing of it is accepted any more. */
  public boolean isReplaced(String epoch) {
    return replaced.contains(epoch);
  }

  /** Takes a stored state, but only where nothing newer has arrived; its urgent kills count in any case. */
  Offer restore(Snapshot snapshot, List<Kill.Urgent> stored) {
    if (compiled == null) {
      return offerSnapshot(snapshot, stored);
    }
    Offer last = Offer.refused("the server's snapshot arrived first");
    for (Kill.Urgent kill : stored) {
      Offer offer = offerUrgent(kill);
      last = offer.kind() == Offer.Kind.SWAPPED ? offer : last;
    }
    return last;
  }

  /** Takes a whole snapshot together with the urgent kills that came with it. */
  Offer offerSnapshot(Snapshot snapshot, List<Kill.Urgent> beside) {
    Compiled held = compiled;
    String why = held == null ? null : whyRefused(snapshot, held);
    if (why != null) {
      return Offer.refused(why);
    }
    List<Kill.Urgent> fresh = beside.stream().filter(kill -> !holds(kill.id())).toList();
    List<Kill.Urgent> all = new ArrayList<>(urgent);
    all.addAll(carriedKills(held, snapshot, since));
    all.addAll(fresh);
    List<Kill.Urgent> inForce = all.stream().filter(snapshot.head()::isUrgentInForce).toList();
    if (held != null && fresh.isEmpty() && held.snapshot().equals(snapshot)) {
      return Offer.SAME;
    }
    Set<String> touched = new HashSet<>(snapshot.flags().keySet());
    boolean isKill = fresh.stream().anyMatch(inForce::contains);
    if (held == null) {
      isKill = isKill || !snapshot.head().kills().isEmpty();
    } else {
      touched.addAll(held.keys());
      isKill = isKill || !held.head().kills().keySet().containsAll(snapshot.head().kills().keySet());
    }
    remember(snapshot, held);
    Map<String, Long> known = held != null && isOfEpoch(snapshot, held) ? since : Map.of();
    since = knownSince(known, snapshot.head().kills().keySet(), snapshot.head().version().seq());
    urgent = inForce;
    return swap(Compiled.of(snapshot, inForce, options, held), touched, isKill);
  }

  /** Takes a patch that fits exactly. Of one that does not fit, the kills are applied at once and the snapshot is asked for. */
  Offer offerPatch(Patch patch) {
    Compiled held = compiled;
    if (held == null) {
      return new Offer(Offer.Kind.GAP, null, "there is no snapshot to patch");
    }
    if (isReplaced(patch.epoch())) {
      return Offer.refused("epoch " + patch.epoch() + " was replaced");
    }
    if (patch.epoch().equals(held.version().epoch()) && patch.to() <= held.version().seq()) {
      return Offer.SAME;
    }
    String why = held.whyNot(patch);
    if (why != null) {
      return aheadOfGap(patch, held, why);
    }
    List<Kill.Urgent> before = urgent;
    urgent = before.stream().filter(held.head().after(patch)::isUrgentInForce).toList();
    Compiled next = held.after(patch, urgent);
    since = knownSince(since, next.head().kills().keySet(), patch.to());
    return swap(next, flagsOf(patch, held, next, before), !patch.kills().isEmpty());
  }

  /** Takes an urgent kill at once, whatever else is missing. */
  Offer offerUrgent(Kill.Urgent kill) {
    Compiled held = compiled;
    if (holds(kill.id())) {
      return Offer.SAME;
    }
    if (urgent.size() >= URGENT_MAX) {
      return Offer.refused("more than " + URGENT_MAX + " urgent kills");
    }
    if (held != null && !held.head().isUrgentInForce(kill)) {
      return Offer.SAME;
    }
    List<Kill.Urgent> more = new ArrayList<>(urgent);
    more.add(kill);
    urgent = List.copyOf(more);
    // Without a snapshot every answer is the code's default already; the kill waits for one.
    return held == null ? Offer.SAME : swap(held.withUrgent(urgent), Set.copyOf(kill.kill().flags()), true);
  }

  /** Within our own epoch a patch over a gap still tells which kills are in force at its end: they must not wait for the snapshot. */
  private Offer aheadOfGap(Patch patch, Compiled held, String why) {
    Set<String> flags = new HashSet<>();
    if (patch.epoch().equals(held.version().epoch())) {
      for (Map.Entry<String, Kill> one : patch.kills().entrySet()) {
        Offer offer = offerUrgent(Kill.carried(one.getKey(), one.getValue(), patch.epoch(), patch.to()));
        if (offer.change() != null) {
          flags.addAll(offer.change().flags());
        }
      }
    }
    return new Offer(Offer.Kind.GAP, flags.isEmpty() ? null : new Change(version(), flags, true), why);
  }

  private Offer swap(Compiled next, Set<String> flags, boolean isKill) {
    compiled = next;
    return Offer.swapped(new Change(next.version(), flags, isKill));
  }

  private boolean holds(String id) {
    return urgent.stream().anyMatch(kill -> kill.id().equals(id));
  }

  private String whyRefused(Snapshot snapshot, Compiled held) {
    Version offered = snapshot.head().version();
    Version own = held.version();
    if (offered.epoch().equals(own.epoch())) {
      return offered.seq() < own.seq() ? "it is at " + offered.seq() + ", older than " + own.seq() : null;
    }
    boolean isOurs = snapshot.head().replaces().contains(own.epoch());
    return !isOurs && isReplaced(offered.epoch()) ? "its epoch " + offered.epoch() + " was replaced" : null;
  }

  private void remember(Snapshot snapshot, Compiled held) {
    Set<String> epochs = new HashSet<>(snapshot.head().replaces());
    if (held != null && epochs.contains(held.version().epoch())) {
      epochs.addAll(held.head().replaces());
    }
    epochs.removeAll(replaced);
    replaced.addAll(epochs);
    replaced.remove(snapshot.head().version().epoch());
    if (replaced.size() > REPLACED_MAX) {
      replaced.subList(0, replaced.size() - REPLACED_MAX).clear();
    }
  }

  /**
   * Kills of a replaced epoch that its successor does not list, because a restored backup or a lost tail forgot them, stay in force beside the new
   * snapshot until it lists them: no restore lifts a kill. Not where it has seen the place since which they are known, which the head says.
   */
  private static List<Kill.Urgent> carriedKills(Compiled held, Snapshot snapshot, Map<String, Long> since) {
    if (held == null || !snapshot.head().replaces().contains(held.version().epoch()) || isOfEpoch(snapshot, held)) {
      return List.of();
    }
    List<Kill.Urgent> carried = new ArrayList<>();
    for (Map.Entry<String, Kill> one : new TreeMap<>(held.head().kills()).entrySet()) {
      if (!snapshot.head().kills().containsKey(one.getKey())) {
        long seq = since.getOrDefault(one.getKey(), held.version().seq());
        carried.add(Kill.carried(one.getKey(), one.getValue(), held.version().epoch(), seq));
      }
    }
    return carried;
  }

  /** Since which place of its epoch each of these kills is known: where it was held before, or the one given. */
  private static Map<String, Long> knownSince(Map<String, Long> before, Set<String> kills, long seq) {
    Map<String, Long> since = new HashMap<>();
    for (String id : kills) {
      since.put(id, before.getOrDefault(id, seq));
    }
    return since;
  }

  private static boolean isOfEpoch(Snapshot snapshot, Compiled held) {
    return snapshot.head().version().epoch().equals(held.version().epoch());
  }

  private static Set<String> flagsOf(Patch patch, Compiled before, Compiled after, List<Kill.Urgent> urgentBefore) {
    if (patch.touchesAll()) {
      return after.keys();
    }
    Set<String> flags = patch.flagsTouched();
    for (Kill.Urgent kill : urgentBefore) {
      if (!after.head().isUrgentInForce(kill)) {
        flags.addAll(kill.kill().flags());
      }
    }
    Set<String> ids = new HashSet<>(patch.dropKills());
    ids.addAll(patch.kills().keySet());
    for (String id : ids) {
      for (Map<String, Kill> listed : List.of(before.head().kills(), patch.kills())) {
        Kill kill = listed.get(id);
        flags.addAll(kill == null ? List.of() : kill.flags());
      }
    }
    return flags;
  }
}
