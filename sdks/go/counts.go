package sluice

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sluice-flags/sluice-go/internal/evaluation"
)

const (
	// countersMax different answers are counted apart; what is beyond is counted together. 10,000 flags with two variants fit.
	countersMax = 20_000
	// unknownKeysMax: a host that makes keys up from data must not grow this for ever.
	unknownKeysMax = 1_000
)

// Count is how often one answer was given since the client was made.
type Count struct {
	Flag, Variant string
	Reason        Reason
	Count         uint64
}

type counted struct {
	flag, variant string
	reason        Reason
}

// counts has fixed memory: a counter for each answer that was ever compiled, up to a limit.
type counts struct {
	mutex    sync.Mutex
	counters map[counted]*atomic.Uint64
	dropped  atomic.Uint64
	// unknownKeys are asked for and not defined: the code's default was answered.
	unknownKeys map[string]uint64
}

func newCounts() *counts {
	return &counts{counters: map[counted]*atomic.Uint64{}, unknownKeys: map[string]uint64{}}
}

// counter is asked when a flag is compiled, not when it is evaluated, and gives the same one after each patch.
func (c *counts) counter(flag, variant string, reason evaluation.Reason) *atomic.Uint64 {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	key := counted{flag, variant, reason}
	if known := c.counters[key]; known != nil {
		return known
	}
	if len(c.counters) >= countersMax {
		return &c.dropped
	}
	made := new(atomic.Uint64)
	c.counters[key] = made
	return made
}

func (c *counts) unknown(key string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if _, isKnown := c.unknownKeys[key]; isKnown || len(c.unknownKeys) < unknownKeysMax {
		c.unknownKeys[key]++
	} else {
		c.dropped.Add(1)
	}
}

// Counts are how often each answer was given since the client was made, by flag, variant and reason; unknown flags have reason ERROR and no variant.
// dropped were given beyond what is counted apart.
func (c *Client) Counts() (given []Count, dropped uint64) {
	c.counts.mutex.Lock()
	defer c.counts.mutex.Unlock()
	for key, count := range c.counts.counters {
		if number := count.Load(); number > 0 {
			given = append(given, Count{key.flag, key.variant, key.reason, number})
		}
	}
	for key, number := range c.counts.unknownKeys {
		given = append(given, Count{key, "", evaluation.Error, number})
	}
	slices.SortFunc(given, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Flag, b.Flag), cmp.Compare(a.Variant, b.Variant), cmp.Compare(a.Reason, b.Reason))
	})
	return given, c.counts.dropped.Load()
}
