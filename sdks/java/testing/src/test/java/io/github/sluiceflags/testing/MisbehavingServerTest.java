package io.github.sluiceflags.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sluiceflags.SluiceClient;
import io.github.sluiceflags.SluiceOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What comes over the socket is cut, oversized, or not HTTP at all: the last good flags stay. */
class MisbehavingServerTest {
  private static final String SNAPSHOT = "{\"format\":1,\"environment\":\"production\",\"epoch\":\"e1\",\"seq\":3,\"salt\":\"\",\"flags\":{\"on\":{\"default\":\"on\"}}}";

  private static byte[] answer(int kind, Random random) {
    String head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    String whole = head + "Content-Length: " + SNAPSHOT.length() + "\r\n\r\n" + SNAPSHOT;
    String stream = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
    byte[] noise = new byte[1_000];
    random.nextBytes(noise);
    String text =
        switch (kind) {
          case 0 -> whole.substring(0, random.nextInt(whole.length()));
          case 1 -> new String(noise, StandardCharsets.ISO_8859_1);
          case 2 -> stream + "event: patch\ndata: {\"epoch\":\"e1\",\"base\":8,\n\n";
          case 3 -> stream + "data: \u00ff\u00fe" + "x".repeat(9 << 20) + "\n\n";
          default -> head + "Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!";
        };
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void misbehavingServersLeaveTheLastGoodFlags() throws Exception {
    Random random = new Random(3);
    BlockingQueue<Integer> served = new LinkedBlockingQueue<>();
    try (ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread serving =
          new Thread(
              () -> {
                for (int at = 0; !listening.isClosed(); at++) {
                  try (Socket socket = listening.accept()) {
                    // Whoever closes with unread bytes resets the connection, which is one fault more than meant.
                    socket.getInputStream().read(new byte[4096]);
                    socket.getOutputStream().write(answer(at % 5, random));
                  } catch (IOException gone) {
                    continue;
                  } finally {
                    served.add(at);
                  }
                }
              });
      serving.setDaemon(true);
      serving.start();
      String url = "http://127.0.0.1:" + listening.getLocalPort();
      SluiceOptions options = SluiceOptions.builder().url(url).snapshot(SNAPSHOT.replace("\"seq\":3", "\"seq\":8")).log(new QuietLog()).build();
      try (SluiceClient client = SluiceClient.create(options)) {
        assertTrue(client.ready());
        for (int at = 0; at < 5; at++) {
          assertNotNull(served.poll(20, TimeUnit.SECONDS), "it has stopped trying");
          assertTrue(client.getBoolean("on", false, null), "the last good flags are gone");
        }
        assertEquals(8, client.version().seq());
      }
    }
  }
}
