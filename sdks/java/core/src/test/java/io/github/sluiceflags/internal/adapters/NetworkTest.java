package io.github.sluiceflags.internal.adapters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sluiceflags.internal.ports.Log;
import io.github.sluiceflags.internal.ports.World;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Java's own client against real sockets: what it asks of its own accord, and what is left of it. */
class NetworkTest {
  private static final long PATIENCE_S = 60;

  private static final Log SILENT =
      new Log() {
        @Override
        public void info(String code, String text) {}

        @Override
        public void warn(String code, String text) {}

        @Override
        public void error(String code, String text) {}
      };

  /** What a server does with a connection whose request has come. */
  private interface Manner {
    void answer(Socket socket) throws IOException;
  }

  /** A server on a port of its own; each connection has a thread, and one request. */
  private static final class Server implements AutoCloseable {
    private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final ExecutorService threads = Executors.newCachedThreadPool();
    final AtomicInteger requests = new AtomicInteger();

    Server(Manner manner) throws IOException {
      threads.execute(
          () -> {
            try {
              while (true) {
                Socket socket = listening.accept();
                threads.execute(() -> serve(socket, manner));
              }
            } catch (IOException closed) {
              threads.shutdown();
            }
          });
    }

    private void serve(Socket socket, Manner manner) {
      try (socket) {
        // The whole head of the request: what is unread when a socket is closed would make it a reset.
        int ends = 0;
        while (ends < 4) {
          int read = socket.getInputStream().read();
          if (read < 0) {
            return;
          }
          ends = read == "\r\n\r\n".charAt(ends) ? ends + 1 : read == '\r' ? 1 : 0;
        }
        requests.incrementAndGet();
        manner.answer(socket);
      } catch (IOException gone) {
        // Whoever asked has gone.
      }
    }

    String url() {
      return "http://127.0.0.1:" + listening.getLocalPort() + "/";
    }

    @Override
    public void close() throws IOException {
      listening.close();
    }
  }

  private static World.Request get(String url) {
    return new World.Request("GET", url, Map.of(), null);
  }

  /** Names what was heard, in its order. */
  private static final class Heard implements World.Listener {
    final List<String> words = new CopyOnWriteArrayList<>();
    final CompletableFuture<Void> over = new CompletableFuture<>();

    @Override
    public void head(int status, Map<String, String> headers) {
      words.add("head");
    }

    @Override
    public void chunk(byte[] bytes) {}

    @Override
    public void askedAgain() {
      words.add("asked again");
    }

    @Override
    public void ended(String why) {
      words.add(why == null ? "whole" : "cut off");
      over.complete(null);
    }
  }

  private static List<String> heard(String url) throws Exception {
    RealWorld world = new RealWorld(SILENT, new NetworkOptions(null, null));
    Heard heard = new Heard();
    try {
      world.send(get(url), heard);
      heard.over.get(PATIENCE_S, TimeUnit.SECONDS);
    } finally {
      world.close();
    }
    return heard.words;
  }

  @Test
  void aConnectionThatEndsBeforeTheFirstByteIsTwoRequestsAndSaysSo() throws Exception {
    try (Server server = new Server(socket -> {})) {
      assertEquals(List.of("asked again", "cut off"), heard(server.url()));
      assertEquals(2, server.requests.get());
    }
  }

  @Test
  void aResetIsTwoRequestsAndSaysSo() throws Exception {
    try (Server server = new Server(socket -> socket.setSoLinger(true, 0))) {
      assertEquals(List.of("asked again", "cut off"), heard(server.url()));
      assertEquals(2, server.requests.get());
    }
  }

  @Test
  void anAnswerThatIsCutOffOrNoneAtAllIsOneRequest() throws Exception {
    Manner half = socket -> socket.getOutputStream().write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf".getBytes(StandardCharsets.US_ASCII));
    Manner garbage = socket -> socket.getOutputStream().write("no protocol at all\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    try (Server server = new Server(half)) {
      assertEquals(List.of("head", "cut off"), heard(server.url()));
      assertEquals(1, server.requests.get());
    }
    String gone;
    try (Server server = new Server(garbage)) {
      assertEquals(List.of("cut off"), heard(server.url()));
      assertEquals(1, server.requests.get());
      gone = server.url();
    }
    assertEquals(List.of("cut off"), heard(gone));
  }

  /** A body that never ends. */
  private static void stream(Socket socket) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    while (!Thread.interrupted()) {
      out.write(": a line\n\n".getBytes(StandardCharsets.US_ASCII));
    }
  }

  @Test
  void nothingIsLeftOfCallsThatWereCancelledAtAnyMoment() throws Exception {
    List<Thread> before = clientThreads();
    try (Server server = new Server(NetworkTest::stream)) {
      for (int round = 0; round < 200; round++) {
        RealWorld world = new RealWorld(SILENT, new NetworkOptions(null, null));
        CompletableFuture<Void> begun = new CompletableFuture<>();
        World.Cancel call =
            world.send(
                get(server.url()),
                new World.Listener() {
                  @Override
                  public void head(int status, Map<String, String> headers) {
                    begun.complete(null);
                  }

                  @Override
                  public void chunk(byte[] bytes) {}

                  @Override
                  public void ended(String why) {
                    begun.complete(null);
                  }
                });
        // Some are cancelled while they connect, some with their first piece on its way, some in the middle of a body.
        if (round % 4 != 0) {
          begun.get(PATIENCE_S, TimeUnit.SECONDS);
        }
        for (int spin = 0; spin < round * 50; spin++) {
          Thread.onSpinWait();
        }
        call.cancel();
        world.close();
      }
    }
    long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
    List<Thread> left = leftOf(before);
    while (!left.isEmpty() && System.nanoTime() < endNs) {
      System.gc();
      Thread.sleep(100);
      left = leftOf(before);
    }
    assertTrue(left.isEmpty(), left.size() + " clients of Java are left: " + left);
  }

  private static List<Thread> leftOf(List<Thread> before) {
    return clientThreads().stream().filter(thread -> !before.contains(thread)).toList();
  }

  private static List<Thread> clientThreads() {
    return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().startsWith("HttpClient")).toList();
  }
}
