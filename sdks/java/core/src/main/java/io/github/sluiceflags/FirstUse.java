package io.github.sluiceflags;

import io.github.sluiceflags.internal.evaluation.Asker;
import io.github.sluiceflags.internal.evaluation.Attributes;
import io.github.sluiceflags.internal.evaluation.AttributesCopy;
import io.github.sluiceflags.internal.evaluation.Compiled;
import io.github.sluiceflags.internal.evaluation.Decode;
import io.github.sluiceflags.internal.serving.Holder;
import io.github.sluiceflags.internal.serving.Intake;
import io.github.sluiceflags.internal.serving.Stored;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/**
 * Reads, serves and asks a few flags of its own, so that what a JVM does once for each class and each lambda is done while the network is waited for, and
 * not between the first byte of the flags and the first answer. Nothing depends on it.
 */
final class FirstUse {
  private static final String FLAGS =
      """
      {"format":1,"environment":"e","epoch":"e","seq":1,"salt":"s","customer":"customer","journals":{},
      "kills":{"k":{"flags":["c"]}},"segments":{"s":{"if":["in","plan",["a","b"]]}},"flags":{
      "a":{"default":"on","salt":"a","rules":[{"id":"r","if":["all",["in","plan",["a","b"]],["not",["equals","seats",1]]],"serve":{"of":"on","share":50000}},
      {"id":"q","if":["any",["segment","s"],["endsWith","email","@x"]],"serve":"on"}],"exposure":{"serve":"on","keys":["63895c04068c7c14"]}},
      "b":{"type":"string","variants":{"off":"x","on":"y"},"off":"off","default":"on","prerequisites":[{"flag":"a","serves":["on"]}]},
      "c":{"default":"on"}}}""";

  /** Nothing, compressed. */
  private static final String GZIP = "1f8b080000000000000303000000000000000000";

  /** A method is compiled once it has run some 200 times: the reader of JSON runs through each character, so that a few thousand of them do. */
  private static final int READS = 5;

  private FirstUse() {}

  /** Takes some tens of milliseconds of a processor, once. */
  static void run() {
    try (GZIPInputStream nothing = new GZIPInputStream(new ByteArrayInputStream(HexFormat.of().parseHex(GZIP)))) {
      byte[] flags = FLAGS.getBytes(StandardCharsets.UTF_8);
      for (int read = 1; read < READS; read++) {
        Decode.snapshot(FLAGS);
      }
      Holder holder = new Holder(new Compiled.Options(new Asker(null, null), new Counts()::counter));
      new Intake(holder, null, null).restore(Stored.read(flags));
      Compiled compiled = holder.compiled();
      Attributes somebody = AttributesCopy.of("u", Map.of("plan", "c", "seats", 2, "email", "u@y", "customer", "acme", "beta", true));
      for (String key : List.of("a", "b", "c", "d")) {
        compiled.evaluate(key, somebody);
      }
      nothing.readAllBytes();
    } catch (Decode.Refused | IOException impossible) {
      // Texts of ours; where they were not, the first flags would only take longer.
      return;
    }
  }
}
