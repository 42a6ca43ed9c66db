// Command bench measures the native API against what the machine allows, in one process: it reads a snapshot of the workload in bench/eval from
// standard input and writes {"ns":{"plain":{"optimum":…,"sluice":…},…},"allocs":…} to standard output. `npm run bench -- sdk` runs it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/bits"
	"os"
	"testing"
	"time"

	sluice "github.com/sluice-flags/sluice-go"
	"github.com/sluice-flags/sluice-go/internal/evaluation"
)

const (
	// userCount as in bench/eval/workload.ts: three of four users are in DE, and no tenant rule matches anybody.
	userCount = 1024
	warmUp    = 200 * time.Millisecond
	rounds    = 60
	roundTime = 2 * time.Millisecond
	// What is sampled comes with the stream, at the latest with its first heartbeat.
	termsTries = 400
	termsWait  = 50 * time.Millisecond
)

// person is what a hand-written program would have in place of a context.
type person struct {
	key, country, tenant string
}

type ask func(at int) bool

// cases: how many of 1,024 answers are true, a range where a percentage decides.
var cases = []struct {
	name        string
	least, most int
}{{"plain", 1024, 1024}, {"attribute", 768, 768}, {"rules10", 320, 448}, {"ids1000", 512, 512}}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	snapshot, err := io.ReadAll(os.Stdin)
	if err != nil {
		return fmt.Errorf("no snapshot: %w", err)
	}
	client := sluice.New(sluice.Options{Snapshot: snapshot, Service: "bench", Version: "1.0.0", ReadyWait: 20 * time.Second, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	defer client.Close()
	if !client.Ready(context.Background()) {
		return fmt.Errorf("the workload was not taken: %v", client.Trouble())
	}
	sampled, err := sampledClient()
	if err != nil {
		return err
	}
	defer sampled.Close()
	tables, err := bareTables(snapshot)
	if err != nil {
		return err
	}
	people, contexts := population()
	ns, allocs := map[string]map[string]float64{}, 0.0
	for _, one := range cases {
		optimum := newOptimum()
		asks := map[string]ask{
			"optimum": func(at int) bool { return optimum(one.name, &people[at&(userCount-1)]) },
			"sluice":  func(at int) bool { return client.Boolean(one.name, false, contexts[at&(userCount-1)]) },
			"bare": func(at int) bool {
				value, _ := tables.Evaluate(one.name, contexts[at&(userCount-1)]).Boolean()
				return value
			},
			"sampling": func(at int) bool { return sampled.Boolean(one.name, false, contexts[at&(userCount-1)]) },
		}
		ns[one.name] = map[string]float64{"optimum": math.Inf(1), "sluice": math.Inf(1), "bare": math.Inf(1), "sampling": math.Inf(1)}
		for name, ask := range asks {
			if yes := loop(ask, userCount); yes < one.least || yes > one.most {
				return fmt.Errorf("%s of %s: %d of %d answers are true", one.name, name, yes, userCount)
			}
		}
		// Passes alternate, so that what else the machine does befalls both.
		for range 3 {
			for name, ask := range asks {
				ns[one.name][name] = min(ns[one.name][name], measure(ask))
			}
		}
		allocs = max(allocs, testing.AllocsPerRun(10, func() { loop(asks["sluice"], userCount) }))
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"ns": ns, "allocs": allocs})
}

// sampledClient is one whose contexts are sampled, of the server at SLUICE_URL.
func sampledClient() (*sluice.Client, error) {
	client := sluice.New(sluice.Options{URL: os.Getenv("SLUICE_URL"), Key: "k", Service: "bench", Version: "1.0.0", ReadyWait: 20 * time.Second,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	client.Ready(context.Background())
	for tries := 0; len(client.Samples().Attributes) == 0; tries++ {
		if tries == termsTries {
			return nil, fmt.Errorf("nothing is sampled: %v", client.Trouble())
		}
		time.Sleep(termsWait)
	}
	return client, nil
}

// bareTables answer without a client: what it adds is counting, and that it never panics.
func bareTables(text []byte) (*evaluation.Tables, error) {
	service, version := "bench", "1.0.0"
	snapshot, err := evaluation.DecodeSnapshot(text)
	if err != nil {
		return nil, fmt.Errorf("the workload was not read: %w", err)
	}
	return evaluation.Compile(snapshot, nil, evaluation.Options{Asker: evaluation.Asker{Service: &service, Version: &version}}, nil), nil
}

func population() (people [userCount]person, contexts [userCount]sluice.Context) {
	for at := range userCount {
		people[at] = person{fmt.Sprintf("u%d", at), "DE", "t99"}
		if at%4 == 0 {
			people[at].country = "FR"
		}
		contexts[at] = sluice.NewContext(people[at].key, map[string]any{"country": people[at].country, "tenant": "t99", "region": "r99"})
	}
	return people, contexts
}

// loop gives how many were true, so that no answer can be optimised away.
func loop(ask ask, count int) (yes int) {
	for at := range count {
		if ask(at) {
			yes++
		}
	}
	return yes
}

// measure gives nanoseconds per call: the best of many short rounds.
func measure(ask ask) float64 {
	count, best, sink := userCount, math.Inf(1), 0
	for begin := time.Now(); time.Since(begin) < warmUp; {
		before := time.Now()
		sink += loop(ask, count)
		count = max(userCount, int(float64(count)*float64(roundTime)/float64(time.Since(before)+1)))
	}
	for range rounds {
		before := time.Now()
		sink += loop(ask, count)
		best = min(best, float64(time.Since(before))/float64(count))
	}
	if sink < 0 {
		panic("unreachable: keeps the answers alive")
	}
	return best
}

// newOptimum is what the machine allows: one closure over plain values, chosen by one look-up in a map. No reasons, no variants, no counts.
func newOptimum() func(key string, who *person) bool {
	tenants := map[string]struct{}{}
	for at := range 9 {
		tenants[fmt.Sprintf("x%d", at)] = struct{}{}
	}
	ids := map[string]struct{}{}
	for at := range 1000 {
		ids[fmt.Sprintf("u%d", at*2)] = struct{}{}
	}
	closures := map[string]func(who *person) bool{
		"plain":     func(*person) bool { return true },
		"attribute": func(who *person) bool { return who.country == "DE" },
		"rules10": func(who *person) bool {
			if _, isIn := tenants[who.tenant]; isIn {
				return true
			}
			return who.country == "DE" && hash(who.key, 7) < 1<<31
		},
		"ids1000": func(who *person) bool { _, isIn := ids[who.key]; return isIn },
	}
	return func(key string, who *person) bool { return closures[key](who) }
}

// hash is MurmurHash3 x86 32-bit from a seed.
func hash(text string, seed uint32) uint32 {
	h, length := seed, uint32(len(text))
	for ; len(text) >= 4; text = text[4:] {
		h = bits.RotateLeft32(h^scramble(uint32(text[0])|uint32(text[1])<<8|uint32(text[2])<<16|uint32(text[3])<<24), 13)*5 + 0xe6546b64
	}
	tail := uint32(0)
	for at := len(text) - 1; at >= 0; at-- {
		tail = tail<<8 | uint32(text[at])
	}
	h ^= scramble(tail) ^ length
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return h ^ h>>16
}

func scramble(block uint32) uint32 { return bits.RotateLeft32(block*0xcc9e2d51, 15) * 0x1b873593 }
