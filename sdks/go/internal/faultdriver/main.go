// Command faultdriver has clients in one process, driven over standard input: one JSON object a line, a request and then its reply
// (faults/sdk/driver.ts). Its clocks run faster than the machine's where it is built with another package time.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	sluice "github.com/sluice-flags/sluice-go"
)

type request struct {
	Do            string            `json:"do"`
	Client        string            `json:"client"`
	URL           string            `json:"url"`
	Key           string            `json:"key"`
	Environment   string            `json:"environment"`
	SignatureKeys []string          `json:"signatureKeys"`
	Questions     []json.RawMessage `json:"questions"`
	Flag          string            `json:"flag"`
}

type sight struct {
	Values  []bool `json:"values"`
	State   string `json:"state"`
	Version string `json:"version"`
	Trouble string `json:"trouble"`
}

const requestBytesMax = 16 << 20

// leftAfter is how long goroutines of connections that were just closed may take to end.
const leftAfter = 10 * time.Second

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, requestBytesMax)
	replies := json.NewEncoder(os.Stdout)
	clients := map[string]*sluice.Client{}
	before := runtime.NumGoroutine()
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		// A reader that has gone ends standard input as well.
		_ = replies.Encode(replyTo(clients, &asked, before))
	}
}

func replyTo(clients map[string]*sluice.Client, asked *request, before int) any {
	switch asked.Do {
	case "open":
		clients[asked.Client] = sluice.New(sluice.Options{
			URL: asked.URL, Key: asked.Key, Environment: asked.Environment, Service: "drill", SignatureKeys: asked.SignatureKeys,
			Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		})
		return struct{}{}
	case "ask":
		sights := map[string]sight{}
		for name, client := range clients {
			sights[name] = sightOf(client, asked.Questions)
		}
		return map[string]any{"sights": sights}
	case "hostile":
		return hostile(clients[asked.Client], asked.Flag)
	case "heap":
		// Finalizers run after the first; what they held goes with the second.
		runtime.GC()
		runtime.GC()
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		return map[string]any{"bytes": memory.HeapAlloc}
	default:
		return map[string]any{"left": closeAll(clients, before)}
	}
}

func sightOf(client *sluice.Client, questions []json.RawMessage) sight {
	seen := sight{Values: []bool{}, State: string(client.State())}
	for _, one := range questions {
		var flag string
		var fallback bool
		if err := json.Unmarshal(one, &[]any{&flag, &fallback}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		seen.Values = append(seen.Values, client.Boolean(flag, fallback, sluice.NewContext("ada", nil)))
	}
	if version, has := client.Version(); has {
		seen.Version = fmt.Sprintf("%s:%d", version.Epoch, version.Seq)
	}
	if trouble := client.Trouble(); trouble != nil {
		seen.Trouble = string(trouble.Kind)
	}
	return seen
}

func closeAll(clients map[string]*sluice.Client, before int) []string {
	var closing sync.WaitGroup
	for _, client := range clients {
		closing.Go(client.Close)
	}
	closing.Wait()
	clear(clients)
	for end := time.Now().Add(leftAfter); runtime.NumGoroutine() > before && time.Now().Before(end); {
		runtime.Gosched()
		time.Sleep(50 * time.Millisecond)
	}
	if left := runtime.NumGoroutine() - before; left > 0 {
		return []string{fmt.Sprintf("%d goroutines", left)}
	}
	return []string{}
}

type outcome struct {
	Asked int      `json:"asked"`
	Threw []string `json:"threw"`
	Wrong []string `json:"wrong"`
}

type panicking struct{}

func (panicking) String() string               { panic("a text of the application") }
func (panicking) MarshalJSON() ([]byte, error) { panic("JSON of the application") }

// hostileAttributes are contexts that no application should pass.
func hostileAttributes() map[string]map[string]any {
	cycle := map[string]any{"targetingKey": "ada"}
	cycle["self"] = cycle
	cycle["plan"] = []any{cycle, []any{cycle}}
	var deep any = "end"
	for range 20_000 {
		deep = map[string]any{"plan": deep}
	}
	huge := strings.Repeat("x", 10_000_000)
	many := map[string]any{}
	for index := range 100_000 {
		many[fmt.Sprint("a", index)] = index
	}
	contexts := map[string]map[string]any{
		"a cycle":                 cycle,
		"20,000 levels":           {"plan": deep},
		"10 MB of text":           {"targetingKey": huge, "plan": huge, "customer": huge},
		"bytes that are no UTF-8": {"targetingKey": "\xed\xa0\x80", "plan": "pro\xff\xfe", "customer": "\xc0"},
		"100,000 attributes":      many,
		"nothing":                 nil,
	}
	var nobody *int
	for index, value := range []any{math.NaN(), math.Inf(1), make(chan int), func() {}, complex(1, 2), nobody, struct{ A int }{1}, panicking{}, []byte{1}, nil, math.MaxFloat64, uint64(math.MaxUint64), map[int]string{1: "a"}} {
		contexts[fmt.Sprint("wrong type ", index)] = map[string]any{"targetingKey": value, "plan": value, "customer": value}
	}
	return contexts
}

func hostile(client *sluice.Client, flag string) outcome {
	made := outcome{Threw: []string{}, Wrong: []string{}}
	for name, attributes := range hostileAttributes() {
		made.Asked++
		func() {
			defer func() {
				if fault := recover(); fault != nil {
					made.Threw = append(made.Threw, fmt.Sprintf("%s: %v", name, fault))
				}
			}()
			user := sluice.NewContext("", attributes)
			if !client.Boolean(flag, false, user) {
				made.Wrong = append(made.Wrong, name)
			}
			client.String(flag, "", user)
			client.Explain(flag, user)
		}()
	}
	return made
}
