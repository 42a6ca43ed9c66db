// Command conformance puts this SDK's evaluator behind the runner protocol (conformance/PROTOCOL.md): requests from standard input, replies to
// standard output.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/sluice-flags/sluice-go/internal/evaluation"
)

// lineBytesMax bounds one request: vectors hold units of 10 kB and lists of some thousand ids.
const lineBytesMax = 64 << 20

type request struct {
	Do       string   `json:"do"`
	Snapshot string   `json:"snapshot"`
	Urgent   []string `json:"urgent"`
	Asker    struct {
		Service *string `json:"service"`
		Version *string `json:"version"`
	} `json:"asker"`
	Patch   string          `json:"patch"`
	Flag    string          `json:"flag"`
	Context json.RawMessage `json:"context"`
	Salt    string          `json:"salt"`
	Unit    string          `json:"unit"`
	Key     string          `json:"key"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 1<<16), lineBytesMax)
	replies := bufio.NewWriter(out)
	encoder := json.NewEncoder(replies)
	runner := &runner{}
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			return fmt.Errorf("a request is no JSON object: %w", err)
		}
		if err := encoder.Encode(runner.reply(&asked)); err != nil {
			return fmt.Errorf("a reply cannot be written: %w", err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("requests cannot be read: %w", err)
	}
	return replies.Flush()
}

type runner struct {
	tables *evaluation.Tables
	urgent []*evaluation.UrgentKill
}

func (r *runner) reply(asked *request) any {
	switch asked.Do {
	case "load":
		return map[string]bool{"ok": r.load(asked)}
	case "patch":
		return map[string]bool{"ok": r.patch(asked.Patch)}
	case "urgent":
		isWhole := r.readUrgent(asked.Urgent)
		if r.tables != nil {
			r.tables = r.tables.WithUrgent(r.urgent)
		}
		return map[string]bool{"ok": isWhole}
	case "ask":
		return map[string]any{"answer": r.ask(asked)}
	case "slot":
		return map[string]int{"slot": evaluation.Slot(asked.Salt, asked.Unit)}
	case "hash":
		return map[string]string{"hash": evaluation.CustomerHash(asked.Salt, asked.Key)}
	default:
		return map[string]string{"error": "unknown request " + asked.Do}
	}
}

func (r *runner) load(asked *request) bool {
	snapshot, err := evaluation.DecodeSnapshot([]byte(asked.Snapshot))
	isWhole := r.readUrgent(asked.Urgent)
	r.tables = nil
	if err == nil {
		asker := evaluation.Asker{Service: asked.Asker.Service, Version: asked.Asker.Version}
		r.tables = evaluation.Compile(snapshot, r.urgent, evaluation.Options{Asker: asker}, nil)
	}
	return err == nil && isWhole
}

// readUrgent leaves out what cannot be read: a list of urgent kills is read one by one, as a stream brings them.
func (r *runner) readUrgent(texts []string) (isWhole bool) {
	r.urgent, isWhole = nil, true
	for _, text := range texts {
		kill, err := evaluation.DecodeUrgentKill([]byte(text))
		if err != nil {
			isWhole = false
			continue
		}
		r.urgent = append(r.urgent, kill)
	}
	return isWhole
}

func (r *runner) patch(text string) bool {
	patch, err := evaluation.DecodePatch([]byte(text))
	if err != nil || r.tables == nil {
		return false
	}
	next, problem := r.tables.Patch(patch, r.urgent)
	if problem != "" {
		return false
	}
	r.tables = next
	// A snapshot that was patched must still be writable, and what is written must be the snapshot.
	written, err := json.Marshal(next)
	if err != nil {
		return false
	}
	_, err = evaluation.DecodeSnapshot(written)
	return err == nil
}

func (r *runner) ask(asked *request) map[string]any {
	answer := evaluation.NoSnapshot
	if r.tables != nil {
		var given map[string]any
		// A context that is no object has no attributes.
		_ = json.Unmarshal(asked.Context, &given)
		answer = r.tables.Evaluate(asked.Flag, evaluation.NewContext("", given))
	}
	reply := map[string]any{"reason": answer.Reason, "cause": answer.Cause}
	if answer.Served {
		reply["value"], reply["variant"] = withoutInfinities(answer.Value), answer.Variant
	}
	switch answer.Cause {
	case evaluation.CauseKill, evaluation.CausePrerequisite, evaluation.CauseRule:
		reply["by"] = answer.By
	}
	if len(answer.Problems) > 0 {
		reply["problems"] = answer.Problems
	}
	return reply
}

// withoutInfinities: JSON has none, and null is what others write for them.
func withoutInfinities(value any) any {
	if number, ok := value.(float64); ok && math.IsInf(number, 0) {
		return nil
	}
	return value
}
