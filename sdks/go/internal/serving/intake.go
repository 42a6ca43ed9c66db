package serving

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/sluice-flags/sluice-go/internal/evaluation"
)

// Intake is the one way into the holder. Where signatures are checked it keeps the trail of signed texts, so that what is stored can be checked again
// when it is read: whoever may write to the disk is not thereby one who may switch flags.
type Intake struct {
	Holder      *Holder
	environment string
	check       *SignatureCheck

	mutex sync.Mutex
	trail signedTrail
}

// NewIntake makes an intake; stored flags of another environment are not taken, an empty one takes any. A nil check checks nothing.
func NewIntake(holder *Holder, environment string, check *SignatureCheck) *Intake {
	return &Intake{Holder: holder, environment: environment, check: check}
}

// IsTrailLong is true where a fresh snapshot is wanted, so that the trail stays short.
func (i *Intake) IsTrailLong() bool {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return i.trail.isBeyond(1)
}

// stored is what to keep on disk; nil where there is nothing, or the trail is longer than is kept.
func (i *Intake) stored() any {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if i.check != nil {
		steps := i.trail.steps()
		if steps == nil {
			return nil
		}
		return map[string]any{"signed": steps}
	}
	tables, urgent := i.Holder.Tables(), i.Holder.Urgent()
	if tables == nil {
		return nil
	}
	if urgent == nil {
		urgent = []*evaluation.UrgentKill{}
	}
	return map[string]any{"snapshot": tables, "urgent": urgent}
}

// Snapshot takes a snapshot; steps are the snapshot's, then that of the urgent kills where there are any, and none where signatures are not checked.
func (i *Intake) Snapshot(snapshot *evaluation.Snapshot, urgent []*evaluation.UrgentKill, steps []Step) Offer {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return i.snapshot(snapshot, urgent, steps)
}

func (i *Intake) snapshot(snapshot *evaluation.Snapshot, urgent []*evaluation.UrgentKill, steps []Step) Offer {
	offer := i.Holder.OfferSnapshot(snapshot, urgent)
	if i.check == nil || len(steps) == 0 || (offer.Kind != Swapped && offer.Kind != Same) {
		return offer
	}
	var beside []takenStep
	for _, step := range steps[1:] {
		beside = append(beside, takenStep{step, idsOf(urgent)})
	}
	i.trail.begin(takenStep{steps[0], slices.Collect(maps.Keys(snapshot.Kills))}, beside, i.Holder.Urgent())
	return offer
}

// Patch takes a patch; step is nil where signatures are not checked.
func (i *Intake) Patch(patch *evaluation.Patch, step *Step) Offer {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return i.patch(patch, step)
}

func (i *Intake) patch(patch *evaluation.Patch, step *Step) Offer {
	offer := i.Holder.OfferPatch(patch)
	if i.check != nil && step != nil && offer.Change != nil {
		i.trail.add(takenStep{*step, slices.Collect(maps.Keys(patch.Kills))})
	}
	return offer
}

// Urgent takes an urgent kill; as Patch.
func (i *Intake) Urgent(kill *evaluation.UrgentKill, step *Step) Offer {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return i.urgent([]*evaluation.UrgentKill{kill}, step)
}

func (i *Intake) urgent(kills []*evaluation.UrgentKill, step *Step) Offer {
	before := idsOf(i.Holder.Urgent())
	made := Offer{Kind: Same}
	for at, kill := range kills {
		if offer := i.Holder.OfferUrgent(kill); at == 0 || offer.Kind == Swapped {
			made = offer
		}
	}
	isNew := slices.ContainsFunc(idsOf(i.Holder.Urgent()), func(id string) bool { return !slices.Contains(before, id) })
	if i.check != nil && step != nil && isNew {
		i.trail.add(takenStep{*step, idsOf(kills)})
	}
	return made
}

func idsOf(kills []*evaluation.UrgentKill) []string {
	var ids []string
	for _, kill := range kills {
		ids = append(ids, kill.ID)
	}
	return ids
}

// readStep is a signed text and what it says; snapshot, patch and kills exclude each other.
type readStep struct {
	step     Step
	snapshot *evaluation.Snapshot
	patch    *evaluation.Patch
	kills    []*evaluation.UrgentKill
}

// Restore takes what was stored. An error ends a sentence: "Stored flags are not used: …".
func (i *Intake) Restore(stored *Stored) (Offer, error) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if stored.Signed == nil {
		if i.check != nil {
			return Offer{}, fmt.Errorf("they are not signed, and this process takes only what one of its SignatureKeys has signed")
		}
		if err := i.foreign(stored.Snapshot); err != nil {
			return Offer{}, err
		}
		return i.Holder.Restore(stored.Snapshot, stored.Urgent), nil
	}
	var read []readStep
	for _, step := range stored.Signed {
		if problem := i.check.ProblemOf(step.Kind, []byte(step.Text), step.Signature); problem != nil {
			return Offer{}, fmt.Errorf("of a %s among them, %w", step.Kind, problem)
		}
		one, err := readSigned(step)
		if err == nil && one.snapshot != nil {
			err = i.foreign(one.snapshot)
		}
		if err != nil {
			return Offer{}, err
		}
		read = append(read, one)
	}
	return i.replay(read), nil
}

func (i *Intake) foreign(snapshot *evaluation.Snapshot) error {
	if i.environment == "" || i.environment == snapshot.Environment {
		return nil
	}
	return fmt.Errorf("they are of %q, and this process expects %q", snapshot.Environment, i.environment)
}

// replay: what the server has sent meanwhile is newer than any stored snapshot or patch; kills count in any case.
func (i *Intake) replay(read []readStep) Offer {
	_, hasNewer := i.Holder.Version()
	made := Offer{Kind: Refused, Why: "the server's snapshot arrived first"}
	for _, one := range read {
		offer := Offer{}
		switch {
		case one.step.Kind == KindKill || one.step.Kind == KindKills:
			offer = i.urgent(one.kills, &one.step)
		case hasNewer:
			continue
		case one.step.Kind == KindSnapshot:
			offer = i.snapshot(one.snapshot, nil, []Step{one.step})
		default:
			offer = i.patch(one.patch, &one.step)
		}
		if offer.Change == nil {
			continue
		}
		if made.Change != nil {
			offer.Change.Flags = append(offer.Change.Flags, made.Change.Flags...)
			offer.Change.IsKill = offer.Change.IsKill || made.Change.IsKill
		}
		made = Offer{Kind: Swapped, Change: offer.Change}
	}
	if made.Change != nil {
		slices.Sort(made.Change.Flags)
		made.Change.Flags = slices.Compact(made.Change.Flags)
	}
	return made
}

func readSigned(step Step) (readStep, error) {
	made, err := readStep{step: step}, error(nil)
	switch step.Kind {
	case KindSnapshot:
		made.snapshot, err = evaluation.DecodeSnapshot([]byte(step.Text))
	case KindPatch:
		made.patch, err = evaluation.DecodePatch([]byte(step.Text))
	case KindKill:
		made.kills, err = ReadUrgent([]json.RawMessage{json.RawMessage(step.Text)})
	case KindKills:
		made.kills, err = ReadUrgentList([]byte(step.Text))
	default:
		err = fmt.Errorf("one among them is a %q, which this version does not know", step.Kind)
	}
	if err != nil {
		return made, fmt.Errorf("a %s among them cannot be read: %w", step.Kind, err)
	}
	return made, nil
}
