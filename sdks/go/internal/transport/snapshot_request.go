package transport

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/sluice-flags/sluice-go/internal/evaluation"
	"github.com/sluice-flags/sluice-go/internal/serving"
)

const (
	// urgentBytesMax: 10,000 kills of a few hundred bytes.
	urgentBytesMax = 8 << 20
	// fetchMax is short, so that an answer lost on the way costs little.
	fetchMax = 5 * time.Second
	// slowFetchMax is used once an outage has lasted a minute: perhaps the link is only slow.
	slowFetchMax = time.Minute
)

// fetched is what the server gave: a snapshot with the urgent kills in force, nothing new (both nil), or trouble.
type fetched struct {
	snapshot *evaluation.Snapshot
	urgent   []*evaluation.UrgentKill
	// steps are both as they were signed, where signatures are checked.
	steps   []serving.Step
	trouble *Trouble
}

// source is whom to ask, and what to accept: a nil check accepts everything.
type source struct {
	address *Address
	// environment is the one that this process must be in; empty accepts whatever the key belongs to.
	environment string
	check       *serving.SignatureCheck
}

// fetchSnapshot asks for the snapshot and, where the server says that urgent kills are in force, for these before anything is served:
// a starting process must not answer "on" for the moment until the stream tells it.
func fetchSnapshot(ctx context.Context, from *source, held *evaluation.Version, outage time.Duration) fetched {
	address := from.address
	limit := fetchMax
	if outage >= earlyOutage {
		limit = slowFetchMax
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	headers := map[string]string{"Accept": "application/json"}
	if held != nil {
		headers["If-None-Match"] = fmt.Sprintf("\"%s:%d\"", visible(held.Epoch), held.Seq)
	}
	reply, err := address.send(ctx, http.MethodGet, "/sdk/v1/snapshot", headers, nil)
	if err != nil {
		return fetched{trouble: unreachable(address.Base, whyFailed(err))}
	}
	defer reply.Body.Close()
	if trouble := troubleOf(address.Base, reply, "application/json"); trouble != nil {
		return fetched{trouble: trouble}
	}
	if reply.StatusCode == http.StatusNotModified {
		if held == nil {
			return fetched{trouble: badAnswer(address.Base, "status 304 where nothing was held")}
		}
		return fetched{}
	}
	text, err := readAll(reply.Body, evaluation.TextBytesMax)
	if err != nil {
		return fetched{trouble: unreachable(address.Base, whyFailed(err))}
	}
	made := from.readSnapshot(text, reply.Header.Get(signatureHeader))
	if count, err := strconv.Atoi(reply.Header.Get("Sluice-Urgent")); err == nil && count > 0 && made.trouble == nil {
		from.fetchUrgent(ctx, &made)
	}
	return made
}

// signatureHeader carries the signature of a body; on a stream it is the field `sig`.
const signatureHeader = "Sluice-Signature"

func (s *source) readSnapshot(text []byte, signature string) fetched {
	problem := s.check.ProblemOf(serving.KindSnapshot, text, signature)
	snapshot, err := evaluation.DecodeSnapshot(text)
	switch {
	// A key of another environment is the likelier mistake, and has another cure. What is refused may say so: it is believed in nothing else.
	case err == nil && s.environment != "" && snapshot.Environment != s.environment:
		return fetched{trouble: otherEnvironment(s.address.Base, s.environment, snapshot.Environment)}
	case problem != nil:
		return fetched{trouble: badSignature(s.address.Base, "snapshot", problem)}
	case err != nil:
		return fetched{trouble: badAnswer(s.address.Base, err.Error())}
	}
	return fetched{snapshot: snapshot, steps: s.stepsOf(serving.KindSnapshot, text, signature)}
}

// stepsOf: a step is kept only where signatures are checked.
func (s *source) stepsOf(kind serving.SignedKind, text []byte, signature string) []serving.Step {
	if s.check == nil {
		return nil
	}
	return []serving.Step{{Kind: kind, Text: string(text), Signature: signature}}
}

// fetchUrgent adds the urgent kills. Without this list the snapshot is still better than nothing, because the stream sends them again after its hello.
func (s *source) fetchUrgent(ctx context.Context, into *fetched) {
	reply, err := s.address.send(ctx, http.MethodGet, "/sdk/v1/urgent", map[string]string{"Accept": "application/json"}, nil)
	if err != nil {
		return
	}
	defer reply.Body.Close()
	text, err := readAll(reply.Body, urgentBytesMax)
	if err != nil || reply.StatusCode != http.StatusOK {
		return
	}
	signature := reply.Header.Get(signatureHeader)
	if problem := s.check.ProblemOf(serving.KindKills, text, signature); problem != nil {
		*into = fetched{trouble: badSignature(s.address.Base, "list of urgent kills", problem)}
		return
	}
	if urgent, err := serving.ReadUrgentList(text); err == nil {
		into.urgent, into.steps = urgent, append(into.steps, s.stepsOf(serving.KindKills, text, signature)...)
	}
}
