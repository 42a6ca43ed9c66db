package sluice_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	sluice "github.com/sluice-flags/sluice-go"
	"github.com/sluice-flags/sluice-go/sluicetest"
)

const refreshEvery = 30 * time.Second

// frozenServer answers in virtual time, and notes what it is asked.
type frozenServer struct {
	asked, streams int
	told           []batch
	isAway, hangs  bool
}

func (s *frozenServer) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == "/sdk/v1/snapshot" {
		s.asked++
	}
	switch {
	case s.hangs:
		<-r.Context().Done()
		return nil, r.Context().Err()
	case s.isAway:
		return nil, errors.New("connection refused")
	case r.URL.Path == "/sdk/v1/snapshot":
		return reply(200, "application/json", environment), nil
	case r.URL.Path == "/sdk/v1/telemetry":
		var one batch
		if err := json.NewDecoder(r.Body).Decode(&one); err != nil {
			return nil, err
		}
		s.told = append(s.told, one)
	default:
		s.streams++
	}
	return reply(204, "", ""), nil
}

func frozen(server *frozenServer) *sluice.Client {
	return sluice.New(sluice.Options{URL: "http://flags", Key: "k", HTTP: server, RefreshEvery: refreshEvery, Log: slog.New(slog.DiscardHandler)})
}

func TestBetweenInvocationsNothingIsAskedAndNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &frozenServer{}
		client := frozen(server)
		before := runtime.NumGoroutine()
		time.Sleep(time.Hour)
		synctest.Wait()
		if server.asked != 0 || client.State() != sluice.Starting || client.Boolean("site.diary", false, sluice.Context{}) {
			t.Fatalf("asked %d times, %s", server.asked, client.State())
		}
		if !client.Ready(context.Background()) || client.State() != sluice.Ready || !client.Boolean("site.diary", false, sluice.Context{}) {
			t.Fatalf("no flags: %v", client.Trouble())
		}
		time.Sleep(refreshEvery - 1)
		client.Refresh(context.Background())
		if server.asked != 1 {
			t.Fatalf("asked %d times", server.asked)
		}
		time.Sleep(1)
		client.Refresh(context.Background())
		synctest.Wait()
		// Those of tests before this one may end meanwhile.
		if server.asked != 2 || server.streams != 0 || runtime.NumGoroutine() > before {
			t.Fatalf("asked %d times, %d streams, %d goroutines where there were %d", server.asked, server.streams, runtime.NumGoroutine(), before)
		}
		client.Close()
	})
}

func TestAServerThatHangsKeepsAnInvocationForReadyWaitAndLeavesTheLastGoodFlags(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &frozenServer{hangs: true}
		client := frozen(server)
		began := time.Now()
		if client.Refresh(context.Background()) || time.Since(began) != time.Second || client.Trouble().Kind != sluice.Unreachable {
			t.Fatalf("waited %s: %v", time.Since(began), client.Trouble())
		}
		server.hangs = false
		if !client.Refresh(context.Background()) || client.Trouble() != nil {
			t.Fatalf("a process without flags asks again after a second: %v", client.Trouble())
		}
		server.isAway = true
		time.Sleep(refreshEvery)
		client.Refresh(context.Background())
		client.Refresh(context.Background())
		if !client.Boolean("site.diary", false, sluice.Context{}) || client.State() != sluice.Stale || server.asked != 3 {
			t.Fatalf("%s, asked %d times", client.State(), server.asked)
		}
		client.Close()
	})
}

func TestCountsAreSentAtTheEndOfAnInvocationAndAgainWhereTheyDidNotComeThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &frozenServer{}
		client := frozen(server)
		client.Refresh(context.Background())
		client.Flush(context.Background())
		if len(server.told) != 0 {
			t.Fatalf("told %v", server.told)
		}
		ada := sluice.NewContext("ada", map[string]any{"customer": "acme"})
		client.Boolean("site.diary", false, ada)
		client.Track("export", ada, sluice.Outcome{Flag: "site.diary", Failed: true})
		server.isAway = true
		client.Flush(context.Background())
		server.isAway = false
		client.Flush(context.Background())
		if len(server.told) != 1 || server.told[0].Batch != 1 || len(server.told[0].Outcomes) != 1 || server.told[0].Answers[0].Count != 1 {
			t.Fatalf("told %v", server.told)
		}
		client.Boolean("site.diary", false, ada)
		client.Close()
		if len(server.told) != 2 {
			t.Fatalf("told %v", server.told)
		}
	})
}

func TestNoConnectionIsKeptBetweenInvocations(t *testing.T) {
	server := sluicetest.NewServer(t, environment)
	cache := t.TempDir()
	options := sluice.Options{URL: server.URL, Key: "k", RefreshEvery: refreshEvery, ReadyWait: time.Minute, CacheDir: cache, Log: slog.New(slog.DiscardHandler)}
	client := sluice.New(options)
	if !client.Refresh(context.Background()) {
		t.Fatal(client.Trouble())
	}
	client.Close()
	// The next process has what the last one wrote, whoever answers.
	server.Refuse(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	later := sluice.New(options)
	defer later.Close()
	if !later.Refresh(context.Background()) || later.State() != sluice.Stale || !later.Boolean("site.diary", false, sluice.Context{}) {
		t.Fatalf("%s: %v", later.State(), later.Trouble())
	}
}
