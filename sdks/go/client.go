package sluice

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-flags/sluice-go/internal/evaluation"
	"github.com/sluice-flags/sluice-go/internal/serving"
	"github.com/sluice-flags/sluice-go/internal/transport"
)

// State is where a client's flags come from.
type State string

// Starting: nothing received yet, the code's defaults are answered. Ready: the server is reached and its flags are answered.
// Stale: cut off, the last good flags are answered. Offline: no server was configured, or the client was closed.
const (
	Starting State = "starting"
	Ready    State = "ready"
	Stale    State = "stale"
	Offline  State = "offline"
)

// diskWait: a disk that does not answer must not keep the network waiting.
const diskWait = 250 * time.Millisecond

// closeWait: what is under way ends with its context within moments, unless a listener is called right now: it may hang, or be the one that closes.
const closeWait = time.Second

// Client answers the flags of one environment in this process. It is safe for any number of goroutines; its calls never panic, and only Ready
// and Close wait. Make one per process with New, and Close it at the end.
type Client struct {
	options Options
	log     *slog.Logger
	holder  *serving.Holder
	intake  *serving.Intake
	counts  *counts
	// countedFlags are counted by customer; nil where none are.
	countedFlags map[string]bool
	outcomes     outcomeCounts
	keys         transport.AskedKeys
	warnings     *warnings
	changes      listeners[Change]
	states       listeners[State]
	cache        *serving.LastKnownGood
	connection   *transport.Connection
	// invocations take the connection's place where nothing may go on between them.
	invocations *invocations
	confirmer   *transport.Confirmer
	telemetry   *transport.TelemetrySender
	samples     *transport.Samples
	setup       *Trouble
	idle        *http.Transport

	cancel    context.CancelFunc
	running   sync.WaitGroup
	isClosing atomic.Bool
	ended     chan struct{}
	settled   chan struct{}
	settling  sync.Once
	startedAt time.Time

	mutex     sync.Mutex
	state     State
	isReached bool
	isClosed  bool
}

// New makes a client and begins to connect. It never fails and never waits: what is wrong is logged and told by Trouble, and the code's defaults
// are answered until flags arrive.
func New(options Options) *Client {
	log := options.log()
	c := &Client{options: options, log: log, counts: newCounts(), countedFlags: options.countedFlags(), settled: make(chan struct{}), ended: make(chan struct{}), state: Starting, startedAt: time.Now()}
	c.warnings = &warnings{log: log, strict: options.Strict, said: map[string]struct{}{}}
	c.changes = listeners[Change]{what: "an OnChange listener", warnings: c.warnings}
	c.states = listeners[State]{what: "an OnState listener", warnings: c.warnings}
	if options.OnChange != nil {
		c.changes.add(options.OnChange)
	}
	c.holder = serving.NewHolder(evaluation.Options{Asker: evaluation.Asker{Service: stated(options.Service), Version: stated(options.Version)}, Counter: c.counts.counter})
	check, problem := serving.NewSignatureCheck(options.SignatureKeys, options.Environment)
	c.intake = serving.NewIntake(c.holder, options.Environment, check)
	if problem != nil {
		// To go on unchecked would be what nobody asked for: neither network nor disk nor bundle is looked at.
		c.setup = transport.BadSignatureKeys(problem)
		c.options.SnapshotFile, c.options.Snapshot = "", nil
	} else {
		c.connect(check)
	}
	if c.samples == nil {
		c.samples = transport.NewSamples(nil, nil)
	}
	if c.setup != nil {
		log.Error("sluice."+string(c.setup.Kind), "message", c.setup.Error())
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	if c.invocations != nil {
		return c
	}
	c.running.Add(1)
	go func() {
		defer c.running.Done()
		c.run(ctx)
	}()
	return c
}

// connect prepares the ways by which flags come; it begins nothing.
func (c *Client) connect(check *serving.SignatureCheck) {
	options := c.options
	if options.CacheDir != "" {
		c.cache = serving.NewLastKnownGood(options.CacheDir, serving.StoredName(options.Environment, options.Key), c.log, c.intake)
	}
	hasBundle := options.SnapshotFile != "" || options.Snapshot != nil
	if base, ok := transport.ParseBase(options.URL); ok {
		address := c.addressOf(base)
		c.connection = transport.NewConnection(address, transport.Accepts{Environment: options.Environment, Check: check}, (*receiver)(c), c.log)
		c.confirmer = transport.NewConfirmer(address, &c.keys, c.holder)
		c.samples = transport.NewSamples(address, options.sampledAttributes())
		c.telemetry = transport.NewTelemetrySender(address, &batches{client: c, instance: address.Instance})
		if options.RefreshEvery > 0 {
			every := min(max(options.RefreshEvery, refreshEveryMin), refreshEveryMax)
			c.invocations, c.connection = &invocations{Invocations: transport.NewInvocations(c.connection, every)}, nil
		}
	} else if options.URL != "" || !hasBundle {
		c.setup = transport.BadAddressOf(options.URL)
	} else {
		c.state = Offline
	}
}

func stated(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func (c *Client) addressOf(base string) *transport.Address {
	address := &transport.Address{Base: base, Key: c.options.Key, Service: c.options.Service, Version: c.options.Version, HTTP: c.options.HTTP}
	var id [8]byte
	// Never fails on any supported system (crypto/rand).
	_, _ = rand.Read(id[:])
	address.Instance = fmt.Sprintf("%x", id)
	if address.HTTP == nil {
		own, err := transport.NewHTTP(c.options.ProxyURL, c.options.CAFile)
		if err != nil {
			c.log.Error("sluice.network", "message", fmt.Sprintf("A network option is not used: %v.", err))
		}
		address.HTTP, c.idle = own, own
	}
	return address
}

// run is the client's own goroutine: the stored state first, then the connection until Close.
func (c *Client) run(ctx context.Context) {
	c.loadStored(ctx)
	if c.connection == nil || ctx.Err() != nil {
		c.settle()
		return
	}
	for _, run := range []func(context.Context){c.confirmer.Run, c.telemetry.Run, c.samples.Run} {
		c.running.Add(1)
		go func() {
			defer c.running.Done()
			run(ctx)
		}()
	}
	c.connection.Run(ctx)
}

// took follows every offer: what was swapped is confirmed first, then written down, then told to listeners.
func (c *Client) took(offer serving.Offer) serving.Offer {
	if offer.Change == nil {
		return offer
	}
	if c.confirmer != nil {
		c.confirmer.Changed()
	}
	if c.cache != nil {
		// Between invocations nobody would write later.
		c.cache.Changed(offer.Change.IsKill || c.invocations != nil)
	}
	// Whoever waits for Ready finds the state that goes with the flags.
	c.stateMayChange()
	c.settle()
	c.changes.call(*offer.Change)
	return offer
}

// Ready waits for the first flags (from the server, the cache or the bundle), at the latest until ReadyWait or the context is over.
// True where there are flags; where not, the code's defaults are answered until some arrive.
func (c *Client) Ready(ctx context.Context) bool {
	if c.invocations != nil {
		return c.Refresh(ctx)
	}
	timer := time.NewTimer(max(0, c.options.readyWait()-time.Since(c.startedAt)))
	defer timer.Stop()
	select {
	case <-c.settled:
	case <-ctx.Done():
	case <-timer.C:
	}
	return c.holder.Tables() != nil
}

// State says where the flags come from now.
func (c *Client) State() State {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.state
}

// Version of what is served now; false while nothing is.
func (c *Client) Version() (Version, bool) { return c.holder.Version() }

// Environment is the one whose flags are served; empty while none are.
func (c *Client) Environment() string {
	if tables := c.holder.Tables(); tables != nil {
		return tables.Environment
	}
	return ""
}

// Trouble is why there is no connection; nil where there is one.
func (c *Client) Trouble() *Trouble {
	if c.invocations != nil {
		return c.invocations.Trouble()
	}
	if c.setup != nil || c.connection == nil {
		return c.setup
	}
	return c.connection.Trouble()
}

// OnChange calls the listener after each swap, from the client's own goroutine: it must return soon. Gives a function that ends it.
func (c *Client) OnChange(listener func(Change)) (stop func()) { return c.changes.add(listener) }

// OnState calls the listener when State changes; as OnChange.
func (c *Client) OnState(listener func(State)) (stop func()) { return c.states.add(listener) }

// Explain says why a flag answers what it answers for this context: plain English, one line a step.
func (c *Client) Explain(key string, user Context) (lines []string) {
	tables := c.holder.Tables()
	if tables == nil {
		return []string{key + " answers the code's default: no flags were received yet."}
	}
	defer func() {
		if fault := recover(); fault != nil {
			c.warnings.fault("Explain", fault)
			lines = []string{key + " could not be explained."}
		}
	}()
	return tables.Explain(key, user)
}

// Close ends connection, goroutines and files, and returns when the last good flags are written and the last counts sent, which takes a second at most. Answers stay available. It may be called again.
func (c *Client) Close() {
	if !c.isClosing.CompareAndSwap(false, true) {
		// Somebody else is at it, or a listener that is told of it.
		within(closeWait, c.ended)
		return
	}
	c.mutex.Lock()
	c.isClosed = true
	c.mutex.Unlock()
	c.Flush(context.Background())
	c.cancel()
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		c.running.Wait()
	}()
	within(closeWait, stopped)
	var last sync.WaitGroup
	last.Go(c.samples.Last)
	if c.telemetry != nil {
		c.telemetry.Last()
	}
	last.Wait()
	c.settle()
	if c.cache != nil {
		c.cache.Close()
	}
	if c.idle != nil {
		c.idle.CloseIdleConnections()
	}
	close(c.ended)
	c.stateMayChange()
	c.changes.clear()
	c.states.clear()
}

// within waits until it is over, but not longer.
func within(wait time.Duration, over <-chan struct{}) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-over:
	case <-timer.C:
	}
}

func (c *Client) settle() { c.settling.Do(func() { close(c.settled) }) }

func (c *Client) reached(isReached bool) {
	c.mutex.Lock()
	c.isReached = isReached
	c.mutex.Unlock()
	c.stateMayChange()
}

func (c *Client) stateMayChange() {
	c.mutex.Lock()
	before := c.state
	c.state = c.stateNow()
	now := c.state
	c.mutex.Unlock()
	if now != before {
		c.states.call(now)
	}
}

func (c *Client) stateNow() State {
	switch {
	case c.isClosed || (c.connection == nil && c.invocations == nil && c.setup == nil):
		return Offline
	case c.holder.Tables() == nil:
		return Starting
	case c.isReached:
		return Ready
	default:
		return Stale
	}
}

// receiver is the side of a client that its connection sees.
type receiver Client

func (r *receiver) client() *Client { return (*Client)(r) }

func (r *receiver) Version() (evaluation.Version, bool) { return r.holder.Version() }

func (r *receiver) IsReplaced(epoch string) bool { return r.holder.IsReplaced(epoch) }

func (r *receiver) WantsSnapshot() bool { return r.intake.IsTrailLong() }

func (r *receiver) Snapshot(snapshot *evaluation.Snapshot, urgent []*evaluation.UrgentKill, steps []serving.Step) serving.Offer {
	r.mutex.Lock()
	r.isReached = true
	r.mutex.Unlock()
	return r.client().took(r.intake.Snapshot(snapshot, urgent, steps))
}

func (r *receiver) Patch(patch *evaluation.Patch, step *serving.Step) serving.Offer {
	return r.client().took(r.intake.Patch(patch, step))
}

func (r *receiver) Urgent(kill *evaluation.UrgentKill, step *serving.Step) serving.Offer {
	return r.client().took(r.intake.Urgent(kill, step))
}

func (r *receiver) Connected(hello transport.Hello) {
	r.confirmer.Connected(hello.ConfirmJitter)
	r.telemetry.Connected()
	r.client().reached(true)
}

func (r *receiver) SamplingIs(id string, jitter time.Duration) { r.samples.TermsAre(id, jitter) }

func (r *receiver) Polled() {
	r.confirmer.Disconnected()
	r.telemetry.Disconnected()
	r.client().reached(true)
}

func (r *receiver) Disconnected() {
	r.confirmer.Disconnected()
	r.telemetry.Disconnected()
	r.client().reached(false)
}
