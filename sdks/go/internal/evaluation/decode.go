package evaluation

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Limits of what is read, each well above what one environment needs and below what would hurt the process that reads.
const (
	// TextBytesMax bounds one JSON text: 10,000 flags take about 2.5 MB.
	TextBytesMax = 64 << 20
	flagsMax     = 100_000
	segmentsMax  = 20_000
	// hashesMax of one segment in a patch: as many as a list of runtime members holds.
	hashesMax     = 100_000
	killsMax      = 20_000
	journalsMax   = 10_000
	replacesMax   = 100
	nameUnitsMax  = 1024
	depthMax      = 256
	safeIntegers  = 1<<53 - 1
	formatMinimum = 1
)

// DecodeSnapshot reads a snapshot from JSON text, whose memory it keeps. Unknown fields are left alone.
// The envelope and the kills must be right, or nothing is accepted: half a kill list would switch things on.
// A flag or segment is not looked into here: one that is broken spoils itself alone when it is compiled.
func DecodeSnapshot(text []byte) (*Snapshot, error) {
	members, err := decodeObject(text)
	if err != nil {
		return nil, err
	}
	r := &reader{members: members}
	if format := r.count("format"); format < formatMinimum && r.err == nil {
		r.fail("format", "not a whole number from 1 up")
	}
	snapshot := &Snapshot{envelope: members, customer: "customer"}
	snapshot.Environment, snapshot.Epoch, snapshot.salt, snapshot.Seq = r.name("environment"), r.name("epoch"), r.name("salt"), r.count("seq")
	if r.has("customer") {
		snapshot.customer = r.name("customer")
	}
	if r.has("replaces") {
		snapshot.Replaces = r.texts("replaces", replacesMax)
	}
	snapshot.Seen = r.counts("seen", replacesMax)
	if !r.has("flags") {
		r.fail("flags", "missing")
	}
	snapshot.flags, snapshot.segments = r.object("flags", flagsMax), r.object("segments", segmentsMax)
	snapshot.Journals, snapshot.Kills = r.journals(), r.kills()
	if r.err != nil {
		return nil, r.err
	}
	for _, name := range []string{"flags", "segments", "kills", "journals"} {
		delete(members, name)
	}
	return snapshot, nil
}

// DecodePatch reads a patch; as DecodeSnapshot.
func DecodePatch(text []byte) (*Patch, error) {
	members, err := decodeObject(text)
	if err != nil {
		return nil, err
	}
	r := &reader{members: members}
	patch := &Patch{Epoch: r.name("epoch"), Base: r.count("base"), To: r.count("to")}
	if r.err == nil && patch.To <= patch.Base {
		r.fail("to", fmt.Sprintf("not above base %d", patch.Base))
	}
	set := &reader{members: r.object("set", safeIntegers), at: "set.", err: r.err}
	for _, name := range []string{"customer", "salt"} {
		if set.has(name) {
			text := set.name(name)
			if name == "salt" {
				patch.salt = &text
			} else {
				patch.customer = &text
			}
		}
	}
	patch.flags, patch.segments = set.object("flags", flagsMax), set.object("segments", segmentsMax)
	patch.journals, patch.Kills, patch.hashes = set.journals(), set.kills(), set.hashes()
	drop := &reader{members: r.object("drop", safeIntegers), at: "drop.", err: set.err}
	if r.err != nil {
		return nil, r.err
	}
	patch.dropFlags, patch.dropSegments, patch.DropKills = drop.names("flags", flagsMax), drop.names("segments", segmentsMax), drop.names("kills", killsMax)
	patch.dropHashes = drop.hashes()
	return patch, drop.err
}

// DecodeUrgentKill reads an urgent kill; as DecodeSnapshot.
func DecodeUrgentKill(text []byte) (*UrgentKill, error) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	members, err := decodeObject(text)
	if err != nil {
		return nil, err
	}
	r := &reader{members: members}
	kill := &UrgentKill{ID: r.name("id"), Epoch: r.name("epoch")}
	if r.has("journal") {
		journal := r.name("journal")
		kill.Journal = &journal
	}
	if r.has("counter") {
		counter := r.count("counter")
		kill.Counter = &counter
	}
	if r.has("seq") {
		seq := r.count("seq")
		kill.Seq = &seq
	}
	kill.Kill = *r.kill(text)
	return kill, r.err
}

// CarriedKill makes an urgent kill of one that a snapshot or patch lists, so that it stays in force where that is left behind.
func CarriedKill(id string, kill *Kill, version Version, seq *int64) *UrgentKill {
	members := map[string]json.RawMessage{}
	// What a decoded kill was made from parses again.
	_ = json.Unmarshal(kill.raw, &members)
	for name, member := range map[string]any{"id": id, "epoch": version.Epoch, "seq": seq} {
		if text, err := json.Marshal(member); err == nil && string(text) != "null" {
			members[name] = text
		}
	}
	raw, err := json.Marshal(members)
	if err != nil {
		raw = kill.raw
	}
	return &UrgentKill{Kill: Kill{kill.Flags, kill.scope, raw}, ID: id, Epoch: version.Epoch, Seq: seq}
}

// decodeObject reads the members of a JSON object. A byte order mark before it is dropped, as by every reader of texts.
func decodeObject(text []byte) (map[string]json.RawMessage, error) {
	if len(text) > TextBytesMax {
		return nil, fmt.Errorf("longer than %d bytes", TextBytesMax)
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if isDeeper(text) {
		return nil, fmt.Errorf("nested more than %d deep", depthMax)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, fmt.Errorf("not JSON: %w", err)
		}
		return nil, errors.New("not an object")
	}
	if members == nil {
		return nil, errors.New("not an object")
	}
	return members, nil
}

// isDeeper looks at brackets outside strings only: what is no JSON is found later.
func isDeeper(text []byte) bool {
	depth, isInside := 0, false
	for at := 0; at < len(text); at++ {
		switch c := text[at]; {
		case isInside && c == '\\':
			at++
		case c == '"':
			isInside = !isInside
		case isInside:
		case c == '{' || c == '[':
			if depth++; depth > depthMax {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// reader checks members and remembers the first problem with its path.
type reader struct {
	members map[string]json.RawMessage
	at      string
	err     error
}

func (r *reader) fail(name, problem string) {
	if r.err == nil {
		r.err = fmt.Errorf("%s%.200s: %s", r.at, name, problem)
	}
}

func (r *reader) has(name string) bool {
	_, has := r.members[name]
	return has
}

func (r *reader) item(name string) any {
	if raw, has := r.members[name]; has {
		return formOf(raw)
	}
	return nil
}

func (r *reader) name(name string) string {
	text, ok := r.item(name).(string)
	if !ok {
		r.fail(name, "missing or not a string")
	} else if codeUnits(text) > nameUnitsMax {
		r.fail(name, fmt.Sprintf("longer than %d characters", nameUnitsMax))
	}
	return text
}

func (r *reader) count(name string) int64 {
	number, ok := count(r.item(name), safeIntegers)
	if !ok {
		r.fail(name, "not a whole number from 0 up")
	}
	return number
}

func (r *reader) texts(name string, most int) []string {
	texts, ok := textList(r.item(name))
	if !ok || len(texts) > most {
		r.fail(name, fmt.Sprintf("not a list of at most %d texts", most))
	}
	return texts
}

// names reads a list that may be absent.
func (r *reader) names(name string, most int) []string {
	if !r.has(name) {
		return nil
	}
	return r.texts(name, most)
}

// object reads the members of an object that may be absent, with names of allowed length.
func (r *reader) object(name string, most int) map[string]json.RawMessage {
	raw, has := r.members[name]
	if !has {
		return nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil || members == nil {
		r.fail(name, "not an object")
		return nil
	}
	if len(members) > most {
		r.fail(name, fmt.Sprintf("more than %d entries", most))
	}
	for member := range members {
		if most != safeIntegers && codeUnits(member) > nameUnitsMax {
			r.fail(name, fmt.Sprintf("a name is longer than %d characters", nameUnitsMax))
		}
	}
	return members
}

// hashes reads lists by segment. Unlike segments, these are applied at once: half a list would leave everybody else with another one.
func (r *reader) hashes() map[string][]string {
	members := r.object("hashes", segmentsMax)
	inner := &reader{members: members, at: r.at + "hashes.", err: r.err}
	lists := make(map[string][]string, len(members))
	for id := range members {
		lists[id] = inner.texts(id, hashesMax)
	}
	r.err = inner.err
	return lists
}

func (r *reader) journals() map[string]int64 { return r.counts("journals", journalsMax) }

// counts reads an object of at most `most` whole numbers; empty where it is absent.
func (r *reader) counts(name string, most int) map[string]int64 {
	members := r.object(name, most)
	inner := &reader{members: members, at: r.at + name + ".", err: r.err}
	counts := make(map[string]int64, len(members))
	for each := range members {
		counts[each] = inner.count(each)
	}
	r.err = inner.err
	return counts
}

func (r *reader) kills() map[string]*Kill {
	members := r.object("kills", killsMax)
	kills := make(map[string]*Kill, len(members))
	for _, id := range slices.Sorted(maps.Keys(members)) {
		var parts map[string]json.RawMessage
		if err := json.Unmarshal(members[id], &parts); err != nil || parts == nil {
			r.fail("kills."+id, "not an object")
			continue
		}
		inner := &reader{members: parts, at: r.at + "kills." + id + ".", err: r.err}
		kills[id] = inner.kill(members[id])
		r.err = inner.err
	}
	return kills
}

// kill reads what every kill has. Scopes are not looked into: a part of one that cannot be read narrows nothing, so the kill covers more and not less.
func (r *reader) kill(raw json.RawMessage) *Kill {
	return &Kill{Flags: r.texts("flags", flagsMax), scope: r.item("scope"), raw: raw}
}
