// Command shop is a process of an application that is guarded: it serves four customers again and again, and says how it went for each. With the
// feature, acme fails every third time; everything else fails once in fifty. Writes who has the feature whenever that changes, one JSON object a
// line, until its standard input ends.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	sluice "github.com/sluice-flags/sluice-go"
)

const turn = 25 * time.Millisecond

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "needs the key of one flag")
		os.Exit(1)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	flags := sluice.New(sluice.Options{URL: os.Getenv("SLUICE_URL"), Key: os.Getenv("SLUICE_SDK_KEY"), Service: "shop", Version: "1.0.0"})
	defer flags.Close()
	flags.Ready(ctx)
	serve(ctx, flags, os.Args[1])
}

func serve(ctx context.Context, flags *sluice.Client, flag string) {
	lines, said := json.NewEncoder(os.Stdout), []string{"nobody yet"}
	customers := map[string]sluice.Context{}
	for _, name := range []string{"acme", "bolt", "cara", "dune"} {
		customers[name] = sluice.NewContext("", map[string]any{"customer": name})
	}
	for at := 1; ctx.Err() == nil; at++ {
		having := []string{}
		for name, customer := range customers {
			has := flags.Boolean(flag, false, customer)
			if has {
				having = append(having, name)
			}
			failed := at%50 == 0
			if has && name == "acme" {
				failed = at%3 == 0
			}
			flags.Track("export", customer, sluice.Outcome{Flag: flag, Failed: failed})
		}
		slices.Sort(having)
		if !slices.Equal(having, said) {
			// A reader that has gone ends standard input as well.
			_ = lines.Encode(map[string]any{"having": having})
		}
		said = having
		time.Sleep(turn)
	}
}
