package sluice

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/sluice-flags/sluice-go/internal/evaluation"
)

const (
	// warningsMax keys are warned about in one process: a host that makes keys up from data fills neither memory nor log.
	warningsMax = 1_000
	// shownBytesMax is how much of a key is shown.
	shownBytesMax = 200
)

// warnings say once per key and process what a programmer should know, and never again.
type warnings struct {
	log    *slog.Logger
	strict func(problem string)

	mutex sync.Mutex
	said  map[string]struct{}
}

// unknownKey warns of a flag that the environment does not have.
func (w *warnings) unknownKey(key string, tables *evaluation.Tables) {
	if !w.isFirst("unknown " + key) {
		return
	}
	hint := ""
	if near := evaluation.NearestNames(key, tables.Keys()); len(near) > 0 {
		hint = fmt.Sprintf(" Did you mean \"%s\"?", strings.Join(near, `", "`))
	}
	w.say("sluice.flag.unknown", fmt.Sprintf("There is no flag %q in %s: the code's default is answered.%s", shown(key), tables.Environment, hint), key)
}

// wrongType warns of a flag asked for as another type than it has.
func (w *warnings) wrongType(key, asked, actual string) {
	if w.isFirst("type " + key) {
		w.say("sluice.flag.wrongType",
			fmt.Sprintf("Flag %q is asked for as %s, but its value is %s: the code's default is answered.", shown(key), asked, actual), key)
	}
}

// badOutcome warns of a name that no guard can have.
func (w *warnings) badOutcome(outcome string) {
	if w.isFirst("outcome " + outcome) {
		w.say("sluice.outcome", fmt.Sprintf(
			"%q is not the name of an outcome: letters, digits, dots, dashes and underscores, at most 100. It is not counted.", shown(outcome)), outcome)
	}
}

// fault logs what of our own, or in a listener, was kept from the host.
func (w *warnings) fault(where string, what any) {
	if w.isFirst("fault " + where) {
		w.log.Error("sluice.fault", "message", fmt.Sprintf("%s failed: %v\n%s", where, what, debug.Stack()))
	}
}

func (w *warnings) say(event, message, key string) {
	w.log.Warn(event, "message", message, "flag", shown(key))
	if w.strict != nil {
		w.strict(message)
	}
}

func (w *warnings) isFirst(what string) bool {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if _, isSaid := w.said[what]; isSaid || len(w.said) >= warningsMax {
		return false
	}
	w.said[what] = struct{}{}
	return true
}

func shown(key string) string {
	if len(key) > shownBytesMax {
		return strings.ToValidUTF8(key[:shownBytesMax], "") + "…"
	}
	return key
}
