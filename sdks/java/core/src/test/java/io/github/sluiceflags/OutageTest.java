package io.github.sluiceflags;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sluiceflags.internal.ports.World;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hours of trouble in virtual time: the last good flags stay, the client keeps trying, and slowly. */
class OutageTest {
  /** Requests that may come in the first minute of an outage, when short waits find a restarted server. */
  private static final int BURST_MAX = 40;

  private static final World.Cancel NOTHING = () -> {};

  private final Fixture.Lines log = new Fixture.Lines();

  static VirtualWorld.Peer replying(int status, String content, String body) {
    return (request, listener) -> {
      listener.head(status, Map.of("content-type", content));
      listener.chunk(body.getBytes(StandardCharsets.UTF_8));
      listener.ended(null);
      return NOTHING;
    };
  }

  private static final VirtualWorld.Peer REFUSING =
      (request, listener) -> {
        listener.ended("connection refused");
        return NOTHING;
      };

  /** Never answers. */
  private static final VirtualWorld.Peer HANGING = (request, listener) -> NOTHING;

  private static VirtualWorld.Peer byPath(VirtualWorld.Peer snapshot, VirtualWorld.Peer stream) {
    return (request, listener) -> {
      if (request.url().endsWith("/snapshot")) {
        return snapshot.answer(request, listener);
      }
      return request.url().endsWith("/stream") ? stream.answer(request, listener) : replying(204, "", "").answer(request, listener);
    };
  }

  private static final VirtualWorld.Peer GOOD = replying(200, "application/json", Fixture.ENVIRONMENT);

  private SluiceClient client(VirtualWorld world) {
    return SluiceClient.of(SluiceOptions.builder().url("http://flags").key("k").log(log).build(), world);
  }

  /** A client that holds good flags, against a server that turned bad; gives how many requests it made. */
  private int outage(Duration lasts, VirtualWorld.Peer bad) {
    VirtualWorld world = new VirtualWorld(byPath(GOOD, REFUSING));
    try (SluiceClient client = client(world)) {
      world.pass(Duration.ofMillis(10));
      assertNotNull(client.version());
      world.play(bad);
      world.takeAsked();
      world.pass(lasts);
      assertTrue(client.getBoolean("site.diary", false, null), "the last good flags are gone");
      final int asked = world.takeAsked().size();
      world.pass(Duration.ofMinutes(5));
      assertTrue(!world.takeAsked().isEmpty(), "it has stopped trying");
      world.play(byPath(GOOD, stream("event: hello\ndata: {\"environment\":\"production\",\"epoch\":\"e1\",\"seq\":3}\n\n")));
      // While polling, the stream is tried at each fifth poll only.
      world.pass(Duration.ofMinutes(5));
      assertTrue(world.takeAsked().stream().anyMatch(request -> request.url().endsWith("/confirm")), "it did not come back");
      return asked;
    }
  }

  /** A stream that says this and then nothing. */
  private static VirtualWorld.Peer stream(String text) {
    return (request, listener) -> {
      listener.head(200, Map.of("content-type", "text/event-stream"));
      if (!text.isEmpty()) {
        listener.chunk(text.getBytes(StandardCharsets.UTF_8));
      }
      return NOTHING;
    };
  }

  @Test
  void everyStatusKeepsTheLastGoodFlagsAndIsTriedSlowlyForEver() {
    Duration lasts = Duration.ofHours(1);
    for (int status = 100; status < 600; status++) {
      int asked = outage(lasts, replying(status, "text/plain", "no"));
      assertTrue(asked >= 20 && asked <= lasts.toSeconds() / 30 + BURST_MAX, "status " + status + ": " + asked + " requests in an hour");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"refused key", "failing server", "no name", "hang", "garbage", "polling", "hello alone"})
  void aDayOfTroubleIsAtMostOneRequestInHalfAMinute(String what) {
    Map<String, VirtualWorld.Peer> bad = new HashMap<>();
    bad.put("refused key", replying(401, "application/json", "{}"));
    bad.put("failing server", replying(500, "text/plain", ""));
    bad.put("no name", REFUSING);
    bad.put("hang", HANGING);
    bad.put("garbage", replying(200, "application/json", "\u0000{"));
    String hello = "event: hello\ndata: {\"environment\":\"production\",\"epoch\":\"e1\",\"seq\":4}\n\n";
    bad.put("hello alone", byPath(HANGING, stream(hello)));
    bad.put("polling", byPath(replying(304, "", ""), HANGING));
    int asked = outage(Duration.ofDays(1), bad.get(what));
    assertTrue(asked <= Duration.ofDays(1).toSeconds() / 30, asked + " requests in a day");
  }

  @Test
  void requestsThatTheNetworkSendsASecondTimeAreCounted() {
    VirtualWorld.Peer twice =
        (request, listener) -> {
          listener.askedAgain();
          listener.ended("connection reset");
          return NOTHING;
        };
    int asked = outage(Duration.ofDays(1), twice);
    assertTrue(2 * asked <= Duration.ofDays(1).toSeconds() / 30, asked + " times two requests in a day");
  }

  @Test
  void aStreamWithoutHeartbeatsIsDeadAfterTwelveSeconds() {
    String hello = "event: hello\ndata: {\"environment\":\"production\",\"epoch\":\"e1\",\"seq\":3}\n\n";
    AtomicInteger streams = new AtomicInteger();
    VirtualWorld.Peer opening =
        (request, listener) -> {
          streams.incrementAndGet();
          return stream(hello).answer(request, listener);
        };
    VirtualWorld world = new VirtualWorld(byPath(GOOD, opening));
    try (SluiceClient client = client(world)) {
      world.pass(Duration.ofSeconds(11));
      assertEquals(State.READY, client.state());
      assertEquals(1, streams.get());
      world.pass(Duration.ofMillis(1_300));
      assertEquals(State.STALE, client.state());
      assertEquals(Trouble.Kind.SILENT, client.trouble().kind());
      world.pass(Duration.ofSeconds(5));
      assertEquals(State.READY, client.state());
      assertTrue(streams.get() >= 2, "it did not come back");
    }
  }

  @Test
  void streamsThatEndEarlyAndBringDecisionsAreNoOutageAndThoseThatBringNoneAre() {
    AtomicInteger seq = new AtomicInteger(3);
    AtomicInteger streams = new AtomicInteger();
    AtomicInteger news = new AtomicInteger(1);
    VirtualWorld.Peer ending =
        (request, listener) -> {
          streams.incrementAndGet();
          int base = seq.get();
          int to = seq.addAndGet(news.get());
          stream("event: hello\ndata: {\"environment\":\"production\",\"epoch\":\"e1\",\"seq\":" + base + "}\n\n").answer(request, listener);
          if (to > base) {
            String patch = "event: patch\ndata: {\"epoch\":\"e1\",\"base\":" + base + ",\"to\":" + to + "}\n\n";
            listener.chunk(patch.getBytes(StandardCharsets.UTF_8));
          }
          listener.ended("connection reset");
          return NOTHING;
        };
    VirtualWorld world = new VirtualWorld(byPath(GOOD, ending));
    try (SluiceClient client = client(world)) {
      world.pass(Duration.ofMinutes(10));
      // Waits are 4 s at most.
      assertTrue(streams.get() > 150, streams.get() + " streams in ten minutes");
      assertEquals(seq.get(), client.version().seq());
      news.set(0);
      streams.set(0);
      world.pass(Duration.ofMinutes(10));
      // Some 24 of them in its first minute.
      assertTrue(streams.get() < 60, streams.get() + " streams in ten minutes without a decision");
    }
  }

  @Test
  void aStreamThatDripsBytesAndNeverSaysHelloIsLeft() {
    AtomicInteger streams = new AtomicInteger();
    AtomicReference<World.Listener> dripped = new AtomicReference<>();
    VirtualWorld.Peer opening =
        (request, listener) -> {
          streams.incrementAndGet();
          dripped.set(listener);
          return stream("").answer(request, listener);
        };
    VirtualWorld world = new VirtualWorld(byPath(GOOD, opening));
    try (SluiceClient client = client(world)) {
      world.pass(Duration.ofMillis(100));
      for (int second = 0; second < 20; second++) {
        dripped.get().chunk(":\n".getBytes(StandardCharsets.UTF_8));
        world.pass(Duration.ofSeconds(1));
      }
      assertTrue(streams.get() > 1, "the first stream is held");
      assertNotNull(client.version());
    }
  }

  @Test
  void aProxyThatHoldsBackStreamsIsPolledThrough() {
    AtomicInteger seq = new AtomicInteger(3);
    VirtualWorld.Peer snapshots =
        (request, listener) ->
            replying(200, "application/json", Fixture.ENVIRONMENT.replace("\"seq\":3", "\"seq\":" + seq.get())).answer(request, listener);
    VirtualWorld world = new VirtualWorld(byPath(snapshots, stream("")));
    try (SluiceClient client = client(world)) {
      world.pass(Duration.ofMinutes(5));
      assertEquals(State.READY, client.state());
      seq.set(4);
      world.pass(Duration.ofMinutes(1));
      assertEquals(4, client.version().seq());
    }
  }

  @Test
  void troubleIsSaidOnceForEachKind() {
    VirtualWorld world = new VirtualWorld(replying(401, "application/json", "{}"));
    try (SluiceClient client = client(world)) {
      world.pass(Duration.ofHours(1));
      assertEquals(Trouble.Kind.BAD_KEY, client.trouble().kind());
      world.play(replying(200, "text/html", "<p>"));
      world.pass(Duration.ofHours(1));
      assertEquals(Trouble.Kind.WRONG_PATH, client.trouble().kind());
      world.play(REFUSING);
      world.pass(Duration.ofHours(1));
      assertEquals(Trouble.Kind.UNREACHABLE, client.trouble().kind());
      world.play(replying(403, "application/json", "{}"));
      world.pass(Duration.ofHours(1));
      assertEquals(Trouble.Kind.WRONG_ENVIRONMENT, client.trouble().kind());
      for (String event : new String[] {"sluice.badKey", "sluice.wrongPath", "sluice.unreachable", "sluice.wrongEnvironment"}) {
        assertEquals(1, log.count(event), log.all());
      }
      world.play(byPath(GOOD, stream("event: hello\ndata: {\"environment\":\"production\",\"epoch\":\"e1\",\"seq\":3}\n\n")));
      for (int second = 0; second < 120 && client.trouble() != null; second++) {
        world.pass(Duration.ofSeconds(1));
      }
      assertNull(client.trouble());
      assertEquals(State.READY, client.state());
    }
  }

  @Test
  void nothingIsLeftAfterClose() {
    VirtualWorld world = new VirtualWorld(byPath(GOOD, HANGING));
    SluiceClient client = client(world);
    world.pass(Duration.ofSeconds(1));
    client.close();
    world.takeAsked();
    world.pass(Duration.ofHours(1));
    assertTrue(world.isIdle());
    assertEquals(0, world.takeAsked().size());
    assertEquals(State.OFFLINE, client.state());
    assertTrue(client.getBoolean("site.diary", false, null));
  }
}
