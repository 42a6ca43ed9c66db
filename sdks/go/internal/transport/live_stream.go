package transport

import (
	"context"
	"net/http"
	"sync"
	"time"
)

const (
	// silentMax: heartbeats come every 5 s; a stream silent for this long is dead (docs/protocol.md).
	silentMax = 12 * time.Second
	// openMax: the head of the answer and the first bytes must be there by then; healthy servers take a few milliseconds.
	openMax = 5 * time.Second
	// readBytes is the size of one read from the network.
	readBytes = 32 << 10
)

// heard is what one read of a stream brought: its head, frames (perhaps none), or its end.
type heard struct {
	reply  *http.Response
	frames []Frame
	err    error
}

// liveStream reads one server-sent event stream in a goroutine of its own, which ends with close.
type liveStream struct {
	heard  chan heard
	cancel context.CancelFunc
	done   sync.WaitGroup
}

func openStream(ctx context.Context, address *Address, lastEventID string) *liveStream {
	ctx, cancel := context.WithCancel(ctx)
	stream := &liveStream{heard: make(chan heard), cancel: cancel}
	// A stream that a proxy compresses is held back by it, so none is asked for.
	headers := map[string]string{"Accept": "text/event-stream", "Cache-Control": "no-cache", "Accept-Encoding": "identity"}
	if lastEventID != "" {
		headers["Last-Event-ID"] = visible(lastEventID)
	}
	stream.done.Add(1)
	go func() {
		defer stream.done.Done()
		stream.read(ctx, address, headers)
	}()
	return stream
}

func (s *liveStream) close() {
	s.cancel()
	s.done.Wait()
}

func (s *liveStream) read(ctx context.Context, address *Address, headers map[string]string) {
	tell := func(what heard) bool {
		select {
		case s.heard <- what:
			return true
		case <-ctx.Done():
			return false
		}
	}
	reply, err := address.send(ctx, http.MethodGet, "/sdk/v1/stream", headers, nil)
	if err != nil {
		tell(heard{err: err})
		return
	}
	defer reply.Body.Close()
	if !tell(heard{reply: reply}) {
		return
	}
	parser := &Parser{}
	chunk := make([]byte, readBytes)
	for {
		size, err := reply.Body.Read(chunk)
		if size > 0 {
			frames, problem := parser.Push(chunk[:size])
			if !tell(heard{frames: frames, err: problem}) || problem != nil {
				return
			}
		}
		if err != nil {
			tell(heard{err: err})
			return
		}
	}
}
