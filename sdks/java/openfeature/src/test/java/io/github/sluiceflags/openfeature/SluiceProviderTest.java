package io.github.sluiceflags.openfeature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.EventDetails;
import dev.openfeature.sdk.FlagEvaluationDetails;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.MutableContext;
import dev.openfeature.sdk.MutableStructure;
import dev.openfeature.sdk.MutableTrackingEventDetails;
import dev.openfeature.sdk.OpenFeatureAPI;
import dev.openfeature.sdk.ProviderState;
import dev.openfeature.sdk.Value;
import dev.openfeature.sdk.exceptions.OpenFeatureError;
import io.github.sluiceflags.SluiceClient;
import io.github.sluiceflags.SluiceOptions;
import io.github.sluiceflags.testing.FixtureServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** The provider behind the real OpenFeature SDK, over a socket. */
class SluiceProviderTest {
  private static final String ENVIRONMENT =
      """
      {"format":1,"environment":"production","epoch":"e1","seq":3,"salt":"s","flags":{"site.diary":{"default":"on"},
      "limit":{"type":"number","variants":{"low":5,"half":2.5,"off":0},"off":"off","default":"low","rules":[{"if":["equals","half",true],"serve":"half"}]},
      "layout":{"type":"object","variants":{"wide":{"rows":[1,2]},"off":{}},"default":"wide"},"broken":{"default":"none"},
      "staff":{"rules":[{"id":"staff","if":["all",["equals","team.name","us"],["equals","targetingKey","ada"]],"serve":"on"}]}}}""";

  private final FixtureServer server = new FixtureServer(ENVIRONMENT);
  private final List<String> tracked = new ArrayList<>();
  private final BlockingQueue<EventDetails> heard = new LinkedBlockingQueue<>();

  private SluiceProvider provider(Duration readyWait) {
    SluiceOptions options = SluiceOptions.builder().url(server.url()).key("k").readyWait(readyWait).build();
    return new SluiceProvider(SluiceClient.create(options), (name, context, details) -> tracked.add(name));
  }

  @AfterEach
  void close() {
    OpenFeatureAPI.getInstance().shutdown();
    server.close();
  }

  private EventDetails await(String what) throws InterruptedException {
    EventDetails event = heard.poll(20, TimeUnit.SECONDS);
    assertNotNull(event, "waited for " + what + " in vain");
    return event;
  }

  @Test
  void answersWithReasonsErrorsAndMetadata() throws InterruptedException {
    OpenFeatureAPI.getInstance().setProviderAndWait(provider(Duration.ofSeconds(20)));
    Client client = OpenFeatureAPI.getInstance().getClient();
    MutableContext user = new MutableContext("ada").add("half", true);
    user.add("team", new MutableStructure().add("name", "us"));
    FlagEvaluationDetails<Boolean> staff = client.getBooleanDetails("staff", false, user);
    assertTrue(staff.getValue());
    assertEquals("on", staff.getVariant());
    assertEquals("TARGETING_MATCH", staff.getReason());
    assertEquals("staff", staff.getFlagMetadata().getString("by"));
    assertEquals("e1:3", staff.getFlagMetadata().getString("version"));
    assertEquals(5, client.getIntegerValue("limit", 1));
    assertEquals(2.5, client.getDoubleValue("limit", 1.0, user));
    assertEquals(ErrorCode.TYPE_MISMATCH, client.getIntegerDetails("limit", 1, user).getErrorCode());
    assertEquals(2, client.getObjectValue("layout", new Value()).asStructure().getValue("rows").asList().get(1).asInteger());
    assertEquals(ErrorCode.FLAG_NOT_FOUND, client.getBooleanDetails("nowhere", true).getErrorCode());
    assertTrue(client.getBooleanValue("nowhere", true));
    assertEquals(ErrorCode.TYPE_MISMATCH, client.getStringDetails("site.diary", "x").getErrorCode());
    assertEquals(ErrorCode.PARSE_ERROR, client.getBooleanDetails("broken", true).getErrorCode());
    client.track("bought");
    assertEquals(List.of("bought"), tracked);
    EvaluationContext acme = new ImmutableContext("ada", Map.of("customer", new Value("acme")));
    client.track("export", acme, new MutableTrackingEventDetails().add("flag", "site.diary").add("failed", true));
    // What confirms is connected.
    assertNotNull(server.confirms().poll(20, TimeUnit.SECONDS));
    OpenFeatureAPI.getInstance().shutdown();
    String told = server.telemetry().poll(20, TimeUnit.SECONDS);
    // The hash of the customer is that of conformance/hashing with the environment's salt.
    assertTrue(told.contains("\"outcomes\":[{\"flag\":\"site.diary\",\"variant\":\"on\",\"outcome\":\"export\",\"customer\":\"fe71f3c92c49ebfd\",\"ok\":0,\"failed\":1}]"), told);
  }

  @Test
  void saysReadyConfigurationChangedAndStale() throws InterruptedException {
    OpenFeatureAPI.getInstance().setProviderAndWait(provider(Duration.ofSeconds(20)));
    Client client = OpenFeatureAPI.getInstance().getClient();
    assertEquals(ProviderState.READY, client.getProviderState());
    assertNotNull(server.opened().poll(20, TimeUnit.SECONDS));
    client.onProviderConfigurationChanged(heard::add);
    server.send("patch", "{\"epoch\":\"e1\",\"base\":3,\"to\":4,\"set\":{\"kills\":{\"k1\":{\"flags\":[\"site.diary\"]}}}}");
    EventDetails change = await("the kill");
    assertEquals(List.of("site.diary"), change.getFlagsChanged());
    assertEquals(Boolean.TRUE, change.getEventMetadata().getBoolean("kill"));
    assertEquals("DISABLED", client.getBooleanDetails("site.diary", true).getReason());
    client.onProviderStale(heard::add);
    server.close();
    await("being cut off");
    assertEquals("DISABLED", client.getBooleanDetails("site.diary", true).getReason());
  }

  @Test
  void saysErrorWhereNoFlagsCameAndReadyOnceTheyArrive() throws InterruptedException {
    server.refuse(
        exchange -> {
          exchange.sendResponseHeaders(503, -1);
          return true;
        });
    OpenFeatureAPI api = OpenFeatureAPI.getInstance();
    Assertions.assertThrows(OpenFeatureError.class, () -> api.setProviderAndWait(provider(Duration.ofMillis(50))));
    Client client = api.getClient();
    assertEquals(ProviderState.ERROR, client.getProviderState());
    assertTrue(client.getBooleanValue("site.diary", true));
    client.onProviderReady(heard::add);
    server.refuse(exchange -> false);
    await("ready");
    assertEquals("STATIC", client.getBooleanDetails("site.diary", false).getReason());
  }
}
