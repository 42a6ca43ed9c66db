package sluice

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

// answering answers every request alike.
type answering func(*http.Request) (*http.Response, error)

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) { return a(r) }

func TestWhoeverHasWaitedForReadyFindsTheStateReady(t *testing.T) {
	listening, heard := make(chan struct{}), make(chan bool, 8)
	client := New(Options{URL: "http://flags", Log: slog.New(slog.DiscardHandler), HTTP: answering(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/stream") {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}
		<-listening
		body := io.NopCloser(strings.NewReader(`{"format":1,"environment":"production","epoch":"e1","seq":3,"salt":"pepper","flags":{}}`))
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}, nil
	})})
	defer client.Close()
	client.OnState(func(State) {
		select {
		case <-client.settled:
			heard <- true
		default:
			heard <- false
		}
	})
	close(listening)
	if !client.Ready(t.Context()) || client.State() != Ready {
		t.Errorf("the state is %q", client.State())
	}
	if <-heard {
		t.Error("Ready returns before the state is what it says")
	}
}
