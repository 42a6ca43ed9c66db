package evaluation

import (
	"fmt"
	"slices"
	"strings"
)

// Members that this evaluator reads. One that it does not know may narrow the rule, which then matches nobody.
var (
	ruleMembers  = []string{"id", "if", "serve"}
	shareMembers = []string{"share", "of", "by", "salt", "algorithm"}
)

// planRule adds one rule, or says why it cannot match.
func (d *draft) planRule(item any, label label) string {
	rule, ok := item.(record)
	if !ok {
		return "not an object"
	}
	if problem := unknownMember(rule, ruleMembers); problem != "" {
		return problem
	}
	var matches test
	condition, isConditional := rule["if"]
	if isConditional {
		var problem string
		if matches, problem = compileCondition(condition, d.around.segments, 0); problem != "" {
			return problem
		}
	}
	share, isShare := rule["serve"].(record)
	if !isShare {
		return d.planFixedRule(label, rule["serve"], matches, condition)
	}
	form, problem := d.readShare(share)
	if problem != "" {
		return problem
	}
	if len(form.variants) == 1 && form.share == Slots {
		return d.planFixedRule(label, form.variants[0], matches, condition)
	}
	answers := make([]*Answer, len(form.variants))
	for at, variant := range form.variants {
		if answers[at] = d.serve(variant, Split, label); answers[at] == nil {
			return fmt.Sprintf("no variant %q", variant)
		}
	}
	d.steps = append(d.steps, step{label: label, decide: compileSplit(form, answers, matches)})
	return ""
}

func (d *draft) planFixedRule(label label, variant any, matches test, condition any) string {
	answer := d.serve(variant, TargetingMatch, label)
	if answer == nil {
		return "no variant " + quote(variant)
	}
	d.fixed(label, matches, answer).equality = equalityOf(condition, answer)
	return ""
}

// equalityOf is asked about conditions that compile, so that operands are known to be scalars.
func equalityOf(condition any, answer *Answer) *equality {
	parts, ok := condition.([]any)
	if !ok || len(parts) != 3 {
		return nil
	}
	path, ok := parts[1].(string)
	if !ok {
		return nil
	}
	switch parts[0] {
	case "equals":
		return &equality{path, parts[2:], answer}
	case "in":
		return &equality{path, parts[2].([]any), answer}
	default:
		return nil
	}
}

// shareForm is a share or split that can be read.
type shareForm struct {
	share       int
	variants    []string
	weights     []int
	by          string
	shareSlot   slotOf
	variantSlot slotOf
}

// unknownMember names one, the same each time; empty where all are known.
func unknownMember(form record, known []string) string {
	var found []string
	for name := range form {
		if !slices.Contains(known, name) {
			found = append(found, name)
		}
	}
	if len(found) == 0 {
		return ""
	}
	return "unknown member " + quote(slices.Min(found))
}

func (d *draft) readShare(form record) (made shareForm, problem string) {
	if problem = unknownMember(form, shareMembers); problem != "" {
		return made, problem
	}
	share, isCount := count(orElse(form, "share", float64(Slots)), Slots)
	by, isPath := orElse(form, "by", "targetingKey").(string)
	salt, isSalt := orElse(form, "salt", d.basics.salt).(string)
	id := orElse(form, "algorithm", "sluice-v1")
	name, _ := id.(string)
	algorithm, isKnown := algorithmOf(name)
	switch {
	case !isCount:
		return made, fmt.Sprintf("share is not a whole number from 0 to %d", Slots)
	case !isPath || !isSalt:
		return made, "by or salt is not a string"
	case !isKnown:
		return made, "unknown algorithm " + quote(id)
	}
	made = shareForm{share: int(share), by: by, shareSlot: algorithm.share(salt), variantSlot: algorithm.variant(salt)}
	return made, made.readWeights(form["of"])
}

func (f *shareForm) readWeights(of any) string {
	if variant, ok := of.(string); ok {
		f.variants, f.weights = []string{variant}, []int{Slots}
		return ""
	}
	list, ok := of.([]any)
	if !ok {
		return "of is neither a variant nor a list of variants with weights"
	}
	sum := 0
	for _, item := range list {
		pair, _ := item.([]any)
		if len(pair) != 2 {
			return "a weight is not a variant with a number"
		}
		variant, isName := pair[0].(string)
		weight, isCount := count(pair[1], Slots)
		if !isName || !isCount {
			return fmt.Sprintf("a weight is not a variant with a whole number from 0 to %d", Slots)
		}
		f.variants, f.weights = append(f.variants, variant), append(f.weights, int(weight))
		sum += int(weight)
	}
	if sum != Slots {
		return fmt.Sprintf("weights add up to %d, not %d", sum, Slots)
	}
	return ""
}

// compileSplit: the share decides first (outside it the next rule is asked), then the weights in the order written.
func compileSplit(form shareForm, answers []*Answer, matches test) decide {
	by, names := form.by, strings.Split(form.by, ".")
	limits := make([]int, len(form.weights))
	sum := 0
	for at, weight := range form.weights {
		sum += weight
		limits[at] = sum
	}
	share, shareSlot, variantSlot := form.share, form.shareSlot, form.variantSlot
	return func(context *attributes) *Answer {
		if matches != nil && !matches(context) {
			return nil
		}
		// As compileRead does, without a closure in between.
		found := context.find(by)
		if found == nil {
			found = walk(context, names)
		}
		unit, ok := unitText(found)
		if !ok || (share < Slots && shareSlot(unit) >= share) {
			return nil
		}
		if len(answers) == 1 {
			return answers[0]
		}
		at := 0
		for slot := variantSlot(unit); slot >= limits[at]; {
			at++
		}
		return answers[at]
	}
}
