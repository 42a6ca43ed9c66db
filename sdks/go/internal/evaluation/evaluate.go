package evaluation

import "fmt"

// Evaluate answers one flag for one context. Total, and allocates nothing but what an operator needs (an address parse, a case mapping).
// The answer is shared.
func (t *Tables) Evaluate(key string, context Context) *Answer {
	flag := t.flags[key]
	if flag == nil {
		return UnknownFlag
	}
	if constant := flag.compiled.constant; constant != nil {
		return constant
	}
	return flag.compiled.decide(context.attributes)
}

// CustomerHash is the hash of the customer that a context is about, as snapshots hold it; empty where it names none.
func (t *Tables) CustomerHash(context Context) string {
	hash, ok := t.hashOfCustomers(context.attributes)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%016x", hash)
}

// IsOf says whether an answer's value is of a type: boolean, string, number, or object, which takes lists too.
func (a *Answer) IsOf(asked string) bool {
	switch a.Value.(type) {
	case bool:
		return asked == "boolean"
	case string:
		return asked == "string"
	case float64:
		return asked == "number"
	case []any, record:
		return asked == "object"
	default:
		return false
	}
}
