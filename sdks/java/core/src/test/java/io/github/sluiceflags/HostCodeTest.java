package io.github.sluiceflags;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sluiceflags.internal.ports.World;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.ResourceBundle;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The application's own listeners and logger, on the SDK's thread: what they do there ends neither it nor what it is doing. */
class HostCodeTest {
  private static final String KILL =
      "event: patch\ndata: {\"epoch\":\"e1\",\"base\":3,\"to\":4,\"set\":{\"kills\":{\"k1\":{\"flags\":[\"site.diary\"]}}}}\n\n";
  private static final String HELLO = "event: hello\ndata: {\"environment\":\"production\",\"epoch\":\"e1\",\"seq\":3}\n\n";
  private static final long ANSWER_MS = 400;
  private static final Duration SOON = Duration.ofSeconds(5);

  /** A server that sends a kill as soon as a stream is open. */
  private static World.Cancel serve(World.Request request, World.Listener listener) {
    boolean isStream = request.url().endsWith("/stream");
    listener.head(200, Map.of("content-type", isStream ? "text/event-stream" : "application/json"));
    listener.chunk((isStream ? HELLO + KILL : Fixture.ENVIRONMENT).getBytes(StandardCharsets.UTF_8));
    if (!isStream) {
      listener.ended(null);
    }
    return () -> {};
  }

  /** Throws what a class that cannot be found, and no exception, makes. */
  private static final class Failing implements System.Logger {
    @Override
    public String getName() {
      return "failing";
    }

    @Override
    public boolean isLoggable(Level level) {
      return true;
    }

    @Override
    public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
      throw new NoClassDefFoundError("the logger's own");
    }

    @Override
    public void log(Level level, ResourceBundle bundle, String format, Object... parts) {
      throw new NoClassDefFoundError("the logger's own");
    }
  }

  @Test
  void mayThrowErrorsInListenersAndStillGetsItsKills() {
    VirtualWorld world = new VirtualWorld(HostCodeTest::serve);
    Fixture.Lines log = new Fixture.Lines();
    Consumer<Change> failing =
        change -> {
          throw new NoClassDefFoundError("the listener's own");
        };
    try (SluiceClient client = SluiceClient.of(SluiceOptions.builder().url("http://flags").key("k").log(log).onChange(failing).build(), world)) {
      world.pass(SOON);
      assertFalse(client.getBoolean("site.diary", true, null));
      assertTrue(log.all().contains("the listener's own"), log.all());
    }
  }

  @Test
  void mayThrowErrorsInItsLoggerAndStillGetsItsKills() {
    VirtualWorld world =
        new VirtualWorld(
            (request, listener) -> {
              listener.ended("connection refused");
              return () -> {};
            });
    try (SluiceClient client = SluiceClient.of(SluiceOptions.builder().url("http://flags").key("k").log(new Failing()).build(), world)) {
      world.pass(SOON);
      assertTrue(client.getBoolean("site.dairy", true, null));
      world.play(HostCodeTest::serve);
      world.pass(Duration.ofMinutes(2));
      assertFalse(client.getBoolean("site.diary", true, null));
      assertTrue(client.getBoolean("site.dairy", true, null));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"once", "twice", "in a listener that hears of it", "in a listener that hears of a change"})
  void mayCloseWhereverItIsAndTheLastCountsAreNotCutOff(String where) {
    VirtualWorld world = new VirtualWorld(HostCodeTest::serve);
    world.play(
        (request, listener) -> {
          if (!request.url().endsWith("/telemetry")) {
            return serve(request, listener);
          }
          return world.after(ANSWER_MS, () -> serve(request, listener));
        });
    SluiceClient client = SluiceClient.of(SluiceOptions.builder().url("http://flags").key("k").log(new Fixture.Lines()).build(), world);
    client.onState(
        state -> {
          if (state == State.OFFLINE && where.contains("hears of it")) {
            client.close();
          }
        });
    client.onChange(
        change -> {
          if (change.isKill() && where.contains("of a change")) {
            client.getBoolean("site.photos", false, null);
            client.close();
          }
        });
    world.pass(Duration.ofMillis(100));
    if (!where.contains("of a change")) {
      client.getBoolean("site.photos", false, null);
      client.close();
    }
    if (where.equals("twice")) {
      client.close();
    }
    world.pass(Duration.ofMillis(ANSWER_MS / 2));
    assertFalse(world.isClosed(), "the last counts were cut off");
    world.pass(SOON);
    assertTrue(world.isClosed());
    assertEquals(1, world.takeAsked().stream().filter(request -> request.url().endsWith("/telemetry")).count());
    assertEquals(State.OFFLINE, client.state());
    assertTrue(client.getBoolean("site.photos", false, null));
  }
}
