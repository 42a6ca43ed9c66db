package io.github.sluiceflags.samples.spring;

// sluice-disable-file code/no-literal -- a sample that is copied stands alone, without generated code

import io.github.sluiceflags.Context;
import io.github.sluiceflags.SluiceClient;
import io.github.sluiceflags.SluiceOptions;
import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** A small Spring Boot service that asks a flag for each request. */
@SpringBootApplication
public class InvoiceApplication {
  /** Runs until the process is told to end; {@code sluice.url} and {@code sluice.key} are Spring's, from wherever Spring has them. */
  public static void main(String[] args) {
    SpringApplication.run(InvoiceApplication.class, args);
  }

  /** One client for the whole application; Spring closes it, and the last counts are sent. */
  @Bean(destroyMethod = "close")
  SluiceClient flags(@Value("${sluice.url}") String url, @Value("${sluice.key}") String key) {
    SluiceClient flags = SluiceClient.create(SluiceOptions.builder().url(url).key(key).service("billing-web").version("4.2.0").build());
    flags.ready(); // at most one second, never throws
    return flags;
  }

  /** What the service answers. */
  @RestController
  static class Invoices {
    private final SluiceClient flags;

    Invoices(SluiceClient flags) {
      this.flags = flags;
    }

    @GetMapping("/invoices")
    String invoices(@RequestHeader("X-User") String user, @RequestHeader("X-Customer") String customer) {
      Context who = Context.of(user, Map.of("customer", customer));
      return flags.getBoolean("billing.invoice-export", false, who) ? "invoices, and a button that exports them" : "invoices";
    }
  }
}
