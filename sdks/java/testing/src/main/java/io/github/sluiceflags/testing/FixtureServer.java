package io.github.sluiceflags.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.sluiceflags.Version;
import io.github.sluiceflags.internal.evaluation.Decode;
import io.github.sluiceflags.internal.evaluation.JsonWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;

/**
 * A fixture that speaks the SDK's side of the protocol on 127.0.0.1: one snapshot, streams that a test writes, and the confirms it got. Snapshots are
 * compressed where the client accepts it.
 */
public final class FixtureServer implements AutoCloseable {
  private static final int KEPT_MAX = 1_000;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<BlockingQueue<byte[]>> streams = new CopyOnWriteArrayList<>();
  private final BlockingQueue<String> confirms = new LinkedBlockingQueue<>(KEPT_MAX);
  private final BlockingQueue<String> telemetry = new LinkedBlockingQueue<>(KEPT_MAX);
  private final BlockingQueue<Map<String, List<String>>> opened = new LinkedBlockingQueue<>(KEPT_MAX);
  private final AtomicInteger asked = new AtomicInteger();
  private volatile Served served;
  private volatile Refusal refusal = exchange -> false;
  private volatile List<String> urgent = List.of();

  private record Served(String snapshot, String etag, String hello) {}

  /** Lets a test answer requests itself: true means that it did. */
  @FunctionalInterface
  public interface Refusal {
    /** Answers, or does not. */
    boolean answers(HttpExchange exchange) throws IOException;
  }

  /** Serves a snapshot (JSON text) until it is closed. */
  public FixtureServer(String snapshot) {
    setSnapshot(snapshot);
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException noPort) {
      throw new UncheckedIOException(noPort);
    }
    server.setExecutor(threads);
    server.createContext("/", this::serve);
    server.start();
  }

  /** The server's address. */
  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** The body of each batch of what a client reports, oldest first. */
  public BlockingQueue<String> telemetry() {
    return telemetry;
  }

  /** The body of each confirm, oldest first. */
  public BlockingQueue<String> confirms() {
    return confirms;
  }

  /** The headers of each stream's request. */
  public BlockingQueue<Map<String, List<String>>> opened() {
    return opened;
  }

  /** How many requests came. */
  public int asked() {
    return asked.get();
  }

  /** What is answered from now on; streams are not told. */
  public void setSnapshot(String snapshot) {
    String environment = "";
    Version version = new Version("", 0);
    try {
      var head = Decode.snapshot(snapshot).head();
      environment = head.environment();
      version = head.version();
    } catch (Decode.Refused broken) {
      // A snapshot that is broken on purpose has no version.
      version = new Version("broken", 0);
    }
    Map<String, Object> hello =
        Map.of("environment", environment, "epoch", version.epoch(), "seq", version.seq(), "heartbeatMs", 5_000, "confirmJitterMs", 0);
    served = new Served(snapshot, "\"" + version + "\"", JsonWriter.write(hello));
  }

  /** Urgent kills in force, as JSON. */
  public void setUrgent(List<String> kills) {
    urgent = List.copyOf(kills);
  }

  /** Lets a test answer requests itself. */
  public void refuse(Refusal how) {
    refusal = how;
  }

  /** Writes one event to all open streams. */
  public void send(String event, String data) {
    sendRaw(("event: " + event + "\ndata: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
  }

  /** Writes bytes to all open streams, as they are. */
  public void sendRaw(byte[] bytes) {
    streams.forEach(stream -> stream.add(bytes));
  }

  private void serve(HttpExchange exchange) throws IOException {
    asked.incrementAndGet();
    try (exchange) {
      if (refusal.answers(exchange)) {
        return;
      }
      switch (exchange.getRequestURI().getPath()) {
        case "/sdk/v1/snapshot" -> snapshot(exchange);
        case "/sdk/v1/urgent" -> reply(exchange, "{\"urgent\":[" + String.join(",", urgent) + "]}");
        case "/sdk/v1/stream" -> stream(exchange);
        case "/sdk/v1/telemetry" -> {
          telemetry.offer(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          exchange.sendResponseHeaders(204, -1);
        }
        case "/sdk/v1/confirm" -> {
          confirms.offer(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          exchange.sendResponseHeaders(204, -1);
        }
        default -> exchange.sendResponseHeaders(404, -1);
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private void snapshot(HttpExchange exchange) throws IOException {
    Served now = served;
    exchange.getResponseHeaders().set("ETag", now.etag);
    if (!urgent.isEmpty()) {
      exchange.getResponseHeaders().set("Sluice-Urgent", Integer.toString(urgent.size()));
    }
    if (now.etag.equals(exchange.getRequestHeaders().getFirst("If-None-Match"))) {
      exchange.sendResponseHeaders(304, -1);
    } else {
      reply(exchange, now.snapshot);
    }
  }

  private static void reply(HttpExchange exchange, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    if ("gzip".equals(exchange.getRequestHeaders().getFirst("Accept-Encoding"))) {
      ByteArrayOutputStream packed = new ByteArrayOutputStream();
      try (OutputStream packing = new GZIPOutputStream(packed)) {
        packing.write(bytes);
      }
      bytes = packed.toByteArray();
      exchange.getResponseHeaders().set("Content-Encoding", "gzip");
    }
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private void stream(HttpExchange exchange) throws IOException, InterruptedException {
    BlockingQueue<byte[]> events = new LinkedBlockingQueue<>();
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    OutputStream body = exchange.getResponseBody();
    body.write(("event: hello\ndata: " + served.hello + "\n\n").getBytes(StandardCharsets.UTF_8));
    body.flush();
    streams.add(events);
    opened.offer(Map.copyOf(exchange.getRequestHeaders()));
    try {
      while (true) {
        body.write(events.take());
        body.flush();
      }
    } finally {
      streams.remove(events);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
