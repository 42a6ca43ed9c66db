package io.github.sluiceflags;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sluiceflags.internal.ports.World;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A process that is frozen between invocations, in virtual time. */
class InvocationsTest {
  private static final String FLAG = "site.photos";
  private static final Duration EVERY = Duration.ofSeconds(30);
  private static final Context ACME = Context.of("ada", Map.of("customer", "acme"));

  private final Fixture.Lines log = new Fixture.Lines();
  private final VirtualWorld world = new VirtualWorld(this::answer);
  private final List<String> told = new ArrayList<>();
  private boolean isAway;
  private boolean hangs;

  private World.Cancel answer(World.Request request, World.Listener listener) {
    if (hangs) {
      return () -> {};
    }
    if (isAway) {
      listener.ended("connection refused");
      return () -> {};
    }
    if (request.url().endsWith("/telemetry")) {
      told.add(new String(request.body(), StandardCharsets.UTF_8));
    }
    boolean isSnapshot = request.url().endsWith("/snapshot");
    listener.head(isSnapshot ? 200 : 204, Map.of("content-type", "application/json"));
    listener.chunk((isSnapshot ? Fixture.ENVIRONMENT : "").getBytes(StandardCharsets.UTF_8));
    listener.ended(null);
    return () -> {};
  }

  private SluiceOptions.Builder options() {
    return SluiceOptions.builder().url("http://flags").key("k").refreshEvery(EVERY).log(log);
  }

  private SluiceClient client() {
    return SluiceClient.of(options().build(), world);
  }

  /** An invocation's part: what the SDK's own thread does, until the network has answered. */
  private boolean refresh(SluiceClient client) {
    client.refresh();
    world.pass(Duration.ZERO);
    return client.version() != null;
  }

  private void flush(SluiceClient client) {
    client.flush();
    world.pass(Duration.ZERO);
  }

  @Test
  void betweenInvocationsNothingIsAskedAndNothingPlanned() {
    SluiceClient client = client();
    world.pass(Duration.ofHours(1));
    assertEquals(List.of(), world.takeAsked());
    assertTrue(world.isIdle());
    assertFalse(client.getBoolean(FLAG, false, ACME));
    assertTrue(refresh(client));
    assertTrue(client.getBoolean(FLAG, false, ACME));
    assertEquals(State.READY, client.state());
    world.pass(EVERY.minusMillis(1));
    refresh(client);
    assertEquals(1, world.takeAsked().size());
    world.pass(Duration.ofMillis(1));
    client.refresh();
    refresh(client);
    assertEquals(1, world.takeAsked().size());
    assertTrue(world.isIdle());
    client.close();
  }

  @Test
  void aServerThatHangsKeepsAnInvocationForReadyWaitAndLeavesTheLastGoodFlags() {
    hangs = true;
    SluiceClient client = client();
    assertFalse(refresh(client));
    assertNull(client.trouble());
    world.pass(Duration.ofSeconds(1));
    assertEquals(Trouble.Kind.UNREACHABLE, client.trouble().kind());
    assertTrue(world.isIdle());
    hangs = false;
    assertTrue(refresh(client));
    assertNull(client.trouble());
    isAway = true;
    world.pass(EVERY);
    world.takeAsked();
    refresh(client);
    refresh(client);
    assertEquals(1, world.takeAsked().size());
    assertEquals(State.STALE, client.state());
    assertTrue(client.getBoolean(FLAG, false, ACME));
    client.close();
  }

  @Test
  void countsAreSentAtTheEndOfAnInvocationAndAgainWhereTheyDidNotComeThrough() {
    SluiceClient client = client();
    refresh(client);
    flush(client);
    assertEquals(List.of(), told);
    client.getBoolean(FLAG, false, ACME);
    client.track("export", ACME, Outcome.failed(FLAG));
    isAway = true;
    flush(client);
    isAway = false;
    flush(client);
    assertEquals(1, told.size());
    assertTrue(told.get(0).contains("\"batch\":1,") || told.get(0).contains("\"batch\":1}"), told.get(0));
    assertTrue(told.get(0).contains("\"outcome\":\"export\""), told.get(0));
    assertTrue(world.isIdle());
    client.getBoolean(FLAG, false, ACME);
    client.close();
    world.pass(Duration.ZERO);
    assertEquals(2, told.size());
  }

  @Test
  void whatCameIsOnTheDiskForTheNextProcess() {
    SluiceClient client = SluiceClient.of(options().cacheDir(Path.of("cache")).build(), world);
    refresh(client);
    assertTrue(world.isIdle());
    world.restart(this::answer);
    isAway = true;
    SluiceClient later = SluiceClient.of(options().cacheDir(Path.of("cache")).build(), world);
    assertTrue(refresh(later));
    assertEquals(State.STALE, later.state());
    later.close();
    client.close();
  }
}
