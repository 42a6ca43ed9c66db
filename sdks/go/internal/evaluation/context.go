package evaluation

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// unitIntegerMax is the largest magnitude of an integer that is a unit: 2⁵³.
	unitIntegerMax = 1 << 53
	// contextDepthMax ends values that contain themselves; flags look at a few levels.
	contextDepthMax = 64
	// contextValuesMax bounds what one context copies, whatever it is given.
	contextValuesMax = 100_000
	// scanMax: up to this many attributes a scan is faster than a map.
	scanMax = 12
)

type kind uint8

const (
	missing kind = iota
	stringKind
	numberKind
	booleanKind
	listKind
	objectKind
)

// value is one attribute value in the form that conditions ask it.
type value struct {
	kind    kind
	boolean bool
	isUnit  bool
	number  float64
	// text of a string, or the decimal text of an integer within ±2⁵³: whatever is a unit has one.
	text string
	// inner is what a list or an object holds; behind a pointer, because few values are either, and what is scanned should lie close together.
	inner *inner
}

// inner has the members of a list, or the fields of an object.
type inner struct {
	list   []value
	fields *attributes
}

// list gives the members of a list; none of any other value.
func (v *value) list() []value {
	if v.inner == nil {
		return nil
	}
	return v.inner.list
}

type attribute struct {
	name  string
	value value
}

// attributes are looked up by name: by a scan where there are few, else by index.
type attributes struct {
	all   []attribute
	index map[string]int
}

func (a *attributes) find(name string) *value {
	if a == nil {
		return nil
	}
	if a.index != nil {
		return a.findByIndex(name)
	}
	// A copy of the slice, which cannot change under the loop.
	all := a.all
	for at := range all {
		if one := &all[at]; one.name == name {
			return &one.value
		}
	}
	return nil
}

func (a *attributes) findByIndex(name string) *value {
	if at, ok := a.index[name]; ok {
		return &a.all[at].value
	}
	return nil
}

func newAttributes(all []attribute) *attributes {
	made := &attributes{all: all}
	if len(all) <= scanMax {
		sortByName(all)
	} else {
		made.index = make(map[string]int, len(all))
		for at := range all {
			made.index[all[at].name] = at
		}
	}
	return made
}

// sortByName orders a few attributes, because a map gives its members in another order each time: a processor foresees a scan that finds an attribute
// at the same place in all contexts of one shape, and one that it does not foresee takes twice as long. A targetingKey that comes first stays there.
func sortByName(all []attribute) {
	first := 0
	if len(all) > 0 && all[0].name == "targetingKey" {
		first = 1
	}
	for next := first + 1; next < len(all); next++ {
		for at := next; at > first && all[at].name < all[at-1].name; at-- {
			all[at], all[at-1] = all[at-1], all[at]
		}
	}
}

// Context is the person and customer a question is about: an immutable copy of what it was made from, safe for any number of goroutines.
// The zero Context has no attributes.
type Context struct {
	attributes *attributes
}

// NewContext copies attributes into a context. targetingKey is the user; where it is empty, an attribute "targetingKey" counts, which may also be
// an integer. Attributes may be nested (map[string]any) or flattened ("plan.tier"); a flattened name wins over a nested one. Strings, finite numbers
// of any Go type, booleans, slices and maps with string keys count; time.Time becomes RFC 3339 text; anything else is missing. A customer is the
// string at the attribute that the environment names (usually "customer").
// Values nested more than 64 deep, and those beyond 100,000 altogether, are missing.
func NewContext(targetingKey string, given map[string]any) (context Context) {
	left := contextValuesMax
	all := make([]attribute, 0, len(given)+1)
	if targetingKey != "" {
		all = append(all, attribute{"targetingKey", textValue(targetingKey)})
	}
	// A Stringer, a map that another goroutine changes, a broken reflect type: what cannot be read is missing, and the host goes on.
	defer func() {
		if recover() != nil {
			context = Context{newAttributes(all)}
		}
	}()
	for name, item := range given {
		if name != "targetingKey" || targetingKey == "" {
			all = append(all, attribute{valid(name), copyValue(item, 1, &left)})
		}
	}
	return Context{newAttributes(all)}
}

func textValue(text string) value {
	return value{kind: stringKind, text: valid(text), isUnit: true}
}

// valid replaces bytes that are no UTF-8 by U+FFFD, as every language's texts are read.
func valid(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

func numberValue(number float64) value {
	if math.IsNaN(number) || math.IsInf(number, 0) {
		return value{}
	}
	made := value{kind: numberKind, number: number}
	if number == math.Trunc(number) && math.Abs(number) <= unitIntegerMax {
		made.text, made.isUnit = strconv.FormatInt(int64(number), 10), true
	}
	return made
}

// integerValue keeps integers beyond 2⁵³ from becoming a neighbour's unit when they are rounded.
func integerValue(number int64) value {
	if number > unitIntegerMax || number < -unitIntegerMax {
		return value{kind: numberKind, number: float64(number)}
	}
	return value{kind: numberKind, number: float64(number), text: strconv.FormatInt(number, 10), isUnit: true}
}

func copyValue(item any, depth int, left *int) value {
	*left--
	if depth > contextDepthMax || *left < 0 {
		return value{}
	}
	switch item := item.(type) {
	case nil:
		return value{}
	case string:
		return textValue(item)
	case bool:
		return value{kind: booleanKind, boolean: item}
	case float64:
		return numberValue(item)
	case int:
		return integerValue(int64(item))
	case int64:
		return integerValue(item)
	case json.Number:
		number, err := strconv.ParseFloat(string(item), 64)
		if err != nil {
			return value{}
		}
		return numberValue(number)
	case time.Time:
		return textValue(item.UTC().Format(time.RFC3339Nano))
	case []any:
		list := make([]value, 0, len(item))
		for _, one := range item {
			list = append(list, copyValue(one, depth+1, left))
		}
		return value{kind: listKind, inner: &inner{list: list}}
	case map[string]any:
		fields := make([]attribute, 0, len(item))
		for name, one := range item {
			fields = append(fields, attribute{valid(name), copyValue(one, depth+1, left)})
		}
		return value{kind: objectKind, inner: &inner{fields: newAttributes(fields)}}
	}
	return copyReflected(reflect.ValueOf(item), depth, left)
}

// copyReflected reads named types, other widths of numbers, typed slices and maps, and pointers to any of these.
func copyReflected(item reflect.Value, depth int, left *int) value {
	switch item.Kind() {
	case reflect.String:
		return textValue(item.String())
	case reflect.Bool:
		return value{kind: booleanKind, boolean: item.Bool()}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return integerValue(item.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if number := item.Uint(); number <= math.MaxInt64 {
			return integerValue(int64(number))
		}
		return value{kind: numberKind, number: float64(item.Uint())}
	case reflect.Float32, reflect.Float64:
		return numberValue(item.Float())
	case reflect.Slice, reflect.Array:
		list := make([]value, 0, min(item.Len(), max(*left, 0)))
		for at := 0; at < item.Len() && *left > 0; at++ {
			list = append(list, copyValue(item.Index(at).Interface(), depth+1, left))
		}
		return value{kind: listKind, inner: &inner{list: list}}
	case reflect.Map:
		return copyMap(item, depth, left)
	case reflect.Pointer, reflect.Interface:
		if item.IsNil() {
			return value{}
		}
		return copyValue(item.Elem().Interface(), depth+1, left)
	default:
		return value{}
	}
}

func copyMap(item reflect.Value, depth int, left *int) value {
	if item.Type().Key().Kind() != reflect.String {
		return value{}
	}
	fields := []attribute{}
	for each := item.MapRange(); each.Next() && *left > 0; {
		fields = append(fields, attribute{valid(each.Key().String()), copyValue(each.Value().Interface(), depth+1, left)})
	}
	return value{kind: objectKind, inner: &inner{fields: newAttributes(fields)}}
}

// plain gives a value back as JSON would read it, for showing.
func (v *value) plain() any {
	switch v.kind {
	case stringKind:
		return v.text
	case numberKind:
		return v.number
	case booleanKind:
		return v.boolean
	case listKind:
		list := v.list()
		plain := make([]any, len(list))
		for at := range list {
			plain[at] = list[at].plain()
		}
		return plain
	case objectKind:
		all := v.inner.fields.all
		plain := make(map[string]any, len(all))
		for at := range all {
			plain[all[at].name] = all[at].value.plain()
		}
		return plain
	case missing:
		return nil
	}
	panic(fmt.Sprintf("a value of kind %d", v.kind))
}
