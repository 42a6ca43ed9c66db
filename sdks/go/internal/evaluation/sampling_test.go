package evaluation

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"
)

func TestWhatLeavesAProcessIsWhatTheVectorsSay(t *testing.T) {
	text, err := os.ReadFile("../../../../conformance/sampling/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	type sealed struct{ Plain, Hashed map[string]any }
	var all struct {
		Key, Customer string
		Attributes    map[string]string
		Vectors       []struct {
			Name    string
			Context map[string]any
			sealed
		}
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	sampling := NewSampling(all.Attributes, all.Customer, all.Key)
	for _, vector := range all.Vectors {
		t.Run(vector.Name, func(t *testing.T) {
			var got sealed
			if err := json.Unmarshal(sampling.Seal(sampling.Pick(NewContext("", vector.Context))), &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, vector.sealed) {
				t.Errorf("got %v, want %v", got, vector.sealed)
			}
		})
	}
}
