package transport

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

const (
	// Outcomes wait for others to join them: a guard looks once a minute. Drawn from this range, so that a fleet does not send at once.
	outcomesWaitMin = 5 * time.Second
	outcomesWaitMax = 10 * time.Second
	// Answers alone are told this often.
	answersWaitMin = 30 * time.Second
	answersWaitMax = time.Minute
	telemetryMax   = 5 * time.Second
	// lastTelemetryMax: a process that ends waits so long for its last counts.
	lastTelemetryMax = time.Second
)

// Batches are what there is to tell.
type Batches interface {
	// IsEmpty is true where there is nothing; HasOutcomes where a guard waits for it.
	IsEmpty() bool
	HasOutcomes() bool
	// Next is a body to send, the same until Sent.
	Next() []byte
	Sent()
}

// TelemetrySender tells the server what this process has seen, while the stream is connected, one request at a time; what does not come through is
// sent again as the same batch.
type TelemetrySender struct {
	address *Address
	batches Batches
	wake    chan struct{}

	mutex       sync.Mutex
	isConnected bool
	// dueAt is zero where nothing is planned.
	dueAt   time.Time
	backoff backoff
}

// NewTelemetrySender makes a sender, which sends nothing before it runs.
func NewTelemetrySender(address *Address, batches Batches) *TelemetrySender {
	return &TelemetrySender{address: address, batches: batches, wake: make(chan struct{}, 1)}
}

// Connected: the stream is there.
func (t *TelemetrySender) Connected() {
	t.mutex.Lock()
	t.isConnected = true
	t.backoff.succeeded()
	t.plan(answersWaitMin + rand.N(answersWaitMax-answersWaitMin))
	t.mutex.Unlock()
	if t.batches.HasOutcomes() {
		t.Noted()
	}
}

// Disconnected plans nothing until Connected.
func (t *TelemetrySender) Disconnected() {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.isConnected, t.dueAt = false, time.Time{}
}

// Noted: an outcome was counted.
func (t *TelemetrySender) Noted() {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	// Planned soon enough already, as nearly always: no clock is read.
	if t.isConnected && !t.backoff.hasFailed() {
		t.plan(outcomesWaitMin + rand.N(outcomesWaitMax-outcomesWaitMin))
	}
}

// plan sends within this time; an earlier plan stands.
func (t *TelemetrySender) plan(wait time.Duration) {
	at := time.Now().Add(wait)
	if !t.isConnected || (!t.dueAt.IsZero() && !at.Before(t.dueAt)) {
		return
	}
	t.dueAt = at
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// Run sends what is due until the context ends.
func (t *TelemetrySender) Run(ctx context.Context) {
	for ctx.Err() == nil {
		t.mutex.Lock()
		dueAt := t.dueAt
		t.mutex.Unlock()
		var due <-chan time.Time
		if !dueAt.IsZero() {
			if wait := time.Until(dueAt); wait > 0 {
				due = time.After(wait)
			} else {
				t.send(ctx)
				continue
			}
		}
		select {
		case <-ctx.Done():
		case <-t.wake:
		case <-due:
		}
	}
}

func (t *TelemetrySender) send(ctx context.Context) {
	t.mutex.Lock()
	t.dueAt = time.Time{}
	t.mutex.Unlock()
	status := http.StatusNoContent
	if !t.batches.IsEmpty() {
		status = t.post(ctx, telemetryMax)
	}
	hasOutcomes := t.batches.HasOutcomes()
	t.mutex.Lock()
	defer t.mutex.Unlock()
	switch {
	case status < 200 || status >= 300:
		floor := time.Duration(0)
		if status >= 300 && status < 500 {
			floor = refusedWait
		}
		t.plan(t.backoff.failed(time.Now(), floor, 1))
	case hasOutcomes:
		t.backoff.succeeded()
		t.plan(outcomesWaitMin + rand.N(outcomesWaitMax-outcomesWaitMin))
	default:
		t.backoff.succeeded()
		t.plan(answersWaitMin + rand.N(answersWaitMax-answersWaitMin))
	}
}

// Last sends what is left, once, where the stream was connected; after Run has ended.
func (t *TelemetrySender) Last() {
	if t.isConnected && !t.batches.IsEmpty() {
		t.post(context.Background(), lastTelemetryMax)
	}
}

// Flush sends what there is at the end of an invocation, once, within a second; what does not come through goes with the next. Not beside Run.
func (t *TelemetrySender) Flush(ctx context.Context) {
	if !t.batches.IsEmpty() {
		t.post(ctx, lastTelemetryMax)
	}
}

// post gives the status of the answer; 0 where there was none.
func (t *TelemetrySender) post(ctx context.Context, limit time.Duration) int {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	reply, err := t.address.send(ctx, http.MethodPost, "/sdk/v1/telemetry", map[string]string{"Content-Type": "application/json"}, bytes.NewReader(t.batches.Next()))
	if err != nil {
		return 0
	}
	defer reply.Body.Close()
	// Read to its end, so that the connection is used again.
	_, _ = io.Copy(io.Discard, io.LimitReader(reply.Body, replyBytesMax))
	switch status := reply.StatusCode; {
	// What the server calls malformed would be so again; an earlier server has no such route. Neither is sent again.
	case status >= 200 && status < 300, status == http.StatusBadRequest, status == http.StatusNotFound, status == http.StatusRequestEntityTooLarge:
		t.batches.Sent()
	}
	return reply.StatusCode
}
