package evaluation

import (
	"encoding/json"
	"fmt"
	"slices"
)

// segmentDepthMax: a segment may refer to segments this many levels below it.
const segmentDepthMax = 8

// segment is a form as received with what it refers to, and its membership test once it is compiled.
type segment struct {
	raw        json.RawMessage
	references []string
	test       test
	problem    string
	// uses holds every segment id that it was made from, its own included.
	uses map[string]struct{}
}

func newSegment(raw json.RawMessage) *segment {
	made := &segment{raw: raw}
	if form, ok := formOf(raw).(record); ok {
		made.references = segmentsIn(form["if"], 0)
	}
	return made
}

// withHashes gives the segment after some members left and others joined, sorted, each once; what stands in both is a member.
// The same segment where it cannot be read.
func (s *segment) withHashes(join, leave []string) *segment {
	var members map[string]json.RawMessage
	if json.Unmarshal(s.raw, &members) != nil || members == nil {
		return s
	}
	var before []string
	if raw, has := members["hashes"]; has {
		var ok bool
		if before, ok = textList(formOf(raw)); !ok {
			return s
		}
	}
	gone := textSet(leave)
	after := slices.DeleteFunc(slices.Clone(before), func(hash string) bool { _, isGone := gone[hash]; return isGone })
	after = append(after, join...)
	slices.Sort(after)
	// Lists of strings and what was decoded marshal without an error.
	members["hashes"], _ = json.Marshal(slices.Compact(after))
	raw, _ := json.Marshal(members)
	return newSegment(raw)
}

// compile makes the test; compiled gives the others, which cannot lead back here, because a cycle is refused before any of them is asked.
func (s *segment) compile(id string, t *Tables, compiled segmentTests) {
	s.uses = map[string]struct{}{id: {}}
	reach := reachOf(id, func(other string) []string {
		if found := t.segments[other]; found != nil {
			return found.references
		}
		return nil
	}, segmentDepthMax)
	for below := range reach.ids {
		s.uses[below] = struct{}{}
	}
	if reach.isTooDeep {
		s.problem = fmt.Sprintf("segment %s: refers to segments in a cycle or more than %d deep", id, segmentDepthMax)
		return
	}
	made, problem := compileMembership(formOf(s.raw), t.salt, compiled)
	s.test = made
	if problem != "" {
		s.problem = fmt.Sprintf("segment %s: %s", id, problem)
	}
}

func compileMembership(item any, salt string, segments segmentTests) (test, string) {
	form, ok := item.(record)
	if !ok {
		return nil, "not an object"
	}
	by, isPath := orElse(form, "by", "targetingKey").(string)
	lists := map[string][]string{}
	for _, name := range []string{"include", "exclude", "hashes"} {
		if member, has := form[name]; has {
			if lists[name], ok = textList(member); !ok {
				return nil, name + " is not a list of strings"
			}
		}
	}
	if !isPath {
		return nil, "by is not a string"
	}
	matches := test(func(*attributes) bool { return false })
	if condition, has := form["if"]; has {
		var problem string
		if matches, problem = compileCondition(condition, segments, 0); problem != "" {
			return nil, problem
		}
	}
	return membership(compileRead(by), salt, lists, matches), ""
}

func membership(read read, salt string, lists map[string][]string, matches test) test {
	included, excluded, listed := textSet(lists["include"]), textSet(lists["exclude"]), hashSetOf(lists["hashes"])
	return func(context *attributes) bool {
		unit, ok := unitText(read(context))
		if !ok {
			return matches(context)
		}
		if _, isExcluded := excluded[unit]; isExcluded {
			return false
		}
		if _, isIncluded := included[unit]; isIncluded {
			return true
		}
		return (len(listed) > 0 && listed.has(murmur128Start(salt, unit))) || matches(context)
	}
}

func textSet(texts []string) map[string]struct{} {
	set := make(map[string]struct{}, len(texts))
	for _, text := range texts {
		set[text] = struct{}{}
	}
	return set
}
