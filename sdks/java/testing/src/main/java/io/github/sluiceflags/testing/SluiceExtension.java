package io.github.sluiceflags.testing;

import io.github.sluiceflags.SluiceClient;
import java.util.Map;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Flags in memory for the tests of one JUnit class: {@code @RegisterExtension final SluiceExtension flags = SluiceExtension.of(Map.of("a.flag", true))}.
 * Each test begins with these; it fails where the code under test asked for a flag that is not set, or for another type.
 */
public final class SluiceExtension implements BeforeEachCallback, AfterEachCallback {
  private final Map<String, ?> values;
  private TestFlags flags;

  private SluiceExtension(Map<String, ?> values) {
    this.values = values;
  }

  /** Values that everybody gets, as {@link TestFlags#of}. */
  public static SluiceExtension of(Map<String, ?> flags) {
    return new SluiceExtension(flags);
  }

  /** What the code under test is given. */
  public SluiceClient client() {
    return flags.client();
  }

  /** Makes a flag answer a value for everybody until the test ends. */
  public void withFlag(String key, Object value) {
    flags.withFlag(key, value);
  }

  /** The same for a flag's whole form as snapshots have it, as JSON. */
  public void withForm(String key, String form) {
    flags.withForm(key, form);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    flags = TestFlags.of(values);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    flags.close();
  }
}
