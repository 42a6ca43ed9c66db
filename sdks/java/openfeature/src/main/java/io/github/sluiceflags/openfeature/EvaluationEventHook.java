package io.github.sluiceflags.openfeature;

import dev.openfeature.sdk.FlagEvaluationDetails;
import dev.openfeature.sdk.Hook;
import dev.openfeature.sdk.HookContext;
import dev.openfeature.sdk.Value;
import io.github.sluiceflags.Reason;
import io.github.sluiceflags.internal.evaluation.JsonWriter;
import io.opentelemetry.api.logs.LogRecordBuilder;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.api.logs.Severity;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Tells OpenTelemetry of each evaluation as the event {@code feature_flag.evaluation}, by the semantic conventions 1.45.0: an OpenFeature hook. Needs
 * {@code opentelemetry-api}, which this artifact does not bring.
 */
public final class EvaluationEventHook implements Hook<Object> {
  private final Logger logger;
  private final Set<String> leftOut;

  /** Of everything. */
  public EvaluationEventHook(Logger logger) {
    this(logger, Set.of());
  }

  /**
   * A hook that keeps some attributes to itself.
   *
   * @param leaveOut their names, such as {@code feature_flag.context.id}, which is a person's targeting key, or {@code feature_flag.result.value}
   */
  public EvaluationEventHook(Logger logger, Set<String> leaveOut) {
    this.logger = logger;
    leftOut = Set.copyOf(leaveOut);
  }

  @Override
  public void finallyAfter(HookContext<Object> context, FlagEvaluationDetails<Object> details, Map<String, Object> hints) {
    LogRecordBuilder event = logger.logRecordBuilder().setEventName("feature_flag.evaluation").setSeverity(Severity.INFO);
    put(event, "feature_flag.key", context.getFlagKey());
    put(event, "feature_flag.provider.name", context.getProviderMetadata().getName());
    put(event, "feature_flag.result.variant", details.getVariant());
    String reason = details.getReason();
    put(event, "feature_flag.result.reason", reason == null ? "unknown" : reason.toLowerCase(Locale.ROOT));
    put(event, "feature_flag.context.id", context.getCtx() == null ? null : context.getCtx().getTargetingKey());
    put(event, "feature_flag.set.id", details.getFlagMetadata().getString("flagSetId"));
    put(event, "feature_flag.version", details.getFlagMetadata().getString("version"));
    if (Reason.ERROR.name().equals(reason)) {
      put(event, "error.type", details.getErrorCode() == null ? "general" : details.getErrorCode().name().toLowerCase(Locale.ROOT));
      put(event, "feature_flag.error.message", details.getErrorMessage());
    }
    putValue(event, details.getValue());
    event.emit();
  }

  private void put(LogRecordBuilder event, String name, String text) {
    if (text != null && !text.isEmpty() && !leftOut.contains(name)) {
      event.setAttribute(name, text);
    }
  }

  /** An object is told as its JSON, as the conventions ask. */
  private void putValue(LogRecordBuilder event, Object value) {
    String name = "feature_flag.result.value";
    if (leftOut.contains(name)) {
      return;
    }
    if (value instanceof Boolean is) {
      event.setAttribute(name, is);
    } else if (value instanceof Integer || value instanceof Long) {
      event.setAttribute(name, ((Number) value).longValue());
    } else if (value instanceof Double number) {
      event.setAttribute(name, number);
    } else if (value instanceof String text) {
      event.setAttribute(name, text);
    } else if (value instanceof Value object) {
      event.setAttribute(name, JsonWriter.write(plain(object)));
    }
  }

  private static Object plain(Value value) {
    if (value.isStructure()) {
      Map<String, Object> fields = new LinkedHashMap<>();
      value.asStructure().asMap().forEach((field, item) -> fields.put(field, plain(item)));
      return fields;
    }
    return value.isList() ? value.asList().stream().map(EvaluationEventHook::plain).toList() : value.asObject();
  }
}
