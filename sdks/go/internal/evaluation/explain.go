package evaluation

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// shownMax is the longest piece of a value that a line shows, in characters.
	shownMax = 60
	// segmentsShownMax: segments inside segments are shown this many levels down. Deeper ones are broken, or a chain that nobody reads to its end.
	segmentsShownMax = 8
)

// Explain asks a flag step by step until one decides, and says so in plain English, one line a step; lines of conditions are indented by two spaces
// a level. It walks the plan that Evaluate was made from, but not its closure, so that the two can be held against each other. Costs far more.
func (t *Tables) Explain(key string, context Context) []string {
	entry := t.flags[key]
	if entry == nil {
		return []string{fmt.Sprintf("%s answers the caller's default: there is no such flag (snapshot %s:%d).", key, t.Epoch, t.Seq)}
	}
	teller := &teller{t: t, context: context.attributes}
	form, _ := formOf(entry.raw).(record)
	plan := entry.compiled.plan
	answer := plan.last
	for at := range plan.steps {
		one := &plan.steps[at]
		decided := teller.ask(one)
		teller.tell(one, decided != nil, form)
		if decided != nil {
			answer = decided
			break
		}
	}
	if answer == plan.last {
		teller.lines = append(teller.lines, "Nothing else decided, so the default is served.")
	}
	head := fmt.Sprintf("%s answers %s (snapshot %s:%d).", key, describeAnswer(answer), t.Epoch, t.Seq)
	return append([]string{head}, teller.lines...)
}

func describeAnswer(answer *Answer) string {
	if !answer.Served {
		return "the caller's default, because of an error"
	}
	return fmt.Sprintf("%s = %s, reason %s", answer.Variant, show(answer.Value), answer.Reason)
}

type teller struct {
	t       *Tables
	context *attributes
	lines   []string
}

func (e *teller) ask(one *step) *Answer {
	if one.decide == nil || one.isNever {
		return nil
	}
	return one.decide(e.context)
}

func (e *teller) tell(one *step, isDecided bool, form record) {
	line := sentence(one, isDecided)
	if one.problem != "" {
		line += fmt.Sprintf(" Problem: %s.", one.problem)
	}
	e.lines = append(e.lines, line)
	if condition, has := conditionOf(one, form); has {
		e.condition(condition, 1, nil)
	}
}

func sentence(one *step, isDecided bool) string {
	by := one.label.by
	if one.decide == nil {
		return strings.Replace(fmt.Sprintf("%s %s is skipped.", one.label.cause, by), "  ", " ", 1)
	}
	yes, no := "", ""
	switch one.label.cause {
	case CauseKill:
		yes, no = "Kill %s switches it off.", "Kill %s does not cover this context."
	case CausePrerequisite:
		yes, no = "Prerequisite %s is not met.", "Prerequisite %s is met."
	case CauseIneligible:
		return map[bool]string{true: "Not eligible.", false: "Eligible."}[isDecided]
	case CausePin:
		yes, no = "Pinned by %s.", "Not pinned by %s."
	case CauseExposure:
		return map[bool]string{true: "The customer has the released value.", false: "The customer does not have the released value."}[isDecided]
	default:
		yes, no = "Rule %s decides.", "Rule %s does not apply."
	}
	if isDecided {
		return fmt.Sprintf(yes, by)
	}
	return fmt.Sprintf(no, by)
}

func conditionOf(one *step, form record) (condition any, has bool) {
	switch one.label.cause {
	case CauseIneligible:
		condition, has = form["eligible"]
	case CauseRule:
		if list, ok := listPart(form, "rules"); ok && one.label.at < len(list) {
			rule, _ := list[one.label.at].(record)
			condition, has = rule["if"]
		}
	}
	return condition, has
}

// condition tells one condition and its parts; above holds the segments that led here.
func (e *teller) condition(condition any, level int, above []string) {
	parts, ok := condition.([]any)
	tag, rest, isTagged := tagOf(parts)
	outcome := e.outcome(condition)
	if !ok || !isTagged || level > nestingMax {
		e.line(level, "?: %s", outcome)
		return
	}
	switch tag {
	case "all", "any", "not":
		e.line(level, "%s: %s", tag, outcome)
		for _, part := range rest {
			e.condition(part, level+1, above)
		}
		return
	}
	path, isPath := "", false
	if len(rest) > 0 {
		path, isPath = rest[0].(string)
	}
	if !isPath {
		e.line(level, "%s: %s", tag, outcome)
		return
	}
	if tag == "segment" {
		e.line(level, "in segment %s: %s", path, outcome)
		e.segment(path, level+1, above)
		return
	}
	operand := any(nil)
	if len(rest) > 1 {
		operand = rest[1]
	}
	e.line(level, "%s (%s) %s %s: %s", path, e.input(path), tag, show(operand), outcome)
}

func (e *teller) outcome(condition any) string {
	test, problem := compileCondition(condition, func(id string) (test, string) {
		made, problem, _ := e.t.segmentTest(id)
		return made, problem
	}, 0)
	switch {
	case problem != "":
		return "broken"
	case test(e.context):
		return "true"
	default:
		return "false"
	}
}

// segment tells what a segment decided by: its lists, told as whether the unit is in them, and its condition. Lists themselves are too long to show.
func (e *teller) segment(id string, level int, above []string) {
	found := e.t.segments[id]
	if found == nil || slices.Contains(above, id) || len(above) > segmentsShownMax {
		return
	}
	form, _ := formOf(found.raw).(record)
	by, ok := orElse(form, "by", "targetingKey").(string)
	if !ok {
		return
	}
	unit, isUnit := unitText(compileRead(by)(e.context))
	for _, name := range []string{"exclude", "include"} {
		if list, ok := textList(form[name]); ok {
			e.line(level, "%s (%s) is one of the %d in %s: %t", by, e.input(by), len(list), name, isUnit && slices.Contains(list, unit))
		}
	}
	if condition, has := form["if"]; has {
		e.condition(condition, level, append(slices.Clone(above), id))
	}
}

func (e *teller) line(level int, format string, parts ...any) {
	e.lines = append(e.lines, strings.Repeat("  ", level)+fmt.Sprintf(format, parts...))
}

func (e *teller) input(path string) string {
	found := compileRead(path)(e.context)
	if found == nil || found.kind == missing {
		return "missing"
	}
	return show(found.plain())
}

func show(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return "(cannot be shown)"
	}
	if utf8.RuneCount(text) > shownMax {
		return string([]rune(string(text))[:shownMax]) + "…"
	}
	return string(text)
}
