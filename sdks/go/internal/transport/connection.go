// Package transport keeps one process at the server's version: snapshot, then stream, then whatever it takes to come back, for ever.
package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/sluice-flags/sluice-go/internal/evaluation"
	"github.com/sluice-flags/sluice-go/internal/serving"
)

const (
	// deafAfter: after this many streams that never said hello, the snapshot is polled, and the stream tried beside it.
	deafAfter = 2
	// pollWaitMin and twice of it bound the wait between two polls. With a stream tried at each fifth of them, that is one request in 30 s on average.
	pollWaitMin     = 24 * time.Second
	pollsPerAttempt = 5
)

// Receiver is where a connection brings what it hears, and what it must know.
type Receiver interface {
	Version() (evaluation.Version, bool)
	IsReplaced(epoch string) bool
	// WantsSnapshot is true where a fresh snapshot is wanted soon, even of the version held.
	WantsSnapshot() bool
	// Steps and step are what was signed, and none where signatures are not checked.
	Snapshot(snapshot *evaluation.Snapshot, urgent []*evaluation.UrgentKill, steps []serving.Step) serving.Offer
	Patch(patch *evaluation.Patch, step *serving.Step) serving.Offer
	Urgent(kill *evaluation.UrgentKill, step *serving.Step) serving.Offer
	// Connected: the stream said hello.
	Connected(hello Hello)
	// SamplingIs: on which terms contexts are sampled, empty where they are not. Said with hello and each heartbeat.
	SamplingIs(id string, jitter time.Duration)
	// Polled: there is no stream, but the snapshot was asked for and answered.
	Polled()
	// Disconnected: the server cannot be reached, or not any more; said after each attempt that failed.
	Disconnected()
}

// Connection belongs to one goroutine, the one that runs it; others may only read its trouble.
type Connection struct {
	source
	receiver Receiver
	log      *slog.Logger
	trouble  atomic.Pointer[Trouble]

	// attempts to get a stream that lives; refetches of snapshots while a stream is open.
	attempts, refetches backoff
	mustFetch           bool
	// mustFetchWhole: after a reset even a snapshot of our own version is wanted, since the server may have corrected its content.
	mustFetchWhole bool
	// requests of the attempt that is under way.
	requests int
	// deaf counts streams that never said hello, polls the snapshots asked for since.
	deaf, polls int
	// streamTrouble is why the last stream ended; nil where the snapshot could not be had since.
	streamTrouble *Trouble
}

// Accepts is what a connection takes: Environment is the one that this process must be in, and empty accepts whatever the key belongs to; a nil Check
// accepts what nobody has signed.
type Accepts struct {
	Environment string
	Check       *serving.SignatureCheck
}

// NewConnection makes a connection.
func NewConnection(address *Address, accepts Accepts, receiver Receiver, log *slog.Logger) *Connection {
	return &Connection{source: source{address, accepts.Environment, accepts.Check}, receiver: receiver, log: log}
}

// Trouble is why there is no connection; nil where there is one or none was tried yet.
func (c *Connection) Trouble() *Trouble { return c.trouble.Load() }

// Run ends with the context, and leaves nothing behind.
func (c *Connection) Run(ctx context.Context) {
	for ctx.Err() == nil {
		isPolled, trouble := c.attempt(ctx)
		if ctx.Err() != nil {
			return
		}
		c.report(trouble)
		wait := pollWaitMin + rand.N(pollWaitMin)
		if isPolled && c.deaf >= deafAfter {
			c.receiver.Polled()
		} else {
			c.receiver.Disconnected()
			wait = c.attempts.failed(time.Now(), trouble.waitFloor(), c.requests)
		}
		// After a refusal the next attempt asks for the snapshot: its answer tells more than that of a stream.
		c.mustFetch = c.mustFetch || trouble.waitFloor() > 0
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// attempt gives why there is no connection any more, and whether the snapshot route answered.
func (c *Connection) attempt(ctx context.Context) (isPolled bool, trouble *Trouble) {
	c.requests = 0
	if _, has := c.receiver.Version(); !has || c.mustFetch || c.deaf >= deafAfter {
		if trouble := c.take(c.fetch(ctx)); trouble != nil {
			c.streamTrouble = nil
			return false, trouble
		}
		isPolled = true
	}
	if isPolled && c.deaf >= deafAfter && c.streamTrouble != nil {
		if c.polls++; c.polls%pollsPerAttempt != 0 {
			return true, c.streamTrouble
		}
	}
	c.requests++
	c.streamTrouble = (&session{Connection: c}).follow(ctx)
	return isPolled, c.streamTrouble
}

// report logs a trouble when its kind is new: a network failure is worded differently from attempt to attempt.
func (c *Connection) report(trouble *Trouble) {
	before := c.trouble.Swap(trouble)
	if before == nil || before.Kind != trouble.Kind {
		c.log.Warn("sluice."+string(trouble.Kind), "message", trouble.Error())
	}
}

func (c *Connection) fetch(ctx context.Context) fetched {
	c.requests++
	now := time.Now()
	held, has := c.receiver.Version()
	if !has || c.mustFetchWhole {
		return fetchSnapshot(ctx, &c.source, nil, max(c.attempts.lasted(now), c.refetches.lasted(now)))
	}
	return fetchSnapshot(ctx, &c.source, &held, max(c.attempts.lasted(now), c.refetches.lasted(now)))
}

// take brings what was fetched to the receiver.
func (c *Connection) take(got fetched) *Trouble {
	if got.trouble != nil {
		return got.trouble
	}
	c.mustFetch, c.mustFetchWhole = false, false
	if got.snapshot == nil {
		return nil
	}
	switch offer := c.receiver.Snapshot(got.snapshot, got.urgent, got.steps); offer.Kind {
	case serving.Swapped:
		c.refetches.succeeded()
	case serving.Refused:
		c.log.Warn("sluice.snapshot.refused", "message", fmt.Sprintf("The server's snapshot is not used: %s. Answers stay as they are.", offer.Why))
	}
	return nil
}

// endOf says why a stream is over.
func (c *Connection) endOf(err error, isConnected bool) *Trouble {
	if errors.Is(err, errFrameTooLong) {
		// It would come again after every reconnect; the snapshot leads past it.
		c.mustFetch = true
	}
	if isConnected {
		return cutOff(c.address.Base, whyFailed(err))
	}
	return unreachable(c.address.Base, whyFailed(err))
}
