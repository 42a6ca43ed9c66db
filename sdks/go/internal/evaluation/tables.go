package evaluation

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
)

// prerequisiteDepthMax: a prerequisite may have prerequisites this many levels below the flag that was asked for, which is level 0.
const prerequisiteDepthMax = 8

// Tables are a snapshot ready to answer, with the urgent kills beside it. Immutable: a patch makes new ones, which share what it does not touch.
type Tables struct {
	Head
	envelope        map[string]json.RawMessage
	customer, salt  string
	flags           map[string]*flagEntry
	segments        map[string]*segment
	inForce         []killInForce
	killsByFlag     map[string][]killInForce
	options         Options
	readCustomer    read
	hashOfCustomers hashOf
}

// Options are what a snapshot is compiled for.
type Options struct {
	Asker Asker
	// Counter gives where answers of a flag, variant and reason are counted; nil gives each answer a count of its own.
	Counter func(flag, variant string, reason Reason) *atomic.Uint64
}

// flagEntry is a form as received, what it names, and what it was compiled to.
type flagEntry struct {
	raw      json.RawMessage
	parents  []string
	compiled *compiledFlag
}

type killInForce struct {
	id   string
	kill *Kill
}

// Compile makes a snapshot ready to answer. What previous holds of it unchanged, with everything it depends on, is taken over; previous stays valid.
// Total for everything that DecodeSnapshot accepts.
func Compile(snapshot *Snapshot, urgent []*UrgentKill, options Options, previous *Tables) *Tables {
	if options.Counter == nil {
		options.Counter = func(string, string, Reason) *atomic.Uint64 { return new(atomic.Uint64) }
	}
	t := &Tables{Head: snapshot.Head, envelope: snapshot.envelope, customer: snapshot.customer, salt: snapshot.salt, options: options}
	t.flags = make(map[string]*flagEntry, len(snapshot.flags))
	t.segments = make(map[string]*segment, len(snapshot.segments))
	changed := newChanges()
	isLike := previous != nil && previous.salt == t.salt && previous.customer == t.customer
	for id, raw := range snapshot.segments {
		if isLike && previous.segments[id] != nil && slices.Equal(previous.segments[id].raw, raw) {
			t.segments[id] = previous.segments[id]
		} else {
			t.segments[id] = newSegment(raw)
			changed.segments[id] = struct{}{}
		}
	}
	for key, raw := range snapshot.flags {
		if isLike && previous.flags[key] != nil && slices.Equal(previous.flags[key].raw, raw) {
			t.flags[key] = previous.flags[key]
		} else {
			t.flags[key] = &flagEntry{raw: raw}
			changed.flags[key] = struct{}{}
		}
	}
	if isLike {
		changed.gone(previous, t)
	}
	t.setKills(urgent, previous, changed)
	t.finish(changed)
	return t
}

// Patch applies a patch that goes from exactly this version; the problem says why one does not. Cost grows with the patch,
// and with the number of flags only by copying a table of references.
func (t *Tables) Patch(patch *Patch, urgent []*UrgentKill) (*Tables, string) {
	if patch.Epoch != t.Epoch {
		return nil, fmt.Sprintf("patch is of epoch %s, snapshot of %s: fetch the snapshot", patch.Epoch, t.Epoch)
	}
	if patch.Base != t.Seq {
		return nil, fmt.Sprintf("patch goes from %d, snapshot is at %d: fetch the snapshot", patch.Base, t.Seq)
	}
	next := *t
	next.Head = t.After(patch)
	changed := newChanges()
	next.envelope = cloneOf(t.envelope)
	next.envelope["seq"] = fmt.Appendf(nil, "%d", patch.To)
	for name, text := range map[string]*string{"customer": patch.customer, "salt": patch.salt} {
		if text != nil {
			next.envelope[name], _ = json.Marshal(*text)
		}
	}
	next.customer, next.salt = valueOr(patch.customer, t.customer), valueOr(patch.salt, t.salt)
	next.flags, next.segments = maps.Clone(t.flags), maps.Clone(t.segments)
	for _, id := range patch.dropSegments {
		delete(next.segments, id)
		changed.segments[id] = struct{}{}
	}
	for id, raw := range patch.segments {
		next.segments[id] = newSegment(raw)
		changed.segments[id] = struct{}{}
	}
	for id := range patch.segmentsWithHashes() {
		if held := next.segments[id]; held != nil {
			next.segments[id] = held.withHashes(patch.hashes[id], patch.dropHashes[id])
			changed.segments[id] = struct{}{}
		}
	}
	for _, key := range patch.dropFlags {
		delete(next.flags, key)
		changed.flags[key] = struct{}{}
	}
	for key, raw := range patch.flags {
		next.flags[key] = &flagEntry{raw: raw}
		changed.flags[key] = struct{}{}
	}
	if next.salt != t.salt || next.customer != t.customer {
		changed.isAll = true
	}
	next.setKills(urgent, t, changed)
	next.finish(changed)
	return &next, ""
}

// WithUrgent takes another set of urgent kills into account.
func (t *Tables) WithUrgent(urgent []*UrgentKill) *Tables {
	next := *t
	changed := newChanges()
	next.flags = maps.Clone(t.flags)
	next.setKills(urgent, t, changed)
	next.finish(changed)
	return &next
}

func valueOr(text *string, other string) string {
	if text == nil {
		return other
	}
	return *text
}

// Keys of all flags, in no order.
func (t *Tables) Keys() []string {
	return slices.Collect(maps.Keys(t.flags))
}

// MarshalJSON gives the plain snapshot, patches included, urgent kills not.
func (t *Tables) MarshalJSON() ([]byte, error) {
	members := make(map[string]any, len(t.envelope)+4)
	for name, raw := range t.envelope {
		members[name] = raw
	}
	flags := make(map[string]json.RawMessage, len(t.flags))
	for key, entry := range t.flags {
		flags[key] = entry.raw
	}
	members["flags"] = flags
	if len(t.segments) > 0 {
		segments := make(map[string]json.RawMessage, len(t.segments))
		for id, segment := range t.segments {
			segments[id] = segment.raw
		}
		members["segments"] = segments
	}
	if len(t.Kills) > 0 {
		kills := make(map[string]json.RawMessage, len(t.Kills))
		for id, kill := range t.Kills {
			kills[id] = kill.raw
		}
		members["kills"] = kills
	}
	if len(t.Journals) > 0 {
		members["journals"] = t.Journals
	}
	return json.Marshal(members)
}

// setKills collects the kills in force and notes the flags whose kills are not the same as before.
func (t *Tables) setKills(urgent []*UrgentKill, previous *Tables, changed *changes) {
	t.inForce = make([]killInForce, 0, len(t.Kills)+len(urgent))
	for id, kill := range t.Kills {
		t.inForce = append(t.inForce, killInForce{id, kill})
	}
	for _, kill := range urgent {
		if t.IsUrgentInForce(kill) {
			t.inForce = append(t.inForce, killInForce{kill.ID, &kill.Kill})
		}
	}
	slices.SortStableFunc(t.inForce, func(a, b killInForce) int { return cmp.Compare(a.id, b.id) })
	before := []killInForce(nil)
	if previous != nil {
		before = previous.inForce
	}
	come, gone := missingFrom(t.inForce, before), missingFrom(before, t.inForce)
	for _, one := range append(come, gone...) {
		for _, flag := range one.kill.Flags {
			changed.flags[flag] = struct{}{}
		}
	}
	if previous != nil && len(come)+len(gone) == 0 {
		t.killsByFlag = previous.killsByFlag
		return
	}
	t.killsByFlag = map[string][]killInForce{}
	for _, one := range t.inForce {
		for _, flag := range slices.Compact(slices.Sorted(slices.Values(one.kill.Flags))) {
			t.killsByFlag[flag] = append(t.killsByFlag[flag], one)
		}
	}
}

// missingFrom gives what is not among others, by identity and content: a snapshot that was fetched again lists the same kills anew.
func missingFrom(kills, others []killInForce) []killInForce {
	known := make(map[string][]byte, len(others))
	for _, other := range others {
		known[other.id] = other.kill.raw
	}
	var missing []killInForce
	for _, one := range kills {
		if raw, ok := known[one.id]; !ok || !slices.Equal(raw, one.kill.raw) {
			missing = append(missing, one)
		}
	}
	return missing
}
