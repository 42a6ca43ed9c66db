package evaluation

import (
	"fmt"
	"slices"
)

// planFlag turns a flag's form into steps. Total: what cannot be read is skipped with a problem, as docs/decisions/0001-semantics.md says.
func planFlag(key string, form any, around surroundings) plan {
	basics, problem := readBasics(key, form)
	d := &draft{basics: basics, around: around}
	if problem != "" {
		return plan{last: d.fail(label{cause: CauseDefault}, problem)}
	}
	d.planKills()
	d.planPrerequisites()
	d.planEligible()
	d.planPins()
	d.planExposure()
	d.planRules()
	reason := Default
	if d.isStatic() {
		reason = Static
	}
	last := d.serveOrError(basics.fallback, reason, label{cause: CauseDefault})
	return plan{steps: d.steps, last: last}
}

func (d *draft) isStatic() bool {
	for _, name := range []string{"rules", "prerequisites", "pins"} {
		if list, ok := listPart(d.basics.form, name); !ok || len(list) > 0 {
			return false
		}
	}
	_, hasEligible := d.basics.form["eligible"]
	_, hasExposure := d.basics.form["exposure"]
	return !hasEligible && !hasExposure && !d.around.hasKills
}

func (d *draft) off(label label) *Answer {
	return d.serveOrError(d.basics.off, Disabled, label)
}

func (d *draft) planKills() {
	for _, kill := range d.around.kills {
		label := label{cause: CauseKill, by: kill.id}
		d.fixed(label, kill.covers, d.off(label))
	}
}

func (d *draft) planPrerequisites() {
	list, ok := listPart(d.basics.form, "prerequisites")
	if !ok {
		list = []any{nil}
	}
	for at, item := range list {
		prerequisite, _ := item.(record)
		flag, isKey := prerequisite["flag"].(string)
		serves, isList := textList(prerequisite["serves"])
		label := label{cause: CausePrerequisite, by: flag, at: at}
		if !isKey {
			label.by = fmt.Sprintf("#%d", at+1)
		}
		above := parent{problem: "flag or serves is not readable"}
		if isKey && isList {
			above = d.around.parent(flag)
		}
		if above.problem != "" {
			problem := d.note(label, above.problem)
			d.fixed(label, nil, d.off(label)).problem = problem
			continue
		}
		d.planPrerequisite(label, above.flag, serves)
	}
}

// planPrerequisite asks a parent that answers everybody the same only here.
func (d *draft) planPrerequisite(label label, parent *compiledFlag, serves []string) {
	fails := func(answer *Answer) bool { return !answer.Served || !slices.Contains(serves, answer.Variant) }
	if parent.constant != nil {
		if fails(parent.constant) {
			d.fixed(label, nil, d.off(label))
		} else {
			d.fixed(label, never, d.off(label)).isNever = true
		}
		return
	}
	decide := parent.decide
	d.fixed(label, func(context *attributes) bool { return fails(decide(context)) }, d.off(label))
}

func never(*attributes) bool { return false }

func (d *draft) planEligible() {
	condition, has := d.basics.form["eligible"]
	if !has {
		return
	}
	label := label{cause: CauseIneligible}
	eligible, problem := compileCondition(condition, d.around.segments, 0)
	if problem != "" {
		problem = d.note(label, problem)
		d.fixed(label, nil, d.off(label)).problem = problem
		return
	}
	d.fixed(label, func(context *attributes) bool { return !eligible(context) }, d.off(label))
}

// pin is one person's or customer's fixed answer.
type pin struct {
	who, hash, variant string
}

func readPin(item any) (pin, string) {
	parts, _ := item.([]any)
	texts := [3]string{}
	isText := [3]bool{}
	for at := range min(3, len(parts)) {
		texts[at], isText[at] = parts[at].(string)
	}
	if texts[0] != "user" && texts[0] != "customer" {
		return pin{}, "neither of a user nor of a customer"
	}
	if !isText[1] || !isText[2] {
		return pin{}, "not readable"
	}
	return pin{texts[0], texts[1], texts[2]}, ""
}

func (d *draft) planPins() {
	list, ok := listPart(d.basics.form, "pins")
	if !ok {
		list = []any{nil}
	}
	var pins []pin
	for at, item := range list {
		label := label{cause: CausePin, by: fmt.Sprintf("#%d", at+1), at: at}
		one, problem := readPin(item)
		if problem != "" {
			d.skip(label, problem)
		} else if _, has := d.basics.variants[one.variant]; !has {
			d.skip(label, fmt.Sprintf("no variant %q", one.variant))
		} else {
			pins = append(pins, one)
		}
	}
	// Answers are made once all problems are known: any of these pins might have been the one that decides.
	pinned := map[string]map[uint64]*Answer{"user": {}, "customer": {}}
	for _, one := range pins {
		hash, ok := parseHash(one.hash)
		if _, isTaken := pinned[one.who][hash]; ok && !isTaken {
			pinned[one.who][hash] = d.serve(one.variant, TargetingMatch, label{cause: CausePin})
		}
	}
	d.planPinsOf("user", pinned["user"], d.userHash())
	d.planPinsOf("customer", pinned["customer"], d.customerHash())
}

func (d *draft) planPinsOf(who string, answers map[uint64]*Answer, hashOf hashOf) {
	if len(answers) == 0 {
		return
	}
	d.steps = append(d.steps, step{label: label{cause: CausePin, by: who}, decide: func(context *attributes) *Answer {
		hash, ok := hashOf(context)
		if !ok {
			return nil
		}
		return answers[hash]
	}})
}

// hashOf gives the hash of the person or customer a context is about, as snapshots hold it.
type hashOf func(context *attributes) (uint64, bool)

func (d *draft) userHash() hashOf {
	read, salt := compileRead("targetingKey"), d.around.salt
	return func(context *attributes) (uint64, bool) {
		unit, ok := unitText(read(context))
		if !ok {
			return 0, false
		}
		return murmur128Start(salt, unit), true
	}
}

func (d *draft) customerHash() hashOf {
	return customerHashOf(d.around.customer, d.around.salt)
}

// customerHashOf: numbers are not customers.
func customerHashOf(read read, salt string) hashOf {
	return func(context *attributes) (uint64, bool) {
		key := read(context)
		if key == nil || key.kind != stringKind {
			return 0, false
		}
		return murmur128Start(salt, key.text), true
	}
}

func (d *draft) planExposure() {
	item, has := d.basics.form["exposure"]
	if !has {
		return
	}
	label := label{cause: CauseExposure}
	form, ok := item.(record)
	if !ok {
		d.skip(label, "not an object")
		return
	}
	isExposed, problem := d.compileExposure(form)
	if problem != "" {
		d.skip(label, problem)
		return
	}
	answer := d.serve(form["serve"], TargetingMatch, label)
	if answer == nil {
		d.skip(label, "no variant "+quote(form["serve"]))
		return
	}
	d.fixed(label, isExposed, answer)
}

func (d *draft) compileExposure(form record) (test, string) {
	keys, isKeys := textList(orElse(form, "keys", []any{}))
	except, isExcept := textList(orElse(form, "except", []any{}))
	rest, isRest := orElse(form, "rest", false).(bool)
	share, isShare := count(orElse(form, "share", float64(Slots)), Slots)
	switch {
	case !isKeys || !isExcept:
		return nil, "keys or except is not a list of hashes"
	case !isRest:
		return nil, "rest is not true or false"
	case !isShare:
		return nil, fmt.Sprintf("share is not a whole number from 0 to %d", Slots)
	}
	inKeys, inExcept := hashSetOf(keys), hashSetOf(except)
	slotOf := slotsOf(d.basics.salt + ":exposure")
	customer, hashOf := d.around.customer, d.customerHash()
	return func(context *attributes) bool {
		hash, ok := hashOf(context)
		if !ok {
			return false
		}
		if inKeys.has(hash) {
			return true
		}
		return rest && !inExcept.has(hash) && (share == Slots || int64(slotOf(customer(context).text)) < share)
	}, ""
}

func (d *draft) planRules() {
	list, ok := listPart(d.basics.form, "rules")
	if !ok {
		d.skip(label{cause: CauseRule}, "rules is not a list")
		return
	}
	for at, item := range list {
		rule, _ := item.(record)
		label := label{cause: CauseRule, by: fmt.Sprintf("#%d", at+1), at: at}
		if id, ok := rule["id"].(string); ok {
			label.by = id
		}
		if problem := d.planRule(item, label); problem != "" {
			d.skip(label, problem)
		}
	}
}
