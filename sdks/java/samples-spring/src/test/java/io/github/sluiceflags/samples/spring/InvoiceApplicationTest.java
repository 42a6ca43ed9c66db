package io.github.sluiceflags.samples.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sluiceflags.SluiceClient;
import io.github.sluiceflags.State;
import io.github.sluiceflags.testing.FixtureServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

class InvoiceApplicationTest {
  private static final String SNAPSHOT =
      "{\"format\":1,\"environment\":\"production\",\"epoch\":\"e1\",\"seq\":1,\"salt\":\"s\",\"flags\":{\"billing.invoice-export\":"
          + "{\"rules\":[{\"if\":[\"equals\",\"customer\",\"acme\"],\"serve\":\"on\"}],\"default\":\"off\"}}}";

  private static String page(String port, String customer) throws IOException, InterruptedException {
    URI address = URI.create("http://127.0.0.1:" + port + "/invoices");
    HttpRequest request = HttpRequest.newBuilder(address).header("X-User", "ada").header("X-Customer", customer).build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  @Test
  void theExportIsThereForCustomersThatHaveTheFlagAndSpringClosesTheClient() throws IOException, InterruptedException {
    SluiceClient flags;
    try (FixtureServer server = new FixtureServer(SNAPSHOT)) {
      String[] settings = {"--sluice.url=" + server.url(), "--sluice.key=k", "--server.port=0", "--spring.main.banner-mode=off", "--logging.level.root=warn"};
      try (ConfigurableApplicationContext application = SpringApplication.run(InvoiceApplication.class, settings)) {
        flags = application.getBean(SluiceClient.class);
        CountDownLatch come = new CountDownLatch(1);
        flags.onChange(change -> come.countDown());
        if (flags.version() == null) {
          come.await();
        }
        String port = application.getEnvironment().getProperty("local.server.port");
        assertEquals("invoices, and a button that exports them", page(port, "acme"));
        assertEquals("invoices", page(port, "other"));
      }
    }
    assertEquals(State.OFFLINE, flags.state());
  }

  @Test
  void theReadmeShowsThisSource() throws IOException {
    String source = Files.readString(Path.of("src/main/java/io/github/sluiceflags/samples/spring/InvoiceApplication.java"));
    String readme = Files.readString(Path.of("../README.md"));
    String block = source.substring(source.indexOf("  @Bean("), source.indexOf("  /** What the service answers"));
    assertTrue(readme.contains("```java\n" + block.stripTrailing() + "\n```"), block);
  }
}
