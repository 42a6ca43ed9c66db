package io.github.sluiceflags.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sluiceflags.testing.SluiceExtension;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class InvoiceServerTest {
  @RegisterExtension final SluiceExtension flags = SluiceExtension.of(Map.of("billing.invoice-export", false));

  private static String page(InvoiceServer server, String customer) throws IOException, InterruptedException {
    URI address = URI.create("http://127.0.0.1:" + server.port() + "/invoices");
    HttpRequest request = HttpRequest.newBuilder(address).header("X-User", "ada").header("X-Customer", customer).build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  @Test
  void theExportIsThereForCustomersThatHaveTheFlag() throws IOException, InterruptedException {
    try (InvoiceServer server = new InvoiceServer(flags.client(), 0)) {
      assertEquals("invoices", page(server, "acme"));
      flags.withForm("billing.invoice-export", "{\"rules\":[{\"if\":[\"equals\",\"customer\",\"acme\"],\"serve\":\"on\"}]}");
      assertEquals("invoices, and a button that exports them", page(server, "acme"));
      assertEquals("invoices", page(server, "other"));
    }
  }

  @Test
  void theReadmeShowsTheseSources() throws IOException {
    String sources = "";
    List<String> files =
        List.of(
            "src/main/java/io/github/sluiceflags/samples/InvoiceServer.java",
            "src/test/java/io/github/sluiceflags/samples/InvoiceServerTest.java",
            "../samples-spring/src/main/java/io/github/sluiceflags/samples/spring/InvoiceApplication.java");
    for (String file : files) {
      sources += Files.readString(Path.of(file)).replaceAll("\\s+", " ");
    }
    List<String> blocks = new ArrayList<>();
    Matcher found = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(Path.of("../README.md")));
    while (found.find()) {
      blocks.add(found.group(1).strip().replaceAll("\\s+", " "));
    }
    assertEquals(5, blocks.size());
    for (String block : blocks) {
      assertTrue(sources.contains(block), block);
    }
  }
}
