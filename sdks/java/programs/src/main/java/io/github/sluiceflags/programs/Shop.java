package io.github.sluiceflags.programs;

import io.github.sluiceflags.Context;
import io.github.sluiceflags.Outcome;
import io.github.sluiceflags.SluiceClient;
import io.github.sluiceflags.SluiceOptions;
import io.github.sluiceflags.internal.evaluation.JsonWriter;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A process of an application that is guarded: it serves four customers again and again, and says how it went for each. With the feature, acme fails
 * every third time; everything else fails once in fifty. Writes who has the feature whenever that changes, one JSON object a line, until its standard
 * input ends. Its argument is the flag's key.
 */
public final class Shop {
  private static final long TURN_MS = 25;

  private Shop() {}

  /** Ends with its input. */
  public static void main(String[] args) throws InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    Thread reading =
        new Thread(
            () -> {
              try {
                System.in.readAllBytes();
              } catch (IOException gone) {
                // As if it had ended.
              }
              ended.countDown();
            });
    reading.setDaemon(true);
    reading.start();
    SluiceOptions.Builder options = SluiceOptions.builder().url(System.getenv("SLUICE_URL")).key(System.getenv("SLUICE_SDK_KEY"));
    try (SluiceClient flags = SluiceClient.create(options.service("shop").version("1.0.0").readyWait(Duration.ofSeconds(20)).build())) {
      flags.ready();
      serve(flags, args[0], ended);
    }
  }

  private static void serve(SluiceClient flags, String flag, CountDownLatch ended) throws InterruptedException {
    List<String> said = null;
    for (int turn = 1; !ended.await(TURN_MS, TimeUnit.MILLISECONDS); turn++) {
      List<String> having = new ArrayList<>();
      for (String customer : List.of("acme", "bolt", "cara", "dune")) {
        Context context = Context.of(null, Map.of("customer", customer));
        boolean has = flags.getBoolean(flag, false, context);
        if (has) {
          having.add(customer);
        }
        boolean failed = turn % (has && customer.equals("acme") ? 3 : 50) == 0;
        flags.track("export", context, new Outcome(flag, failed));
      }
      if (!having.equals(said)) {
        System.out.println(JsonWriter.write(Map.of("having", having)));
      }
      said = having;
    }
  }
}
