package io.github.sluiceflags.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sluiceflags.Cause;
import io.github.sluiceflags.Change;
import io.github.sluiceflags.Context;
import io.github.sluiceflags.Count;
import io.github.sluiceflags.Details;
import io.github.sluiceflags.Reason;
import io.github.sluiceflags.SluiceClient;
import io.github.sluiceflags.SluiceOptions;
import io.github.sluiceflags.State;
import io.github.sluiceflags.Trouble;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.ResourceBundle;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client over real sockets. */
class ClientTest {
  private static final String ENVIRONMENT =
      """
      {"format":1,"environment":"production","epoch":"e1","seq":3,"salt":"pepper","flags":{"site.diary":{"default":"on"},"site.photos":{"default":"on"},
      "greeting":{"type":"string","variants":{"plain":"Hello","warm":"Good morning"},"off":"plain","default":"warm"},
      "limit":{"type":"number","variants":{"low":5,"high":50},"off":"low","default":"high"},
      "layout":{"type":"object","variants":{"wide":{"rows":[1,2]},"off":{}},"default":"wide"},
      "staff":{"rules":[{"id":"staff","if":["endsWith","email","@example.com"],"serve":"on"}]}}}""";

  /** Bounds what a test waits for; nothing is expected to take it. */
  private static final long WAIT_S_MAX = 20;

  private final List<AutoCloseable> closing = new ArrayList<>();
  private final Lines log = new Lines();
  private final BlockingQueue<Change> changes = new LinkedBlockingQueue<>();

  private static final class Lines implements System.Logger {
    private final List<String> said = new ArrayList<>();
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    void await(String event) throws InterruptedException {
      for (String line = ClientTest.await(heard, event); !line.startsWith(event + ":"); ) {
        line = ClientTest.await(heard, event);
      }
    }

    synchronized long count(String event) {
      return said.stream().filter(line -> line.startsWith(event + ":")).count();
    }

    @Override
    public String getName() {
      return "test";
    }

    @Override
    public boolean isLoggable(Level level) {
      return true;
    }

    @Override
    public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
      log(level, bundle, message);
    }

    @Override
    public synchronized void log(Level level, ResourceBundle bundle, String format, Object... parts) {
      said.add(format);
      heard.add(format);
    }
  }

  private FixtureServer server(String snapshot) {
    FixtureServer server = new FixtureServer(snapshot);
    closing.add(0, server);
    return server;
  }

  private SluiceOptions.Builder options() {
    return SluiceOptions.builder().key("key-of-production").log(log).onChange(changes::add).readyWait(Duration.ofSeconds(WAIT_S_MAX));
  }

  private SluiceClient client(SluiceOptions.Builder options) {
    SluiceClient client = SluiceClient.create(options.build());
    closing.add(0, client);
    return client;
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable one : closing) {
      one.close();
    }
  }

  private static <T> T await(BlockingQueue<T> from, String what) throws InterruptedException {
    T got = from.poll(WAIT_S_MAX, TimeUnit.SECONDS);
    assertNotNull(got, "waited for " + what + " in vain");
    return got;
  }

  private static void reaches(SluiceClient client, State wanted) throws InterruptedException {
    BlockingQueue<State> heard = new LinkedBlockingQueue<>();
    Runnable stop = client.onState(heard::add);
    while (client.state() != wanted) {
      await(heard, wanted.name());
    }
    stop.run();
  }

  @Test
  void answersValuesOfEachTypeWithDetails() {
    SluiceClient client = client(options().url(server(ENVIRONMENT).url()));
    assertTrue(client.ready());
    Context user = Context.of("ada", Map.of("email", "ada@example.com"));
    assertTrue(client.getBoolean("site.diary", false, user));
    assertEquals("Good morning", client.getString("greeting", "x", user));
    assertEquals(50, client.getNumber("limit", 1, user));
    assertEquals(Map.of("rows", List.of(1.0, 2.0)), client.getObject("layout", null, user));
    Details<Boolean> staff = client.getBooleanDetails("staff", false, user);
    assertEquals("Details[value=true, variant=on, reason=TARGETING_MATCH, cause=rule, by=staff, version=e1:3, problems=[]]", staff.toString());
    for (Details<?> wrong :
        List.of(
            client.getBooleanDetails("greeting", true, user),
            client.getStringDetails("limit", "", user),
            client.getNumberDetails("site.diary", 7, user),
            client.getObjectDetails("greeting", 7, user))) {
      assertEquals(Cause.WRONG_TYPE, wrong.cause());
    }
    assertEquals(7, client.getNumber("site.diary", 7, user));
    assertEquals(Cause.UNKNOWN_FLAG, client.getBooleanDetails("nowhere", true, user).cause());
    assertTrue(client.getBoolean(null, true, null));
    assertEquals(1, log.count("sluice.flag.unknown"));
    // Once as text, then as boolean and as object, which count as answers too, and as the code's defaults.
    for (Count count :
        List.of(
            new Count("greeting", "warm", Reason.STATIC, null, 3),
            new Count("greeting", "", Reason.ERROR, Cause.WRONG_TYPE, 2),
            new Count("nowhere", "", Reason.ERROR, Cause.UNKNOWN_FLAG, 1))) {
      assertTrue(client.counts().contains(count), count + " is not among " + client.counts());
    }
  }

  @Test
  void aKillReachesOverASocketCutInsideALetter() throws InterruptedException {
    FixtureServer server = server(ENVIRONMENT);
    SluiceClient client = client(options().url(server.url()).service("web").version("1.2.3"));
    assertTrue(client.ready());
    Map<String, List<String>> headers = await(server.opened(), "a stream");
    assertEquals(List.of("e1:3"), headers.get("Last-event-id"));
    assertEquals(List.of("java/0.1.0"), headers.get("Sluice-sdk"));
    assertEquals(List.of("web"), headers.get("Sluice-service"));
    await(server.confirms(), "the first confirm");
    changes.clear();
    byte[] text =
        (": 🏗️\nevent: patch\ndata: {\"epoch\":\"e1\",\"base\":3,\"to\":4,\"set\":{\"kills\":{\"k1\":{\"flags\":[\"site.diary\"]}}}}\n\n")
            .getBytes(StandardCharsets.UTF_8);
    server.sendRaw(Arrays.copyOf(text, 4));
    server.sendRaw(Arrays.copyOfRange(text, 4, text.length));
    Change change = await(changes, "the kill");
    assertTrue(change.isKill());
    assertEquals(4, change.version().seq());
    assertEquals(Set.of("site.diary"), change.flags());
    Details<Boolean> details = client.getBooleanDetails("site.diary", true, null);
    assertFalse(details.value());
    assertEquals("k1", details.by());
    assertTrue(await(server.confirms(), "its confirmation").contains("\"seq\":4"));
  }

  @Test
  void anUrgentKillAppliesBesideTheSnapshotAndEndsWithIt() throws InterruptedException {
    FixtureServer server = server(ENVIRONMENT);
    SluiceClient client = client(options().url(server.url()));
    assertTrue(client.ready());
    await(server.opened(), "a stream");
    changes.clear();
    server.send("urgent", "{\"id\":\"k9\",\"epoch\":\"e1\",\"journal\":\"j1\",\"counter\":5,\"flags\":[\"site.diary\"]}");
    await(changes, "the urgent kill");
    assertFalse(client.getBoolean("site.diary", true, null));
    server.send("patch", "{\"epoch\":\"e1\",\"base\":3,\"to\":4,\"set\":{\"journals\":{\"j1\":5}}}");
    await(changes, "its end");
    assertTrue(client.getBoolean("site.diary", false, null));
  }

  @Test
  void urgentKillsInForceAreKnownBeforeAnythingIsServed() {
    FixtureServer server = server(ENVIRONMENT);
    server.setUrgent(List.of("{\"id\":\"k9\",\"epoch\":\"e1\",\"journal\":\"j1\",\"counter\":5,\"flags\":[\"site.diary\"]}"));
    SluiceClient client = client(options().url(server.url()));
    assertTrue(client.ready());
    assertFalse(client.getBoolean("site.diary", true, null));
  }

  @Test
  void aPatchOverAGapKillsAtOnceAndTheRestFollowsWithTheSnapshot() throws InterruptedException {
    FixtureServer server = server(ENVIRONMENT);
    SluiceClient client = client(options().url(server.url()));
    assertTrue(client.ready());
    await(server.opened(), "a stream");
    changes.clear();
    String kill = "\"kills\":{\"k1\":{\"flags\":[\"site.diary\"]}}";
    server.setSnapshot(ENVIRONMENT.replace("\"seq\":3", "\"seq\":9").replace("\"flags\":{\"site", kill + ",\"flags\":{\"new\":{\"default\":\"on\"},\"site"));
    server.send("patch", "{\"epoch\":\"e1\",\"base\":8,\"to\":9,\"set\":{" + kill + "}}");
    Change first = await(changes, "the kill");
    assertTrue(first.isKill());
    assertEquals(3, first.version().seq());
    assertEquals(9, await(changes, "the snapshot").version().seq());
    assertTrue(client.getBoolean("new", false, null));
    assertFalse(client.getBoolean("site.diary", true, null));
  }

  @Test
  void aServerThatIsDownAtStartIsFoundWhenItComes() throws InterruptedException {
    FixtureServer server = server(ENVIRONMENT);
    server.refuse(
        exchange -> {
          exchange.sendResponseHeaders(503, -1);
          return true;
        });
    SluiceClient client = client(options().url(server.url()).readyWait(Duration.ofMillis(50)));
    assertFalse(client.ready());
    assertFalse(client.getBoolean("site.diary", false, null));
    assertEquals(State.STARTING, client.state());
    server.refuse(exchange -> false);
    reaches(client, State.READY);
    assertTrue(client.getBoolean("site.diary", false, null));
  }

  @Test
  void aRestartWithoutAServerAnswersTheLastGoodFlagsWithTheirKills(@TempDir Path folder) throws Exception {
    FixtureServer server = server(ENVIRONMENT);
    SluiceClient first = client(options().url(server.url()).cacheDir(folder.resolve("made")));
    assertTrue(first.ready());
    await(server.opened(), "a stream");
    changes.clear();
    server.send("urgent", "{\"id\":\"k9\",\"epoch\":\"e1\",\"journal\":\"j1\",\"counter\":5,\"flags\":[\"site.diary\"]}");
    await(changes, "the kill");
    first.close();
    server.refuse(
        exchange -> {
          exchange.sendResponseHeaders(502, -1);
          return true;
        });
    SluiceClient second = client(options().url(server.url()).cacheDir(folder.resolve("made")));
    assertTrue(second.ready());
    assertEquals(State.STALE, second.state());
    assertFalse(second.getBoolean("site.diary", true, null));
    assertTrue(second.getBoolean("site.photos", false, null));
    second.close();
    try (Stream<Path> files = Files.list(folder.resolve("made"))) {
      List<Path> all = files.toList();
      assertEquals(1, all.size());
      assertFalse(all.get(0).toString().contains("key-of"));
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(all.get(0))));
    }
  }

  @Test
  void aSpoiltCacheIsSaidAndReplaced(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("sluice-production.json");
    Files.writeString(file, ENVIRONMENT.substring(0, ENVIRONMENT.length() / 2));
    SluiceClient client = client(options().url(server(ENVIRONMENT).url()).cacheDir(folder).environment("production"));
    assertTrue(client.ready());
    client.close();
    assertEquals(1, log.count("sluice.cache.ignored"));
    assertTrue(Files.readString(file).startsWith("{\""));
    assertTrue(Files.readString(file).contains("site.diary"));
  }

  @Test
  void aDiskThatRefusesHarmsNoAnswer(@TempDir Path folder) throws Exception {
    Path notAFolder = Files.writeString(folder.resolve("file"), "");
    SluiceClient client = client(options().url(server(ENVIRONMENT).url()).cacheDir(notAFolder));
    assertTrue(client.ready());
    client.close();
    assertTrue(client.getBoolean("site.diary", false, null));
    assertEquals(1, log.count("sluice.cache.notWritten"));
  }

  @Test
  void aSnapshotFileNeedsNoServer(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("flags.json"), ENVIRONMENT);
    SluiceClient client = client(options().snapshotFile(file));
    assertTrue(client.ready());
    assertEquals(State.OFFLINE, client.state());
    assertTrue(client.getBoolean("site.diary", false, null));
    assertNull(client.trouble());
    SluiceClient missing = client(options().snapshotFile(folder.resolve("none.json")));
    assertFalse(missing.ready());
    assertEquals(1, log.count("sluice.file.unreadable"));
  }

  @Test
  void optionsThatCannotBeUsedAreSaid() throws InterruptedException {
    SluiceClient address = client(options().url("flags.example.com"));
    assertFalse(address.ready());
    assertEquals(Trouble.Kind.BAD_ADDRESS, address.trouble().kind());
    SluiceClient keys = client(options().url(server(ENVIRONMENT).url()).environment("production").signatureKeys(List.of()));
    assertFalse(keys.ready());
    assertEquals(Trouble.Kind.BAD_OPTIONS, keys.trouble().kind());
    SluiceClient other = client(options().url(server(ENVIRONMENT).url()).environment("staging").readyWait(Duration.ZERO));
    log.await("sluice.wrongEnvironment");
    assertFalse(other.ready());
    assertEquals(Trouble.Kind.WRONG_ENVIRONMENT, other.trouble().kind());
  }

  @Test
  void whatNobodyHasSignedIsRefusedWhereKeysArePinned() throws InterruptedException {
    List<String> keys = List.of("slv_11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    SluiceClient client = client(options().url(server(ENVIRONMENT).url()).environment("production").signatureKeys(keys).readyWait(Duration.ZERO));
    log.await("sluice.badSignature");
    assertFalse(client.ready());
    assertEquals(Trouble.Kind.BAD_SIGNATURE, client.trouble().kind());
    SluiceClient bundled = client(options().snapshot(ENVIRONMENT).environment("production").signatureKeys(keys));
    assertFalse(bundled.ready());
  }

  @Test
  void aListenerThatThrowsHarmsNobody() throws InterruptedException {
    FixtureServer server = server(ENVIRONMENT);
    SluiceClient client =
        client(
            options()
                .url(server.url())
                .onChange(
                    change -> {
                      throw new IllegalStateException("planted");
                    }));
    client.onChange(changes::add);
    assertTrue(client.ready());
    await(server.opened(), "a stream");
    changes.clear();
    server.send("patch", "{\"epoch\":\"e1\",\"base\":3,\"to\":4,\"set\":{\"flags\":{\"site.diary\":{\"default\":\"off\"}}}}");
    await(changes, "the change");
    assertEquals(1, log.count("sluice.fault"));
    assertFalse(client.getBoolean("site.diary", true, null));
  }

  @Test
  void tenThousandPatchesEndInTheLastVersionWithoutATornAnswer() throws InterruptedException {
    FixtureServer server = server(ENVIRONMENT);
    SluiceClient client = client(options().url(server.url()));
    assertTrue(client.ready());
    await(server.opened(), "a stream");
    int last = 3 + 10_000;
    StringBuilder text = new StringBuilder();
    for (int seq = 3; seq < last; seq++) {
      text.append("event: patch\ndata: {\"epoch\":\"e1\",\"base\":").append(seq).append(",\"to\":").append(seq + 1);
      text.append(",\"set\":{\"flags\":{\"flag-").append(seq).append("\":{\"default\":\"on\"}}},\"drop\":{\"flags\":[\"flag-").append(seq - 50);
      text.append("\"]}}\n\n");
    }
    server.sendRaw(text.toString().getBytes(StandardCharsets.UTF_8));
    while (await(changes, "a patch").version().seq() < last) {
      assertTrue(client.getBoolean("site.diary", false, null), "a flag that no patch touches was off");
    }
    assertFalse(client.getBoolean("flag-9000", false, null));
    assertTrue(client.getBoolean("flag-10001", false, null));
  }

  @Test
  void noThreadOfItsOwnIsLeftAfterClose() {
    for (int at = 0; at < 5; at++) {
      SluiceClient client = client(options().url(server(ENVIRONMENT).url()));
      assertTrue(client.ready());
      client.close();
      client.close();
    }
    assertEquals(List.of(), threads("sluice|sluice-disk"));
  }

  private static List<Thread> threads(String name) {
    return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.isAlive() && thread.getName().matches(name)).toList();
  }
}
