package sluice_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	sluice "github.com/sluice-flags/sluice-go"
	"github.com/sluice-flags/sluice-go/sluicetest"
)

// network answers requests inside a bubble of virtual time, where no real socket may be waited for.
type network func(r *http.Request) (*http.Response, error)

func (n network) RoundTrip(r *http.Request) (*http.Response, error) { return n(r) }

func reply(status int, content, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {content}}, Body: io.NopCloser(strings.NewReader(body))}
}

var errRefused = errors.New("connection refused")

// hang never answers, but ends with the request.
func hang(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// outage runs a client that holds good flags for some virtual time against a server that turned bad, and gives how many requests it made.
func outage(t *testing.T, lasts time.Duration, bad network) (asked int64) {
	t.Helper()
	var isBad atomic.Bool
	var count atomic.Int64
	client := sluice.New(sluice.Options{URL: "http://flags", Log: loggerTo(&lines{}), HTTP: network(func(r *http.Request) (*http.Response, error) {
		switch {
		case isBad.Load():
			count.Add(1)
			return bad(r)
		case r.URL.Path == "/sdk/v1/snapshot":
			return reply(200, "application/json", environment), nil
		default:
			return nil, errRefused
		}
	})})
	defer client.Close()
	if !client.Ready(t.Context()) {
		t.Fatal("not ready")
	}
	isBad.Store(true)
	time.Sleep(lasts)
	if !client.Boolean("site.diary", false, sluice.Context{}) {
		t.Error("the last good flags are gone")
	}
	before := count.Load()
	time.Sleep(5 * time.Minute)
	if count.Load() == before {
		t.Error("it has stopped trying")
	}
	isBad.Store(false)
	time.Sleep(2 * time.Minute)
	if client.Trouble() != nil && client.Trouble().Kind == sluice.BadKey {
		t.Error("it did not come back")
	}
	return before
}

// burstMax requests may come in the first minute of an outage, when short waits find a restarted server.
const burstMax = 40

func TestEveryStatusKeepsTheLastGoodFlagsAndIsTriedSlowlyForEver(t *testing.T) {
	const lasts = time.Hour
	for status := 100; status < 600; status++ {
		synctest.Test(t, func(t *testing.T) {
			asked := outage(t, lasts, func(*http.Request) (*http.Response, error) { return reply(status, "text/plain", "no"), nil })
			if most := int64(lasts/(30*time.Second)) + burstMax; asked > most || asked < 20 {
				t.Errorf("status %d: %d requests in %v, wanted at most %d", status, asked, lasts, most)
			}
		})
	}
}

func TestADayOfTroubleIsAtMostOneRequestInHalfAMinute(t *testing.T) {
	const lasts = 24 * time.Hour
	for name, bad := range map[string]network{
		"refused key":    func(*http.Request) (*http.Response, error) { return reply(401, "application/json", "{}"), nil },
		"failing server": func(*http.Request) (*http.Response, error) { return reply(500, "text/plain", ""), nil },
		"no name":        func(*http.Request) (*http.Response, error) { return nil, errors.New("lookup flags: no such host") },
		"hang":           hang,
		"garbage": func(*http.Request) (*http.Response, error) {
			return reply(200, "application/json", "\x00\xff{"), nil
		},
		"hello alone": func(r *http.Request) (*http.Response, error) {
			if r.URL.Path != "/sdk/v1/stream" {
				return hang(r)
			}
			reader, writer := io.Pipe()
			go func() {
				_, _ = io.WriteString(writer, "event: hello\ndata: {\"environment\":\"production\",\"epoch\":\"e1\",\"seq\":4}\n\n")
				<-r.Context().Done()
				_ = writer.CloseWithError(r.Context().Err())
			}()
			return streamOf(reader), nil
		},
		"drip": func(r *http.Request) (*http.Response, error) {
			if r.URL.Path != "/sdk/v1/stream" {
				return hang(r)
			}
			reader, writer := io.Pipe()
			go func() {
				for r.Context().Err() == nil {
					_, _ = io.WriteString(writer, ":\n")
					time.Sleep(time.Second)
				}
				_ = writer.CloseWithError(r.Context().Err())
			}()
			return streamOf(reader), nil
		},
		"polling": func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/sdk/v1/snapshot" {
				return reply(304, "", ""), nil
			}
			return hang(r)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if asked := outage(t, lasts, bad); asked > int64(lasts/(30*time.Second)) {
					t.Errorf("%d requests in a day", asked)
				}
			})
		})
	}
}

// streamOf answers a stream that a test writes.
func streamOf(body io.ReadCloser) *http.Response {
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: body}
}

func TestSilentStreamIsLeftAndAProxyThatHoldsBackIsPolledThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seq := atomic.Int64{}
		seq.Store(3)
		log := &lines{}
		client := sluice.New(sluice.Options{URL: "http://flags", Log: loggerTo(log), HTTP: network(func(r *http.Request) (*http.Response, error) {
			switch r.URL.Path {
			case "/sdk/v1/snapshot":
				return reply(200, "application/json", strings.Replace(environment, `"seq":3`, fmt.Sprintf(`"seq":%d`, seq.Load()), 1)), nil
			case "/sdk/v1/stream":
				// A proxy that buffers: the head comes, the events never do.
				reader, writer := io.Pipe()
				go func() {
					<-r.Context().Done()
					_ = writer.CloseWithError(r.Context().Err())
				}()
				return streamOf(reader), nil
			default:
				return reply(204, "", ""), nil
			}
		})})
		defer client.Close()
		time.Sleep(5 * time.Minute)
		if client.State() != sluice.Ready {
			t.Errorf("state %s while polling works", client.State())
		}
		seq.Store(4)
		time.Sleep(time.Minute)
		if version, _ := client.Version(); version.Seq != 4 {
			t.Errorf("polled version %v", version)
		}
	})
}

func TestStreamWithoutHeartbeatsIsDeadAfterTwelveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		streams := atomic.Int64{}
		client := sluice.New(sluice.Options{URL: "http://flags", Log: loggerTo(&lines{}), HTTP: network(func(r *http.Request) (*http.Response, error) {
			switch r.URL.Path {
			case "/sdk/v1/snapshot":
				return reply(200, "application/json", environment), nil
			case "/sdk/v1/stream":
				streams.Add(1)
				reader, writer := io.Pipe()
				go func() {
					_, _ = io.WriteString(writer, "event: hello\ndata: {\"environment\":\"production\",\"epoch\":\"e1\",\"seq\":3}\n\n")
					<-r.Context().Done()
					_ = writer.CloseWithError(r.Context().Err())
				}()
				return streamOf(reader), nil
			default:
				return reply(204, "", ""), nil
			}
		})})
		defer client.Close()
		time.Sleep(11 * time.Second)
		if client.State() != sluice.Ready || streams.Load() != 1 {
			t.Errorf("after 11 s: %s, %d streams", client.State(), streams.Load())
		}
		time.Sleep(1100 * time.Millisecond)
		if client.State() != sluice.Stale || client.Trouble() == nil || client.Trouble().Kind != sluice.Silent {
			t.Errorf("after 12 s: %s, %v", client.State(), client.Trouble())
		}
		time.Sleep(5 * time.Second)
		if client.State() != sluice.Ready || streams.Load() < 2 {
			t.Errorf("it did not come back: %s, %d streams", client.State(), streams.Load())
		}
	})
}

func TestStreamsThatEndEarlyAndBringDecisionsAreNoOutageAndThoseThatBringNoneAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var streams, seq, news atomic.Int64
		seq.Store(3)
		news.Store(1)
		client := sluice.New(sluice.Options{URL: "http://flags", Log: loggerTo(&lines{}), HTTP: network(func(r *http.Request) (*http.Response, error) {
			switch r.URL.Path {
			case "/sdk/v1/snapshot":
				return reply(200, "application/json", environment), nil
			case "/sdk/v1/stream":
				streams.Add(1)
				base := seq.Load()
				text := fmt.Sprintf("event: hello\ndata: {\"environment\":\"production\",\"epoch\":\"e1\",\"seq\":%d}\n\n", base)
				if to := seq.Add(news.Load()); to > base {
					text += fmt.Sprintf("event: patch\ndata: {\"epoch\":\"e1\",\"base\":%d,\"to\":%d}\n\n", base, to)
				}
				return streamOf(io.NopCloser(strings.NewReader(text))), nil
			default:
				return reply(204, "", ""), nil
			}
		})})
		defer client.Close()
		time.Sleep(10 * time.Minute)
		// Waits are 4 s at most.
		if streams.Load() <= 150 {
			t.Errorf("%d streams in ten minutes", streams.Load())
		}
		if version, _ := client.Version(); int64(version.Seq) != seq.Load() {
			t.Errorf("version %v instead of %d", version, seq.Load())
		}
		news.Store(0)
		streams.Store(0)
		time.Sleep(10 * time.Minute)
		// Some 24 of them in its first minute.
		if streams.Load() >= 60 {
			t.Errorf("%d streams in ten minutes without a decision", streams.Load())
		}
	})
}

// TestMisbehavingServersLeaveTheLastGoodFlags uses real sockets: what they write is cut, oversized, or not HTTP at all.
func TestMisbehavingServersLeaveTheLastGoodFlags(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	served := make(chan struct{}, 1_000)
	go func() {
		random := rand.New(rand.NewPCG(1, 2))
		head := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", len(environment))
		whole := head + environment
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			misbehave(connection, whole, random)
			select {
			case served <- struct{}{}:
			default:
			}
		}
	}()
	client := clientOf(t, sluice.Options{URL: "http://" + listener.Addr().String(), Snapshot: []byte(strings.Replace(environment, `"seq":3`, `"seq":8`, 1))})
	ready(t, client)
	for range 6 {
		await(t, "another try", served)
		if !client.Boolean("site.diary", false, sluice.Context{}) {
			t.Fatal("the last good flags are gone")
		}
	}
	if version, _ := client.Version(); version.Seq != 8 {
		t.Errorf("went back to %v", version)
	}
}

func misbehave(connection net.Conn, whole string, random *rand.Rand) {
	defer connection.Close()
	// Whoever closes with unread bytes resets the connection, which is one fault more than meant.
	_, _ = connection.Read(make([]byte, 4096))
	switch random.IntN(4) {
	case 0:
		_, _ = io.WriteString(connection, whole[:random.IntN(len(whole))])
	case 1:
		noise := make([]byte, 1_000)
		for at := range noise {
			noise[at] = byte(random.UintN(256))
		}
		_, _ = connection.Write(noise)
	case 2:
		_, _ = io.WriteString(connection, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nevent: patch\ndata: {\"epoch\":\"e1\",\"base\":8,\n\n")
	case 3:
		_, _ = io.WriteString(connection, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: \xff\xfe"+strings.Repeat("x", 9<<20)+"\n\n")
	}
}

func TestSnapshotBeyondTheLimitIsNotTaken(t *testing.T) {
	server := sluicetest.NewServer(t, environment)
	tried := make(chan struct{}, 10)
	server.Refuse(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/sdk/v1/snapshot" {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(bytes.Repeat([]byte(" "), 64<<20))
		_, _ = io.WriteString(w, environment)
		tried <- struct{}{}
		return true
	})
	client := clientOf(t, sluice.Options{URL: server.URL, ReadyWait: time.Minute})
	await(t, "a second try", tried)
	await(t, "a second try", tried)
	if _, has := client.Version(); has || client.Trouble() == nil {
		t.Errorf("taken; trouble %v", client.Trouble())
	}
}

func TestTenThousandPatchesEndInTheLastVersionWithoutATornAnswer(t *testing.T) {
	server := sluicetest.NewServer(t, environment)
	client := clientOf(t, sluice.Options{URL: server.URL})
	ready(t, client)
	await(t, "a stream", server.Opened)
	ended := make(chan struct{}, 1)
	const last = 3 + 10_000
	client.OnChange(func(change sluice.Change) {
		if change.Version.Seq == last {
			ended <- struct{}{}
		}
	})
	go func() {
		var text strings.Builder
		for seq := 3; seq < last; seq++ {
			fmt.Fprintf(&text, "event: patch\ndata: {\"epoch\":\"e1\",\"base\":%d,\"to\":%d,\"set\":{\"flags\":{\"flag-%d\":{\"default\":\"on\"}}},\"drop\":{\"flags\":[\"flag-%d\"]}}\n\n",
				seq, seq+1, seq, seq-50)
			if text.Len() > 64<<10 {
				server.SendRaw(text.String())
				text.Reset()
			}
		}
		server.SendRaw(text.String())
	}()
	for isOver := false; !isOver; {
		select {
		case <-ended:
			isOver = true
		default:
			if !client.Boolean("site.diary", false, sluice.Context{}) {
				t.Fatal("a flag that no patch touches was off")
			}
		}
	}
	if client.Boolean("flag-9000", false, sluice.Context{}) || !client.Boolean("flag-10001", false, sluice.Context{}) {
		t.Error("the last version is not served")
	}
}
