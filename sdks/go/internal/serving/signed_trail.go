package serving

import (
	"slices"

	"github.com/sluice-flags/sluice-go/internal/evaluation"
)

const (
	// After trailStepsMax steps since the last snapshot, or trailBytesMax of theirs, a fresh snapshot is asked for: as many as the server's ring holds.
	trailStepsMax = 1_000
	trailBytesMax = 4 << 20
	// trailOverrun: steps are kept until that many times as much while no fresh snapshot can be had.
	trailOverrun = 2
)

// Step is something that was accepted, as it came: what is kept on disk can be checked again only in this form.
type Step struct {
	Kind      SignedKind `json:"kind"`
	Text      string     `json:"text"`
	Signature string     `json:"signature"`
}

// takenStep has the ids of the kills that a step names.
type takenStep struct {
	Step
	kills []string
}

// signedTrail has the signed texts from which the state that is served can be built again, in the order in which they were accepted: a snapshot,
// the patches after it, urgent kills. A patched snapshot has no signature of its own, so the parts are kept.
type signedTrail struct {
	taken []takenStep
	// headCount of them are the newest snapshot and what was before it.
	headCount int
	bytes     int
}

func (t *signedTrail) isBeyond(times int) bool {
	return len(t.taken)-t.headCount > trailStepsMax*times || t.bytes > trailBytesMax*times
}

// steps is what to keep; nil where there is nothing, or more than is kept: what is on disk then stays.
func (t *signedTrail) steps() []Step {
	if t.isBeyond(trailOverrun) {
		return nil
	}
	var steps []Step
	for _, one := range t.taken {
		steps = append(steps, one.Step)
	}
	return steps
}

// add: a patch or urgent kills were accepted.
func (t *signedTrail) add(one takenStep) {
	if !t.isBeyond(trailOverrun) {
		t.taken = append(t.taken, one)
		t.bytes += len(one.Text)
	}
}

// begin: a snapshot was accepted, with what came beside it; urgent are the kills in force beside it now. Of what was before, only the source of such
// kills is kept: their own steps, or else the last trail, for a kill that the snapshot of a new epoch does not know.
func (t *signedTrail) begin(snapshot takenStep, beside []takenStep, urgent []*evaluation.UrgentKill) {
	inForce := func(id string) bool {
		return slices.ContainsFunc(urgent, func(kill *evaluation.UrgentKill) bool { return kill.ID == id })
	}
	isSource := func(one takenStep) bool {
		return (one.Kind == KindKill || one.Kind == KindKills) && slices.ContainsFunc(one.kills, inForce)
	}
	explained := map[string]bool{}
	for _, one := range append(slices.Clone(t.taken), beside...) {
		for _, id := range one.kills {
			explained[id] = explained[id] || one.Kind == KindKill || one.Kind == KindKills
		}
	}
	isExplained := func(kill *evaluation.UrgentKill) bool { return explained[kill.ID] }
	isTrailNeeded := slices.ContainsFunc(urgent, func(kill *evaluation.UrgentKill) bool { return !isExplained(kill) }) && !t.isBeyond(trailOverrun)
	var before []takenStep
	for at, one := range t.taken {
		if isSource(one) || (isTrailNeeded && at >= t.headCount-1) {
			before = append(before, one)
		}
	}
	t.taken = append(append(before, snapshot), beside...)
	t.headCount, t.bytes = len(before)+1, 0
}
