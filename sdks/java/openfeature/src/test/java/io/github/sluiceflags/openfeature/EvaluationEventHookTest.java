package io.github.sluiceflags.openfeature;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.OpenFeatureAPI;
import dev.openfeature.sdk.Value;
import io.github.sluiceflags.SluiceClient;
import io.github.sluiceflags.SluiceOptions;
import io.github.sluiceflags.testing.FixtureServer;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.logs.export.SimpleLogRecordProcessor;
import io.opentelemetry.sdk.testing.exporter.InMemoryLogRecordExporter;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the real OpenFeature SDK is asked, as events in the memory of the real OpenTelemetry SDK. */
class EvaluationEventHookTest {
  private static final String ENVIRONMENT =
      """
      {"format":1,"environment":"production","epoch":"e1","seq":3,"salt":"s","flags":{"site.diary":{"default":"on"},
      "layout":{"type":"object","variants":{"wide":{"rows":[1,2]},"off":{}},"default":"wide"}}}""";

  private static final ImmutableContext ADA = new ImmutableContext("ada");

  private final FixtureServer server = new FixtureServer(ENVIRONMENT);
  private final InMemoryLogRecordExporter exporter = InMemoryLogRecordExporter.create();
  private final SdkLoggerProvider logs = SdkLoggerProvider.builder().addLogRecordProcessor(SimpleLogRecordProcessor.create(exporter)).build();

  @AfterEach
  void end() {
    OpenFeatureAPI.getInstance().clearHooks();
    OpenFeatureAPI.getInstance().shutdown();
    server.close();
    logs.close();
  }

  private Client client(EvaluationEventHook hook) {
    SluiceOptions options = SluiceOptions.builder().url(server.url()).key("k").readyWait(Duration.ofSeconds(20)).build();
    OpenFeatureAPI.getInstance().setProviderAndWait(new SluiceProvider(SluiceClient.create(options)));
    Client client = OpenFeatureAPI.getInstance().getClient();
    client.addHooks(hook);
    return client;
  }

  private List<Map<String, Object>> told() {
    return exporter.getFinishedLogRecordItems().stream().map(EvaluationEventHookTest::attributesOf).toList();
  }

  private static Map<String, Object> attributesOf(LogRecordData event) {
    assertEquals("feature_flag.evaluation", event.getEventName());
    Map<String, Object> told = new HashMap<>();
    event.getAttributes().forEach((key, value) -> told.put(key.getKey(), value));
    return told;
  }

  private static Map<String, Object> withShared(Map<String, Object> attributes) {
    Map<String, Object> all = new HashMap<>(attributes);
    all.put("feature_flag.provider.name", "sluice");
    all.put("feature_flag.context.id", "ada");
    all.put("feature_flag.set.id", "production");
    all.put("feature_flag.version", "e1:3");
    return all;
  }

  @Test
  void eachEvaluationIsAnEventByTheConventions() {
    Logger logger = logs.get("app");
    Client client = client(new EvaluationEventHook(logger));
    client.getBooleanValue("site.diary", false, ADA);
    client.getObjectValue("layout", new Value(), ADA);
    client.getStringValue("nowhere", "none", ADA);
    List<Map<String, Object>> wanted =
        List.of(
            Map.of(
                "feature_flag.key", "site.diary",
                "feature_flag.result.variant", "on",
                "feature_flag.result.value", true,
                "feature_flag.result.reason", "static"),
            Map.of(
                "feature_flag.key", "layout",
                "feature_flag.result.variant", "wide",
                "feature_flag.result.value", "{\"rows\":[1,2]}",
                "feature_flag.result.reason", "static"),
            Map.of(
                "feature_flag.key", "nowhere",
                "feature_flag.result.value", "none",
                "feature_flag.result.reason", "error",
                "error.type", "flag_not_found",
                "feature_flag.error.message", "There is no flag \"nowhere\" in this environment."));
    assertEquals(wanted.stream().map(EvaluationEventHookTest::withShared).toList(), told());
  }

  @Test
  void whatIsLeftOutStaysHere() {
    client(new EvaluationEventHook(logs.get("app"), Set.of("feature_flag.context.id", "feature_flag.result.value"))).getBooleanValue("site.diary", false, ADA);
    assertEquals(
        Set.of(
            "feature_flag.key", "feature_flag.provider.name", "feature_flag.result.variant", "feature_flag.result.reason", "feature_flag.set.id", "feature_flag.version"),
        told().get(0).keySet());
  }
}
