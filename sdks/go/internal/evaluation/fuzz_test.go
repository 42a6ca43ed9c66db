package evaluation

import (
	"encoding/json"
	"testing"
)

// seeds are documents that are right, broken, deep, and wrong in every part.
var seeds = []string{
	everyStep,
	`{"epoch":"e1","base":7,"to":8,"set":{"flags":{"plain":{"default":"off"}},"kills":{"k":{"flags":["plain"]}}},"drop":{"flags":["ledger"],"segments":["small"]}}`,
	`{"id":"k","epoch":"e1","flags":["plain"],"journal":"j","counter":1,"seq":9,"scope":{"segment":"small","services":[],"versions":"^1"}}`,
	`{"format":1,"environment":"p","epoch":"e","seq":1e400,"salt":"s","flags":null}`,
	`{"format":1,"environment":"p","epoch":"e","seq":1,"salt":"s","flags":{"a":{"rules":[{"if":["not",["not",["glob","a","*"]]],"serve":{"of":[["on",1]]}}]}}}`,
	`{"format":1,"environment":"p","epoch":"e","seq":1,"salt":"s","flags":{"a":{"prerequisites":[{"flag":"b","serves":["on"]}]},"b":{"prerequisites":[{"flag":"a","serves":["on"]}]}},"segments":{"x":{"if":["segment","x"]}}}`,
	`[[[[[[[[`, `"`, `{}`, "\xef\xbb\xbf{}", `{"format":1`, `{"a":"\ud800"}`, "null",
}

// FuzzDecode: whatever the bytes, decoding ends with a result or an error, and what was decoded compiles, answers, explains and writes itself out.
func FuzzDecode(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
		for at := 1; at < len(seed); at += 17 {
			f.Add([]byte(seed[:at]))
			f.Add([]byte(seed[:at] + "7" + seed[at:]))
		}
	}
	user := NewContext("ada", map[string]any{"plan": "pro", "seats": 3, "customer": "acme", "a": "b", "ip": "10.0.0.1"})
	base := tablesOf(f, everyStep)
	f.Fuzz(func(t *testing.T, text []byte) {
		if kill, err := DecodeUrgentKill(text); err == nil {
			base.WithUrgent([]*UrgentKill{kill}).Evaluate("plain", user)
		}
		if patch, err := DecodePatch(text); err == nil {
			if next, problem := base.Patch(patch, nil); problem == "" {
				askAll(t, next, user)
			}
		}
		if snapshot, err := DecodeSnapshot(text); err == nil {
			askAll(t, Compile(snapshot, nil, Options{}, nil), user)
		}
	})
}

func askAll(t *testing.T, tables *Tables, user Context) {
	for _, key := range tables.Keys() {
		for _, context := range []Context{user, {}} {
			if answer := tables.Evaluate(key, context); answer == nil {
				t.Errorf("no answer of %q", key)
			}
			tables.Explain(key, context)
		}
	}
	written, err := json.Marshal(tables)
	if err != nil {
		t.Fatalf("cannot be written: %v", err)
	}
	again, err := DecodeSnapshot(written)
	if err != nil {
		t.Fatalf("what was written is refused: %v", err)
	}
	if len(again.flags) != len(tables.flags) || again.Seq != tables.Seq {
		t.Errorf("what was written is another snapshot")
	}
}
