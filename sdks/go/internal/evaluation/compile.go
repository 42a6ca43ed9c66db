package evaluation

import "fmt"

// changes names what is not as before; whatever uses one of these is compiled anew.
type changes struct {
	flags, segments map[string]struct{}
	isAll           bool
}

func newChanges() *changes {
	return &changes{flags: map[string]struct{}{}, segments: map[string]struct{}{}}
}

// gone notes what previous had and now is not there any more.
func (c *changes) gone(previous, now *Tables) {
	for key := range previous.flags {
		if now.flags[key] == nil {
			c.flags[key] = struct{}{}
		}
	}
	for id := range previous.segments {
		if now.segments[id] == nil {
			c.segments[id] = struct{}{}
		}
	}
}

func touches(used, changed map[string]struct{}) bool {
	if len(changed) == 0 {
		return false
	}
	for name := range used {
		if _, ok := changed[name]; ok {
			return true
		}
	}
	return false
}

// finish compiles everything that is new or that uses what changed. Until then the tables are nobody else's.
func (t *Tables) finish(changed *changes) {
	t.readCustomer = compileRead(t.customer)
	t.hashOfCustomers = customerHashOf(t.readCustomer, t.salt)
	for id, one := range t.segments {
		if one.uses != nil && (changed.isAll || touches(one.uses, changed.segments)) {
			t.segments[id] = &segment{raw: one.raw, references: one.references}
		}
	}
	// What a parent depends on is part of what its children depend on: the flags whose segments changed are known before their children are looked at.
	for key, one := range t.flags {
		if _, isNamed := changed.flags[key]; isNamed || (one.compiled != nil && (changed.isAll || touches(one.compiled.usesSegments, changed.segments))) {
			changed.flags[key] = struct{}{}
		}
	}
	// All of them, also those that no flag names yet: what is shared with the next tables must not be written any more.
	for id := range t.segments {
		t.segmentTest(id)
	}
	builder := &builder{t: t, forms: map[string]any{}}
	for key, one := range t.flags {
		_, isChanged := changed.flags[key]
		if one.compiled == nil || isChanged || touches(one.compiled.usesFlags, changed.flags) {
			t.flags[key] = &flagEntry{raw: one.raw}
			builder.read(key)
		}
	}
	for key := range builder.forms {
		builder.flag(key)
	}
}

// builder compiles the flags of tables that are being made.
type builder struct {
	t     *Tables
	forms map[string]any
}

func (b *builder) read(key string) {
	entry := b.t.flags[key]
	form := formOf(entry.raw)
	b.forms[key] = form
	entry.parents = parentsOf(form)
}

// flag gives a compiled flag. Recursion ends: parents that lead back here, or too deep, are refused before they are asked.
func (b *builder) flag(key string) *compiledFlag {
	entry := b.t.flags[key]
	if entry.compiled != nil {
		return entry.compiled
	}
	uses := &changes{}
	plan := planFlag(key, b.forms[key], b.surroundingsOf(key, uses))
	made := fuse(plan)
	made.usesFlags, made.usesSegments = uses.flags, uses.segments
	entry.compiled = made
	return made
}

func (b *builder) surroundingsOf(key string, uses *changes) surroundings {
	t := b.t
	segments := func(id string) (test, string) {
		made, problem, used := t.segmentTest(id)
		for other := range used {
			uses.segments = added(uses.segments, other)
		}
		uses.segments = added(uses.segments, id)
		return made, problem
	}
	around := surroundings{
		segments: segments,
		parent:   func(flag string) parent { return b.parentOf(key, flag, uses) },
		customer: t.readCustomer,
		salt:     t.salt,
		counter:  t.options.Counter,
	}
	for _, one := range t.killsByFlag[key] {
		around.hasKills = true
		if covers, ok := compileScope(one.kill.scope, t.options.Asker, segments, t.hashOfCustomers); ok {
			around.kills = append(around.kills, killOnFlag{one.id, covers})
		}
	}
	return around
}

func added(set map[string]struct{}, name string) map[string]struct{} {
	if set == nil {
		set = map[string]struct{}{}
	}
	set[name] = struct{}{}
	return set
}

func (b *builder) parentOf(key, flag string, uses *changes) parent {
	next := func(id string) []string {
		if entry := b.t.flags[id]; entry != nil {
			return entry.parents
		}
		return nil
	}
	whole := reachOf(key, next, prerequisiteDepthMax)
	for id := range whole.ids {
		uses.flags = added(uses.flags, id)
	}
	if b.t.flags[flag] == nil {
		return parent{problem: "flag is missing"}
	}
	if whole.isTooDeep {
		below := reachOf(flag, next, prerequisiteDepthMax-1)
		if _, isCycle := below.ids[key]; isCycle || flag == key {
			return parent{problem: "is part of a cycle"}
		}
		if below.isTooDeep {
			return parent{problem: fmt.Sprintf("has prerequisites in a cycle or more than %d deep", prerequisiteDepthMax)}
		}
	}
	return parent{flag: b.flag(flag)}
}

// segmentTest gives the membership test of a segment, compiling it if need be, and the segments it was made from.
func (t *Tables) segmentTest(id string) (test, string, map[string]struct{}) {
	one := t.segments[id]
	if one == nil {
		return nil, fmt.Sprintf("segment %s: missing", id), nil
	}
	if one.uses == nil {
		one.compile(id, t, func(other string) (test, string) {
			made, problem, _ := t.segmentTest(other)
			return made, problem
		})
	}
	return one.test, one.problem, one.uses
}
