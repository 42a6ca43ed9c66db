package openfeature_test

import (
	"context"
	"maps"
	"testing"

	of "github.com/open-feature/go-sdk/openfeature"
	sluice "github.com/sluice-flags/sluice-go"
	provider "github.com/sluice-flags/sluice-go/openfeature"
	"github.com/sluice-flags/sluice-go/sluicetest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	sdk "go.opentelemetry.io/otel/sdk/log"
)

// kept is an exporter in memory, behind OpenTelemetry's own SDK.
type kept struct{ records []sdk.Record }

func (k *kept) Export(_ context.Context, records []sdk.Record) error {
	for _, record := range records {
		k.records = append(k.records, record.Clone())
	}
	return nil
}
func (*kept) Shutdown(context.Context) error   { return nil }
func (*kept) ForceFlush(context.Context) error { return nil }

// attributesOf gives what an event says, as text and plain values.
func attributesOf(t *testing.T, record *sdk.Record) map[string]any {
	t.Helper()
	if record.EventName() != "feature_flag.evaluation" || record.Severity() != log.SeverityInfo {
		t.Errorf("event %q of severity %v", record.EventName(), record.Severity())
	}
	told := map[string]any{}
	record.WalkAttributes(func(one attribute.KeyValue) bool {
		told[string(one.Key)] = one.Value.AsInterface()
		return true
	})
	return told
}

func TestEachEvaluationIsAnEventByTheConventions(t *testing.T) {
	server, exporter := sluicetest.NewServer(t, environment), &kept{}
	logs := sdk.NewLoggerProvider(sdk.WithProcessor(sdk.NewSimpleProcessor(exporter)))
	if err := of.SetProviderAndWait(provider.New(sluice.New(sluice.Options{URL: server.URL, Key: "k"}), nil)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(of.Shutdown)
	client, user := of.NewClient("app"), of.NewEvaluationContext("ada", map[string]any{"role": "staff"})
	client.AddHooks(provider.NewEvaluationEventHook(logs.Logger("app")))
	client.Boolean(t.Context(), "staff", false, user)
	client.Object(t.Context(), "rows", nil, user)
	client.String(t.Context(), "nowhere", "none", user)
	all := []map[string]any{
		{"feature_flag.key": "staff", "feature_flag.result.variant": "on", "feature_flag.result.value": true, "feature_flag.result.reason": "targeting_match"},
		{"feature_flag.key": "rows", "feature_flag.result.variant": "one", "feature_flag.result.value": "[1]", "feature_flag.result.reason": "static"},
		{"feature_flag.key": "nowhere", "feature_flag.result.value": "none", "feature_flag.result.reason": "error", "error.type": "flag_not_found",
			"feature_flag.error.message": `There is no flag "nowhere" in this environment.`},
	}
	if len(exporter.records) != len(all) {
		t.Fatalf("%d events", len(exporter.records))
	}
	for at, wanted := range all {
		maps.Copy(wanted, map[string]any{"feature_flag.provider.name": "sluice", "feature_flag.context.id": "ada", "feature_flag.set.id": "production",
			"feature_flag.version": "e1:3"})
		if got := attributesOf(t, &exporter.records[at]); !maps.Equal(got, wanted) {
			t.Errorf("told %v\nnot %v", got, wanted)
		}
	}
	exporter.records = nil
	quiet := of.NewClient("quiet")
	quiet.AddHooks(provider.NewEvaluationEventHook(logs.Logger("app"), "feature_flag.context.id", "feature_flag.result.value"))
	quiet.Boolean(t.Context(), "staff", false, user)
	got := attributesOf(t, &exporter.records[0])
	if got["feature_flag.context.id"] != nil || got["feature_flag.result.value"] != nil || got["feature_flag.key"] != "staff" {
		t.Errorf("told %v", got)
	}
}
