package sluice

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sluice-flags/sluice-go/internal/evaluation"
)

const (
	// countersMax different answers are counted apart, about 200 bytes each; what is beyond is counted together. 10,000 flags with two variants fit.
	countersMax = 20_000
	// defaultsMax: a host that makes keys up from data must not grow this for ever.
	defaultsMax = 1_000
	// answersPerBatchMax and answerBytesPerBatchMax keep a batch's body below the server's 256 KiB.
	answersPerBatchMax     = 1_000
	answerBytesPerBatchMax = 50_000
)

// Count is how often one answer was given since the client was made.
type Count struct {
	Flag, Variant string
	Reason        Reason
	// Cause says why the code's default was answered; empty where it was not.
	Cause Cause
	Count uint64
}

type counted struct {
	flag, variant string
	reason        Reason
	cause         Cause
}

// counter is read by value, and told to the server by what it has grown since. told belongs to the mutex of its counts.
type counter struct {
	value atomic.Uint64
	told  uint64
}

// counts has fixed memory: a counter for each answer that was ever compiled, and for each default that was answered, up to a limit.
type counts struct {
	mutex    sync.Mutex
	counters map[counted]*counter
	defaults int
	dropped  counter
}

func newCounts() *counts {
	return &counts{counters: map[counted]*counter{}}
}

// counter is asked when a flag is compiled, not when it is evaluated, and gives the same one after each patch.
func (c *counts) counter(flag, variant string, reason evaluation.Reason) *atomic.Uint64 {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	key := counted{flag, variant, reason, ""}
	if known := c.counters[key]; known != nil {
		return &known.value
	}
	if len(c.counters)-c.defaults >= countersMax {
		return &c.dropped.value
	}
	made := new(counter)
	c.counters[key] = made
	return &made.value
}

// defaulted counts a code's default: the flag is unknown or of another type, or nothing was received yet.
func (c *counts) defaulted(flag string, cause evaluation.Cause) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	key := counted{flag, "", evaluation.Error, cause}
	known := c.counters[key]
	if known == nil {
		if c.defaults >= defaultsMax || flag == "" || len(flag) > nameBytesMax {
			c.dropped.value.Add(1)
			return
		}
		known = new(counter)
		c.counters[key] = known
		c.defaults++
	}
	known.value.Add(1)
}

// answerCount is what the server is told.
type answerCount struct {
	Flag    string `json:"flag"`
	Variant string `json:"variant,omitempty"`
	Reason  Reason `json:"reason"`
	Cause   Cause  `json:"cause,omitempty"`
	Count   uint64 `json:"count"`
}

// take gives what was counted since it was last taken, as much as one batch holds.
func (c *counts) take() (taken []answerCount, dropped uint64) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	taken = []answerCount{}
	bytes := 0
	for key, counter := range c.counters {
		value := counter.value.Load()
		if value == counter.told {
			continue
		}
		bytes += len(key.flag) + len(key.variant)
		if len(taken) == answersPerBatchMax || bytes > answerBytesPerBatchMax {
			break
		}
		taken = append(taken, answerCount{key.flag, key.variant, key.reason, key.cause, value - counter.told})
		counter.told = value
	}
	slices.SortFunc(taken, func(a, b answerCount) int {
		return cmp.Or(cmp.Compare(a.Flag, b.Flag), cmp.Compare(a.Variant, b.Variant), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Cause, b.Cause))
	})
	value := c.dropped.value.Load()
	dropped, c.dropped.told = value-c.dropped.told, value
	return taken, dropped
}

// isTold is true where nothing was counted since it was last taken.
func (c *counts) isTold() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, counter := range c.counters {
		if counter.value.Load() != counter.told {
			return false
		}
	}
	return c.dropped.value.Load() == c.dropped.told
}

// Counts are how often each answer was given since the client was made, by flag, variant and reason; where the code's default was answered, the reason
// is ERROR and the cause says why. dropped were given beyond what is counted apart.
func (c *Client) Counts() (given []Count, dropped uint64) {
	c.counts.mutex.Lock()
	defer c.counts.mutex.Unlock()
	for key, counter := range c.counts.counters {
		if number := counter.value.Load(); number > 0 {
			given = append(given, Count{key.flag, key.variant, key.reason, key.cause, number})
		}
	}
	slices.SortFunc(given, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Flag, b.Flag), cmp.Compare(a.Variant, b.Variant), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Cause, b.Cause))
	})
	return given, c.counts.dropped.value.Load()
}
