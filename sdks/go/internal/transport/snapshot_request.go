package transport

import (
	"context"
	"encoding/json"
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
	trouble  *Trouble
}

// fetchSnapshot asks for the snapshot and, where the server says that urgent kills are in force, for these before anything is served:
// a starting process must not answer "on" for the moment until the stream tells it.
func fetchSnapshot(ctx context.Context, address *Address, held *evaluation.Version, outage time.Duration) fetched {
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
	snapshot, err := evaluation.DecodeSnapshot(text)
	if err != nil {
		return fetched{trouble: badAnswer(address.Base, err.Error())}
	}
	made := fetched{snapshot: snapshot}
	if count, err := strconv.Atoi(reply.Header.Get("Sluice-Urgent")); err == nil && count > 0 {
		made.urgent = fetchUrgent(ctx, address)
	}
	return made
}

// fetchUrgent: without this list the snapshot is still better than nothing, because the stream sends the urgent kills again after its hello.
func fetchUrgent(ctx context.Context, address *Address) []*evaluation.UrgentKill {
	reply, err := address.send(ctx, http.MethodGet, "/sdk/v1/urgent", map[string]string{"Accept": "application/json"}, nil)
	if err != nil {
		return nil
	}
	defer reply.Body.Close()
	text, err := readAll(reply.Body, urgentBytesMax)
	if err != nil || reply.StatusCode != http.StatusOK {
		return nil
	}
	var list struct {
		Urgent []json.RawMessage `json:"urgent"`
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil
	}
	urgent, err := serving.ReadUrgent(list.Urgent)
	if err != nil {
		return nil
	}
	return urgent
}
