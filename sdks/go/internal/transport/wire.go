package transport

import (
	"encoding/json"
	"math"
	"time"

	"github.com/sluice-flags/sluice-go/internal/evaluation"
)

// confirmJitterMax is the longest spread of confirms that is believed.
const confirmJitterMax = time.Minute

// Hello is the first event of a stream.
type Hello struct {
	evaluation.Version
	Environment string
	// ConfirmJitter: confirms are spread over this time, so that many instances do not answer at once.
	ConfirmJitter time.Duration
}

func readHello(data []byte) (Hello, bool) {
	head, ok := readHead(data)
	var rest struct {
		Environment     *string `json:"environment"`
		ConfirmJitterMs float64 `json:"confirmJitterMs"`
	}
	if err := json.Unmarshal(data, &rest); err != nil || rest.Environment == nil || !ok {
		return Hello{}, false
	}
	jitter := math.Min(math.Max(rest.ConfirmJitterMs, 0), float64(confirmJitterMax/time.Millisecond))
	return Hello{head, *rest.Environment, time.Duration(jitter * float64(time.Millisecond))}, true
}

// readHead reads the version in `heartbeat`, `reset` and `hello`.
func readHead(data []byte) (evaluation.Version, bool) {
	var head struct {
		Epoch *string  `json:"epoch"`
		Seq   *float64 `json:"seq"`
	}
	if err := json.Unmarshal(data, &head); err != nil || head.Epoch == nil || head.Seq == nil {
		return evaluation.Version{}, false
	}
	if *head.Seq < 0 || *head.Seq > 1<<53 || *head.Seq != math.Trunc(*head.Seq) {
		return evaluation.Version{}, false
	}
	return evaluation.Version{Epoch: *head.Epoch, Seq: int64(*head.Seq)}, true
}
