package sluice

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/sluice-flags/sluice-go/internal/transport"
)

// invocations are what a client has in place of a connection with Options.RefreshEvery.
type invocations struct {
	*transport.Invocations
	isLoaded atomic.Bool
	// flush: batches are one caller's at a time.
	flush sync.Mutex
}

// Refresh is for the beginning of an invocation, with Options.RefreshEvery: it asks for the flags where they are older than that, and returns when they are
// there, at the latest after ReadyWait or with the context, with nothing left under way. True where there are flags. Without that option it returns at once.
func (c *Client) Refresh(ctx context.Context) bool {
	if c.invocations != nil {
		ctx, cancel := context.WithTimeout(ctx, c.options.readyWait())
		defer cancel()
		// Not a sync.Once, which a listener that is told of what was stored, and refreshes, would wait in for itself.
		if c.invocations.isLoaded.CompareAndSwap(false, true) {
			c.loadStored(ctx)
		}
		c.invocations.Refresh(ctx)
		c.closeIdle()
	}
	return c.holder.Tables() != nil
}

// Flush is for the end of an invocation, with Options.RefreshEvery: it sends what was counted, returns within a second, and keeps for the next invocation
// what did not come through.
func (c *Client) Flush(ctx context.Context) {
	if c.invocations == nil {
		return
	}
	c.invocations.flush.Lock()
	defer c.invocations.flush.Unlock()
	c.telemetry.Flush(ctx)
	c.closeIdle()
}

// closeIdle: a connection that is kept has goroutines of its own, and is dead after a freeze.
func (c *Client) closeIdle() {
	if c.idle != nil {
		c.idle.CloseIdleConnections()
	}
}
