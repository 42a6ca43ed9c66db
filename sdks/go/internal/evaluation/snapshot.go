package evaluation

import (
	"encoding/json"
	"maps"
)

// Version is a position in one environment's history. Within an epoch an SDK never goes back.
type Version struct {
	Epoch string `json:"epoch"`
	Seq   int64  `json:"seq"`
}

// Kill names flags that answer their off variant. Its scope is read when it is compiled: a part that cannot be read narrows nothing.
type Kill struct {
	Flags []string
	scope any
	raw   json.RawMessage
}

// UrgentKill is in force beside the snapshot until the snapshot lists its journal with a counter at least as high, or has reached its Seq.
type UrgentKill struct {
	Kill
	ID, Epoch string
	Journal   *string
	Counter   *int64
	Seq       *int64
}

// MarshalJSON gives the kill as it was received.
func (k *UrgentKill) MarshalJSON() ([]byte, error) { return k.raw, nil }

// Head is the part of a snapshot that decides about order and about the end of urgent kills.
type Head struct {
	Environment string
	Version
	Replaces []string
	// Seen: how far replaced epochs were seen when their end was found.
	Seen     map[string]int64
	Journals map[string]int64
	Kills    map[string]*Kill
}

// Snapshot is what was decoded: the envelope and the kills are right, flags and segments are not looked into.
type Snapshot struct {
	Head
	customer, salt  string
	flags, segments map[string]json.RawMessage
	// envelope holds everything but flags, segments, kills and journals as received, unknown fields included, for writing it out again.
	envelope map[string]json.RawMessage
}

// Patch is a change of one environment from exactly Base to To. Names in drop go, names in set are replaced whole.
// Hashes change within a segment, after its form: those of drop leave, those of set join.
type Patch struct {
	Epoch    string
	Base, To int64

	customer, salt          *string
	journals                map[string]int64
	Kills                   map[string]*Kill
	DropKills               []string
	flags, segments         map[string]json.RawMessage
	dropFlags, dropSegments []string
	hashes, dropHashes      map[string][]string
}

// FlagsTouched names the flags that a patch sets or drops.
func (p *Patch) FlagsTouched() []string {
	names := append([]string{}, p.dropFlags...)
	for name := range p.flags {
		names = append(names, name)
	}
	return names
}

// TouchesAll is true where any flag's answer may be another: the customer's path, the salt or a segment changed.
func (p *Patch) TouchesAll() bool {
	return p.customer != nil || p.salt != nil || len(p.segments)+len(p.dropSegments)+len(p.hashes)+len(p.dropHashes) > 0
}

// segmentsWithHashes are the segments of which members leave or join.
func (p *Patch) segmentsWithHashes() map[string]struct{} {
	ids := make(map[string]struct{}, len(p.hashes)+len(p.dropHashes))
	for id := range p.hashes {
		ids[id] = struct{}{}
	}
	for id := range p.dropHashes {
		ids[id] = struct{}{}
	}
	return ids
}

// After gives the head that a patch leads to.
func (h *Head) After(patch *Patch) Head {
	next := *h
	next.Seq = patch.To
	if len(patch.journals) > 0 {
		next.Journals = cloneOf(h.Journals)
		maps.Copy(next.Journals, patch.journals)
	}
	if len(patch.Kills) > 0 || len(patch.DropKills) > 0 {
		next.Kills = cloneOf(h.Kills)
		for _, id := range patch.DropKills {
			delete(next.Kills, id)
		}
		maps.Copy(next.Kills, patch.Kills)
	}
	return next
}

func cloneOf[V any](record map[string]V) map[string]V {
	clone := make(map[string]V, len(record)+1)
	maps.Copy(clone, record)
	return clone
}

// IsUrgentInForce says whether an urgent kill still counts beside a snapshot. It ends when the snapshot lists its journal with a counter
// at least its own, or is of its epoch with a seq at least its own, or is of an epoch that replaces its epoch and lists the kill, or that
// has seen its epoch up to its seq: then the kill was known and has been lifted. A lower counter of its journal ends nothing.
func (h *Head) IsUrgentInForce(kill *UrgentKill) bool {
	listed, isListed := int64(0), false
	if kill.Journal != nil {
		listed, isListed = h.Journals[*kill.Journal]
	}
	if isListed && kill.Counter != nil && listed >= *kill.Counter {
		return false
	}
	if h.Epoch == kill.Epoch {
		return kill.Seq == nil || h.Seq < *kill.Seq
	}
	for _, epoch := range h.Replaces {
		if epoch == kill.Epoch {
			seen, isSeen := h.Seen[epoch]
			_, isKept := h.Kills[kill.ID]
			return !isKept && (!isSeen || kill.Seq == nil || *kill.Seq > seen)
		}
	}
	return true
}
