package evaluation

import (
	"math"
	"net/netip"
	"strings"
)

// predicate answers for one attribute value; nil is a missing one, which only `exists` is asked about.
type predicate func(found *value) bool

// operator makes a predicate of its operand; false where the operand is not what words say.
type operator struct {
	words   string
	compile func(operand any) (predicate, bool)
}

const (
	scalarWords  = "a string, number or boolean"
	scalarsWords = "a list of strings, numbers or booleans"
	textWords    = "a string"
	textsWords   = "a string or a list of strings"
	numberWords  = "a number"
	instantWords = `an RFC 3339 time with zone such as "2026-11-02T00:00:00Z"`
)

// operators: the meaning of each is the table in docs/conditions.md; a new one is one entry here.
var operators = map[string]operator{
	"equals":               {scalarWords, compileEquals},
	"notEquals":            {scalarWords, compileNotEquals},
	"in":                   {scalarsWords, compileIn},
	"notIn":                {scalarsWords, compileNotIn},
	"contains":             ofTexts(bind(strings.Contains)),
	"startsWith":           ofTexts(bind(strings.HasPrefix)),
	"endsWith":             ofTexts(bind(strings.HasSuffix)),
	"glob":                 ofTexts(compileGlob),
	"lessThan":             ofNumber(func(given, limit float64) bool { return given < limit }),
	"lessOrEqual":          ofNumber(func(given, limit float64) bool { return given <= limit }),
	"greaterThan":          ofNumber(func(given, limit float64) bool { return given > limit }),
	"greaterOrEqual":       ofNumber(func(given, limit float64) bool { return given >= limit }),
	"semver":               {`a version range such as ">=1.2.0 <2.0.0"`, compileSemVer},
	"before":               ofInstant(func(given, limit float64) bool { return given < limit }),
	"after":                ofInstant(func(given, limit float64) bool { return given > limit }),
	"exists":               {"true or false", compileExists},
	"cidr":                 {`an address block such as "10.0.0.0/8", or a list of blocks`, compileCidr},
	"slots":                {"[salt, from, to] with whole numbers from 0 to 100000, from not above to", compileSlots},
	"includes":             {scalarWords + ", or a list of these", compileIncludes},
	"includesIgnoreCase":   {textsWords, compileIncludesIgnoreCase},
	"equalsIgnoreCase":     {textWords, compileEqualsIgnoreCase},
	"notEqualsIgnoreCase":  {textWords, opposite(compileEqualsIgnoreCase)},
	"inIgnoreCase":         {"a list of strings", compileInIgnoreCase},
	"notInIgnoreCase":      {"a list of strings", opposite(compileInIgnoreCase)},
	"containsIgnoreCase":   ofTexts(ignoringCase(bind(strings.Contains))),
	"startsWithIgnoreCase": ofTexts(ignoringCase(bind(strings.HasPrefix))),
	"endsWithIgnoreCase":   ofTexts(ignoringCase(bind(strings.HasSuffix))),
	"globIgnoreCase":       ofTexts(ignoringCase(compileGlob)),
}

// compileOperator compiles one operator with its operand, or says in one phrase why it cannot. Cost grows with the operand.
func compileOperator(name string, operand any) (predicate, string) {
	operator, ok := operators[name]
	if !ok {
		return nil, "unknown operator " + quote(name)
	}
	predicate, ok := operator.compile(operand)
	if !ok {
		return nil, "operand of " + quote(name) + " is not " + operator.words
	}
	return predicate, ""
}

// scalars are strings, finite numbers and booleans, compared without coercion.
type scalars struct {
	texts             map[string]struct{}
	numbers           map[float64]struct{}
	hasTrue, hasFalse bool
}

func isScalar(item any) bool {
	switch item := item.(type) {
	case string, bool:
		return true
	case float64:
		return !math.IsInf(item, 0)
	default:
		return false
	}
}

func scalarsOf(items []any) (*scalars, bool) {
	set := &scalars{texts: map[string]struct{}{}, numbers: map[float64]struct{}{}}
	for _, item := range items {
		if !isScalar(item) {
			return nil, false
		}
		switch item := item.(type) {
		case string:
			set.texts[item] = struct{}{}
		case float64:
			set.numbers[item] = struct{}{}
		case bool:
			set.hasTrue = set.hasTrue || item
			set.hasFalse = set.hasFalse || !item
		}
	}
	return set, true
}

func (s *scalars) has(found *value) bool {
	switch found.kind {
	case stringKind:
		_, ok := s.texts[found.text]
		return ok
	case numberKind:
		_, ok := s.numbers[found.number]
		return ok
	case booleanKind:
		return (found.boolean && s.hasTrue) || (!found.boolean && s.hasFalse)
	default:
		return false
	}
}

func compileEquals(operand any) (predicate, bool) {
	switch operand := operand.(type) {
	case string:
		return func(found *value) bool { return found.kind == stringKind && found.text == operand }, true
	case bool:
		return func(found *value) bool { return found.kind == booleanKind && found.boolean == operand }, true
	case float64:
		return func(found *value) bool { return found.kind == numberKind && found.number == operand }, isScalar(operand)
	default:
		return nil, false
	}
}

func compileNotEquals(operand any) (predicate, bool) {
	switch operand := operand.(type) {
	case string:
		return func(found *value) bool { return found.kind == stringKind && found.text != operand }, true
	case bool:
		return func(found *value) bool { return found.kind == booleanKind && found.boolean != operand }, true
	case float64:
		return func(found *value) bool { return found.kind == numberKind && found.number != operand }, isScalar(operand)
	default:
		return nil, false
	}
}

func compileIn(operand any) (predicate, bool) {
	items, ok := operand.([]any)
	if !ok {
		return nil, false
	}
	set, ok := scalarsOf(items)
	return func(found *value) bool { return set.has(found) }, ok
}

func compileNotIn(operand any) (predicate, bool) {
	items, ok := operand.([]any)
	if !ok {
		return nil, false
	}
	set, ok := scalarsOf(items)
	return func(found *value) bool {
		return (found.kind == stringKind || found.kind == numberKind || found.kind == booleanKind) && !set.has(found)
	}, ok
}

func bind(compare func(given, text string) bool) func(text string) func(given string) bool {
	return func(text string) func(given string) bool {
		return func(given string) bool { return compare(given, text) }
	}
}

func ignoringCase(one func(text string) func(given string) bool) func(text string) func(given string) bool {
	return func(text string) func(given string) bool {
		test := one(foldCase(text))
		return func(given string) bool { return test(foldCase(given)) }
	}
}

// oneOrTexts reads a string as a list of one.
func oneOrTexts(operand any) ([]string, bool) {
	if text, ok := operand.(string); ok {
		return []string{text}, true
	}
	return textList(operand)
}

// ofTexts asks any of one or more texts; one compiles each.
func ofTexts(one func(text string) func(given string) bool) operator {
	return operator{textsWords, func(operand any) (predicate, bool) {
		texts, ok := oneOrTexts(operand)
		if !ok {
			return nil, false
		}
		tests := make([]func(given string) bool, len(texts))
		for at, text := range texts {
			tests[at] = one(text)
		}
		return func(found *value) bool {
			if found.kind != stringKind {
				return false
			}
			for _, test := range tests {
				if test(found.text) {
					return true
				}
			}
			return false
		}, true
	}}
}

func ofNumber(compare func(given, limit float64) bool) operator {
	return operator{numberWords, func(operand any) (predicate, bool) {
		limit, ok := operand.(float64)
		if !ok || math.IsInf(limit, 0) {
			return nil, false
		}
		return func(found *value) bool { return found.kind == numberKind && compare(found.number, limit) }, true
	}}
}

func ofInstant(compare func(given, limit float64) bool) operator {
	return operator{instantWords, func(operand any) (predicate, bool) {
		text, ok := operand.(string)
		if !ok {
			return nil, false
		}
		limit, ok := parseInstant(text)
		return func(found *value) bool {
			switch found.kind {
			case stringKind:
				at, ok := parseInstant(found.text)
				return ok && compare(at, limit)
			case numberKind:
				return compare(found.number, limit)
			default:
				return false
			}
		}, ok
	}}
}

func compileSemVer(operand any) (predicate, bool) {
	text, ok := operand.(string)
	if !ok {
		return nil, false
	}
	isIn, ok := compileSemVerRange(text)
	return func(found *value) bool { return found.kind == stringKind && isIn(found.text) }, ok
}

func compileExists(operand any) (predicate, bool) {
	wanted, ok := operand.(bool)
	return func(found *value) bool { return (found != nil && found.kind != missing) == wanted }, ok
}

func compileCidr(operand any) (predicate, bool) {
	texts, ok := oneOrTexts(operand)
	if !ok {
		return nil, false
	}
	blocks := make([]netip.Prefix, len(texts))
	for at, text := range texts {
		if blocks[at], ok = compileBlock(text); !ok {
			return nil, false
		}
	}
	return func(found *value) bool {
		if found.kind != stringKind {
			return false
		}
		address, ok := parseAddress(found.text)
		for _, block := range blocks {
			if ok && block.Contains(address) {
				return true
			}
		}
		return false
	}, true
}

// compileSlots: the part of all units whose slot is in from ≤ slot < to. Parts of one salt that do not overlap exclude each other.
func compileSlots(operand any) (predicate, bool) {
	parts, ok := operand.([]any)
	if !ok || len(parts) != 3 {
		return nil, false
	}
	salt, isText := parts[0].(string)
	from, isFrom := count(parts[1], Slots)
	to, isTo := count(parts[2], Slots)
	if !isText || !isFrom || !isTo || from > to {
		return nil, false
	}
	slotOf := slotsOf(salt)
	return func(found *value) bool {
		unit, ok := unitText(found)
		if !ok {
			return false
		}
		slot := int64(slotOf(unit))
		return slot >= from && slot < to
	}, true
}

func compileIncludes(operand any) (predicate, bool) {
	items, isList := operand.([]any)
	if !isList {
		items = []any{operand}
	}
	set, ok := scalarsOf(items)
	return func(found *value) bool {
		list := found.list()
		for at := range list {
			if set.has(&list[at]) {
				return true
			}
		}
		return false
	}, ok
}

func compileIncludesIgnoreCase(operand any) (predicate, bool) {
	texts, ok := oneOrTexts(operand)
	set := foldedSet(texts)
	return func(found *value) bool {
		list := found.list()
		for at := range list {
			item := &list[at]
			if item.kind != stringKind {
				continue
			}
			if _, isIn := set[foldCase(item.text)]; isIn {
				return true
			}
		}
		return false
	}, ok
}

func compileEqualsIgnoreCase(operand any) (predicate, bool) {
	text, ok := operand.(string)
	folded := foldCase(text)
	return func(found *value) bool { return found.kind == stringKind && foldCase(found.text) == folded }, ok
}

func compileInIgnoreCase(operand any) (predicate, bool) {
	texts, ok := textList(operand)
	set := foldedSet(texts)
	return func(found *value) bool {
		if found.kind != stringKind {
			return false
		}
		_, isIn := set[foldCase(found.text)]
		return isIn
	}, ok
}

// opposite is about texts: one that the other operator does not hold for. What is no text, or is missing, holds for neither.
func opposite(compile func(any) (predicate, bool)) func(any) (predicate, bool) {
	return func(operand any) (predicate, bool) {
		holds, ok := compile(operand)
		return func(found *value) bool { return found.kind == stringKind && !holds(found) }, ok
	}
}

func foldedSet(texts []string) map[string]struct{} {
	set := make(map[string]struct{}, len(texts))
	for _, text := range texts {
		set[foldCase(text)] = struct{}{}
	}
	return set
}

// foldCase maps A–Z to a–z and nothing else, because other case mappings differ between languages.
func foldCase(text string) string {
	for at := range len(text) {
		if text[at] >= 'A' && text[at] <= 'Z' {
			folded := []byte(text)
			for ; at < len(folded); at++ {
				if folded[at] >= 'A' && folded[at] <= 'Z' {
					folded[at] += 'a' - 'A'
				}
			}
			return string(folded)
		}
	}
	return text
}
