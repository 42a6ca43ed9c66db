package evaluation

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

const everyStep = `{"format":1,"environment":"production","epoch":"e1","seq":7,"salt":"env",
"segments":{"small":{"by":"account","include":["tiny"],"exclude":["big"],"if":["lessThan","seats",10]}},
"kills":{"k1":{"flags":["export"],"scope":{"customers":["47b3a4ba2a5f9d39"]}}},
"flags":{"ledger":{"default":"on"},"plain":{"default":"on"},
"export":{"prerequisites":[{"flag":"ledger","serves":["on"]}],"eligible":["in","plan",["pro"]],
"rules":[{"id":"near","if":["near","x",1],"serve":"on"},
{"id":"small","if":["all",["segment","small"],["not",["equals","country","AU"]]],"serve":"on"},
{"id":"part","if":["cidr","ip","10.0.0.0/8"],"serve":{"share":50000,"of":"on"}}]},
"colour":{"type":"string","variants":{"red":"#f00","off":""},"default":"red","pins":[["user","47b3a4ba2a5f9d39","red"]],"exposure":{"serve":"red","rest":true,"share":5}},
"broken":{"variants":7}}}`

func tablesOf(t testing.TB, text string) *Tables {
	t.Helper()
	snapshot, err := DecodeSnapshot([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return Compile(snapshot, nil, Options{}, nil)
}

func TestExplainTellsEachStepAndWhoDecided(t *testing.T) {
	tables := tablesOf(t, everyStep)
	lines := tables.Explain("export", NewContext("ada", map[string]any{"plan": "pro", "seats": 3, "customer": "other", "account": "acme"}))
	wanted := []string{
		"export answers on = true, reason TARGETING_MATCH (snapshot e1:7).",
		"Kill k1 does not cover this context.",
		"Prerequisite ledger is met.",
		"Eligible.",
		`  plan ("pro") in ["pro"]: true`,
		`rule near is skipped. Problem: rule near: unknown operator "near".`,
		`  x (missing) near 1: broken`,
		"Rule small decides.",
		"  all: true",
		"    in segment small: true",
		`      account ("acme") is one of the 1 in exclude: false`,
		`      account ("acme") is one of the 1 in include: false`,
		"      seats (3) lessThan 10: true",
		"    not: true",
		`      country (missing) equals "AU": false`,
	}
	if !reflect.DeepEqual(lines, wanted) {
		t.Errorf("got\n%s\nwanted\n%s", strings.Join(lines, "\n"), strings.Join(wanted, "\n"))
	}
}

func TestBooleanPathAllocatesNothing(t *testing.T) {
	tables := tablesOf(t, everyStep)
	user := NewContext("ada", map[string]any{"plan": "pro", "account": "acme", "customer": "acme", "seats": 30, "ip": "10.1.2.3"})
	for _, key := range []string{"plain", "export", "colour", "nowhere"} {
		if allocated := testing.AllocsPerRun(100, func() { tables.Evaluate(key, user) }); allocated != 0 {
			t.Errorf("%s allocates %v times", key, allocated)
		}
	}
}

type named string

type stringer struct{ _ *string }

func TestContextTakesWhatGoHas(t *testing.T) {
	number := 7
	loop := map[string]any{"name": "loop"}
	loop["self"] = loop
	list := []any{"a"}
	list[0] = list
	given := map[string]any{
		"named": named("x"), "int8": int8(5), "uint64": uint64(1<<63 + 1), "float32": float32(0.5), "pointer": &number, "nothing": (*int)(nil),
		"strings": []string{"a", "b"}, "map": map[string]int{"a": 1}, "intKeys": map[int]int{1: 1}, "loop": loop, "list": list, "func": func() {},
		"channel": make(chan int), "struct": stringer{}, "bytes": "a\xffb", "huge": int64(1<<53 + 1), "whole": 3.0, "half": 3.5,
		"time": time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "jsonNumber": json.Number("12"), "nan": json.Number("NaN"),
	}
	context := NewContext("ada", given)
	given["named"] = "changed"
	for path, wanted := range map[string]any{
		"targetingKey": "ada", "named": "x", "int8": 5.0, "uint64": float64(1<<63 + 1), "float32": 0.5, "pointer": 7.0, "map.a": 1.0,
		"strings": []any{"a", "b"}, "loop.self.self.name": "loop", "bytes": "a\uFFFDb", "time": "2026-01-02T03:04:05Z", "jsonNumber": 12.0,
	} {
		if found := compileRead(path)(context.attributes); found == nil || !reflect.DeepEqual(found.plain(), wanted) {
			t.Errorf("%s is %v, wanted %v", path, found, wanted)
		}
	}
	for _, path := range []string{"nothing", "intKeys", "func", "channel", "struct", "nan", "strings.0", "nowhere", "named.x"} {
		if found := compileRead(path)(context.attributes); found != nil && found.kind != missing {
			t.Errorf("%s is %v, wanted nothing", path, found.plain())
		}
	}
	for path, wanted := range map[string]string{"int8": "5", "whole": "3", "half": "", "huge": "", "uint64": "", "targetingKey": "ada"} {
		if unit, ok := unitText(context.attributes.find(path)); unit != wanted || ok != (wanted != "") {
			t.Errorf("the unit of %s is %q", path, unit)
		}
	}
}

func TestAttributesOfOneShapeLieInOneOrder(t *testing.T) {
	for range 100 {
		context := NewContext("u1", map[string]any{"tenant": "t", "country": "DE", "region": map[string]any{"c": 3, "a": 1, "b": 2}, "age": 7})
		names := ""
		for _, one := range context.attributes.all {
			names += one.name + " "
		}
		for _, one := range context.attributes.find("region").inner.fields.all {
			names += one.name + " "
		}
		if names != "targetingKey age country region tenant a b c " {
			t.Fatalf("attributes lie as %s", names)
		}
	}
}

func TestZeroContextHasNoAttributes(t *testing.T) {
	if answer := tablesOf(t, everyStep).Evaluate("export", Context{}); answer.Cause != CauseIneligible {
		t.Errorf("answered by %s", answer.Cause)
	}
}

// TestHashesAreThoseOfAnIndependentImplementation reads conformance/hashing, which lies beside this module in its repository.
func TestHashesAreThoseOfAnIndependentImplementation(t *testing.T) {
	var slots []struct {
		Salt, Unit string
		Slot       int
	}
	readHashing(t, "slots.json", &slots)
	for _, one := range slots {
		if got := Slot(one.Salt, one.Unit); got != one.Slot {
			t.Errorf("the slot of %.20q in %q is %d, wanted %d", one.Unit, one.Salt, got, one.Slot)
		}
	}
	var hashes []struct{ Salt, Key, Hash string }
	readHashing(t, "customer-hashes.json", &hashes)
	for _, one := range hashes {
		if got := CustomerHash(one.Salt, one.Key); got != one.Hash {
			t.Errorf("the hash of %.20q in %q is %s, wanted %s", one.Key, one.Salt, got, one.Hash)
		}
	}
	if len(slots) < 20 || len(hashes) < 5 {
		t.Errorf("only %d slots and %d hashes were found", len(slots), len(hashes))
	}
}

func readHashing(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../../../conformance/hashing", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// TestPatchesLeaveOlderTablesAlone: whoever still asks the older ones gets the older answers, while others swap.
func TestPatchesLeaveOlderTablesAlone(t *testing.T) {
	tables := tablesOf(t, everyStep)
	var asking sync.WaitGroup
	user := NewContext("ada", map[string]any{"plan": "pro", "seats": 3})
	for range 4 {
		asking.Add(1)
		go func() {
			defer asking.Done()
			for range 200 {
				if answer := tables.Evaluate("export", user); answer.Cause != CauseRule {
					t.Errorf("the older tables answer by %s", answer.Cause)
				}
				tables.Explain("export", user)
			}
		}()
	}
	next := tables
	for seq := int64(7); seq < 60; seq++ {
		patch, err := DecodePatch([]byte(`{"epoch":"e1","base":` + jsonOf(seq) + `,"to":` + jsonOf(seq+1) +
			`,"set":{"segments":{"small":{"if":["lessThan","seats",` + jsonOf(seq) + `]}},"kills":{"k2":{"flags":["ledger"]}}}}`))
		if err != nil {
			t.Fatal(err)
		}
		patched, problem := next.Patch(patch, nil)
		if problem != "" {
			t.Fatal(problem)
		}
		next = patched
	}
	asking.Wait()
	if answer := next.Evaluate("export", user); answer.Cause != CausePrerequisite || next.Seq != 60 {
		t.Errorf("the newest tables answer by %s at %d", answer.Cause, next.Seq)
	}
}

func jsonOf(number int64) string {
	text, _ := json.Marshal(number)
	return string(text)
}

func TestNearestNamesAreSlips(t *testing.T) {
	got := NearestNames("billing.invoice-exprot", []string{"billing.invoice-export", "billing.invoice-exprot2", "other", "billing.invoice-exprot"})
	if !reflect.DeepEqual(got, []string{"billing.invoice-export", "billing.invoice-exprot2"}) {
		t.Errorf("got %v", got)
	}
}
