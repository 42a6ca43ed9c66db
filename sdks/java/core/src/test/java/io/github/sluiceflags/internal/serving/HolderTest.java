package io.github.sluiceflags.internal.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sluiceflags.Cause;
import io.github.sluiceflags.Version;
import io.github.sluiceflags.internal.evaluation.Asker;
import io.github.sluiceflags.internal.evaluation.AttributesCopy;
import io.github.sluiceflags.internal.evaluation.Compiled;
import io.github.sluiceflags.internal.evaluation.Decode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The order rules of docs/protocol.md. */
class HolderTest {
  private final Holder holder = new Holder(new Compiled.Options(new Asker(null, null), (flag, variant, reason) -> new AtomicLong()));

  private Offer.Kind snapshot(String epoch, long seq, String more) throws Decode.Refused {
    String text = "{\"format\":1,\"environment\":\"p\",\"epoch\":\"" + epoch + "\",\"seq\":" + seq + ",\"salt\":\"\"" + more + ",\"flags\":{\"f\":{\"default\":\"on\"}}}";
    return holder.offerSnapshot(Decode.snapshot(text), List.of()).kind();
  }

  private Offer patch(String epoch, long base, long to, String set) throws Decode.Refused {
    return holder.offerPatch(Decode.patch("{\"epoch\":\"" + epoch + "\",\"base\":" + base + ",\"to\":" + to + ",\"set\":{" + set + "}}"));
  }

  private Cause cause() {
    return holder.compiled().evaluate("f", AttributesCopy.of(null, Map.of())).cause;
  }

  @Test
  void neverGoesBackWithinAnEpoch() throws Decode.Refused {
    assertEquals(Offer.Kind.GAP, patch("e1", 4, 5, "").kind());
    assertEquals(Offer.Kind.SWAPPED, snapshot("e1", 5, ""));
    assertEquals(Offer.Kind.REFUSED, snapshot("e1", 4, ""));
    assertEquals(Offer.Kind.SAME, snapshot("e1", 5, ""));
    assertEquals(Offer.Kind.SAME, patch("e1", 3, 4, "").kind());
    assertEquals(Offer.Kind.SAME, patch("e1", 4, 5, "").kind());
    assertEquals(Offer.Kind.SWAPPED, patch("e1", 5, 7, "").kind());
    assertEquals(Offer.Kind.GAP, patch("e1", 8, 9, "").kind());
    assertEquals(new Version("e1", 7), holder.version());
  }

  @Test
  void nothingOfAReplacedEpochIsAcceptedAnyMore() throws Decode.Refused {
    snapshot("e1", 5, "");
    assertEquals(Offer.Kind.SWAPPED, snapshot("e2", 2, ",\"replaces\":[\"e1\",\"e0\"]"));
    assertEquals(Offer.Kind.REFUSED, snapshot("e1", 9, ""));
    assertEquals(Offer.Kind.REFUSED, snapshot("e0", 9, ""));
    assertEquals(Offer.Kind.REFUSED, patch("e1", 5, 6, "").kind());
    assertTrue(holder.isReplaced("e0"));
    assertEquals(new Version("e2", 2), holder.version());
  }

  @Test
  void aKillThatANewEpochForgotStaysUntilItIsListed() throws Decode.Refused {
    snapshot("e1", 5, ",\"kills\":{\"k\":{\"flags\":[\"f\"]}}");
    assertEquals(Cause.KILL, cause());
    snapshot("e2", 2, ",\"replaces\":[\"e1\"]");
    assertEquals(Cause.KILL, cause());
    snapshot("e2", 3, ",\"replaces\":[\"e1\"],\"kills\":{\"k\":{\"flags\":[\"f\"]}}");
    assertEquals(List.of(), holder.urgent());
    assertEquals(Cause.KILL, cause());
    snapshot("e2", 4, ",\"replaces\":[\"e1\"]");
    assertEquals(Cause.DEFAULT, cause());
  }

  @Test
  void aKillEndsWithAnEpochThatSawWhereItBeganAndListsItNoMore() throws Decode.Refused {
    snapshot("e1", 5, "");
    patch("e1", 5, 6, "\"kills\":{\"k\":{\"flags\":[\"f\"]}}");
    patch("e1", 6, 8, "");
    snapshot("e2", 2, ",\"replaces\":[\"e1\"],\"seen\":{\"e1\":5}");
    assertEquals(Cause.KILL, cause());
    assertEquals(6, holder.urgent().get(0).seq());
    snapshot("e3", 2, ",\"replaces\":[\"e2\",\"e1\"],\"seen\":{\"e1\":6}");
    assertEquals(Cause.DEFAULT, cause());
    assertEquals(List.of(), holder.urgent());
  }

  @Test
  void killsOverAGapApplyAtOnceAndEndWithTheSnapshot() throws Decode.Refused {
    snapshot("e1", 5, "");
    Offer offer = patch("e1", 6, 7, "\"kills\":{\"k\":{\"flags\":[\"f\"]}}");
    assertEquals(Offer.Kind.GAP, offer.kind());
    assertTrue(offer.change().isKill());
    assertEquals(Cause.KILL, cause());
    snapshot("e1", 7, "");
    assertEquals(Cause.DEFAULT, cause());
  }

  @Test
  void anUrgentKillWaitsForASnapshotAndEndsWithItsJournal() throws Decode.Refused {
    String kill = "{\"id\":\"k\",\"epoch\":\"e1\",\"journal\":\"j\",\"counter\":5,\"flags\":[\"f\"]}";
    assertEquals(Offer.Kind.SAME, holder.offerUrgent(Decode.urgentKill(kill)).kind());
    snapshot("e1", 5, ",\"journals\":{\"j\":4}");
    assertEquals(Cause.KILL, cause());
    assertEquals(Offer.Kind.SAME, holder.offerUrgent(Decode.urgentKill(kill)).kind());
    patch("e1", 5, 6, "\"journals\":{\"j\":5}");
    assertEquals(Cause.DEFAULT, cause());
  }
}
