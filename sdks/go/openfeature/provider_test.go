package openfeature_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	of "github.com/open-feature/go-sdk/openfeature"
	sluice "github.com/sluice-flags/sluice-go"
	provider "github.com/sluice-flags/sluice-go/openfeature"
	"github.com/sluice-flags/sluice-go/sluicetest"
)

const environment = `{"format":1,"environment":"production","epoch":"e1","seq":3,"salt":"s","flags":{"on":{"default":"on"},
"staff":{"rules":[{"id":"staff","if":["equals","role","staff"],"serve":"on"}]},
"limit":{"type":"number","variants":{"low":5,"half":5.5},"off":"low","default":"low"},
"half":{"type":"number","variants":{"low":5,"half":5.5},"off":"low","default":"half"},
"rows":{"type":"object","variants":{"one":[1],"off":[]},"default":"one"},"text":{"type":"string","variants":{"a":"A","off":""},"default":"a"}}}`

func TestProviderAnswersTellsItsStateAndTracks(t *testing.T) {
	server := sluicetest.NewServer(t, environment)
	tracked := ""
	sluiceProvider := provider.New(sluice.New(sluice.Options{URL: server.URL, Key: "k"}),
		func(_ context.Context, name string, _ of.EvaluationContext, _ of.TrackingEventDetails) {
			tracked = name
		})
	events := make(chan string, 100)
	for _, kind := range []of.EventType{of.ProviderReady, of.ProviderStale, of.ProviderConfigChange} {
		callback := func(details of.EventDetails) { events <- fmt.Sprint(kind, " ", details.FlagChanges) }
		of.AddHandler(kind, &callback)
		t.Cleanup(func() { of.RemoveHandler(kind, &callback) })
	}
	if err := of.SetProviderAndWait(sluiceProvider); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(of.Shutdown)
	client, ctx := of.NewDefaultClient(), t.Context()
	user := of.NewEvaluationContext("ada", map[string]any{"role": "staff"})
	details, err := client.BooleanValueDetails(ctx, "staff", false, user)
	if err != nil || !details.Value || details.Reason != of.TargetingMatchReason || details.FlagMetadata["by"] != "staff" || details.FlagMetadata["version"] != "e1:3" {
		t.Errorf("%+v, %v", details, err)
	}
	if text := client.String(ctx, "text", "", user); text != "A" {
		t.Errorf("text %q", text)
	}
	if client.Int(ctx, "limit", 1, user) != 5 || client.Float(ctx, "half", 1, user) != 5.5 || fmt.Sprint(client.Object(ctx, "rows", nil, user)) != "[1]" {
		t.Error("wrong values")
	}
	for flag, wanted := range map[string]of.ErrorCode{"nowhere": of.FlagNotFoundCode, "half": of.TypeMismatchCode, "text": of.TypeMismatchCode} {
		if details, _ := client.IntValueDetails(ctx, flag, 7, user); details.Value != 7 || details.ErrorCode != wanted {
			t.Errorf("%s: %+v", flag, details)
		}
	}
	client.Track(ctx, "exported", user, of.NewTrackingEventDetails(1))
	if tracked != "exported" {
		t.Error("not tracked")
	}
	customer := of.NewEvaluationContext("ada", map[string]any{"customer": "acme"})
	client.Track(ctx, "export", customer, of.NewTrackingEventDetails(1).Add("flag", "text").Add("failed", true))
	awaitEvent(t, events, "PROVIDER_READY []")
	<-server.Opened
	server.Send("patch", `{"epoch":"e1","base":3,"to":4,"set":{"kills":{"k":{"flags":["on"]}}}}`)
	awaitEvent(t, events, "PROVIDER_CONFIGURATION_CHANGED [on]")
	server.CloseClientConnections()
	awaitEvent(t, events, "PROVIDER_STALE []")
	awaitEvent(t, events, "PROVIDER_READY []")
	of.Shutdown()
	told := <-server.Telemetry
	// The hash of the customer is that of conformance/hashing with the salt "s".
	if got := fmt.Sprint(told["outcomes"]); got != "[map[customer:fe71f3c92c49ebfd failed:1 flag:text ok:0 outcome:export variant:a]]" {
		t.Errorf("told %s", got)
	}
}

func awaitEvent(t *testing.T, events <-chan string, wanted string) {
	t.Helper()
	for {
		select {
		case got := <-events:
			if got == wanted {
				return
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("waited for %s in vain", wanted)
		}
	}
}
