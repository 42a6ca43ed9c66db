// Package serving holds what an SDK answers from: one compiled snapshot with the urgent kills beside it, and its copy on disk.
package serving

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sluice-flags/sluice-go/internal/evaluation"
)

const (
	// UrgentMax: more urgent kills than any journal holds at once are not kept.
	UrgentMax = 10_000
	// replacedMax epochs are remembered: a snapshot lists at most 100, and a process rarely lives through more than one change.
	replacedMax = 200
)

// Change is what a swap changed.
type Change struct {
	Version evaluation.Version
	// Flags whose answers may differ. Flags that have one of these as a prerequisite may follow it without being named.
	Flags []string
	// IsKill is true when a kill came into force.
	IsKill bool
}

// OfferKind is what became of something received.
type OfferKind int

// Gap: it does not fit what is held, so the snapshot is needed.
const (
	Same OfferKind = iota
	Swapped
	Refused
	Gap
)

// Offer says what became of something received; Change is set where anything was swapped, which a gap's kills may have done too.
type Offer struct {
	Kind   OfferKind
	Change *Change
	Why    string
}

// Holder exchanges what is served by one reference. The order rules are those of docs/protocol.md: never back within an epoch,
// never to an epoch known to be replaced, a patch only from exactly the version held.
type Holder struct {
	// tables is the only thing that answering looks at.
	tables  atomic.Pointer[evaluation.Tables]
	options evaluation.Options

	mutex    sync.Mutex
	urgent   []*evaluation.UrgentKill
	replaced []string
	// since: by kill of what is held, the earliest place of its epoch at which it is known to be in force.
	since map[string]int64
}

// NewHolder makes an empty holder.
func NewHolder(options evaluation.Options) *Holder {
	return &Holder{options: options}
}

// Tables is what is served now; nil while nothing is. Read it anew for each question.
func (h *Holder) Tables() *evaluation.Tables { return h.tables.Load() }

// Version of what is served now; false while nothing is.
func (h *Holder) Version() (evaluation.Version, bool) {
	tables := h.tables.Load()
	if tables == nil {
		return evaluation.Version{}, false
	}
	return tables.Version, true
}

// Urgent kills in force, in the order they were first heard.
func (h *Holder) Urgent() []*evaluation.UrgentKill {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return slices.Clone(h.urgent)
}

// IsReplaced is true for an epoch that something we held has replaced: nothing of it is accepted any more.
func (h *Holder) IsReplaced(epoch string) bool {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return slices.Contains(h.replaced, epoch)
}

// Restore takes a stored state, but only where nothing newer has arrived; its urgent kills count in any case.
func (h *Holder) Restore(snapshot *evaluation.Snapshot, urgent []*evaluation.UrgentKill) Offer {
	if h.tables.Load() == nil {
		return h.OfferSnapshot(snapshot, urgent)
	}
	last := Offer{Kind: Refused, Why: "the server's snapshot arrived first"}
	for _, kill := range urgent {
		if offer := h.OfferUrgent(kill); offer.Kind == Swapped {
			last = offer
		}
	}
	return last
}

// OfferSnapshot takes a whole snapshot together with the urgent kills that came with it.
func (h *Holder) OfferSnapshot(snapshot *evaluation.Snapshot, urgent []*evaluation.UrgentKill) Offer {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	held := h.tables.Load()
	if held != nil {
		if why := h.whyRefused(snapshot, held); why != "" {
			return Offer{Kind: Refused, Why: why}
		}
	}
	fresh := slices.DeleteFunc(slices.Clone(urgent), func(kill *evaluation.UrgentKill) bool { return h.holds(kill.ID) })
	all := append(append(slices.Clone(h.urgent), carriedKills(held, snapshot, h.since)...), fresh...)
	inForce := slices.DeleteFunc(all, func(kill *evaluation.UrgentKill) bool { return !snapshot.IsUrgentInForce(kill) })
	next := evaluation.Compile(snapshot, inForce, h.options, held)
	if held != nil && held.Version == next.Version && len(fresh) == 0 && isSame(held, next) {
		return Offer{Kind: Same}
	}
	touched := map[string]struct{}{}
	if held != nil {
		for _, key := range held.Keys() {
			touched[key] = struct{}{}
		}
	}
	for _, key := range next.Keys() {
		touched[key] = struct{}{}
	}
	isKill := slices.ContainsFunc(fresh, func(kill *evaluation.UrgentKill) bool { return slices.Contains(inForce, kill) })
	for id := range snapshot.Kills {
		isKill = isKill || held == nil || held.Kills[id] == nil
	}
	h.remember(snapshot, held)
	if held == nil || held.Epoch != snapshot.Epoch {
		h.since = nil
	}
	h.since = knownSince(h.since, snapshot.Kills, snapshot.Seq)
	h.urgent = inForce
	return h.swap(next, slices.Collect(maps.Keys(touched)), isKill)
}

// OfferPatch takes a patch that fits exactly. Of one that does not fit, the kills are applied at once and the snapshot is asked for.
func (h *Holder) OfferPatch(patch *evaluation.Patch) Offer {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	held := h.tables.Load()
	switch {
	case held == nil:
		return Offer{Kind: Gap, Why: "there is no snapshot to patch"}
	case slices.Contains(h.replaced, patch.Epoch):
		return Offer{Kind: Refused, Why: "epoch " + patch.Epoch + " was replaced"}
	case patch.Epoch == held.Epoch && patch.To <= held.Seq:
		return Offer{Kind: Same}
	}
	head := held.After(patch)
	var inForce, ended []*evaluation.UrgentKill
	for _, kill := range h.urgent {
		if head.IsUrgentInForce(kill) {
			inForce = append(inForce, kill)
		} else {
			ended = append(ended, kill)
		}
	}
	next, problem := held.Patch(patch, inForce)
	if problem != "" {
		return h.aheadOfGap(patch, held, problem)
	}
	h.urgent = inForce
	h.since = knownSince(h.since, head.Kills, patch.To)
	return h.swap(next, flagsOfPatch(patch, held, next, ended), len(patch.Kills) > 0)
}

// OfferUrgent takes an urgent kill at once, whatever else is missing.
func (h *Holder) OfferUrgent(kill *evaluation.UrgentKill) Offer {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return h.offerUrgent(kill)
}

func (h *Holder) offerUrgent(kill *evaluation.UrgentKill) Offer {
	held := h.tables.Load()
	switch {
	case h.holds(kill.ID):
		return Offer{Kind: Same}
	case len(h.urgent) >= UrgentMax:
		return Offer{Kind: Refused, Why: fmt.Sprintf("more than %d urgent kills", UrgentMax)}
	case held != nil && !held.IsUrgentInForce(kill):
		return Offer{Kind: Same}
	}
	h.urgent = append(slices.Clip(h.urgent), kill)
	// Without a snapshot every answer is the code's default already; the kill waits for one.
	if held == nil {
		return Offer{Kind: Same}
	}
	return h.swap(held.WithUrgent(h.urgent), kill.Flags, true)
}

// aheadOfGap: within our own epoch a patch over a gap still tells which kills are in force at its end: they must not wait for the snapshot.
func (h *Holder) aheadOfGap(patch *evaluation.Patch, held *evaluation.Tables, why string) Offer {
	offer := Offer{Kind: Gap, Why: why}
	if patch.Epoch != held.Epoch {
		return offer
	}
	for id, kill := range patch.Kills {
		to := patch.To
		one := h.offerUrgent(evaluation.CarriedKill(id, kill, evaluation.Version{Epoch: patch.Epoch}, &to))
		if one.Kind != Swapped {
			continue
		}
		if offer.Change != nil {
			one.Change.Flags = append(one.Change.Flags, offer.Change.Flags...)
		}
		offer.Change = one.Change
	}
	return offer
}

func (h *Holder) swap(next *evaluation.Tables, flags []string, isKill bool) Offer {
	h.tables.Store(next)
	return Offer{Kind: Swapped, Change: &Change{next.Version, flags, isKill}}
}

func (h *Holder) holds(id string) bool {
	return slices.ContainsFunc(h.urgent, func(kill *evaluation.UrgentKill) bool { return kill.ID == id })
}

func (h *Holder) whyRefused(snapshot *evaluation.Snapshot, held *evaluation.Tables) string {
	switch {
	case snapshot.Epoch == held.Epoch && snapshot.Seq < held.Seq:
		return fmt.Sprintf("it is at %d, older than %d", snapshot.Seq, held.Seq)
	case snapshot.Epoch == held.Epoch || slices.Contains(snapshot.Replaces, held.Epoch):
		return ""
	case slices.Contains(h.replaced, snapshot.Epoch):
		return "its epoch " + snapshot.Epoch + " was replaced"
	default:
		return ""
	}
}

func (h *Holder) remember(snapshot *evaluation.Snapshot, held *evaluation.Tables) {
	epochs := slices.Clone(snapshot.Replaces)
	if held != nil && slices.Contains(epochs, held.Epoch) {
		epochs = append(epochs, held.Replaces...)
	}
	for _, epoch := range epochs {
		if !slices.Contains(h.replaced, epoch) {
			h.replaced = append(h.replaced, epoch)
		}
	}
	h.replaced = slices.DeleteFunc(h.replaced, func(epoch string) bool { return epoch == snapshot.Epoch })
	if over := len(h.replaced) - replacedMax; over > 0 {
		h.replaced = slices.Delete(h.replaced, 0, over)
	}
}

// carriedKills: kills of a replaced epoch that its successor does not list, because a restored backup or a lost tail forgot them,
// stay in force beside the new snapshot until it lists them: no restore lifts a kill. Not where it has seen the place since which they are
// known, which IsUrgentInForce says.
func carriedKills(held *evaluation.Tables, snapshot *evaluation.Snapshot, since map[string]int64) []*evaluation.UrgentKill {
	if held == nil || snapshot.Epoch == held.Epoch || !slices.Contains(snapshot.Replaces, held.Epoch) {
		return nil
	}
	var carried []*evaluation.UrgentKill
	for _, id := range slices.Sorted(maps.Keys(held.Kills)) {
		if snapshot.Kills[id] == nil {
			seq, isKnown := since[id]
			if !isKnown {
				seq = held.Seq
			}
			carried = append(carried, evaluation.CarriedKill(id, held.Kills[id], held.Version, &seq))
		}
	}
	return carried
}

// knownSince: since which place of its epoch each of these kills is known: where it was held before, or seq.
func knownSince(before map[string]int64, kills map[string]*evaluation.Kill, seq int64) map[string]int64 {
	since := make(map[string]int64, len(kills))
	for id := range kills {
		if at, isKnown := before[id]; isKnown {
			since[id] = at
		} else {
			since[id] = seq
		}
	}
	return since
}

// isSame: two snapshots of one version are the same, unless the server has corrected one.
func isSame(a, b *evaluation.Tables) bool {
	textA, errA := json.Marshal(a)
	textB, errB := json.Marshal(b)
	return errA == nil && errB == nil && bytes.Equal(textA, textB)
}

func flagsOfPatch(patch *evaluation.Patch, before, after *evaluation.Tables, ended []*evaluation.UrgentKill) []string {
	if patch.TouchesAll() {
		return after.Keys()
	}
	flags := patch.FlagsTouched()
	for _, kill := range ended {
		flags = append(flags, kill.Flags...)
	}
	for id, kill := range patch.Kills {
		flags = append(flags, kill.Flags...)
		if old := before.Kills[id]; old != nil {
			flags = append(flags, old.Flags...)
		}
	}
	for _, id := range patch.DropKills {
		if old := before.Kills[id]; old != nil {
			flags = append(flags, old.Flags...)
		}
	}
	slices.Sort(flags)
	return slices.Compact(flags)
}
