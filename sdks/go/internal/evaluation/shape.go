package evaluation

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// record is a JSON object that nobody has checked.
type record = map[string]any

// parseJSON reads JSON into strings, float64, bool, nil, []any and record. A number beyond what a double holds is an infinity, as everywhere.
func parseJSON(text []byte) (any, error) {
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var parsed any
	if err := decoder.Decode(&parsed); err != nil {
		return nil, err
	}
	return withFloats(parsed), nil
}

func withFloats(parsed any) any {
	switch parsed := parsed.(type) {
	case json.Number:
		// Out of range is the one error left, and then the number is ±Inf.
		number, _ := strconv.ParseFloat(string(parsed), 64)
		return number
	case []any:
		for at, item := range parsed {
			parsed[at] = withFloats(item)
		}
	case record:
		for name, member := range parsed {
			parsed[name] = withFloats(member)
		}
	}
	return parsed
}

// orElse gives a member, or another value where it is absent or null.
func orElse(form record, name string, other any) any {
	if member := form[name]; member != nil {
		return member
	}
	return other
}

// textList gives a list that holds strings only.
func textList(item any) ([]string, bool) {
	list, ok := item.([]any)
	if !ok {
		return nil, false
	}
	texts := make([]string, len(list))
	for at, one := range list {
		if texts[at], ok = one.(string); !ok {
			return nil, false
		}
	}
	return texts, true
}

// count gives a whole number from 0 to most.
func count(item any, most float64) (int64, bool) {
	number, ok := item.(float64)
	if !ok || number != math.Trunc(number) || number < 0 || number > most {
		return 0, false
	}
	return int64(number), true
}

// codeUnits counts a text as JavaScript does, in which limits are stated.
func codeUnits(text string) int {
	units := utf8.RuneCountInString(text)
	for _, point := range text {
		if point > 0xffff {
			units++
		}
	}
	return units
}
