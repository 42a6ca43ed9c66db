package io.github.sluiceflags.testing;

import io.github.sluiceflags.SluiceClient;
import io.github.sluiceflags.SluiceOptions;
import io.github.sluiceflags.internal.evaluation.JsonWriter;
import io.github.sluiceflags.internal.testing.ClientAccess;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A client in memory, whose flags a test sets. The code under test takes its {@link #client()}. A flag that is asked for and not set, or asked for as
 * another type, is a problem, and closing with problems fails: {@link #lenient} does not mind.
 */
public final class TestFlags implements AutoCloseable {
  private static final String EPOCH = "test";

  /** Nothing is waited for but a thread's turn, which may be late on a machine that is busy. */
  private static final Duration TAKEN_MAX = Duration.ofSeconds(60);

  private final SluiceClient client;
  private final Map<String, String> forms = new HashMap<>();
  private final List<String> problems = new CopyOnWriteArrayList<>();
  private long seq = 1;

  private TestFlags(Map<String, ?> flags, boolean isStrict) {
    flags.forEach((key, value) -> forms.put(key, formOf(value)));
    Map<String, Object> raw = new HashMap<>();
    forms.forEach((key, form) -> raw.put(key, new JsonWriter.Raw(form)));
    String snapshot = JsonWriter.write(Map.of("format", 1, "environment", "test", "epoch", EPOCH, "seq", 1, "salt", "", "flags", raw));
    SluiceOptions.Builder options = SluiceOptions.builder().snapshot(snapshot).readyWait(TAKEN_MAX).log(new QuietLog());
    client = SluiceClient.create((isStrict ? options.strict(problems::add) : options).build());
    if (!client.ready()) {
      throw new AssertionError("the flags were not taken");
    }
  }

  /** Values that everybody gets, by flag key: booleans, texts, numbers, or maps and lists of these. */
  public static TestFlags of(Map<String, ?> flags) {
    return new TestFlags(flags, true);
  }

  /** The same without failing over unknown flags and other types. */
  public static TestFlags lenient(Map<String, ?> flags) {
    return new TestFlags(flags, false);
  }

  /** What the code under test is given. */
  public SluiceClient client() {
    return client;
  }

  /** What the code under test overlooked so far. */
  public List<String> problems() {
    return List.copyOf(problems);
  }

  /** Something that was set for a while. */
  public interface Setting extends AutoCloseable {
    /** Brings back what was before. */
    @Override
    void close();
  }

  /** Makes a flag answer a value for everybody until the setting is closed, and then what it answered before. */
  public Setting withFlag(String key, Object value) {
    return withForm(key, formOf(value));
  }

  /** The same for a flag's whole form as snapshots have it (rules, exposure, prerequisites), as JSON. */
  public Setting withForm(String key, String form) {
    String before = set(key, form);
    return () -> set(key, before);
  }

  /** Gives the form that was there before; null drops the flag. */
  private synchronized String set(String key, String form) {
    Map<String, Object> patch = new HashMap<>(Map.of("epoch", EPOCH, "base", seq, "to", seq + 1));
    String before = forms.get(key);
    if (form == null) {
      forms.remove(key);
      patch.put("drop", Map.of("flags", List.of(key)));
    } else {
      forms.put(key, form);
      patch.put("set", Map.of("flags", Map.of(key, new JsonWriter.Raw(form))));
    }
    String problem = ClientAccess.patch(client, JsonWriter.write(patch));
    if (problem != null) {
      throw new AssertionError(key + " was not set: " + problem);
    }
    seq++;
    return before;
  }

  /** A flag that serves one value to everybody; a kill of it serves the type's zero value. */
  private static String formOf(Object value) {
    String type = "object";
    Object zero = Map.of();
    if (value instanceof Boolean) {
      type = "boolean";
      zero = false;
    } else if (value instanceof CharSequence) {
      type = "string";
      zero = "";
    } else if (value instanceof Number) {
      type = "number";
      zero = 0;
    }
    Map<String, Object> variants = new HashMap<>();
    variants.put("set", value);
    variants.put("off", zero);
    return JsonWriter.write(Map.of("type", type, "variants", variants, "default", "set"));
  }

  /** Fails where something was overlooked. */
  void failOverProblems() {
    if (!problems.isEmpty()) {
      String all = String.join("\n", problems);
      problems.clear();
      throw new AssertionError(all);
    }
  }

  @Override
  public void close() {
    client.close();
    failOverProblems();
  }
}
