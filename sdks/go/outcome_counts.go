package sluice

import (
	"cmp"
	"regexp"
	"slices"
	"sync"
)

const (
	// outcomesMax different counts are held at once, about 300 bytes each: a host that makes names up from data fills no memory.
	outcomesMax = 2_000
	// outcomesPerBatchMax keeps a batch's body below the server's 256 KiB.
	outcomesPerBatchMax = 500
	// nameBytesMax: a longer name is none.
	nameBytesMax = 200
)

// outcomeName is a name as guards have it.
var outcomeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// outcomeOf is what is counted apart. The customer is a hash, as snapshots hold it: names do not travel.
type outcomeOf struct {
	Flag     string `json:"flag"`
	Variant  string `json:"variant"`
	Outcome  string `json:"outcome"`
	Customer string `json:"customer"`
}

// outcomeCount is how often it went well, and how often it failed, since it was last sent.
type outcomeCount struct {
	outcomeOf
	OK     uint64 `json:"ok"`
	Failed uint64 `json:"failed"`
}

// outcomeCounts has fixed memory.
type outcomeCounts struct {
	mutex   sync.Mutex
	counts  map[outcomeOf]*outcomeCount
	dropped uint64
}

// note counts one; what has no room is counted as dropped. False where the name is none.
func (o *outcomeCounts) note(what outcomeOf, hasFailed bool) bool {
	if !outcomeName.MatchString(what.Outcome) || len(what.Flag) > nameBytesMax || len(what.Variant) > nameBytesMax {
		return false
	}
	o.mutex.Lock()
	defer o.mutex.Unlock()
	count := o.counts[what]
	if count == nil {
		if len(o.counts) >= outcomesMax {
			o.dropped++
			return true
		}
		if o.counts == nil {
			o.counts = map[outcomeOf]*outcomeCount{}
		}
		count = &outcomeCount{outcomeOf: what}
		o.counts[what] = count
	}
	if hasFailed {
		count.Failed++
	} else {
		count.OK++
	}
	return true
}

func (o *outcomeCounts) isEmpty() bool {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return len(o.counts) == 0 && o.dropped == 0
}

// take gives what one batch holds, and forgets it.
func (o *outcomeCounts) take() (taken []outcomeCount, dropped uint64) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	taken = []outcomeCount{}
	for what, count := range o.counts {
		if len(taken) == outcomesPerBatchMax {
			break
		}
		taken = append(taken, *count)
		delete(o.counts, what)
	}
	slices.SortFunc(taken, func(a, b outcomeCount) int {
		return cmp.Or(cmp.Compare(a.Flag, b.Flag), cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Customer, b.Customer), cmp.Compare(a.Variant, b.Variant))
	})
	dropped, o.dropped = o.dropped, 0
	return taken, dropped
}
