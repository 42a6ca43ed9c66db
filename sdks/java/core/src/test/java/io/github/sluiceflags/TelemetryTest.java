package io.github.sluiceflags;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sluiceflags.internal.evaluation.JsonReader;
import io.github.sluiceflags.internal.evaluation.NotJson;
import io.github.sluiceflags.internal.ports.World;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client reports of outcomes and answers, and requests whose flags agree, in virtual time. */
class TelemetryTest {
  private static final String FLAG = "site.photos";
  private static final Context ACME = Context.of("ada", Map.of("customer", "acme", "email", "ada@acme.example"));
  private static final Context BOLT = Context.of("", Map.of("customer", "bolt"));
  private static final Duration LONG = Duration.ofMinutes(2);

  /** Those of the salt "pepper", by conformance/hashing. */
  private static final String ACME_HASH = "63895c04068c7c14";

  private static final String BOLT_HASH = "8b3dcfd72fdc8fe6";

  private final Fixture.Lines log = new Fixture.Lines();
  private final VirtualWorld world = new VirtualWorld(this::answer);
  private int status = 204;
  private World.Listener stream;

  private World.Cancel answer(World.Request request, World.Listener listener) {
    if (request.url().endsWith("/stream")) {
      listener.head(200, Map.of("content-type", "text/event-stream"));
      listener.chunk("event: hello\ndata: {\"environment\":\"production\",\"epoch\":\"e1\",\"seq\":3}\n\n".getBytes(StandardCharsets.UTF_8));
      stream = listener;
      boolean[] isOver = {false};
      beat(listener, isOver);
      return () -> isOver[0] = true;
    }
    if (request.url().endsWith("/telemetry") && status == 0) {
      listener.ended("connection refused");
      return () -> {};
    }
    boolean isSnapshot = request.url().endsWith("/snapshot");
    listener.head(isSnapshot ? 200 : request.url().endsWith("/telemetry") ? status : 204, Map.of("content-type", "application/json"));
    listener.chunk((isSnapshot ? Fixture.ENVIRONMENT : "").getBytes(StandardCharsets.UTF_8));
    listener.ended(null);
    return () -> {};
  }

  private void beat(World.Listener listener, boolean[] isOver) {
    world.after(
        5_000,
        () -> {
          if (!isOver[0]) {
            listener.chunk("event: heartbeat\ndata: {\"epoch\":\"e1\",\"seq\":3}\n\n".getBytes(StandardCharsets.UTF_8));
            beat(listener, isOver);
          }
        });
  }

  private SluiceClient client(String... counted) {
    SluiceOptions.Builder options = SluiceOptions.builder().url("http://flags").key("k").log(log).countCustomersOf(List.of(counted));
    SluiceClient client = SluiceClient.of(options.build(), world);
    world.pass(Duration.ofMillis(100));
    assertEquals(State.READY, client.state());
    return client;
  }

  private final List<Map<?, ?>> told = new ArrayList<>();

  private List<Map<?, ?>> told() {
    for (World.Request request : world.takeAsked()) {
      if (request.url().endsWith("/telemetry")) {
        told.add(read(request.body()));
      }
    }
    return told;
  }

  private static Map<?, ?> read(byte[] body) {
    try {
      return (Map<?, ?>) JsonReader.parse(new String(body, StandardCharsets.UTF_8));
    } catch (NotJson wrong) {
      throw new AssertionError(wrong);
    }
  }

  private static Map<String, Object> outcome(String customer, double ok, double failed) {
    return Map.of("flag", FLAG, "variant", "on", "outcome", "export", "customer", customer, "ok", ok, "failed", failed);
  }

  @Test
  void outcomesAreSentAsCountsWithinTenSecondsAndNoNameWithThem() {
    try (SluiceClient client = client()) {
      for (int at = 0; at < 3; at++) {
        client.track("export", ACME, Outcome.ok(FLAG));
      }
      client.track("export", ACME, Outcome.failed(FLAG));
      client.track("export", BOLT, Outcome.failed(FLAG));
      world.pass(Duration.ofMillis(1));
      assertEquals(List.of(), told());
      world.pass(Duration.ofSeconds(10));
      Map<String, Object> batch =
          Map.of(
              "instance", "0123456789abcdef",
              "batch", 1.0,
              "outcomes", List.of(outcome(ACME_HASH, 3, 1), outcome(BOLT_HASH, 0, 1)),
              "droppedOutcomes", 0.0,
              "answers", List.of(),
              "droppedAnswers", 0.0,
              "applied", Map.of("epoch", "e1", "seq", 3.0));
      assertEquals(List.of(batch), told());
      world.pass(LONG);
      assertEquals(1, told().size());
    }
  }

  @Test
  void outcomesOfNobodyOfUnknownFlagsOrUnderNoNameAreNotCounted() {
    try (SluiceClient client = client()) {
      client.track("export", Context.EMPTY, Outcome.ok(FLAG));
      client.track("export", null, Outcome.ok(FLAG));
      client.track("export", ACME, Outcome.ok("site.fotos"));
      client.track("two words", ACME, Outcome.ok(FLAG));
      client.track("two words", ACME, Outcome.ok(FLAG));
      world.pass(LONG);
      assertEquals(List.of(), told());
      assertEquals(1, log.count("sluice.outcome"));
    }
  }

  @Test
  void batchThatDidNotComeThroughGoesAgainAsTheSame() {
    try (SluiceClient client = client()) {
      status = 0;
      client.track("export", ACME, Outcome.ok(FLAG));
      world.pass(Duration.ofSeconds(20));
      client.track("export", ACME, Outcome.ok(FLAG));
      status = 503;
      world.pass(Duration.ofSeconds(20));
      status = 204;
      world.pass(LONG);
      List<Map<?, ?>> all = told();
      assertTrue(all.size() > 3, "tried too rarely");
      assertEquals(List.of(2.0, List.of(outcome(ACME_HASH, 1, 0))), List.of(all.get(all.size() - 1).get("batch"), all.get(all.size() - 1).get("outcomes")));
      assertEquals(Set.of(all.get(0)), new HashSet<>(all.subList(0, all.size() - 1)));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 404, 413})
  void whatAServerWillNeverTakeIsNotSentAgain(int refusal) {
    try (SluiceClient client = client()) {
      status = refusal;
      client.track("export", ACME, Outcome.ok(FLAG));
      world.pass(LONG);
      assertEquals(1, told().size());
    }
  }

  @Test
  void closeSendsWhatIsLeftAndNothingAfterIt() {
    SluiceClient client = client();
    client.track("export", ACME, Outcome.ok(FLAG));
    client.getBoolean("site.diary", false, ACME);
    client.close();
    assertEquals(List.of(outcome(ACME_HASH, 1, 0)), told().get(0).get("outcomes"));
    Map<String, Object> answer = Map.of("flag", "site.diary", "variant", "on", "reason", "STATIC", "count", 1.0);
    assertEquals(List.of(answer), told().get(0).get("answers"));
    client.track("export", ACME, Outcome.ok(FLAG));
    world.pass(LONG);
    assertEquals(1, told().size());
  }

  @Test
  void answersAreToldWithinAMinuteByWhatTheyHaveGrown() {
    try (SluiceClient client = client()) {
      for (int at = 0; at < 7; at++) {
        client.getBoolean(FLAG, false, ACME);
      }
      client.getBoolean("site.fotos", false, ACME);
      client.getBoolean("greeting", false, ACME);
      world.pass(Duration.ofSeconds(29));
      assertEquals(List.of(), told());
      world.pass(Duration.ofSeconds(32));
      client.getBoolean(FLAG, false, ACME);
      world.pass(LONG);
      Set<Object> first =
          Set.of(
              Map.of("flag", FLAG, "variant", "on", "reason", "STATIC", "count", 7.0),
              Map.of("flag", "site.fotos", "reason", "ERROR", "cause", "unknownFlag", "count", 1.0),
              Map.of("flag", "greeting", "variant", "warm", "reason", "STATIC", "count", 1.0),
              Map.of("flag", "greeting", "reason", "ERROR", "cause", "wrongType", "count", 1.0));
      assertEquals(2, told().size());
      assertEquals(first, new HashSet<>((List<?>) told.get(0).get("answers")));
      assertEquals(List.of(Map.of("flag", FLAG, "variant", "on", "reason", "STATIC", "count", 1.0)), told.get(1).get("answers"));
    }
  }

  @Test
  void answersAreToldByCustomerOfTheFlagsThatAreAskedForSo() {
    try (SluiceClient client = client(FLAG)) {
      for (int at = 0; at < 3; at++) {
        client.getBoolean(FLAG, false, ACME);
      }
      client.forRequest().getBoolean(FLAG, false, Context.of("", Map.of("customer", "bolt")));
      client.getBoolean(FLAG, false, Context.of("", Map.of()));
      client.getString("greeting", "?", ACME);
      client.getString(FLAG, "?", ACME);
      world.pass(LONG);
      Set<Object> answers =
          Set.of(
              Map.of("flag", FLAG, "variant", "on", "reason", "STATIC", "customer", ACME_HASH, "count", 4.0),
              Map.of("flag", FLAG, "variant", "on", "reason", "STATIC", "customer", BOLT_HASH, "count", 1.0),
              Map.of("flag", FLAG, "variant", "on", "reason", "STATIC", "count", 1.0),
              Map.of("flag", "greeting", "variant", "warm", "reason", "STATIC", "count", 1.0),
              Map.of("flag", FLAG, "reason", "ERROR", "cause", "wrongType", "count", 1.0));
      assertEquals(1, told().size());
      assertEquals(answers, new HashSet<>((List<?>) told.get(0).get("answers")));
    }
  }

  @Test
  void answersOfMoreCustomersThanThereIsRoomForAreToldWithoutOne() {
    try (SluiceClient client = client(FLAG)) {
      for (int at = 0; at < 6_000; at++) {
        client.getBoolean(FLAG, false, Context.of("", Map.of("customer", "c" + at / 2)));
      }
      world.pass(Duration.ofMinutes(10));
      List<Long> named = new ArrayList<>();
      double all = 0;
      double without = 0;
      for (Map<?, ?> batch : told()) {
        List<?> answers = (List<?>) batch.get("answers");
        named.add(answers.stream().filter(one -> ((Map<?, ?>) one).containsKey("customer")).count());
        for (Object one : answers) {
          double count = (Double) ((Map<?, ?>) one).get("count");
          all += count;
          without += ((Map<?, ?>) one).containsKey("customer") ? 0 : count;
        }
      }
      assertEquals("[500, 500, 500, 500] 6000.0 2000.0", named + " " + all + " " + without);
    }
  }

  @Test
  void memoryIsFixedAndWhatHasNoRoomIsCounted() {
    try (SluiceClient client = client()) {
      // While there is still room: it has none because it is no key.
      client.getBoolean("x".repeat(201), false, ACME);
      for (int at = 0; at < 5_000; at++) {
        client.track("export", Context.of("", Map.of("customer", "c" + at)), Outcome.ok(FLAG));
        client.getBoolean("made-up." + at, false, ACME);
      }
      world.pass(LONG);
      double[] sums = new double[4];
      for (Map<?, ?> batch : told()) {
        int outcomes = ((List<?>) batch.get("outcomes")).size();
        assertTrue(outcomes <= 500, outcomes + " outcomes at once");
        for (Object answer : (List<?>) batch.get("answers")) {
          assertFalse(((String) ((Map<?, ?>) answer).get("flag")).startsWith("x"), "a key of 201 letters was told");
        }
        sums[0] += outcomes;
        sums[1] += (Double) batch.get("droppedOutcomes");
        sums[2] += ((List<?>) batch.get("answers")).size();
        sums[3] += (Double) batch.get("droppedAnswers");
      }
      assertEquals("2000.0 3000.0 1000.0 4001.0", sums[0] + " " + sums[1] + " " + sums[2] + " " + sums[3]);
    }
  }

  @Test
  void twoFlagsOfOneRequestAgreeAlthoughAKillComesInBetweenAndThirtySecondsAreTheEndOfIt() {
    try (SluiceClient client = client()) {
      final RequestFlags early = client.forRequest();
      assertTrue(early.getBoolean(FLAG, false, ACME));
      String kill = "{\"epoch\":\"e1\",\"base\":3,\"to\":4,\"set\":{\"kills\":{\"k1\":{\"flags\":[\"site.photos\",\"site.diary\"]}}}}";
      stream.chunk(("event: patch\ndata: " + kill + "\n\n").getBytes(StandardCharsets.UTF_8));
      world.pass(Duration.ofMillis(1));
      assertFalse(client.getBoolean("site.diary", true, ACME));
      assertTrue(early.getBoolean("site.diary", false, ACME));
      assertEquals(3, early.getBooleanDetails("site.diary", false, ACME).version().seq());
      assertEquals(3, early.version().seq());
      assertFalse(client.forRequest().getBoolean("site.diary", true, ACME));
      world.pass(Duration.ofMillis(29_900));
      assertTrue(early.getBoolean("site.diary", false, ACME));
      world.pass(Duration.ofSeconds(1));
      assertFalse(early.getBoolean("site.diary", true, ACME));
    }
  }
}
