package openfeature

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	of "github.com/open-feature/go-sdk/openfeature"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
)

// EvaluationEventHook tells OpenTelemetry of each evaluation as the event feature_flag.evaluation, by the semantic conventions 1.45.0.
type EvaluationEventHook struct {
	of.UnimplementedHook

	logger  log.Logger
	leftOut []string
}

// NewEvaluationEventHook makes a hook for of.AddHooks. leaveOut names attributes that stay here, such as feature_flag.context.id, which is a person's
// targeting key, or feature_flag.result.value.
func NewEvaluationEventHook(logger log.Logger, leaveOut ...string) *EvaluationEventHook {
	return &EvaluationEventHook{logger: logger, leftOut: leaveOut}
}

// Finally emits the event of one evaluation.
func (h *EvaluationEventHook) Finally(ctx context.Context, asked of.HookContext, details of.InterfaceEvaluationDetails, _ of.HookHints) {
	told := []attribute.KeyValue{
		attribute.String("feature_flag.key", asked.FlagKey()),
		attribute.String("feature_flag.provider.name", asked.ProviderMetadata().Name),
		attribute.String("feature_flag.result.reason", strings.ToLower(string(details.Reason))),
	}
	add := func(name, text string) {
		if text != "" {
			told = append(told, attribute.String(name, text))
		}
	}
	add("feature_flag.result.variant", details.Variant)
	add("feature_flag.context.id", asked.EvaluationContext().TargetingKey())
	for name, metadata := range map[string]string{"feature_flag.set.id": "flagSetId", "feature_flag.version": "version"} {
		text, _ := details.FlagMetadata[metadata].(string)
		add(name, text)
	}
	if details.Reason == of.ErrorReason {
		add("error.type", strings.ToLower(string(details.ErrorCode)))
		add("feature_flag.error.message", details.ErrorMessage)
	}
	if value, ok := attributeOf(details.Value); ok {
		told = append(told, value)
	}
	record := log.Record{}
	record.SetEventName("feature_flag.evaluation")
	record.SetSeverity(log.SeverityInfo)
	for _, one := range told {
		if !slices.Contains(h.leftOut, string(one.Key)) {
			record.AddAttributes(one)
		}
	}
	h.logger.Emit(ctx, record)
}

// attributeOf gives the value that was answered; an object is told as its JSON, as the conventions ask.
func attributeOf(value any) (attribute.KeyValue, bool) {
	const name = "feature_flag.result.value"
	switch value := value.(type) {
	case bool:
		return attribute.Bool(name, value), true
	case string:
		return attribute.String(name, value), true
	case int64:
		return attribute.Int64(name, value), true
	case float64:
		return attribute.Float64(name, value), true
	default:
		text, err := json.Marshal(value)
		return attribute.String(name, string(text)), err == nil
	}
}
