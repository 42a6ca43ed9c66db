package transport

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-flags/sluice-go/internal/evaluation"
)

const (
	// sampledContextsMax different contexts are kept between two reports, and so sent with one: the server takes 100.
	sampledContextsMax = 100
	// sampledBytesMax of one context; the server takes 2,000 characters.
	sampledBytesMax = 1_800
	// sampleReportBytesMax of the contexts of one report; the server reads 64 KiB.
	sampleReportBytesMax = 48_000
	// Contexts that were sent are not sent again until there are so many, or half a day has gone.
	sampledSentMax   = 5_000
	sampledSentAgain = 12 * time.Hour
	// looksPerStep: every answer is looked at until so many were within one report's time, then every second one, every fourth one, and so on.
	looksPerStep = 200
	lookStepMax  = 1 << 30
	// termsAgain: after an answer that is none, the terms are not asked for again before that.
	termsAgain        = 30 * time.Second
	samplingMax       = 2 * time.Second
	lastSamplesMax    = time.Second
	samplingReplyMost = 64 << 10
)

// SampleCounts say what was sampled in this process.
type SampleCounts struct {
	// Attributes may leave this process now; empty where nothing is sampled.
	Attributes []string
	// Sent are contexts that the server has taken. Dropped had no room, were too large, or did not reach it: no harm, and not tried again.
	Sent, Dropped uint64
}

// keptSample is a picked context and what it is known by.
type keptSample struct {
	text   string
	picked evaluation.Picked
}

// Samples show the server what contexts look like, as far as sluice.yaml declares it, so that a plan can count. Nothing else of a context is ever written
// down; memory and bytes are fixed; whatever goes wrong, a sample is lost and nothing else.
type Samples struct {
	address *Address
	// allowed are the attributes that the application lets go; nil is whatever the server declares.
	allowed []string
	wake    chan struct{}
	// step is 0 where nothing is sampled, else a power of two: of an answer every step-th one is looked at.
	step atomic.Uint64

	mutex    sync.Mutex
	id       string
	terms    *samplingTerms
	sampling *evaluation.Sampling
	isAsking bool
	// askAt and reportAt are zero where nothing is planned.
	askAt, reportAt time.Time
	askNotBefore    time.Time
	lastSent        time.Time
	kept            []keptSample
	known           map[string]struct{}
	sent            map[string]struct{}
	sentSince       time.Time
	looks           int
	// different contexts since the last report.
	different int
	isClosed  bool
	counts    SampleCounts
}

// NewSamples makes samples, which ask for nothing before they run. A nil address samples nothing.
func NewSamples(address *Address, allowed []string) *Samples {
	if allowed != nil && len(allowed) == 0 {
		address = nil
	}
	return &Samples{address: address, allowed: allowed, wake: make(chan struct{}, 1), known: map[string]struct{}{}, sent: map[string]struct{}{}}
}

// Counts are what was sampled so far.
func (s *Samples) Counts() SampleCounts {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	counts := s.counts
	if s.terms != nil {
		for path := range s.terms.attributes {
			counts.Attributes = append(counts.Attributes, path)
		}
		slices.Sort(counts.Attributes)
	}
	return counts
}

// Answered looks at the context of an answer, where it is its turn: the number is how often that answer was given. It costs one load where nothing is sampled.
func (s *Samples) Answered(number uint64, user evaluation.Context) {
	if step := s.step.Load(); step != 0 && number&(step-1) == 0 {
		s.look(user)
	}
}

// TermsAre says what a stream says: the id of the terms that are in force, empty where nothing is sampled.
func (s *Samples) TermsAre(id string, jitter time.Duration) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if id == s.id || s.isClosed || s.address == nil {
		return
	}
	if s.terms != nil {
		s.use(nil)
	}
	s.id = ""
	if id == "" || s.isAsking || time.Now().Before(s.askNotBefore) {
		return
	}
	s.id, s.isAsking = id, true
	s.askAt = time.Now()
	if jitter > 0 {
		s.askAt = s.askAt.Add(rand.N(jitter))
	}
	s.rouse()
}

func (s *Samples) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run asks and reports when it is time, until the context ends.
func (s *Samples) Run(ctx context.Context) {
	for ctx.Err() == nil {
		s.mutex.Lock()
		askAt, reportAt := s.askAt, s.reportAt
		s.mutex.Unlock()
		now := time.Now()
		var due <-chan time.Time
		switch {
		case isDue(askAt, now):
			s.ask(ctx)
			continue
		case isDue(reportAt, now):
			s.report(ctx, samplingMax)
			continue
		case !askAt.IsZero() && (reportAt.IsZero() || askAt.Before(reportAt)):
			due = time.After(askAt.Sub(now))
		case !reportAt.IsZero():
			due = time.After(reportAt.Sub(now))
		}
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-due:
		}
	}
}

func isDue(at, now time.Time) bool { return !at.IsZero() && !at.After(now) }

// Last sends what is left, so that a process that lives for seconds is heard of too; after Run has ended.
func (s *Samples) Last() {
	s.mutex.Lock()
	s.isClosed = true
	s.step.Store(0)
	s.mutex.Unlock()
	s.report(context.Background(), lastSamplesMax)
}

func (s *Samples) ask(ctx context.Context) {
	s.mutex.Lock()
	s.askAt = time.Time{}
	s.mutex.Unlock()
	status, body := s.post(ctx, http.MethodGet, "/sdk/v1/sampling", nil, samplingMax)
	var terms *samplingTerms
	if status == http.StatusOK {
		terms = readTerms(body)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.isAsking = false
	if terms != nil && terms.id == s.id {
		s.use(terms)
		return
	}
	// Terms of another id than the newest one came too late; the next heartbeat asks again.
	s.id = ""
	if terms == nil {
		s.askNotBefore = time.Now().Add(termsAgain)
	}
}

// use begins with other terms; nil is none. The mutex is held.
func (s *Samples) use(terms *samplingTerms) {
	s.terms, s.sampling, s.reportAt = terms, nil, time.Time{}
	s.forget()
	clear(s.sent)
	if terms == nil {
		s.step.Store(0)
		return
	}
	if s.allowed != nil {
		for path := range terms.attributes {
			if !slices.Contains(s.allowed, path) {
				delete(terms.attributes, path)
			}
		}
	}
	s.sampling = evaluation.NewSampling(terms.attributes, terms.customer, terms.key)
	s.step.Store(1)
}

// forget begins another time. The mutex is held.
func (s *Samples) forget() {
	s.kept = nil
	clear(s.known)
	s.looks, s.different = 0, 0
	if s.sampling != nil && !s.isClosed {
		s.step.Store(1)
	}
}

func (s *Samples) look(user evaluation.Context) {
	s.mutex.Lock()
	sampling := s.sampling
	if sampling == nil || s.isClosed {
		s.mutex.Unlock()
		return
	}
	if s.looks++; s.looks%looksPerStep == 0 {
		s.step.Store(min(2*s.step.Load(), lookStepMax))
	}
	s.mutex.Unlock()
	picked := pickOf(sampling, user)
	if len(picked) == 0 {
		return
	}
	text := picked.Text()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.sampling == sampling {
		s.take(keptSample{text, picked})
	}
}

// pickOf: a fault of ours costs a sample and no answer.
func pickOf(sampling *evaluation.Sampling, user evaluation.Context) (picked evaluation.Picked) {
	defer func() {
		if recover() != nil {
			picked = nil
		}
	}()
	return sampling.Pick(user)
}

func (s *Samples) take(one keptSample) {
	if _, is := s.known[one.text]; is {
		return
	}
	if _, is := s.sent[one.text]; is {
		return
	}
	s.different++
	if len(one.text) > sampledBytesMax {
		s.counts.Dropped++
		return
	}
	if len(s.kept) < sampledContextsMax {
		s.kept = append(s.kept, one)
	} else {
		// Each different one is kept with the same chance (Vitter, algorithm R).
		s.counts.Dropped++
		at := rand.N(s.different)
		if at >= sampledContextsMax {
			return
		}
		delete(s.known, s.kept[at].text)
		s.kept[at] = one
	}
	s.known[one.text] = struct{}{}
	if s.reportAt.IsZero() {
		// The first report of many processes that start together is spread over the whole time between two.
		s.reportAt = s.lastSent.Add(s.terms.every)
		if s.lastSent.IsZero() {
			s.reportAt = time.Now().Add(rand.N(s.terms.every))
		}
		s.rouse()
	}
}

func (s *Samples) report(ctx context.Context, limit time.Duration) {
	body, count := s.body()
	if count == 0 {
		return
	}
	status, _ := s.post(ctx, http.MethodPost, "/sdk/v1/samples", body, limit)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if status >= 200 && status < 300 {
		s.counts.Sent += count
	} else {
		s.counts.Dropped += count
	}
}

// body is what is kept, and how many contexts it is; they are forgotten.
func (s *Samples) body() (body []byte, count uint64) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.reportAt = time.Time{}
	if s.sampling == nil || len(s.kept) == 0 {
		return nil, 0
	}
	s.lastSent = time.Now()
	if len(s.sent) >= sampledSentMax || s.lastSent.Sub(s.sentSince) > sampledSentAgain {
		clear(s.sent)
		s.sentSince = s.lastSent
	}
	var contexts [][]byte
	size := 0
	for _, one := range s.kept {
		sealed := s.sampling.Seal(one.picked)
		if size+len(sealed) > sampleReportBytesMax {
			s.counts.Dropped++
			continue
		}
		size += len(sealed) + 1
		contexts = append(contexts, sealed)
		s.sent[one.text] = struct{}{}
	}
	s.forget()
	return slices.Concat([]byte(`{"contexts":[`), bytes.Join(contexts, []byte(",")), []byte("]}")), uint64(len(contexts))
}

// post gives the status of the answer and its body; 0 where there was none.
func (s *Samples) post(ctx context.Context, method, path string, body []byte, limit time.Duration) (int, []byte) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	reply, err := s.address.send(ctx, method, path, map[string]string{"Content-Type": "application/json"}, bytes.NewReader(body))
	if err != nil {
		return 0, nil
	}
	defer reply.Body.Close()
	text, err := readAll(reply.Body, samplingReplyMost)
	_, _ = io.Copy(io.Discard, io.LimitReader(reply.Body, replyBytesMax))
	if err != nil {
		return 0, nil
	}
	return reply.StatusCode, text
}
