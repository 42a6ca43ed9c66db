package sluicetest_test

import (
	"strings"
	"testing"

	sluice "github.com/sluice-flags/sluice-go"
	"github.com/sluice-flags/sluice-go/sluicetest"
)

func TestWithFlagHoldsForOneTest(t *testing.T) {
	flags := sluicetest.New(t, sluicetest.Flags{"export": false, "greeting": "Hello", "limit": 5, "rows": []int{1}})
	t.Run("inner", func(t *testing.T) {
		sluicetest.WithFlag(t, flags, "export", true)
		sluicetest.WithForm(t, flags, "staff", `{"rules":[{"if":["equals","role","staff"],"serve":"on"}]}`)
		if !flags.Boolean("export", false, sluice.Context{}) || !flags.Boolean("staff", false, sluice.NewContext("", map[string]any{"role": "staff"})) {
			t.Error("not set")
		}
	})
	if flags.Boolean("export", true, sluice.Context{}) || flags.String("greeting", "", sluice.Context{}) != "Hello" || flags.Number("limit", 0, sluice.Context{}) != 5 {
		t.Error("not as before")
	}
	if list, ok := flags.Object("rows", nil, sluice.Context{}).([]any); !ok || len(list) != 1 {
		t.Error("no list")
	}
}

// recorder is a test that is expected to fail.
type recorder struct {
	testing.TB
	said []string
}

func (r *recorder) Errorf(format string, parts ...any) { r.said = append(r.said, format) }

func (r *recorder) Helper() {}

func TestStrictClientFailsTheTestOverUnknownFlagsAndOtherTypes(t *testing.T) {
	failing := &recorder{TB: t}
	flags := sluicetest.New(failing, sluicetest.Flags{"export": false})
	flags.Boolean("export", false, sluice.Context{})
	if len(failing.said) != 0 {
		t.Errorf("failed over nothing: %v", failing.said)
	}
	flags.Boolean("exprot", false, sluice.Context{})
	flags.String("export", "", sluice.Context{})
	if len(failing.said) != 2 || !strings.Contains(failing.said[0], "sluicetest") {
		t.Errorf("said %v", failing.said)
	}
	lenient := sluicetest.Lenient(failing, nil)
	lenient.Boolean("exprot", false, sluice.Context{})
	if len(failing.said) != 2 {
		t.Errorf("the lenient one failed: %v", failing.said)
	}
}
