package io.github.sluiceflags.programs;

import io.github.sluiceflags.Context;
import io.github.sluiceflags.Details;
import io.github.sluiceflags.SluiceClient;
import io.github.sluiceflags.SluiceOptions;
import io.github.sluiceflags.internal.evaluation.JsonWriter;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Asks one flag of a real server and writes what it answers, one JSON object a line, at first and after each change, until its standard input ends. Its
 * argument is the flag's key.
 */
public final class Live {
  private Live() {}

  /** Ends with its input. */
  public static void main(String[] args) throws IOException {
    SluiceOptions.Builder options =
        SluiceOptions.builder()
            .url(System.getenv("SLUICE_URL"))
            .key(System.getenv("SLUICE_SDK_KEY"))
            .service("live")
            .version("1.0.0")
            .readyWait(Duration.ofSeconds(20));
    String keys = System.getenv("SLUICE_SIGNATURE_KEYS");
    if (keys != null && !keys.isEmpty()) {
      options.environment("production").signatureKeys(List.of(keys.split(",")));
    }
    try (SluiceClient flags = SluiceClient.create(options.build())) {
      flags.ready();
      tell(flags, args[0]);
      flags.onChange(change -> tell(flags, args[0]));
      System.in.readAllBytes();
    }
  }

  private static synchronized void tell(SluiceClient flags, String key) {
    Details<Boolean> details = flags.getBooleanDetails(key, false, Context.of("ada"));
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("value", details.value());
    line.put("cause", details.cause().toString());
    line.put("version", String.valueOf(details.version()));
    line.put("state", flags.state().name());
    System.out.println(JsonWriter.write(line));
  }
}
