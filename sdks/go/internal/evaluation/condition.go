package evaluation

import (
	"fmt"
	"strings"
)

// nestingMax: conditions nested deeper are broken. People do not write them, and recursion must end.
const nestingMax = 64

// segmentTests gives the membership test of a segment, or why there is none.
type segmentTests func(id string) (test, string)

// compileCondition compiles a condition to one closure. Whatever cannot be read inside it, also under `not`, makes the whole a problem,
// because half a condition is a different condition.
func compileCondition(condition any, segments segmentTests, nesting int) (test, string) {
	if nesting > nestingMax {
		return nil, fmt.Sprintf("condition nested deeper than %d", nestingMax)
	}
	parts, ok := condition.([]any)
	if !ok {
		return nil, "condition is not a list"
	}
	tag, rest, ok := tagOf(parts)
	if !ok {
		return nil, "condition does not begin with an operator"
	}
	switch tag {
	case "all", "any":
		return compileGroup(tag, rest, segments, nesting)
	case "not":
		if len(rest) != 1 {
			return nil, `"not" needs exactly one condition`
		}
		inner, problem := compileCondition(rest[0], segments, nesting+1)
		if problem != "" {
			return nil, problem
		}
		return func(context *attributes) bool { return !inner(context) }, ""
	case "segment":
		if len(rest) == 1 {
			if id, ok := rest[0].(string); ok {
				return segments(id)
			}
		}
		return nil, `"segment" needs exactly one segment id`
	default:
		return compileLeaf(tag, rest)
	}
}

func tagOf(parts []any) (tag string, rest []any, ok bool) {
	if len(parts) == 0 {
		return "", nil, false
	}
	tag, ok = parts[0].(string)
	return tag, parts[1:], ok
}

func compileLeaf(operator string, rest []any) (test, string) {
	var operand any
	if len(rest) > 1 {
		operand = rest[1]
	}
	predicate, problem := compileOperator(operator, operand)
	if problem != "" {
		return nil, problem
	}
	if len(rest) == 2 {
		if path, ok := rest[0].(string); ok {
			if operator == "exists" {
				read := compileRead(path)
				return func(context *attributes) bool { return predicate(read(context)) }, ""
			}
			if text, isText := operand.(string); isText && operator == "equals" && !strings.Contains(path, ".") {
				return compileTextTest(path, text), ""
			}
			return compileAttributeTest(path, predicate), ""
		}
	}
	return nil, quote(operator) + " needs an attribute path and an operand"
}

func compileGroup(tag string, parts []any, segments segmentTests, nesting int) (test, string) {
	tests := make([]test, len(parts))
	for at, part := range parts {
		compiled, problem := compileCondition(part, segments, nesting+1)
		if problem != "" {
			return nil, problem
		}
		tests[at] = compiled
	}
	// In `all` the first that is false ends it, in `any` the first that is true.
	end := tag == "any"
	if len(tests) == 1 {
		return tests[0], ""
	}
	return func(context *attributes) bool {
		for _, test := range tests {
			if test(context) == end {
				return end
			}
		}
		return !end
	}, ""
}

// segmentsIn gives the ids of the segments that a condition names, as far as it can be read.
func segmentsIn(condition any, nesting int) []string {
	parts, ok := condition.([]any)
	if !ok || nesting > nestingMax {
		return nil
	}
	tag, rest, ok := tagOf(parts)
	if !ok {
		return nil
	}
	var ids []string
	switch tag {
	case "segment":
		if len(rest) > 0 {
			if id, ok := rest[0].(string); ok {
				ids = append(ids, id)
			}
		}
	case "all", "any", "not":
		for _, part := range rest {
			ids = append(ids, segmentsIn(part, nesting+1)...)
		}
	}
	return ids
}
