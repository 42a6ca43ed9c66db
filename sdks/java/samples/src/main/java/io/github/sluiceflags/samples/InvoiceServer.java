package io.github.sluiceflags.samples;

// sluice-disable-file code/no-literal -- a sample that is copied stands alone, without generated code

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.sluiceflags.Context;
import io.github.sluiceflags.SluiceClient;
import io.github.sluiceflags.SluiceOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** A small service that asks a flag for each request. */
public final class InvoiceServer implements AutoCloseable {
  private final HttpServer server;
  private final SluiceClient flags;

  /** Answers GET /invoices on this port of 127.0.0.1; 0 takes a free one. */
  public InvoiceServer(SluiceClient flags, int port) throws IOException {
    this.flags = flags;
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.createContext("/invoices", this::invoices);
    server.start();
  }

  /** Runs until the process is told to end. */
  public static void main(String[] args) throws IOException {
    SluiceClient flags =
        SluiceClient.create(
            SluiceOptions.builder()
                .url(System.getenv("SLUICE_URL"))
                .key(System.getenv("SLUICE_SDK_KEY"))
                .service("billing-web")
                .version("4.2.0")
                .build());
    flags.ready(); // at most one second, never throws

    InvoiceServer invoices = new InvoiceServer(flags, 8080);
    Runtime.getRuntime().addShutdownHook(new Thread(invoices::close));
    System.out.println("http://127.0.0.1:" + invoices.port() + "/invoices");
  }

  /** Where it listens. */
  public int port() {
    return server.getAddress().getPort();
  }

  /** Answers for the user and customer that the request names. */
  private void invoices(HttpExchange request) throws IOException {
    Map<String, Object> attributes = new HashMap<>();
    attributes.put("customer", request.getRequestHeaders().getFirst("X-Customer"));
    Context user = Context.of(request.getRequestHeaders().getFirst("X-User"), attributes);

    boolean mayExport = flags.getBoolean("billing.invoice-export", false, user);
    byte[] page = (mayExport ? "invoices, and a button that exports them" : "invoices").getBytes(StandardCharsets.UTF_8);
    request.sendResponseHeaders(200, page.length);
    request.getResponseBody().write(page);
    request.close();
  }

  @Override
  public void close() {
    server.stop(0);
    flags.close();
  }
}
