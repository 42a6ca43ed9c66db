package evaluation

import "strings"

// test asks one question about a context.
type test func(context *attributes) bool

// read gives one attribute; nil is missing, as is a value of kind missing.
type read func(context *attributes) *value

// compileRead compiles an attribute path. An attribute with the whole dotted name wins over walking nested objects;
// lists are not walked into, so that `roles.length` is no attribute.
func compileRead(path string) read {
	if !strings.Contains(path, ".") {
		return func(context *attributes) *value { return context.find(path) }
	}
	names := strings.Split(path, ".")
	return func(context *attributes) *value {
		if whole := context.find(path); whole != nil {
			return whole
		}
		return walk(context, names)
	}
}

func walk(context *attributes, names []string) *value {
	fields := context
	for at, name := range names {
		found := fields.find(name)
		if found == nil || at == len(names)-1 {
			return found
		}
		if found.kind != objectKind {
			return nil
		}
		fields = found.inner.fields
	}
	return nil
}

// compileAttributeTest compiles a question that no missing attribute satisfies.
func compileAttributeTest(path string, predicate predicate) test {
	if !strings.Contains(path, ".") {
		return func(context *attributes) bool {
			found := context.find(path)
			return found != nil && predicate(found)
		}
	}
	read := compileRead(path)
	return func(context *attributes) bool {
		found := read(context)
		return found != nil && predicate(found)
	}
}

// compileTextTest asks the most frequent question there is, whether an attribute without a dot is this text, with no closure in between.
func compileTextTest(path, text string) test {
	return func(context *attributes) bool {
		found := context.find(path)
		return found != nil && found.kind == stringKind && found.text == text
	}
}

// unitText is the text that identifies who is counted; false where there is none.
func unitText(found *value) (string, bool) {
	if found == nil || !found.isUnit {
		return "", false
	}
	return found.text, true
}
