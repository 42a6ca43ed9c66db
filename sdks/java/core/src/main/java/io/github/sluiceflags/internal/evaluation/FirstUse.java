package io.github.sluiceflags.internal.evaluation;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads, compiles and asks a few flags of its own, so that what a JVM does once for each class and each lambda is done while the network is waited for,
 * and not between the first byte of the flags and the first answer. Nothing depends on it.
 */
public final class FirstUse {
  private static final String FLAGS =
      """
      {"format":1,"environment":"e","epoch":"e","seq":1,"salt":"s","customer":"customer","journals":{},
      "kills":{"k":{"flags":["c"]}},"segments":{"s":{"if":["in","plan",["a","b"]]}},"flags":{
      "a":{"default":"on","salt":"a","rules":[{"id":"r","if":["all",["in","plan",["a","b"]],["not",["equals","seats",1]]],"serve":{"of":"on","share":50000}},
      {"id":"q","if":["any",["segment","s"],["endsWith","email","@x"]],"serve":"on"}],"exposure":{"serve":"on","keys":["63895c04068c7c14"]}},
      "b":{"type":"string","variants":{"off":"x","on":"y"},"off":"off","default":"on","prerequisites":[{"flag":"a","serves":["on"]}]},
      "c":{"default":"on"}}}""";

  private FirstUse() {}

  /** Takes some tens of milliseconds of a processor, once. */
  public static void run() {
    try {
      Compiled.Options options = new Compiled.Options(new Asker(null, null), (flag, variant, reason) -> new AtomicLong());
      Compiled compiled = Compiled.of(Decode.snapshot(FLAGS), List.of(), options, null);
      Attributes somebody = AttributesCopy.of("u", Map.of("plan", "c", "seats", 2, "email", "u@y", "customer", "acme", "beta", true));
      for (String key : List.of("a", "b", "c", "d")) {
        compiled.evaluate(key, somebody);
      }
    } catch (Decode.Refused impossible) {
      // A text of ours; where it were not, the first flags would only take longer.
      return;
    }
  }
}
