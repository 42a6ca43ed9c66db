package evaluation

import "encoding/json"

// basics are the parts of a flag's form that every step needs, read from data that nobody has checked.
type basics struct {
	key      string
	form     record
	variants record
	off      string
	fallback string
	salt     string
}

var booleanVariants = record{"on": true, "off": false}

// readBasics reads the basics; a problem says why the flag as a whole is unreadable, so that it answers ERROR while other flags go on.
func readBasics(key string, item any) (made basics, problem string) {
	made = basics{key: key}
	form, ok := item.(record)
	if !ok {
		return made, "flag is not an object"
	}
	made.form = form
	if made.variants, ok = orElse(form, "variants", booleanVariants).(record); !ok {
		return made, "variants is not an object"
	}
	if made.off, ok = orElse(form, "off", "off").(string); !ok {
		return made, "off is not a variant name"
	}
	if made.fallback, ok = orElse(form, "default", made.off).(string); !ok {
		return made, "default is not a variant name"
	}
	if made.salt, ok = orElse(form, "salt", key).(string); !ok {
		return made, "salt is not a string"
	}
	return made, ""
}

// listPart gives a part that is a list; absent is empty; false where it is something else.
func listPart(form record, name string) ([]any, bool) {
	list, ok := orElse(form, name, []any{}).([]any)
	return list, ok
}

// parentsOf gives the flags that a form names as prerequisites, as far as it can be read.
func parentsOf(item any) []string {
	form, ok := item.(record)
	if !ok {
		return nil
	}
	var parents []string
	list, _ := listPart(form, "prerequisites")
	for _, one := range list {
		prerequisite, _ := one.(record)
		if flag, ok := prerequisite["flag"].(string); ok {
			parents = append(parents, flag)
		}
	}
	return parents
}

// formOf parses a form; decoding has proved that it is JSON.
func formOf(raw json.RawMessage) any {
	form, err := parseJSON(raw)
	if err != nil {
		return nil
	}
	return form
}
