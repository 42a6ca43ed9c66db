package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/sluice-flags/sluice-go/internal/serving"
)

const (
	// confirmMax: a confirm is a few hundred bytes to a process that answers from memory.
	confirmMax = 5 * time.Second
	// replyBytesMax: the answer is empty.
	replyBytesMax = 16 << 10
	// Newly asked keys wait for others to join them; the console shows an unknown key within 30 s.
	keysWaitMin = 2 * time.Second
	keysWaitMax = 10 * time.Second
	// urgentIDsMax keeps the body below the server's 16 KiB. The newest are the ones somebody waits for.
	urgentIDsMax = 100
)

// Confirmer tells the server what this process serves and asks for: after each swap, spread over the jitter that the server named.
// One confirm at a time; what changes meanwhile goes with the next. Only while the stream is connected.
type Confirmer struct {
	address *Address
	keys    *AskedKeys
	holder  *serving.Holder
	wake    chan struct{}

	mutex       sync.Mutex
	isConnected bool
	isDue       bool
	jitter      time.Duration
	// dueAt is zero where nothing is planned.
	dueAt   time.Time
	backoff backoff
}

// NewConfirmer makes a confirmer, which sends nothing before it runs.
func NewConfirmer(address *Address, keys *AskedKeys, holder *serving.Holder) *Confirmer {
	return &Confirmer{address: address, keys: keys, holder: holder, wake: make(chan struct{}, 1)}
}

// Connected: the stream is there. What this process serves is confirmed, also when nothing changed, because the server may be a new one.
func (c *Confirmer) Connected(jitter time.Duration) {
	c.mutex.Lock()
	c.isConnected, c.jitter = true, jitter
	// Waits after confirms that failed go on growing: a stream that says hello and then nothing is opened again and again.
	c.mutex.Unlock()
	c.Changed()
}

// Disconnected plans nothing until Connected.
func (c *Confirmer) Disconnected() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.isConnected, c.dueAt = false, time.Time{}
}

// Changed: after a swap. Where the server asks for no spreading, the confirm leaves at once.
func (c *Confirmer) Changed() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.isDue = true
	c.planChange()
}

// planChange: never in the first half of the jitter, where others may still have to swap on the same cores.
func (c *Confirmer) planChange() {
	wait := time.Duration(0)
	if c.jitter > 0 {
		wait = c.jitter/2 + rand.N(c.jitter/2+1)
	}
	c.plan(wait)
}

// KeysNoted: a key was asked for the first time.
func (c *Confirmer) KeysNoted() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.plan(keysWaitMin + rand.N(keysWaitMax-keysWaitMin))
}

// plan sends within this time; an earlier plan stands.
func (c *Confirmer) plan(wait time.Duration) {
	at := time.Now().Add(wait)
	if !c.isConnected || (!c.dueAt.IsZero() && !at.Before(c.dueAt)) {
		return
	}
	c.dueAt = at
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Run sends what is due until the context ends.
func (c *Confirmer) Run(ctx context.Context) {
	for ctx.Err() == nil {
		c.mutex.Lock()
		dueAt := c.dueAt
		c.mutex.Unlock()
		var due <-chan time.Time
		if !dueAt.IsZero() {
			if wait := time.Until(dueAt); wait > 0 {
				due = time.After(wait)
			} else {
				c.send(ctx)
				continue
			}
		}
		select {
		case <-ctx.Done():
		case <-c.wake:
		case <-due:
		}
	}
}

func (c *Confirmer) send(ctx context.Context) {
	c.mutex.Lock()
	c.dueAt, c.isDue = time.Time{}, false
	c.mutex.Unlock()
	version, has := c.holder.Version()
	if !has {
		return
	}
	urgent := []string{}
	for _, kill := range c.holder.Urgent() {
		urgent = append(urgent, kill.ID)
	}
	keys := c.keys.Peek()
	body, err := json.Marshal(map[string]any{"instance": c.address.Instance, "epoch": version.Epoch, "seq": version.Seq,
		"urgent": urgent[max(0, len(urgent)-urgentIDsMax):], "asked": keys.Asked, "unknown": keys.Unknown})
	status := 0
	if err == nil {
		status = c.post(ctx, body)
	}
	// Keys that the server calls malformed would be malformed again: they are dropped, and the confirm goes on without them.
	if (status >= 200 && status < 300) || status == http.StatusBadRequest || status == http.StatusRequestEntityTooLarge {
		c.keys.Sent(keys)
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if status >= 200 && status < 300 {
		c.backoff.succeeded()
		if c.isDue {
			c.planChange()
		} else if !c.keys.IsEmpty() {
			c.plan(keysWaitMin)
		}
		return
	}
	// The connection's own trouble is logged by the connection; a confirm only has to come through some time.
	floor := time.Duration(0)
	if status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusNotFound {
		floor = refusedWait
	}
	c.isDue = true
	c.dueAt = time.Time{}
	c.plan(c.backoff.failed(time.Now(), floor, 1))
}

// post gives the status of the answer; 0 where there was none.
func (c *Confirmer) post(ctx context.Context, body []byte) int {
	ctx, cancel := context.WithTimeout(ctx, confirmMax)
	defer cancel()
	reply, err := c.address.send(ctx, http.MethodPost, "/sdk/v1/confirm", map[string]string{"Content-Type": "application/json"}, bytes.NewReader(body))
	if err != nil {
		return 0
	}
	defer reply.Body.Close()
	// Read to its end, so that the connection is used again.
	_, _ = io.Copy(io.Discard, io.LimitReader(reply.Body, replyBytesMax))
	return reply.StatusCode
}
