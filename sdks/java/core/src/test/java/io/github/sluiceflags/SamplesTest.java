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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client shows of contexts, in virtual time; the key and the hash are those of conformance/sampling. */
class SamplesTest {
  private static final String KEY = "ssk_0123456789abcdefghijklmnopqrstuvwxyzABCDEF";
  private static final Object GERMANY = "swt5XNbxzhcagfCL-dGZP5b";
  private static final String BOTH = "\"plan\":\"plain\",\"country\":\"hashed\"";
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final Fixture.Lines log = new Fixture.Lines();
  private final VirtualWorld world = new VirtualWorld(this::answer);
  private String id = "terms-1";
  private String terms = termsOf("terms-1", BOTH);
  private int status = 204;
  private final List<World.Request> asked = new ArrayList<>();

  private static String termsOf(String id, String attributes) {
    return "{\"id\":\"" + id + "\",\"attributes\":{" + attributes + "},\"customer\":\"customer\",\"key\":\"" + KEY + "\",\"everyMs\":60000}";
  }

  private World.Cancel answer(World.Request request, World.Listener listener) {
    if (request.url().endsWith("/stream")) {
      listener.head(200, Map.of("content-type", "text/event-stream"));
      boolean[] isOver = {false};
      beat("hello", listener, isOver);
      return () -> isOver[0] = true;
    }
    String path = request.url().substring(request.url().lastIndexOf('/'));
    String body = path.equals("/snapshot") ? Fixture.ENVIRONMENT : path.equals("/sampling") ? terms : "";
    listener.head(path.equals("/samples") ? status : body.isEmpty() ? 204 : 200, Map.of("content-type", "application/json"));
    listener.chunk(body.getBytes(StandardCharsets.UTF_8));
    listener.ended(null);
    return () -> {};
  }

  private void beat(String event, World.Listener listener, boolean[] isOver) {
    if (!isOver[0]) {
      String head = "{\"environment\":\"production\",\"epoch\":\"e1\",\"seq\":3,\"sampling\":\"" + id + "\"}";
      listener.chunk(("event: " + event + "\ndata: " + head + "\n\n").getBytes(StandardCharsets.UTF_8));
      world.after(5_000, () -> beat("heartbeat", listener, isOver));
    }
  }

  private SluiceClient client(SluiceOptions.Builder options) {
    SluiceClient client = SluiceClient.of(options.url("http://flags").key("k").log(log).build(), world);
    world.pass(Duration.ofMillis(100));
    return client;
  }

  private SluiceClient client() {
    return client(SluiceOptions.builder());
  }

  private void termsBecome(String other, String attributes) {
    id = other;
    terms = termsOf(other, attributes);
    world.pass(Duration.ofSeconds(10));
  }

  private static void ask(SluiceClient client, Map<String, ?> context) {
    client.getBoolean("site.diary", false, Context.of(null, context));
  }

  /** Bodies of all reports. */
  private List<String> reports() {
    asked.addAll(world.takeAsked());
    return asked.stream().filter(request -> request.url().endsWith("/samples")).map(request -> new String(request.body(), StandardCharsets.UTF_8)).toList();
  }

  private List<Object> contexts() {
    List<Object> contexts = new ArrayList<>();
    for (String report : reports()) {
      assertFalse(report.contains("canary") || report.contains("\"DE\""), report);
      try {
        contexts.addAll((List<?>) ((Map<?, ?>) JsonReader.parse(report)).get("contexts"));
      } catch (NotJson wrong) {
        throw new AssertionError(wrong);
      }
    }
    return contexts;
  }

  private static Object plain(String path, Object value) {
    return Map.of("plain", Map.of(path, value), "hashed", Map.of());
  }

  @Test
  void leaveAsTheyAreDeclaredEachDifferentOneOnceAndNothingElseDoes() {
    try (SluiceClient client = client()) {
      ask(client, Map.of("targetingKey", "u-canary", "customer", "canary-acme", "plan", "pro", "country", "DE", "email", "canary@example.com"));
      ask(client, Map.of("targetingKey", "u-other", "customer", "canary-bolt", "plan", "pro", "country", "DE"));
      client.getStringDetails("greeting", "", Context.of(null, Map.of("plan", "free")));
      client.forRequest().getBoolean("site.diary", false, Context.of(null, Map.of("plan", "team")));
      ask(client, Map.of("email", "canary@example.com"));
      world.pass(MINUTE);
      Object both = Map.of("plain", Map.of("plan", "pro"), "hashed", Map.of("country", GERMANY));
      assertEquals(List.of(both, plain("plan", "free"), plain("plan", "team")), contexts());
      assertEquals(new SampleCounts(List.of("country", "plan"), 3, 0), client.samples());
    }
  }

  @Test
  void neverShowACustomersOrUsersKeyPlainWhateverAServerAsksFor() {
    try (SluiceClient client = client()) {
      termsBecome("terms-2", "\"customer\":\"plain\",\"targetingKey\":\"plain\",\"tenant\":\"plain\",\"plan\":\"plain\"");
      ask(client, Map.of("targetingKey", "u-canary", "customer", "canary-acme", "tenant", "canary-acme", "plan", "pro"));
      world.pass(MINUTE);
      assertEquals(List.of(plain("plan", "pro")), contexts());
    }
  }

  @Test
  void areNoMoreThanTheApplicationAllows() {
    try (SluiceClient client = client(SluiceOptions.builder().sampledAttributes(List.of("country")))) {
      ask(client, Map.of("plan", "pro", "country", "DE"));
      world.pass(MINUTE);
      assertEquals(List.of(Map.of("plain", Map.of(), "hashed", Map.of("country", GERMANY))), contexts());
    }
  }

  @Test
  void areNoneWhereTheApplicationAllowsNoneOrChecksSignaturesAndNamesNoAttribute() {
    try (SluiceClient client = client(SluiceOptions.builder().sampledAttributes(List.of()))) {
      ask(client, Map.of("plan", "pro"));
      world.pass(MINUTE);
      asked.addAll(world.takeAsked());
      assertTrue(asked.stream().noneMatch(request -> request.url().contains("sampl")));
    }
    assertEquals(List.of(), SluiceOptions.builder().signatureKeys(List.of("slv_any")).build().sampledInForce());
    List<String> plan = List.of("plan");
    assertEquals(plan, SluiceOptions.builder().signatureKeys(List.of("slv_any")).sampledAttributes(plan).build().sampledInForce());
  }

  @Test
  void comeOnceAMinuteAtMostAndThoseThatWereSentDoNotComeAgain() {
    try (SluiceClient client = client()) {
      for (int second = 0; second < 600; second += 5) {
        ask(client, Map.of("plan", "p" + second));
        ask(client, Map.of("plan", "always"));
        world.pass(Duration.ofSeconds(5));
      }
      assertTrue(reports().size() >= 8 && reports().size() <= 10, () -> reports().size() + " reports");
      assertEquals(1, contexts().stream().filter(plain("plan", "always")::equals).count());
    }
  }

  @Test
  void stayWithinTheirBoundsInAFlood() {
    try (SluiceClient client = client()) {
      IntStream.range(0, 100_000).forEach(at -> ask(client, Map.of("plan", "p" + at)));
      world.pass(MINUTE);
      assertEquals(List.of(1, 100), List.of(reports().size(), contexts().size()));
      assertTrue(client.samples().dropped() > 100);
      assertTrue(asked.stream().allMatch(request -> request.body() == null || request.body().length < 64 << 10));
    }
  }

  @Test
  void followOtherTermsAndStopWhereThereAreNone() {
    try (SluiceClient client = client()) {
      ask(client, Map.of("plan", "before"));
      termsBecome("terms-2", "\"seats\":\"plain\"");
      ask(client, Map.of("plan", "pro", "seats", 5));
      world.pass(MINUTE);
      assertEquals(List.of(plain("seats", 5.0)), contexts());
      termsBecome("", "");
      ask(client, Map.of("seats", 6));
      world.pass(Duration.ofMinutes(5));
      assertEquals(1, reports().size());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{\"id\":\"terms-2\",\"attributes\":\"all\"}"})
  void needTermsThatCanBeReadAndAskForThemTwiceAMinuteAtMost(String unreadable) {
    try (SluiceClient client = client()) {
      id = "terms-2";
      terms = unreadable;
      world.pass(Duration.ofMinutes(5));
      ask(client, Map.of("plan", "pro"));
      world.pass(Duration.ofMinutes(2));
      assertEquals(List.of(), reports());
      long times = asked.stream().filter(request -> request.url().endsWith("/sampling")).count();
      // Once for the terms before.
      assertTrue(times >= 2 && times <= 1 + 14, () -> times + " times");
    }
  }

  @Test
  void thatAreNotTakenAreLostAndNothingElseIs() {
    try (SluiceClient client = client()) {
      String before = log.all();
      status = 500;
      ask(client, Map.of("plan", "pro"));
      world.pass(Duration.ofMinutes(3));
      assertEquals(1, reports().size());
      assertEquals(new SampleCounts(List.of("country", "plan"), 0, 1), client.samples());
      assertEquals(before, log.all());
      assertTrue(client.getBoolean("site.diary", false, Context.EMPTY));
    }
  }

  @Test
  void thatAreTooLargeAreLeftOut() {
    try (SluiceClient client = client()) {
      String names = String.join(",", IntStream.range(0, 12).mapToObj(at -> "\"a" + at + "\":\"plain\"").toList());
      termsBecome("terms-2", names);
      Map<String, Object> large = new HashMap<>();
      IntStream.range(0, 12).forEach(at -> large.put("a" + at, "x".repeat(200)));
      ask(client, large);
      ask(client, Map.of("a1", "seen"));
      world.pass(MINUTE);
      assertEquals(List.of(plain("a1", "seen")), contexts());
      assertEquals(1, client.samples().dropped());
    }
  }

  @Test
  void thatAreLeftGoOutWhenTheClientIsClosed() {
    SluiceClient client = client();
    ask(client, Map.of("plan", "pro"));
    client.close();
    world.pass(Duration.ofSeconds(1));
    ask(client, Map.of("plan", "late"));
    assertEquals(List.of(plain("plan", "pro")), contexts());
  }
}
