package evaluation

import (
	"fmt"
	"slices"
	"sync/atomic"
)

// decide answers a flag for a context; nil where the next step is asked.
type decide func(context *attributes) *Answer

// label is where a step comes from: its cause, what the cause names, and its place in the form's list, counted from 0.
type label struct {
	cause Cause
	by    string
	at    int
}

// step is one step of the precedence as compiled.
type step struct {
	label label
	// decide is nil where the step is skipped: it matches nobody.
	decide decide
	// always is the answer of a step that everybody stops at.
	always *Answer
	// equality is set where the whole condition is that one attribute is one of some values: neighbours of this kind become one look-up.
	equality *equality
	// isNever is set where a step answers nobody, so that it need not be asked.
	isNever bool
	problem string
}

type equality struct {
	path   string
	values []any
	answer *Answer
}

// plan is a flag as steps in the order of precedence; last answers where no step did.
type plan struct {
	steps []step
	last  *Answer
}

// killOnFlag is a kill in force on a flag that covers this asker; covers nil is everybody.
type killOnFlag struct {
	id     string
	covers test
}

// parent is a prerequisite's flag, or why it cannot be asked.
type parent struct {
	flag    *compiledFlag
	problem string
}

// surroundings are everything a flag is compiled against.
type surroundings struct {
	segments segmentTests
	// kills on this flag, sorted by id in byte order; hasKills is true also where none of them covers this asker.
	kills    []killOnFlag
	hasKills bool
	parent   func(flag string) parent
	customer read
	salt     string
	counter  func(flag, variant string, reason Reason) *atomic.Uint64
}

// draft collects steps and the problems that later answers carry.
type draft struct {
	basics   basics
	around   surroundings
	steps    []step
	problems []string
}

// serve makes an answer for a variant; nil where the flag lacks it.
func (d *draft) serve(variant any, reason Reason, label label) *Answer {
	name, ok := variant.(string)
	if !ok {
		return nil
	}
	value, has := d.basics.variants[name]
	if !has {
		return nil
	}
	answer := &Answer{Served: true, Value: value, Variant: name, Reason: reason, Cause: label.cause, By: label.by, Problems: slices.Clone(d.problems)}
	answer.boolean, answer.isBoolean = value.(bool)
	answer.Count = d.around.counter(d.basics.key, name, reason)
	return answer
}

// serveOrError makes the answer of a step that must answer: where the flag lacks the variant, the caller's default with reason ERROR.
func (d *draft) serveOrError(variant string, reason Reason, label label) *Answer {
	if answer := d.serve(variant, reason, label); answer != nil {
		return answer
	}
	name := "off"
	if label.cause == CauseDefault {
		name = "default"
	}
	return d.fail(label, fmt.Sprintf("%s: no variant %q", name, variant))
}

// fail answers the caller's default.
func (d *draft) fail(label label, problem string) *Answer {
	return &Answer{Reason: Error, Cause: label.cause, By: label.by, Problems: append(slices.Clone(d.problems), problem),
		Count: d.around.counter(d.basics.key, "", Error)}
}

// skip leaves a step out and says so in every later answer.
func (d *draft) skip(label label, problem string) {
	d.steps = append(d.steps, step{label: label, problem: d.note(label, problem)})
}

// note says a problem in every later answer; gives the text, which begins with the step.
func (d *draft) note(label label, problem string) string {
	text := string(label.cause)
	if label.by != "" {
		text += " " + label.by
	}
	text += ": " + problem
	d.problems = append(d.problems, text)
	return text
}

// fixed adds a step that answers the same to all whom it covers; when nil is everybody.
func (d *draft) fixed(label label, when test, answer *Answer) *step {
	made := step{label: label}
	if when == nil {
		made.always = answer
		made.decide = func(*attributes) *Answer { return answer }
	} else {
		made.decide = func(context *attributes) *Answer {
			if when(context) {
				return answer
			}
			return nil
		}
	}
	d.steps = append(d.steps, made)
	return &d.steps[len(d.steps)-1]
}

// quote names what stands where a name should.
func quote(name any) string {
	if text, ok := name.(string); ok {
		return fmt.Sprintf("%q", text)
	}
	return fmt.Sprintf("of type %T", name)
}
