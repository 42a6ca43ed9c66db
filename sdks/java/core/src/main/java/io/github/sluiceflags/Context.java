package io.github.sluiceflags;

import io.github.sluiceflags.internal.evaluation.Attributes;
import io.github.sluiceflags.internal.evaluation.AttributesCopy;
import java.util.Map;

/**
 * The person and customer a question is about: an immutable copy of what it was made from, safe for any number of threads. Make one a request and ask
 * it many flags.
 */
public final class Context {
  /** Nobody: no attributes at all. */
  public static final Context EMPTY = new Context(Attributes.NONE);

  private final Attributes attributes;

  private Context(Attributes attributes) {
    this.attributes = attributes;
  }

  /**
   * Copies attributes into a context. They may be nested maps or flattened ({@code "plan.tier"}); a flattened name wins over a nested one. Texts, finite
   * numbers, booleans, lists, arrays and maps with texts as keys count, enums by their names, instants and dates as RFC 3339 text; anything else is
   * missing, as are values nested more than 64 deep and those beyond 100,000 altogether. The customer is the text at the attribute that the environment
   * names, usually {@code customer}.
   *
   * @param targetingKey the user; where it is null, an attribute {@code targetingKey} counts, which may also be an integer
   * @param attributes may be null
   */
  public static Context of(String targetingKey, Map<String, ?> attributes) {
    return new Context(AttributesCopy.of(targetingKey, attributes));
  }

  /** A user without attributes. */
  public static Context of(String targetingKey) {
    return of(targetingKey, Map.of());
  }

  Attributes attributes() {
    return attributes;
  }
}
