// Package openfeature is Sluice behind OpenFeature's Go SDK.
package openfeature

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	of "github.com/open-feature/go-sdk/openfeature"
	sluice "github.com/sluice-flags/sluice-go"
)

const (
	// eventsMax wait for OpenFeature; an older configuration change gives way, because the next one says the same: ask again.
	eventsMax = 64
	// flagsChangedMax: a longer list says nothing that "all of them" does not.
	flagsChangedMax = 1_000
)

var errNoFlags = errors.New("no flags were received yet")

// Provider answers OpenFeature from a client, which stays the caller's to ask directly; OpenFeature closes it at shutdown.
type Provider struct {
	client *sluice.Client
	events chan of.Event
	track  func(ctx context.Context, name string, user of.EvaluationContext, details of.TrackingEventDetails)

	mutex sync.Mutex
	stops []func()
	told  sluice.State
}

// New makes a provider of a client. track receives what the application tracks; it may be nil.
func New(client *sluice.Client, track func(ctx context.Context, name string, user of.EvaluationContext, details of.TrackingEventDetails)) *Provider {
	return &Provider{client: client, events: make(chan of.Event, eventsMax), track: track}
}

// Metadata names the provider.
func (p *Provider) Metadata() of.Metadata { return of.Metadata{Name: "sluice"} }

// Hooks are none of its own.
func (p *Provider) Hooks() []of.Hook { return nil }

// EventChannel carries READY, STALE and CONFIGURATION_CHANGED.
func (p *Provider) EventChannel() <-chan of.Event { return p.events }

// Init waits for the first flags as Client.Ready does. It fails where none came: OpenFeature then says ERROR, and READY once they arrive.
func (p *Provider) Init(user of.EvaluationContext) error {
	return p.InitWithContext(context.Background(), user)
}

// InitWithContext is Init that gives up with the context.
func (p *Provider) InitWithContext(ctx context.Context, _ of.EvaluationContext) error {
	isReady := p.client.Ready(ctx)
	p.mutex.Lock()
	p.told = p.client.State()
	isStale := p.told == sluice.Stale
	p.stops = append(p.stops, p.client.OnState(p.stateChanged), p.client.OnChange(p.changed))
	p.mutex.Unlock()
	if !isReady {
		if trouble := p.client.Trouble(); trouble != nil {
			return trouble
		}
		return errNoFlags
	}
	if isStale {
		p.emit(of.ProviderStale, of.ProviderEventDetails{Message: p.why()})
	}
	return nil
}

// Shutdown closes the client.
func (p *Provider) Shutdown() {
	p.mutex.Lock()
	stops := p.stops
	p.stops = nil
	p.mutex.Unlock()
	for _, stop := range stops {
		stop()
	}
	p.client.Close()
}

// ShutdownWithContext is Shutdown, which does not wait for the network.
func (p *Provider) ShutdownWithContext(context.Context) error {
	p.Shutdown()
	return nil
}

// Track is Client.Track where the details name a flag, with "failed" true where it failed; everything is handed on as well.
func (p *Provider) Track(ctx context.Context, name string, user of.EvaluationContext, details of.TrackingEventDetails) {
	if flag, ok := details.Attribute("flag").(string); ok {
		p.client.Track(name, sluice.NewContext(user.TargetingKey(), user.Attributes()), sluice.Outcome{Flag: flag, Failed: details.Attribute("failed") == true})
	}
	if p.track != nil {
		p.track(ctx, name, user, details)
	}
}

func (p *Provider) stateChanged(state sluice.State) {
	p.mutex.Lock()
	before := p.told
	p.told = state
	p.mutex.Unlock()
	// Coming from nothing to the last good flags makes the provider usable; being cut off makes it stale.
	if state == sluice.Ready || (state == sluice.Stale && before == sluice.Starting) {
		p.emit(of.ProviderReady, of.ProviderEventDetails{})
	}
	if state == sluice.Stale {
		p.emit(of.ProviderStale, of.ProviderEventDetails{Message: p.why()})
	}
}

func (p *Provider) changed(change sluice.Change) {
	flags := slices.Clone(change.Flags[:min(len(change.Flags), flagsChangedMax)])
	p.emit(of.ProviderConfigChange, of.ProviderEventDetails{FlagChanges: flags,
		EventMetadata: map[string]any{"epoch": change.Version.Epoch, "seq": change.Version.Seq, "kill": change.IsKill}})
}

func (p *Provider) why() string {
	if trouble := p.client.Trouble(); trouble != nil {
		return trouble.Message
	}
	return "Answers come from the last good flags."
}

// emit never waits: the client's own goroutine calls it.
func (p *Provider) emit(kind of.EventType, details of.ProviderEventDetails) {
	event := of.Event{ProviderName: "sluice", EventType: kind, ProviderEventDetails: details}
	for {
		select {
		case p.events <- event:
			return
		default:
		}
		select {
		case <-p.events:
		default:
		}
	}
}

// BooleanEvaluation answers a boolean.
func (p *Provider) BooleanEvaluation(_ context.Context, flag string, fallback bool, user of.FlattenedContext) of.BoolResolutionDetail {
	details := p.client.BooleanDetails(flag, fallback, sluice.NewContext("", user))
	return of.BoolResolutionDetail{Value: details.Value, ProviderResolutionDetail: detail(p.client.Environment(), flag, details)}
}

// StringEvaluation answers a text.
func (p *Provider) StringEvaluation(_ context.Context, flag, fallback string, user of.FlattenedContext) of.StringResolutionDetail {
	details := p.client.StringDetails(flag, fallback, sluice.NewContext("", user))
	return of.StringResolutionDetail{Value: details.Value, ProviderResolutionDetail: detail(p.client.Environment(), flag, details)}
}

// FloatEvaluation answers a number.
func (p *Provider) FloatEvaluation(_ context.Context, flag string, fallback float64, user of.FlattenedContext) of.FloatResolutionDetail {
	details := p.client.NumberDetails(flag, fallback, sluice.NewContext("", user))
	return of.FloatResolutionDetail{Value: details.Value, ProviderResolutionDetail: detail(p.client.Environment(), flag, details)}
}

// IntEvaluation answers a whole number; one with a fraction, or beyond what a double holds exactly, is of another type.
func (p *Provider) IntEvaluation(_ context.Context, flag string, fallback int64, user of.FlattenedContext) of.IntResolutionDetail {
	details := p.client.NumberDetails(flag, float64(fallback), sluice.NewContext("", user))
	if details.Reason == "ERROR" {
		return of.IntResolutionDetail{Value: fallback, ProviderResolutionDetail: detail(p.client.Environment(), flag, details)}
	}
	whole := int64(0)
	if details.Value >= -1<<53 && details.Value <= 1<<53 {
		whole = int64(details.Value)
	}
	if float64(whole) != details.Value {
		return of.IntResolutionDetail{Value: fallback, ProviderResolutionDetail: of.ProviderResolutionDetail{Reason: of.ErrorReason,
			ResolutionError: of.NewTypeMismatchResolutionError(fmt.Sprintf("The number of flag %q is no integer.", flag))}}
	}
	return of.IntResolutionDetail{Value: whole, ProviderResolutionDetail: detail(p.client.Environment(), flag, details)}
}

// ObjectEvaluation answers an object or list.
func (p *Provider) ObjectEvaluation(_ context.Context, flag string, fallback any, user of.FlattenedContext) of.InterfaceResolutionDetail {
	details := p.client.ObjectDetails(flag, fallback, sluice.NewContext("", user))
	return of.InterfaceResolutionDetail{Value: details.Value, ProviderResolutionDetail: detail(p.client.Environment(), flag, details)}
}

func detail[T any](environment, flag string, details sluice.Details[T]) of.ProviderResolutionDetail {
	metadata := of.FlagMetadata{"cause": string(details.Cause), "version": fmt.Sprintf("%s:%d", details.Version.Epoch, details.Version.Seq),
		// The name that OpenFeature's telemetry looks for.
		"flagSetId": environment}
	if details.By != "" {
		metadata["by"] = details.By
	}
	if len(details.Problems) > 0 {
		metadata["problems"] = strings.Join(details.Problems, "; ")
	}
	made := of.ProviderResolutionDetail{Reason: of.Reason(details.Reason), Variant: details.Variant, FlagMetadata: metadata}
	if made.Reason == of.ErrorReason {
		made.ResolutionError = errorOf(flag, details.Cause, details.Problems)
	}
	return made
}

func errorOf(flag string, cause sluice.Cause, problems []string) of.ResolutionError {
	switch cause {
	case sluice.CauseUnknownFlag:
		return of.NewFlagNotFoundResolutionError(fmt.Sprintf("There is no flag %q in this environment.", flag))
	case sluice.CauseWrongType:
		return of.NewTypeMismatchResolutionError(fmt.Sprintf("Flag %q is of another type.", flag))
	case sluice.CauseNoSnapshot:
		return of.NewProviderNotReadyResolutionError("No flags were received yet.")
	default:
		return of.NewParseErrorResolutionError(fmt.Sprintf("Flag %q cannot be read: %s", flag, strings.Join(problems, "; ")))
	}
}
