package transport

import (
	"math/rand/v2"
	"time"
)

const (
	// waitMin is the shortest wait before trying again.
	waitMin = 250 * time.Millisecond
	// waitMax is the longest for one request: drawn evenly between a quarter of it and the whole, so that a server that refuses hears from one process
	// once in 31 s on average, which leaves room for the early ones, and one that comes back is found within a minute.
	waitMax = 50 * time.Second
	// In the first minute of an outage the wait stays short, so that a restart of the server is over for everybody within 10 s.
	earlyOutage  = time.Minute
	earlyWaitMax = 4 * time.Second
	// doublingsMax keeps years of failures a number.
	doublingsMax = 10
)

// backoff gives the waits between attempts: doubling, jittered, for ever. One for one thing that is tried.
type backoff struct {
	failures int
	since    time.Time
}

func (b *backoff) hasFailed() bool { return !b.since.IsZero() }

// lasted is how long the trouble has lasted; 0 where there is none.
func (b *backoff) lasted(now time.Time) time.Duration {
	if b.since.IsZero() {
		return 0
	}
	return now.Sub(b.since)
}

// failed gives the wait after an attempt of so many requests (1 or more) that failed, never below the floor.
func (b *backoff) failed(now time.Time, floor time.Duration, requests int) time.Duration {
	if b.since.IsZero() {
		b.since = now
	}
	ceiling := waitMax * time.Duration(max(1, requests))
	if b.lasted(now) < earlyOutage {
		ceiling = earlyWaitMax
	}
	step := min(ceiling, waitMin*4<<min(b.failures, doublingsMax))
	b.failures++
	return max(floor, step/4+rand.N(step-step/4), waitMin)
}

// progressed: something came through all the same, so the trouble counts from now on and waits stay short. They go on growing to that.
func (b *backoff) progressed(now time.Time) {
	if b.hasFailed() {
		b.since = now
	}
}

func (b *backoff) succeeded() { *b = backoff{} }
