// Command live asks one flag of a real server and writes what it answers, one JSON object a line, at first and after each change, until its
// standard input ends.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	sluice "github.com/sluice-flags/sluice-go"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "needs the key of one flag")
		os.Exit(1)
	}
	lines := json.NewEncoder(os.Stdout)
	tell := func(flags *sluice.Client) {
		details := flags.BooleanDetails(os.Args[1], false, sluice.NewContext("ada", nil))
		// A reader that has gone ends standard input as well.
		_ = lines.Encode(map[string]any{"value": details.Value, "cause": details.Cause, "seq": details.Version.Seq, "state": flags.State()})
	}
	options := sluice.Options{URL: os.Getenv("SLUICE_URL"), Key: os.Getenv("SLUICE_SDK_KEY"), Service: "live", Version: "1.0.0", ReadyWait: 20 * time.Second}
	if keys := os.Getenv("SLUICE_SIGNATURE_KEYS"); keys != "" {
		options.Environment, options.SignatureKeys = "production", strings.Split(keys, ",")
	}
	flags := sluice.New(options)
	defer flags.Close()
	flags.Ready(context.Background())
	tell(flags)
	flags.OnChange(func(sluice.Change) { tell(flags) })
	_, _ = io.Copy(io.Discard, os.Stdin)
}
