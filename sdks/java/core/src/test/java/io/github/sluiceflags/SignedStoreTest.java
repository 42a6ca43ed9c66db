package io.github.sluiceflags;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sluiceflags.internal.ports.World;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Signed flags, from the network to the disk and back: what is stored is checked again, and whoever changed it changed nothing that is served. */
class SignedStoreTest {
  private static final World.Cancel NOTHING = () -> {};
  private static final Path FILE = Path.of("cache", "sluice-production.json");

  private final Fixture.Lines log = new Fixture.Lines();
  private final KeyPair keys = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();

  SignedStoreTest() throws GeneralSecurityException {}

  private String publicKey() {
    byte[] form = keys.getPublic().getEncoded();
    // The last 32 bytes of the form that Java writes are the key itself (RFC 8410).
    return "slv_" + text(Arrays.copyOfRange(form, form.length - 32, form.length));
  }

  private static String text(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private String sign(String kind, String text) {
    try {
      Signature signing = Signature.getInstance("Ed25519");
      signing.initSign(keys.getPrivate());
      signing.update(("sluice-signature-1\n" + kind + "\nproduction\n" + text).getBytes(StandardCharsets.UTF_8));
      return publicKey().substring(4, 12) + ":" + text(signing.sign());
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private String frame(String kind, String event, String data) {
    return "event: " + event + "\nsig: " + sign(kind, data) + "\ndata: " + data + "\n\n";
  }

  /** Serves the signed snapshot, and a stream that says these events. */
  private VirtualWorld.Peer server(String snapshotSignature, String... events) {
    return (request, listener) -> {
      if (request.url().endsWith("/snapshot")) {
        listener.head(200, Map.of("content-type", "application/json", "sluice-signature", snapshotSignature));
        listener.chunk(Fixture.ENVIRONMENT.getBytes(StandardCharsets.UTF_8));
        listener.ended(null);
      } else if (request.url().endsWith("/stream")) {
        listener.head(200, Map.of("content-type", "text/event-stream"));
        listener.chunk("event: hello\ndata: {\"environment\":\"production\",\"epoch\":\"e1\",\"seq\":3}\n\n".getBytes(StandardCharsets.UTF_8));
        for (String event : events) {
          listener.chunk(event.getBytes(StandardCharsets.UTF_8));
        }
      } else {
        listener.head(204, Map.of());
        listener.ended(null);
      }
      return NOTHING;
    };
  }

  private static final VirtualWorld.Peer DOWN =
      (request, listener) -> {
        listener.ended("connection refused");
        return NOTHING;
      };

  private SluiceClient client(VirtualWorld world) {
    SluiceOptions.Builder options = SluiceOptions.builder().url("http://flags").key("k").environment("production").log(log);
    return SluiceClient.of(options.cacheDir(FILE.getParent()).signatureKeys(List.of(publicKey())).build(), world);
  }

  private VirtualWorld stored() {
    String patch = "{\"epoch\":\"e1\",\"base\":3,\"to\":4,\"set\":{\"flags\":{\"new\":{\"default\":\"on\"}}}}";
    String kill = "{\"id\":\"k9\",\"epoch\":\"e1\",\"journal\":\"j1\",\"counter\":5,\"flags\":[\"site.diary\"]}";
    String[] events = {frame("patch", "patch", patch), frame("kill", "urgent", kill)};
    VirtualWorld world = new VirtualWorld(server(sign("snapshot", Fixture.ENVIRONMENT), events));
    try (SluiceClient client = client(world)) {
      world.pass(Duration.ofSeconds(2));
      assertEquals(4, client.version().seq());
      assertFalse(client.getBoolean("site.diary", true, null));
    }
    world.restart(DOWN);
    return world;
  }

  @Test
  void whatWasSignedIsAnsweredAfterARestartWithoutAServer() {
    VirtualWorld world = stored();
    try (SluiceClient client = client(world)) {
      world.pass(Duration.ofMillis(10));
      assertEquals(new Version("e1", 4), client.version());
      assertEquals(State.STALE, client.state());
      assertTrue(client.getBoolean("new", false, null));
      assertFalse(client.getBoolean("site.diary", true, null));
    }
  }

  @Test
  void whatSomebodyChangedOnTheDiskIsRefused() {
    VirtualWorld world = stored();
    String file = new String(world.file(FILE), StandardCharsets.UTF_8);
    String[] changed = {
      file.replace("site.photos", "site.phonos"), file.replace("\"kind\":\"kill\"", "\"kind\":\"patch\""), Fixture.ENVIRONMENT, "{\"signed\":7}", file.substring(9)
    };
    for (String spoilt : changed) {
      assertFalse(spoilt.equals(file));
      world.restart(DOWN);
      world.write(FILE, spoilt.getBytes(StandardCharsets.UTF_8));
      long before = log.count("sluice.cache.ignored");
      try (SluiceClient client = client(world)) {
        world.pass(Duration.ofMillis(10));
        assertNull(client.version(), spoilt);
        assertTrue(client.getBoolean("site.diary", true, null));
      }
      assertEquals(before + 1, log.count("sluice.cache.ignored"), log.all());
    }
  }

  @Test
  void aPatchThatNobodySignedEndsTheStreamAndChangesNothing() {
    String patch = "{\"epoch\":\"e1\",\"base\":3,\"to\":4,\"drop\":{\"flags\":[\"site.diary\"]}}";
    for (String event : List.of("event: patch\ndata: " + patch + "\n\n", frame("kill", "patch", patch), frame("patch", "patch", patch).replace("to\":4", "to\":5"))) {
      VirtualWorld world = new VirtualWorld(server(sign("snapshot", Fixture.ENVIRONMENT), event));
      try (SluiceClient client = client(world)) {
        world.pass(Duration.ofSeconds(2));
        assertEquals(3, client.version().seq());
        assertTrue(client.getBoolean("site.diary", false, null));
        assertEquals(Trouble.Kind.BAD_SIGNATURE, client.trouble().kind());
      }
    }
  }
}
