package evaluation

import "strings"

// compiledFlag is a plan as one closure. constant is set where every context gets the same answer.
type compiledFlag struct {
	decide   decide
	constant *Answer
	plan     plan
	// usesFlags and usesSegments name what the flag was made from; nil where it stands alone.
	usesFlags    map[string]struct{}
	usesSegments map[string]struct{}
}

// fuse makes one closure of a plan. Steps behind one that always answers are dropped, and neighbouring equality rules on one attribute
// become one look-up. Nothing is allocated when it runs, but for what an operator itself needs.
func fuse(plan plan) *compiledFlag {
	var parts []decide
	last := plan.last
	for at := 0; at < len(plan.steps); {
		one := &plan.steps[at]
		if one.always != nil {
			last = one.always
			break
		}
		end := endOfRun(plan.steps, at)
		if end > at {
			parts = append(parts, lookUp(plan.steps[at:end]))
		} else if one.decide != nil && !one.isNever {
			parts = append(parts, one.decide)
		}
		at = max(end, at+1)
	}
	if len(parts) == 0 {
		return &compiledFlag{decide: func(*attributes) *Answer { return last }, constant: last, plan: plan}
	}
	return &compiledFlag{decide: chain(parts, last), plan: plan}
}

func chain(parts []decide, last *Answer) decide {
	first := parts[0]
	switch len(parts) {
	case 1:
		return func(context *attributes) *Answer {
			if answer := first(context); answer != nil {
				return answer
			}
			return last
		}
	case 2:
		second := parts[1]
		return func(context *attributes) *Answer {
			if answer := first(context); answer != nil {
				return answer
			}
			if answer := second(context); answer != nil {
				return answer
			}
			return last
		}
	}
	return func(context *attributes) *Answer {
		for _, part := range parts {
			if answer := part(context); answer != nil {
				return answer
			}
		}
		return last
	}
}

// endOfRun gives the end of the run of equality rules that starts here, or the start itself where there is none.
// Skipped steps inside do not end it: they match nobody.
func endOfRun(steps []step, start int) int {
	if steps[start].equality == nil {
		return start
	}
	end := start + 1
	for at := start + 1; at < len(steps); at++ {
		if steps[at].decide == nil {
			continue
		}
		if steps[at].equality == nil || steps[at].equality.path != steps[start].equality.path {
			break
		}
		end = at + 1
	}
	return end
}

// lookUp makes one part of neighbouring equality rules; of two with the same value the first counts.
func lookUp(steps []step) decide {
	texts, numbers, booleans := map[string]*Answer{}, map[float64]*Answer{}, [2]*Answer{}
	path := ""
	for _, one := range steps {
		if one.equality == nil {
			continue
		}
		path = one.equality.path
		for _, item := range one.equality.values {
			addAnswer(texts, numbers, &booleans, item, one.equality.answer)
		}
	}
	find := func(found *value) *Answer {
		switch {
		case found == nil:
			return nil
		case found.kind == stringKind:
			return texts[found.text]
		case found.kind == numberKind:
			return numbers[found.number]
		case found.kind == booleanKind && found.boolean:
			return booleans[1]
		case found.kind == booleanKind:
			return booleans[0]
		default:
			return nil
		}
	}
	if len(texts) == 1 && len(numbers) == 0 && booleans == [2]*Answer{} {
		for text, answer := range texts {
			return compareOne(path, text, answer)
		}
	}
	if isFlat := !strings.Contains(path, "."); isFlat && len(numbers) == 0 && booleans == [2]*Answer{} {
		sieve := sieveOf(texts)
		return func(context *attributes) *Answer {
			if found := context.find(path); found != nil && found.kind == stringKind && sieve&sieveBit(found.text) != 0 {
				return texts[found.text]
			}
			return nil
		}
	}
	read := compileRead(path)
	return func(context *attributes) *Answer { return find(read(context)) }
}

func addAnswer(texts map[string]*Answer, numbers map[float64]*Answer, booleans *[2]*Answer, item any, answer *Answer) {
	switch item := item.(type) {
	case string:
		if texts[item] == nil {
			texts[item] = answer
		}
	case float64:
		if numbers[item] == nil {
			numbers[item] = answer
		}
	case bool:
		at := 0
		if item {
			at = 1
		}
		if booleans[at] == nil {
			booleans[at] = answer
		}
	}
}

// compareOne asks a flat path without a closure in between: this is the most frequent rule there is.
func compareOne(path, text string, answer *Answer) decide {
	if !strings.Contains(path, ".") {
		return func(context *attributes) *Answer {
			if found := context.find(path); found != nil && found.kind == stringKind && found.text == text {
				return answer
			}
			return nil
		}
	}
	read := compileRead(path)
	return func(context *attributes) *Answer {
		if found := read(context); found != nil && found.kind == stringKind && found.text == text {
			return answer
		}
		return nil
	}
}

// sieveOf has the bits of all these texts: most contexts match no rule of a few values, and a bit that is missing says so sooner than a map.
func sieveOf(texts map[string]*Answer) (sieve uint64) {
	for text := range texts {
		sieve |= sieveBit(text)
	}
	return sieve
}

// sieveBit is one of 64, by a text's length, first and last byte, in one of which most names differ; spread as Fibonacci hashing does.
func sieveBit(text string) uint64 {
	if text == "" {
		return 1
	}
	return 1 << ((uint32(len(text))<<16 | uint32(text[0])<<8 | uint32(text[len(text)-1])) * 0x9e3779b1 >> 26)
}
