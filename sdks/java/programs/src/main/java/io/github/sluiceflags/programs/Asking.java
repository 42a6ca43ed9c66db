package io.github.sluiceflags.programs;

import io.github.sluiceflags.Context;
import io.github.sluiceflags.SampleCounts;
import io.github.sluiceflags.SluiceClient;
import io.github.sluiceflags.SluiceOptions;
import io.github.sluiceflags.internal.evaluation.JsonReader;
import io.github.sluiceflags.internal.evaluation.JsonWriter;
import io.github.sluiceflags.internal.evaluation.NotJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An application that asks for every flag with every context of a file, prints the answers as JSON, and ends as applications do. Arguments: the file with
 * the contexts, then the flags' keys, of which the first is counted by customer. SLUICE_URL and SLUICE_SDK_KEY say where the server is.
 */
public final class Asking {
  /** The terms come with the stream: at once, or with a heartbeat, each 5 s. */
  private static final int WAITS = 600;

  private static final long WAIT_MS = 50;

  private Asking() {}

  /** One line of JSON. */
  public static void main(String[] args) throws IOException, NotJson, InterruptedException {
    List<?> contexts = (List<?>) JsonReader.parse(Files.readString(Path.of(args[0])));
    SluiceOptions.Builder options = SluiceOptions.builder().url(System.getenv("SLUICE_URL")).key(System.getenv("SLUICE_SDK_KEY"));
    options.countCustomersOf(List.of(args[1])).readyWait(Duration.ofSeconds(20));
    SluiceClient flags = SluiceClient.create(options.service("asking").build());
    List<List<Boolean>> answers = new ArrayList<>();
    try (flags) {
      flags.ready();
      for (int tries = 0; tries < WAITS && flags.samples().attributes().isEmpty(); tries++) {
        Thread.sleep(WAIT_MS);
      }
      for (String flag : List.of(args).subList(1, args.length)) {
        answers.add(contexts.stream().map(context -> flags.getBoolean(flag, false, contextOf(context))).toList());
      }
    }
    SampleCounts samples = flags.samples();
    Map<String, Object> told = Map.of("attributes", samples.attributes(), "sent", samples.sent(), "dropped", samples.dropped());
    System.out.println(JsonWriter.write(Map.of("answers", answers, "samples", told)));
  }

  @SuppressWarnings("unchecked")
  private static Context contextOf(Object attributes) {
    return Context.of(null, (Map<String, ?>) attributes);
  }
}
