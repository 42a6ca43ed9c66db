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

// samplingTerms are what may be sampled of contexts.
type samplingTerms struct {
	id string
	// attributes say "plain" or "hashed" by path; what is at customer is never sampled plain.
	attributes    map[string]string
	customer, key string
	// every is the time between two reports.
	every time.Duration
}

// Reports come no closer than this, whatever a server says; and no rarer than once a day.
const (
	samplesEveryMin = time.Minute
	samplesEveryMax = 24 * time.Hour
)

// readTerms reads the answer of /sdk/v1/sampling; nil where anything in it is not as it should be: then nothing is sampled.
func readTerms(data []byte) *samplingTerms {
	var read struct {
		ID         *string        `json:"id"`
		Key        string         `json:"key"`
		Customer   *string        `json:"customer"`
		Attributes map[string]any `json:"attributes"`
		EveryMs    *float64       `json:"everyMs"`
	}
	if err := json.Unmarshal(data, &read); err != nil || read.ID == nil || read.Key == "" || read.Customer == nil {
		return nil
	}
	if read.Attributes == nil || read.EveryMs == nil || *read.EveryMs < 0 {
		return nil
	}
	named := map[string]string{}
	for path, how := range read.Attributes {
		if how, ok := how.(string); ok && (how == "plain" || how == "hashed") {
			named[path] = how
		}
	}
	if len(named) > evaluation.SampledAttributesMax {
		return nil
	}
	every := math.Min(math.Max(*read.EveryMs, float64(samplesEveryMin/time.Millisecond)), float64(samplesEveryMax/time.Millisecond))
	return &samplingTerms{*read.ID, named, *read.Customer, read.Key, time.Duration(every) * time.Millisecond}
}

// readSamplingID reads the id of the sampling terms in `hello` and `heartbeat`; empty where nothing is sampled.
func readSamplingID(data []byte) string {
	var head struct {
		Sampling string `json:"sampling"`
	}
	// What is no text is none.
	if err := json.Unmarshal(data, &head); err != nil {
		return ""
	}
	return head.Sampling
}
