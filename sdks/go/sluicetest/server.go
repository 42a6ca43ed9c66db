package sluicetest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// Server is a fixture that speaks the SDK's side of the protocol on 127.0.0.1: one snapshot, streams that a test writes, and the confirms it got.
type Server struct {
	*httptest.Server
	// Confirms receives the body of each confirm, oldest first; the newest are dropped where nobody reads.
	Confirms chan map[string]any
	// Telemetry receives what the client reports, as Confirms.
	Telemetry chan map[string]any
	// Opened receives the headers of each stream's request.
	Opened chan http.Header

	mutex    sync.Mutex
	snapshot string
	version  string
	streams  map[chan string]struct{}
	refusal  func(http.ResponseWriter, *http.Request) bool
	asked    int
	ended    chan struct{}
}

// NewServer serves a snapshot (JSON text) until the test ends.
func NewServer(t testing.TB, snapshot string) *Server {
	t.Helper()
	s := &Server{Confirms: make(chan map[string]any, 100), Telemetry: make(chan map[string]any, 100), Opened: make(chan http.Header, 100), streams: map[chan string]struct{}{}, ended: make(chan struct{})}
	s.SetSnapshot(snapshot)
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(func() {
		close(s.ended)
		s.CloseClientConnections()
		s.Server.Close()
	})
	return s
}

// SetSnapshot is what is answered from now on; streams are not told.
func (s *Server) SetSnapshot(snapshot string) {
	var head struct {
		Epoch       string `json:"epoch"`
		Seq         int64  `json:"seq"`
		Environment string `json:"environment"`
	}
	// A snapshot that is broken on purpose has no version.
	_ = json.Unmarshal([]byte(snapshot), &head)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.snapshot = snapshot
	s.version = fmt.Sprintf(`{"environment":%q,"epoch":%q,"seq":%d,"heartbeatMs":5000,"confirmJitterMs":0}`, head.Environment, head.Epoch, head.Seq)
}

// Refuse lets a test answer requests itself: true means that it did. nil ends it.
func (s *Server) Refuse(refusal func(http.ResponseWriter, *http.Request) bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.refusal = refusal
}

// Send writes one event to all open streams.
func (s *Server) Send(event, data string) {
	s.SendRaw(fmt.Sprintf("event: %s\ndata: %s\n\n", event, data))
}

// SendRaw writes bytes to all open streams, flushed as they are.
func (s *Server) SendRaw(text string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for stream := range s.streams {
		stream <- text
	}
}

// Asked is how many requests came.
func (s *Server) Asked() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.asked
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	snapshot, hello, refusal := s.snapshot, s.version, s.refusal
	s.asked++
	s.mutex.Unlock()
	if refusal != nil && refusal(w, r) {
		return
	}
	switch r.URL.Path {
	case "/sdk/v1/snapshot":
		var head struct {
			Epoch string `json:"epoch"`
			Seq   int64  `json:"seq"`
		}
		_ = json.Unmarshal([]byte(hello), &head)
		etag := fmt.Sprintf("\"%s:%d\"", head.Epoch, head.Seq)
		w.Header().Set("ETag", etag)
		if r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, snapshot)
	case "/sdk/v1/stream":
		s.stream(w, r, hello)
	case "/sdk/v1/confirm":
		var body map[string]any
		_ = json.NewDecoder(r.Body).Decode(&body)
		select {
		case s.Confirms <- body:
		default:
		}
		w.WriteHeader(http.StatusNoContent)
	case "/sdk/v1/telemetry":
		var body map[string]any
		_ = json.NewDecoder(r.Body).Decode(&body)
		select {
		case s.Telemetry <- body:
		default:
		}
		w.WriteHeader(http.StatusNoContent)
	default:
		http.NotFound(w, r)
	}
}

func (s *Server) stream(w http.ResponseWriter, r *http.Request, hello string) {
	events := make(chan string, 1_000)
	s.mutex.Lock()
	s.streams[events] = struct{}{}
	s.mutex.Unlock()
	defer func() {
		s.mutex.Lock()
		delete(s.streams, events)
		s.mutex.Unlock()
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	flusher := http.NewResponseController(w)
	write := func(text string) {
		_, _ = io.WriteString(w, text)
		_ = flusher.Flush()
	}
	write("event: hello\ndata: " + hello + "\n\n")
	select {
	case s.Opened <- r.Header.Clone():
	default:
	}
	for {
		select {
		case <-r.Context().Done():
			return
		case <-s.ended:
			return
		case text := <-events:
			write(text)
		}
	}
}
