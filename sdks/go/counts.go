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
	// customerCountsMax different counts of customers wait to be told, about 300 bytes each; an answer beyond them counts for nobody in particular.
	customerCountsMax = 2_000
	// customersPerBatchMax are those of one batch; customerBytes is what one has beside its names.
	customersPerBatchMax = 500
	customerBytes        = 30
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

// ofCustomer is what is counted of one customer, who is a hash.
type ofCustomer struct {
	counted
	customer string
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
	// customers have what was counted since it was last told, of flags that are counted by customer.
	customers map[ofCustomer]uint64
	defaults  int
	dropped   counter
}

func newCounts() *counts {
	return &counts{counters: map[counted]*counter{}, customers: map[ofCustomer]uint64{}}
}

// ofCustomer: an answer that was counted was one customer's. What has no room is told without a customer.
func (c *counts) ofCustomer(flag string, answer *evaluation.Answer, customer string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	name := ofCustomer{counted{flag, answer.Variant, answer.Reason, ""}, customer}
	if number := c.customers[name]; number > 0 || len(c.customers) < customerCountsMax {
		c.customers[name] = number + 1
	}
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
	// Customer is a hash, of flags that are counted by customer.
	Customer string `json:"customer,omitempty"`
	Count    uint64 `json:"count"`
}

// takeCustomers forgets what it gives, and how many bytes that has.
func (c *counts) takeCustomers() (taken []answerCount, bytes int) {
	taken = []answerCount{}
	for name, number := range c.customers {
		bytes += len(name.flag) + len(name.variant) + customerBytes
		if len(taken) == customersPerBatchMax || bytes > answerBytesPerBatchMax {
			break
		}
		delete(c.customers, name)
		counter := c.counterOf(name)
		// A batch that was made between an answer and its customer has told it already.
		number = min(number, counter.value.Load()-counter.told)
		// Told here, it is not told again without the customer.
		counter.told += number
		if number > 0 {
			taken = append(taken, answerCount{name.flag, name.variant, name.reason, "", name.customer, number})
		}
	}
	return taken, bytes
}

func (c *counts) counterOf(name ofCustomer) *counter {
	if counter := c.counters[name.counted]; counter != nil {
		return counter
	}
	return &c.dropped
}

// waiting is what the next batch says of customers.
func (c *counts) waiting() map[*counter]uint64 {
	waiting := map[*counter]uint64{}
	for name, number := range c.customers {
		waiting[c.counterOf(name)] += number
	}
	return waiting
}

// take gives what was counted since it was last taken, as much as one batch holds.
func (c *counts) take() ([]answerCount, uint64) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	taken, bytes := c.takeCustomers()
	waiting := c.waiting()
	for key, counter := range c.counters {
		value := counter.value.Load() - waiting[counter]
		// Signed: what was told without its customer may wait for it all the same.
		if int64(value-counter.told) <= 0 {
			continue
		}
		bytes += len(key.flag) + len(key.variant)
		if len(taken) == answersPerBatchMax || bytes > answerBytesPerBatchMax {
			break
		}
		taken = append(taken, answerCount{key.flag, key.variant, key.reason, key.cause, "", value - counter.told})
		counter.told = value
	}
	slices.SortFunc(taken, func(a, b answerCount) int {
		return cmp.Or(cmp.Compare(a.Flag, b.Flag), cmp.Compare(a.Variant, b.Variant), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Cause, b.Cause),
			cmp.Compare(a.Customer, b.Customer))
	})
	value := c.dropped.value.Load()
	dropped := value - c.dropped.told
	c.dropped.told = value
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
