package io.github.sluiceflags.openfeature;

import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.EventProvider;
import dev.openfeature.sdk.ImmutableMetadata;
import dev.openfeature.sdk.Metadata;
import dev.openfeature.sdk.ProviderEvaluation;
import dev.openfeature.sdk.ProviderEventDetails;
import dev.openfeature.sdk.TrackingEventDetails;
import dev.openfeature.sdk.Value;
import dev.openfeature.sdk.exceptions.GeneralError;
import io.github.sluiceflags.Change;
import io.github.sluiceflags.Context;
import io.github.sluiceflags.Details;
import io.github.sluiceflags.Outcome;
import io.github.sluiceflags.Reason;
import io.github.sluiceflags.SluiceClient;
import io.github.sluiceflags.State;
import io.github.sluiceflags.Trouble;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Answers OpenFeature from a client, which stays the caller's to ask directly; OpenFeature closes it at shutdown. */
public final class SluiceProvider extends EventProvider {
  /** A longer list says nothing that "all of them" does not. */
  private static final int FLAGS_CHANGED_MAX = 1_000;

  private static final double SAFE_INTEGERS = 1L << 53;

  private final SluiceClient client;
  private final Tracker tracker;
  private final List<Runnable> stops = new ArrayList<>();
  private State told = State.STARTING;

  /** Receives what the application tracks. */
  @FunctionalInterface
  public interface Tracker {
    /** Takes one event; the context and the details may be null. */
    void track(String name, EvaluationContext context, TrackingEventDetails details);
  }

  /** A provider that drops what the application tracks. */
  public SluiceProvider(SluiceClient client) {
    this(client, (name, context, details) -> {});
  }

  /** A provider of a client. */
  public SluiceProvider(SluiceClient client, Tracker tracker) {
    this.client = client;
    this.tracker = tracker;
  }

  @Override
  public Metadata getMetadata() {
    return () -> "sluice";
  }

  /** Waits for the first flags as {@link SluiceClient#ready()} does. Fails where none came: OpenFeature then says ERROR, and READY once they arrive. */
  @Override
  public void initialize(EvaluationContext context) {
    boolean isReady = client.ready();
    boolean isStale;
    synchronized (this) {
      told = client.state();
      isStale = told == State.STALE;
      stops.add(client.onState(this::stateChanged));
      stops.add(client.onChange(this::changed));
    }
    if (!isReady) {
      Trouble trouble = client.trouble();
      throw new GeneralError(trouble == null ? "no flags were received yet" : trouble.toString());
    }
    if (isStale) {
      emitProviderStale(because());
    }
  }

  @Override
  public void shutdown() {
    synchronized (this) {
      stops.forEach(Runnable::run);
      stops.clear();
    }
    client.close();
    super.shutdown();
  }

  /** {@link SluiceClient#track} where the details name a {@code flag}, with {@code failed} true where it failed; everything reaches the tracker as well. */
  @Override
  public void track(String name, EvaluationContext context, TrackingEventDetails details) {
    if (details != null && context != null) {
      Map<String, Object> said = details.asObjectMap();
      if (said.get("flag") instanceof String flag) {
        client.track(name, contextOf(context), new Outcome(flag, Boolean.TRUE.equals(said.get("failed"))));
      }
    }
    tracker.track(name, context, details);
  }

  private void stateChanged(State state) {
    State before;
    synchronized (this) {
      before = told;
      told = state;
    }
    // Coming from nothing to the last good flags makes the provider usable; being cut off makes it stale.
    if (state == State.READY || (state == State.STALE && before == State.STARTING)) {
      emitProviderReady(ProviderEventDetails.builder().build());
    }
    if (state == State.STALE) {
      emitProviderStale(because());
    }
  }

  private void changed(Change change) {
    ImmutableMetadata metadata =
        ImmutableMetadata.builder()
            .addString("epoch", change.version().epoch())
            .addLong("seq", change.version().seq())
            .addBoolean("kill", change.isKill())
            .build();
    List<String> flags = change.flags().stream().limit(FLAGS_CHANGED_MAX).toList();
    emitProviderConfigurationChanged(ProviderEventDetails.builder().flagsChanged(flags).eventMetadata(metadata).build());
  }

  private ProviderEventDetails because() {
    Trouble trouble = client.trouble();
    return ProviderEventDetails.builder().message(trouble == null ? "Answers come from the last good flags." : trouble.message()).build();
  }

  private static Context contextOf(EvaluationContext context) {
    if (context == null) {
      return Context.EMPTY;
    }
    String user = context.getTargetingKey();
    return Context.of(user == null || user.isEmpty() ? null : user, context.asObjectMap());
  }

  @Override
  public ProviderEvaluation<Boolean> getBooleanEvaluation(String key, Boolean fallback, EvaluationContext context) {
    boolean other = Boolean.TRUE.equals(fallback);
    return evaluation(key, fallback, client.getBooleanDetails(key, other, contextOf(context)), Function.identity());
  }

  @Override
  public ProviderEvaluation<String> getStringEvaluation(String key, String fallback, EvaluationContext context) {
    return evaluation(key, fallback, client.getStringDetails(key, fallback, contextOf(context)), Function.identity());
  }

  @Override
  public ProviderEvaluation<Double> getDoubleEvaluation(String key, Double fallback, EvaluationContext context) {
    return evaluation(key, fallback, client.getNumberDetails(key, 0, contextOf(context)), Function.identity());
  }

  /** A number with a fraction, or beyond an int, is of another type. */
  @Override
  public ProviderEvaluation<Integer> getIntegerEvaluation(String key, Integer fallback, EvaluationContext context) {
    Details<Double> details = client.getNumberDetails(key, 0, contextOf(context));
    return isWhole(details, Integer.MAX_VALUE) ? evaluation(key, fallback, details, Double::intValue) : noInteger(key, fallback);
  }

  /** A number with a fraction, or beyond what a double holds exactly, is of another type. */
  @Override
  public ProviderEvaluation<Long> getLongEvaluation(String key, Long fallback, EvaluationContext context) {
    Details<Double> details = client.getNumberDetails(key, 0, contextOf(context));
    return isWhole(details, SAFE_INTEGERS) ? evaluation(key, fallback, details, Double::longValue) : noInteger(key, fallback);
  }

  private static boolean isWhole(Details<Double> details, double most) {
    return details.value() == Math.rint(details.value()) && Math.abs(details.value()) <= most;
  }

  private static <T> ProviderEvaluation<T> noInteger(String key, T fallback) {
    String message = "The number of flag \"" + key + "\" is no integer of this size.";
    return new ProviderEvaluation<>(fallback, null, Reason.ERROR.name(), ErrorCode.TYPE_MISMATCH, message, ImmutableMetadata.builder().build());
  }

  @Override
  public ProviderEvaluation<Value> getObjectEvaluation(String key, Value fallback, EvaluationContext context) {
    return evaluation(key, fallback, client.getObjectDetails(key, null, contextOf(context)), Value::objectToValue);
  }

  private <F, T> ProviderEvaluation<T> evaluation(String key, T fallback, Details<F> details, Function<F, T> convert) {
    ImmutableMetadata.ImmutableMetadataBuilder metadata = ImmutableMetadata.builder().addString("cause", details.cause().toString());
    String environment = client.environment();
    if (environment != null) {
      // The name that OpenFeature's telemetry looks for.
      metadata.addString("flagSetId", environment);
    }
    if (details.version() != null) {
      metadata.addString("version", details.version().toString());
    }
    if (!details.by().isEmpty()) {
      metadata.addString("by", details.by());
    }
    if (!details.problems().isEmpty()) {
      metadata.addString("problems", String.join("; ", details.problems()));
    }
    if (details.reason() == Reason.ERROR) {
      return new ProviderEvaluation<>(fallback, null, Reason.ERROR.name(), codeOf(details), messageOf(key, details), metadata.build());
    }
    return new ProviderEvaluation<>(convert.apply(details.value()), details.variant(), details.reason().name(), null, null, metadata.build());
  }

  private static ErrorCode codeOf(Details<?> details) {
    return switch (details.cause()) {
      case UNKNOWN_FLAG -> ErrorCode.FLAG_NOT_FOUND;
      case WRONG_TYPE -> ErrorCode.TYPE_MISMATCH;
      case NO_SNAPSHOT -> ErrorCode.PROVIDER_NOT_READY;
      case KILL, PREREQUISITE, INELIGIBLE, PIN, EXPOSURE, RULE, DEFAULT -> ErrorCode.PARSE_ERROR;
    };
  }

  private static String messageOf(String key, Details<?> details) {
    return switch (details.cause()) {
      case UNKNOWN_FLAG -> "There is no flag \"" + key + "\" in this environment.";
      case WRONG_TYPE -> "Flag \"" + key + "\" is of another type.";
      case NO_SNAPSHOT -> "No flags were received yet.";
      case KILL, PREREQUISITE, INELIGIBLE, PIN, EXPOSURE, RULE, DEFAULT ->
          "Flag \"" + key + "\" cannot be read: " + String.join("; ", details.problems());
    };
  }
}
