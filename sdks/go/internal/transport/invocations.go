package transport

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/sluice-flags/sluice-go/internal/serving"
)

// nothingHeld: a process without any flags asks sooner, so that a server that was away for a moment is no half minute of the code's defaults.
const nothingHeld = time.Second

// Invocations keeps a process that is frozen between invocations at the server's version by asking within them alone, in place of a Connection: no
// stream, no timer, nothing under way.
type Invocations struct {
	source
	receiver Receiver
	log      *slog.Logger
	every    time.Duration
	trouble  atomic.Pointer[Trouble]

	// turn holds one: invocations at the same time share one request, and none waits longer than its context, nor a listener for itself.
	turn    chan struct{}
	askedAt time.Time
}

// NewInvocations makes one that asks what a connection would ask, at most each such time.
func NewInvocations(from *Connection, every time.Duration) *Invocations {
	return &Invocations{source: from.source, receiver: from.receiver, log: from.log, every: every, turn: make(chan struct{}, 1)}
}

// Trouble is why the server did not give its flags the last time; nil where it did.
func (i *Invocations) Trouble() *Trouble { return i.trouble.Load() }

// Refresh asks where the last time is long enough ago, and returns at the latest with the context, with nothing left under way.
func (i *Invocations) Refresh(ctx context.Context) {
	select {
	case i.turn <- struct{}{}:
		defer func() { <-i.turn }()
	case <-ctx.Done():
		return
	}
	held, has := i.receiver.Version()
	due := i.every
	if !has {
		due = min(due, nothingHeld)
	}
	if !i.askedAt.IsZero() && time.Since(i.askedAt) < due {
		return
	}
	i.askedAt = time.Now()
	var got fetched
	if has {
		got = fetchSnapshot(ctx, &i.source, &held, 0)
	} else {
		got = fetchSnapshot(ctx, &i.source, nil, 0)
	}
	i.take(got)
}

func (i *Invocations) take(got fetched) {
	before := i.trouble.Swap(got.trouble)
	if got.trouble != nil {
		if before == nil || before.Kind != got.trouble.Kind {
			i.log.Warn("sluice."+string(got.trouble.Kind), "message", got.trouble.Error())
		}
		i.receiver.Disconnected()
		return
	}
	if got.snapshot != nil {
		if offer := i.receiver.Snapshot(got.snapshot, got.urgent, got.steps); offer.Kind == serving.Refused {
			i.log.Warn("sluice.snapshot.refused", "message", fmt.Sprintf("The server's snapshot is not used: %s. Answers stay as they are.", offer.Why))
		}
	}
	i.receiver.Polled()
}
