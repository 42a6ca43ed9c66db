package serving

import (
	"fmt"
	"testing"

	"github.com/sluice-flags/sluice-go/internal/evaluation"
)

func snapshotOf(t *testing.T, epoch string, seq int, rest string) *evaluation.Snapshot {
	t.Helper()
	snapshot, err := evaluation.DecodeSnapshot(fmt.Appendf(nil, `{"format":1,"environment":"production","epoch":%q,"seq":%d,"salt":"s","flags":{"a":{"default":"on"}}%s}`, epoch, seq, rest))
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}

func urgentOf(t *testing.T, text string) *evaluation.UrgentKill {
	t.Helper()
	kill, err := evaluation.DecodeUrgentKill([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return kill
}

// TestOrder: docs/protocol.md, "SDK rules", as one history.
func TestOrder(t *testing.T) {
	holder := NewHolder(evaluation.Options{})
	kill := `,"kills":{"k1":{"flags":["a"]}}`
	for at, one := range []struct {
		snapshot *evaluation.Snapshot
		urgent   string
		kind     OfferKind
		isOn     bool
	}{
		{snapshotOf(t, "e1", 5, ""), "", Swapped, true},
		{snapshotOf(t, "e1", 5, ""), "", Same, true},
		{snapshotOf(t, "e1", 4, kill), "", Refused, true},
		{snapshotOf(t, "e1", 6, kill), "", Swapped, false},
		// A successor that forgot the kill: it stays in force beside the new snapshot until that lists it, and once more until it drops it.
		{snapshotOf(t, "e2", 1, `,"replaces":["e1"]`), "", Swapped, false},
		{snapshotOf(t, "e1", 9, ""), "", Refused, false},
		{snapshotOf(t, "e2", 2, `,"replaces":["e1"]`+kill), "", Swapped, false},
		{snapshotOf(t, "e2", 3, `,"replaces":["e1"]`), "", Swapped, true},
		{nil, `{"id":"k2","epoch":"e2","journal":"j","counter":7,"flags":["a"]}`, Swapped, false},
		{nil, `{"id":"k2","epoch":"e2","journal":"j","counter":7,"flags":["a"]}`, Same, false},
		{snapshotOf(t, "e2", 4, `,"journals":{"j":6}`), "", Swapped, false},
		{snapshotOf(t, "e2", 5, `,"journals":{"j":7}`), "", Swapped, true},
		{nil, `{"id":"k2","epoch":"e2","journal":"j","counter":7,"flags":["a"]}`, Same, true},
	} {
		offer := Offer{}
		if one.snapshot != nil {
			offer = holder.OfferSnapshot(one.snapshot, nil)
		} else {
			offer = holder.OfferUrgent(urgentOf(t, one.urgent))
		}
		isOn, _ := holder.Tables().Evaluate("a", evaluation.Context{}).Boolean()
		if offer.Kind != one.kind || isOn != one.isOn {
			t.Errorf("step %d: kind %d, on %t, wanted %d, %t (%s)", at, offer.Kind, isOn, one.kind, one.isOn, offer.Why)
		}
	}
}

func TestAKillEndsWithAnEpochThatSawWhereItBegan(t *testing.T) {
	for seen, isOn := range map[int]bool{4: false, 5: false, 6: true, 9: true} {
		holder := NewHolder(evaluation.Options{})
		holder.OfferSnapshot(snapshotOf(t, "e1", 5, ""), nil)
		for _, text := range []string{`{"epoch":"e1","base":5,"to":6,"set":{"kills":{"k1":{"flags":["a"]}}}}`, `{"epoch":"e1","base":6,"to":8}`} {
			patch, err := evaluation.DecodePatch([]byte(text))
			if err != nil || holder.OfferPatch(patch).Kind != Swapped {
				t.Fatal(text, err)
			}
		}
		holder.OfferSnapshot(snapshotOf(t, "e2", 1, fmt.Sprintf(`,"replaces":["e1"],"seen":{"e1":%d}`, seen)), nil)
		if got, _ := holder.Tables().Evaluate("a", evaluation.Context{}).Boolean(); got != isOn {
			t.Errorf("seen up to %d: %v", seen, got)
		}
	}
}

func TestStoredNameHoldsNoLetterOfTheKey(t *testing.T) {
	// First 16 hex digits of the SHA-256 of "abc" (FIPS 180-2, appendix B.1).
	if got := StoredName("", "abc"); got != "sluice-ba7816bf8f01cfea.json" {
		t.Errorf("got %s", got)
	}
	if got := StoredName("Prod/EU_1", "abc"); got != "sluice-prod-eu-1.json" {
		t.Errorf("got %s", got)
	}
}
