package transport

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/sluice-flags/sluice-go/internal/evaluation"
	"github.com/sluice-flags/sluice-go/internal/serving"
)

const (
	// waitingPatchesMax are kept while the snapshot they build on is being fetched: as many as the server's own ring holds.
	waitingPatchesMax = 1_000
	// headGrace: after a heartbeat with another head, a patch that is on its way gets this long before the snapshot is fetched.
	headGrace = time.Second
)

// waitingPatch is one that waits for the snapshot it builds on.
type waitingPatch struct {
	patch *evaluation.Patch
	step  *serving.Step
}

// session is one stream from its opening to its end.
type session struct {
	*Connection
	ctx         context.Context
	isConnected bool
	hasBytes    bool
	jitter      time.Duration
	waiting     []waitingPatch
	// head is one that is not ours, for which a patch is waited for.
	head      evaluation.Version
	headTimer <-chan time.Time
	// At most one refetch is planned or under way.
	refetchWhy   string
	refetchTimer <-chan time.Time
	isFetching   bool
	fetched      chan fetched
}

// follow reads a stream until it ends, goes silent or is refused, and says why; nil where the context ended.
func (s *session) follow(parent context.Context) *Trouble {
	ctx, cancel := context.WithCancel(parent)
	s.ctx, s.fetched = ctx, make(chan fetched, 1)
	lastEventID := ""
	if version, has := s.receiver.Version(); has {
		lastEventID = fmt.Sprintf("%s:%d", version.Epoch, version.Seq)
	}
	stream := openStream(ctx, s.address, lastEventID)
	defer func() {
		cancel()
		stream.close()
		if s.isFetching {
			<-s.fetched
		}
		if !s.isConnected {
			s.deaf++
		}
	}()
	watch := time.NewTimer(openMax)
	defer watch.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-watch.C:
			if s.hasBytes {
				return silent(s.address.Base, silentMax)
			}
			return unreachable(s.address.Base, fmt.Sprintf("the stream gave nothing within %v", openMax))
		case what := <-stream.heard:
			if trouble := s.hear(what, watch); trouble != nil {
				return trouble
			}
		case <-s.headTimer:
			s.headTimer = nil
			if !s.isHeld(s.head) && !s.isBehindUs(s.head) {
				s.refetch("the server is at another version", 0)
			}
		case <-s.refetchTimer:
			s.refetchTimer = nil
			s.startFetch()
		case got := <-s.fetched:
			s.isFetching = false
			if trouble := s.refetched(got); trouble != nil {
				return trouble
			}
		}
	}
}

func (s *session) hear(what heard, watch *time.Timer) *Trouble {
	if what.reply != nil {
		return troubleOf(s.address.Base, what.reply, "text/event-stream")
	}
	if what.err == nil {
		// Bytes alone are no sign of life before the hello: a proxy may drip them for ever.
		if !s.hasBytes || s.isConnected {
			watch.Reset(silentMax)
		}
		s.hasBytes = true
	}
	for _, frame := range what.frames {
		if trouble := s.frame(frame); trouble != nil {
			return trouble
		}
	}
	if what.err != nil {
		return s.endOf(what.err, s.isConnected)
	}
	return nil
}

// frame handles one event. Events of later versions of the protocol are passed over.
func (s *session) frame(frame Frame) *Trouble {
	switch frame.Event {
	case "hello":
		return s.hello(frame.Data)
	case "patch":
		return s.patch(frame)
	case "urgent":
		return s.urgent(frame)
	case "reset":
		s.reset(frame.Data)
	case "heartbeat":
		// A stream that lived until its heartbeat works: the next loss starts from the shortest wait.
		s.attempts.succeeded()
		s.receiver.SamplingIs(readSamplingID(frame.Data), s.jitter)
		if head, ok := readHead(frame.Data); ok {
			s.compareHead(head)
		}
		if s.receiver.WantsSnapshot() {
			s.fetchWhole("many patches are kept since the last one")
		}
	}
	return nil
}

// stepOf checks a frame's signature; a trouble ends the stream, which is tried again with growing waits.
func (s *session) stepOf(kind serving.SignedKind, frame Frame) (*serving.Step, *Trouble) {
	if s.check == nil {
		return nil, nil
	}
	if problem := s.check.ProblemOf(kind, frame.Data, frame.Sig); problem != nil {
		return nil, badSignature(s.address.Base, string(kind), problem)
	}
	return &serving.Step{Kind: kind, Text: string(frame.Data), Signature: frame.Sig}, nil
}

func (s *session) hello(data []byte) *Trouble {
	hello, ok := readHello(data)
	if !ok {
		s.refetch("a hello that cannot be read", 0)
		return nil
	}
	if s.environment != "" && hello.Environment != s.environment {
		return otherEnvironment(s.address.Base, s.environment, hello.Environment)
	}
	s.jitter = hello.ConfirmJitter
	if s.trouble.Swap(nil) != nil {
		s.log.Info("sluice.connected", "message", fmt.Sprintf("Connected to %s again.", s.address.Base))
	}
	s.isConnected, s.deaf = true, 0
	// What is served is confirmed now: one request more of a stream that may go silent again at once.
	s.requests++
	s.receiver.Connected(hello)
	s.receiver.SamplingIs(readSamplingID(data), s.jitter)
	s.compareHead(hello.Version)
	return nil
}

func (s *session) patch(frame Frame) *Trouble {
	step, trouble := s.stepOf(serving.KindPatch, frame)
	if trouble != nil {
		return trouble
	}
	patch, err := evaluation.DecodePatch(frame.Data)
	if err != nil {
		s.refetch("a patch that cannot be read", 0)
		return nil
	}
	offer := s.receiver.Patch(patch, step)
	switch offer.Kind {
	case serving.Swapped:
		s.refetches.succeeded()
		s.broughtNews()
	case serving.Gap:
		if len(s.waiting) < waitingPatchesMax {
			s.waiting = append(s.waiting, waitingPatch{patch, step})
		}
		s.refetch(offer.Why, 0)
	}
	return nil
}

func (s *session) urgent(frame Frame) *Trouble {
	step, trouble := s.stepOf(serving.KindKill, frame)
	if trouble != nil {
		return trouble
	}
	kill, err := evaluation.DecodeUrgentKill(frame.Data)
	if err != nil {
		s.log.Error("sluice.urgent.unreadable", "message", "An urgent kill cannot be read; the snapshot is fetched instead.")
		s.mustFetchWhole = true
		s.refetch("an urgent kill that cannot be read", 0)
		return nil
	}
	switch offer := s.receiver.Urgent(kill, step); offer.Kind {
	case serving.Swapped:
		s.broughtNews()
	case serving.Refused:
		s.log.Error("sluice.urgent.refused", "message", fmt.Sprintf("An urgent kill is not applied: %s.", offer.Why))
	}
	return nil
}

// broughtNews: a link that ends streams before their first heartbeat and still brings decisions is no outage, and a kill must not wait for as long as in one.
func (s *session) broughtNews() { s.attempts.progressed(time.Now()) }

// reset: many instances may be reset at once, so they fetch spread over the time that the server named for confirms.
func (s *session) reset(data []byte) {
	if head, ok := readHead(data); ok && s.isBehindUs(head) {
		return
	}
	s.fetchWhole("the server cannot patch this version")
}

func (s *session) fetchWhole(why string) {
	s.mustFetch, s.mustFetchWhole = true, true
	spread := time.Duration(0)
	if s.jitter > 0 {
		spread = rand.N(s.jitter)
	}
	s.refetch(why, spread)
}

// compareHead: a head that is not ours means a patch that is on its way or lost.
func (s *session) compareHead(head evaluation.Version) {
	if s.isHeld(head) {
		s.refetches.succeeded()
		return
	}
	if !s.isBehindUs(head) && s.headTimer == nil {
		s.head, s.headTimer = head, time.After(headGrace)
	}
}

func (s *session) isHeld(head evaluation.Version) bool {
	version, has := s.receiver.Version()
	return has && version == head
}

// isBehindUs is true for a head that we must not go to: fetching it would be refused each time.
func (s *session) isBehindUs(head evaluation.Version) bool {
	if version, has := s.receiver.Version(); has && version.Epoch == head.Epoch {
		return head.Seq < version.Seq
	}
	return s.receiver.IsReplaced(head.Epoch)
}

// refetch gets the snapshot while the stream goes on: at once the first time, then with growing waits until something fits again.
func (s *session) refetch(why string, spread time.Duration) {
	if s.isFetching || s.refetchTimer != nil {
		return
	}
	isAgain := s.refetches.hasFailed()
	wait := s.refetches.failed(time.Now(), 0, 1)
	if !isAgain {
		wait = spread
	}
	s.refetchWhy = why
	if wait > 0 {
		s.refetchTimer = time.After(wait)
		return
	}
	s.startFetch()
}

func (s *session) startFetch() {
	s.isFetching = true
	s.requests++
	// Read here, because only this goroutine may look at the connection.
	ctx, outage := s.ctx, s.refetches.lasted(time.Now())
	held, has := s.receiver.Version()
	isWhole := !has || s.mustFetchWhole
	go func() {
		if isWhole {
			s.fetched <- fetchSnapshot(ctx, &s.source, nil, outage)
		} else {
			s.fetched <- fetchSnapshot(ctx, &s.source, &held, outage)
		}
	}()
}

// refetched gives the trouble that ends the stream: what is wrongly signed is not asked for again beside it.
func (s *session) refetched(got fetched) *Trouble {
	waiting := s.waiting
	s.waiting = nil
	before, _ := s.receiver.Version()
	trouble := s.take(got)
	if trouble != nil && trouble.Kind == BadSignature {
		return trouble
	}
	if now, _ := s.receiver.Version(); now != before {
		s.broughtNews()
	}
	isBehind := trouble != nil
	for _, one := range waiting {
		isBehind = s.receiver.Patch(one.patch, one.step).Kind == serving.Gap || isBehind
	}
	if trouble != nil {
		s.log.Warn("sluice.snapshot.missing", "message", fmt.Sprintf("The snapshot is needed (%s) and could not be had: %s", s.refetchWhy, trouble.Message))
	}
	if isBehind {
		s.refetch(s.refetchWhy, 0)
	}
	return nil
}
