// Package sluicetest is the test kit of the Go SDK: clients in memory, flags set for one test, and a server of fixtures.
package sluicetest

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"

	sluice "github.com/sluice-flags/sluice-go"
	"github.com/sluice-flags/sluice-go/internal/testhook"
)

const epoch = "test"

// Flags are values that everybody gets, by flag key: booleans, strings, numbers, or what encoding/json writes as an object or list.
type Flags map[string]any

// Client is a sluice.Client in memory, whose flags a test sets. The code under test takes its embedded Client.
type Client struct {
	*sluice.Client

	mutex sync.Mutex
	seq   int64
	forms map[string]json.RawMessage
}

// New makes a client that answers these flags without any server, and closes it with the test. A flag that is asked for and not set,
// or asked for as another type, fails the test: use Lenient where that is not wanted.
func New(t testing.TB, flags Flags) *Client {
	t.Helper()
	return newClient(t, flags, func(problem string) {
		t.Helper()
		t.Errorf("sluicetest: %s", problem)
	})
}

// Lenient is New without failing the test over unknown flags and other types.
func Lenient(t testing.TB, flags Flags) *Client {
	t.Helper()
	return newClient(t, flags, nil)
}

func newClient(t testing.TB, flags Flags, strict func(problem string)) *Client {
	t.Helper()
	made := &Client{seq: 1, forms: map[string]json.RawMessage{}}
	for key, value := range flags {
		made.forms[key] = formOf(t, value)
	}
	text, err := json.Marshal(map[string]any{"format": 1, "environment": "test", "epoch": epoch, "seq": 1, "salt": "", "flags": made.forms})
	if err != nil {
		t.Fatalf("sluicetest: %v", err)
	}
	made.Client = sluice.New(sluice.Options{Snapshot: text, Strict: strict, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	t.Cleanup(made.Close)
	if !made.Ready(t.Context()) {
		t.Fatal("sluicetest: the flags were not taken")
	}
	return made
}

// WithFlag makes a flag answer a value for everybody until the test ends, and then what it answered before.
func WithFlag(t testing.TB, client *Client, key string, value any) {
	t.Helper()
	before, has := client.set(t, key, formOf(t, value))
	t.Cleanup(func() {
		if has {
			client.set(t, key, before)
		} else {
			client.set(t, key, nil)
		}
	})
}

// WithForm is WithFlag for a flag's whole form as snapshots have it (rules, exposure, prerequisites), as JSON.
func WithForm(t testing.TB, client *Client, key, form string) {
	t.Helper()
	before, has := client.set(t, key, json.RawMessage(form))
	t.Cleanup(func() {
		if has {
			client.set(t, key, before)
		} else {
			client.set(t, key, nil)
		}
	})
}

// set gives the form that was there before; nil drops the flag.
func (c *Client) set(t testing.TB, key string, form json.RawMessage) (before json.RawMessage, has bool) {
	t.Helper()
	c.mutex.Lock()
	defer c.mutex.Unlock()
	before, has = c.forms[key]
	patch := map[string]any{"epoch": epoch, "base": c.seq, "to": c.seq + 1}
	if form == nil {
		delete(c.forms, key)
		patch["drop"] = map[string][]string{"flags": {key}}
	} else {
		c.forms[key] = form
		patch["set"] = map[string]any{"flags": map[string]json.RawMessage{key: form}}
	}
	text, err := json.Marshal(patch)
	if err == nil {
		err = testhook.Offer(c.Client, text, true)
	}
	if err != nil {
		t.Fatalf("sluicetest: %s was not set: %v", key, err)
	}
	c.seq++
	return before, has
}

// formOf gives a flag that serves one value to everybody; a kill of it serves the type's zero value.
func formOf(t testing.TB, value any) json.RawMessage {
	t.Helper()
	kind, zero := "object", any(map[string]any{})
	switch value.(type) {
	case bool:
		kind, zero = "boolean", false
	case string:
		kind, zero = "string", ""
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64:
		kind, zero = "number", 0
	}
	text, err := json.Marshal(map[string]any{"type": kind, "variants": map[string]any{"set": value, "off": zero}, "default": "set"})
	if err != nil {
		t.Fatalf("sluicetest: %v", fmt.Errorf("a flag's value cannot be written as JSON: %w", err))
	}
	return text
}
