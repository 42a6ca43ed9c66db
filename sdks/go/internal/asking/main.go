// Command asking is an application that asks for every flag with every context of a file, prints the answers as JSON, and ends as applications do.
// Arguments: the file with the contexts, then the flags' keys, of which the first is counted by customer. SLUICE_URL and SLUICE_SDK_KEY say where the server is.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	sluice "github.com/sluice-flags/sluice-go"
)

// The terms come with the stream: at once, or with a heartbeat, each 5 s.
const (
	waits = 600
	wait  = 50 * time.Millisecond
)

func main() {
	text, err := os.ReadFile(os.Args[1])
	var contexts []map[string]any
	if err == nil {
		err = json.Unmarshal(text, &contexts)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	flags := sluice.New(sluice.Options{URL: os.Getenv("SLUICE_URL"), Key: os.Getenv("SLUICE_SDK_KEY"), Service: "asking", ReadyWait: 20 * time.Second,
		CountCustomersOf: os.Args[2:3]})
	flags.Ready(context.Background())
	for tries := 0; tries < waits && len(flags.Samples().Attributes) == 0; tries++ {
		time.Sleep(wait)
	}
	answers := [][]bool{}
	for _, key := range os.Args[2:] {
		of := []bool{}
		for _, attributes := range contexts {
			of = append(of, flags.Boolean(key, false, sluice.NewContext("", attributes)))
		}
		answers = append(answers, of)
	}
	flags.Close()
	samples := flags.Samples()
	told := map[string]any{"attributes": samples.Attributes, "sent": samples.Sent, "dropped": samples.Dropped}
	if err := json.NewEncoder(os.Stdout).Encode(map[string]any{"answers": answers, "samples": told}); err != nil {
		os.Exit(1)
	}
}
