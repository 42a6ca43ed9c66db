package evaluation

import "slices"

// compileScope compiles whom a kill covers; nil covers everybody, false nobody who asks here. Parts that this reader does not know
// or cannot read narrow nothing: a kill fails towards off.
func compileScope(item any, asker Asker, segments segmentTests, customer hashOf) (covers test, coversAsker bool) {
	scope, ok := item.(record)
	if !ok {
		return nil, true
	}
	if !isAskerCovered(scope, asker) {
		return nil, false
	}
	var tests []test
	if customers, ok := textList(scope["customers"]); ok {
		hashes := hashSetOf(customers)
		tests = append(tests, func(context *attributes) bool {
			hash, ok := customer(context)
			return ok && hashes.has(hash)
		})
	}
	if id, ok := scope["segment"].(string); ok {
		if isMember, problem := segments(id); problem == "" {
			tests = append(tests, isMember)
		}
	}
	switch len(tests) {
	case 0:
		return nil, true
	case 1:
		return tests[0], true
	default:
		return func(context *attributes) bool { return tests[0](context) && tests[1](context) }, true
	}
}

// isAskerCovered: an SDK that did not state its service or version, or a version that is no SemVer, is covered by a scope that asks for it.
func isAskerCovered(scope record, asker Asker) bool {
	if services, ok := textList(scope["services"]); ok && asker.Service != nil && !slices.Contains(services, *asker.Service) {
		return false
	}
	versions, ok := scope["versions"].(string)
	if !ok || asker.Version == nil {
		return true
	}
	isIn, ok := compileSemVerRange(versions)
	if _, isVersion := parseSemVer(*asker.Version); !isVersion {
		return true
	}
	return !ok || isIn(*asker.Version)
}
