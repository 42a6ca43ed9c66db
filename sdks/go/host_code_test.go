package sluice_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	sluice "github.com/sluice-flags/sluice-go"
)

const hostKill = "event: patch\ndata: {\"epoch\":\"e1\",\"base\":3,\"to\":4,\"set\":{\"kills\":{\"k1\":{\"flags\":[\"site.diary\"]}}}}\n\n"

// killing is a server that sends a kill a minute after a stream was opened, and counts what it is told.
func killing(telemetry *atomic.Int64) network {
	return func(r *http.Request) (*http.Response, error) {
		switch r.URL.Path {
		case "/sdk/v1/snapshot":
			return reply(200, "application/json", environment), nil
		case "/sdk/v1/stream":
			reader, writer := io.Pipe()
			go func() {
				hello := "event: hello\ndata: {\"environment\":\"production\",\"epoch\":\"e1\",\"seq\":3}\n\n"
				_, _ = io.WriteString(writer, hello)
				for range 12 {
					select {
					case <-time.After(5 * time.Second):
					case <-r.Context().Done():
					}
					_, _ = io.WriteString(writer, "event: heartbeat\ndata: {\"epoch\":\"e1\",\"seq\":3}\n\n")
				}
				_, _ = io.WriteString(writer, hostKill)
				<-r.Context().Done()
				_ = writer.CloseWithError(r.Context().Err())
			}()
			return streamOf(reader), nil
		case "/sdk/v1/telemetry":
			telemetry.Add(1)
		}
		return reply(204, "", ""), nil
	}
}

func TestCloseMayBeCalledByAnyListenerAndByManyAtOnce(t *testing.T) {
	for _, where := range []string{"a change", "a state", "two goroutines", "a listener that hangs"} {
		t.Run(where, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var telemetry atomic.Int64
				client := sluice.New(sluice.Options{URL: "http://flags", Log: loggerTo(&lines{}), HTTP: killing(&telemetry)})
				letGo := make(chan struct{})
				client.OnChange(func(change sluice.Change) {
					switch {
					case !change.IsKill:
					case where == "a change":
						client.Boolean("site.photos", false, sluice.Context{})
						client.Close()
					case where == "a listener that hangs":
						<-letGo
					}
				})
				client.OnState(func(state sluice.State) {
					if state == sluice.Offline && where == "a state" {
						client.Close()
					}
				})
				client.Ready(t.Context())
				time.Sleep(50 * time.Second)
				client.Boolean("site.photos", false, sluice.Context{})
				time.Sleep(20 * time.Second)
				client.Boolean("site.photos", false, sluice.Context{})
				before := time.Now()
				if where == "two goroutines" {
					go client.Close()
				}
				client.Close()
				if waited := time.Since(before); waited > 3*time.Second {
					t.Errorf("it took %s", waited)
				}
				close(letGo)
				synctest.Wait()
				if client.State() != sluice.Offline || !client.Boolean("site.photos", false, sluice.Context{}) || telemetry.Load() == 0 {
					t.Errorf("%s, told %d times", client.State(), telemetry.Load())
				}
			})
		})
	}
}

func TestListenerOfAnInvocationMayRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var telemetry, refreshed atomic.Int64
		client := sluice.New(sluice.Options{URL: "http://flags", RefreshEvery: 30 * time.Second, Log: loggerTo(&lines{}), HTTP: killing(&telemetry)})
		client.OnChange(func(sluice.Change) {
			client.Refresh(context.Background())
			refreshed.Add(1)
		})
		if !client.Refresh(context.Background()) || refreshed.Load() != 1 || !client.Boolean("site.diary", false, sluice.Context{}) {
			t.Errorf("refreshed %d times", refreshed.Load())
		}
		client.Close()
	})
}

// failing is a handler that panics at whatever is asked of it.
type failing struct{}

func (failing) Enabled(context.Context, slog.Level) bool  { panic("the handler's own") }
func (failing) Handle(context.Context, slog.Record) error { panic("the handler's own") }
func (f failing) WithAttrs([]slog.Attr) slog.Handler      { panic("the handler's own") }
func (f failing) WithGroup(string) slog.Handler           { panic("the handler's own") }

func TestLogThatPanicsHarmsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var telemetry atomic.Int64
		var isUp atomic.Bool
		client := sluice.New(sluice.Options{URL: "http://flags", Log: slog.New(failing{}), HTTP: network(func(r *http.Request) (*http.Response, error) {
			if !isUp.Load() {
				return nil, errRefused
			}
			return killing(&telemetry)(r)
		})})
		defer client.Close()
		time.Sleep(time.Minute)
		isUp.Store(true)
		time.Sleep(2 * time.Minute)
		if client.Boolean("site.diary", true, sluice.Context{}) || !client.Boolean("site.dairy", true, sluice.Context{}) {
			t.Error("its kill did not come")
		}
	})
}
