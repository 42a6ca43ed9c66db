package sluice_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	sluice "github.com/sluice-flags/sluice-go"
	"github.com/sluice-flags/sluice-go/internal/testhook"
	"github.com/sluice-flags/sluice-go/sluicetest"
)

// batch is what a server is told, read by nothing but this page of the protocol.
type batch struct {
	Instance string `json:"instance"`
	Batch    int    `json:"batch"`
	Outcomes []struct {
		Flag, Variant, Outcome, Customer string
		OK, Failed                       int
	} `json:"outcomes"`
	DroppedOutcomes int `json:"droppedOutcomes"`
	Answers         []struct {
		Flag, Variant, Reason, Cause string
		Count                        int
		Customer                     string
	} `json:"answers"`
	DroppedAnswers int            `json:"droppedAnswers"`
	Applied        map[string]any `json:"applied"`
}

// telemetryServer serves the flags with a living stream in virtual time, and keeps what it is told.
type telemetryServer struct {
	status atomic.Int64

	mutex sync.Mutex
	told  []batch
}

func (s *telemetryServer) all() []batch {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]batch(nil), s.told...)
}

func (s *telemetryServer) RoundTrip(r *http.Request) (*http.Response, error) {
	switch r.URL.Path {
	case "/sdk/v1/snapshot":
		return reply(200, "application/json", environment), nil
	case "/sdk/v1/stream":
		reader, writer := io.Pipe()
		go func() {
			_, _ = io.WriteString(writer, "event: hello\ndata: {\"environment\":\"production\",\"epoch\":\"e1\",\"seq\":3}\n\n")
			for {
				select {
				case <-r.Context().Done():
					_ = writer.CloseWithError(r.Context().Err())
					return
				case <-time.After(5 * time.Second):
					_, _ = io.WriteString(writer, "event: heartbeat\ndata: {\"epoch\":\"e1\",\"seq\":3}\n\n")
				}
			}
		}()
		return streamOf(reader), nil
	case "/sdk/v1/telemetry":
		var told batch
		if err := json.NewDecoder(r.Body).Decode(&told); err != nil {
			return nil, err
		}
		s.mutex.Lock()
		s.told = append(s.told, told)
		s.mutex.Unlock()
		status := s.status.Load()
		if status == 0 {
			return nil, errRefused
		}
		return reply(int(status), "", ""), nil
	default:
		return reply(204, "", ""), nil
	}
}

// telling runs a test in virtual time with a client that is connected.
func telling(t *testing.T, run func(t *testing.T, client *sluice.Client, server *telemetryServer), counted ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server := &telemetryServer{}
		server.status.Store(204)
		client := sluice.New(sluice.Options{URL: "http://flags", Log: loggerTo(&lines{}), HTTP: server, CountCustomersOf: counted})
		defer client.Close()
		client.Ready(context.Background())
		time.Sleep(time.Second)
		run(t, client, server)
	})
}

var (
	acme  = sluice.NewContext("ada", map[string]any{"customer": "acme", "email": "ada@acme.example"})
	photo = sluice.Outcome{Flag: "site.photos"}
	wrong = sluice.Outcome{Flag: "site.photos", Failed: true}
)

func TestOutcomesAreSentAsCountsWithinTenSecondsAndNoNameWithThem(t *testing.T) {
	telling(t, func(t *testing.T, client *sluice.Client, server *telemetryServer) {
		bolt := sluice.NewContext("", map[string]any{"customer": "bolt"})
		for range 3 {
			client.Track("export", acme, photo)
		}
		client.Track("export", acme, wrong)
		client.Track("export", bolt, wrong)
		if told := server.all(); len(told) != 0 {
			t.Errorf("told at once: %v", told)
		}
		time.Sleep(10 * time.Second)
		told := server.all()
		if len(told) != 1 {
			t.Fatalf("told %d times", len(told))
		}
		// The hashes are those of the environment's salt and the keys, by conformance/hashing.
		wanted := "[{site.photos on export 63895c04068c7c14 3 1} {site.photos on export 8b3dcfd72fdc8fe6 0 1}]"
		if got := fmt.Sprint(told[0].Outcomes); got != wanted || told[0].Batch != 1 || told[0].DroppedOutcomes != 0 {
			t.Errorf("told %+v", told[0])
		}
		if len(told[0].Instance) != 16 || fmt.Sprint(told[0].Applied) != "map[epoch:e1 seq:3]" {
			t.Errorf("told as %+v", told[0])
		}
		time.Sleep(time.Minute)
		if len(server.all()) != 1 {
			t.Errorf("told again: %v", server.all())
		}
	})
}

func TestOutcomesOfNobodyOrUnderNoNameAreNotCounted(t *testing.T) {
	telling(t, func(t *testing.T, client *sluice.Client, server *telemetryServer) {
		client.Track("export", sluice.Context{}, photo)
		client.Track("export", acme, sluice.Outcome{Flag: "site.fotos"})
		client.Track("two words", acme, photo)
		time.Sleep(2 * time.Minute)
		if told := server.all(); len(told) != 0 {
			t.Errorf("told %v", told)
		}
	})
}

func TestBatchThatDidNotComeThroughGoesAgainAsTheSame(t *testing.T) {
	telling(t, func(t *testing.T, client *sluice.Client, server *telemetryServer) {
		server.status.Store(0)
		client.Track("export", acme, photo)
		time.Sleep(20 * time.Second)
		client.Track("export", acme, photo)
		server.status.Store(503)
		time.Sleep(20 * time.Second)
		server.status.Store(204)
		time.Sleep(2 * time.Minute)
		told := server.all()
		last := told[len(told)-1]
		if last.Batch != 2 || len(last.Outcomes) != 1 || last.Outcomes[0].OK != 1 || len(told) < 4 {
			t.Errorf("told %v", told)
		}
		for _, before := range told[:len(told)-1] {
			if before.Batch != 1 || len(before.Outcomes) != 1 || before.Outcomes[0].OK != 1 {
				t.Errorf("told %v", told)
			}
		}
	})
}

func TestWhatAServerWillNeverTakeIsNotSentAgain(t *testing.T) {
	for _, status := range []int64{400, 404, 413} {
		telling(t, func(t *testing.T, client *sluice.Client, server *telemetryServer) {
			server.status.Store(status)
			client.Track("export", acme, photo)
			time.Sleep(2 * time.Minute)
			if told := server.all(); len(told) != 1 {
				t.Errorf("%d: told %d times", status, len(told))
			}
		})
	}
}

func TestCloseSendsWhatIsLeftAndNothingAfterIt(t *testing.T) {
	telling(t, func(t *testing.T, client *sluice.Client, server *telemetryServer) {
		client.Track("export", acme, photo)
		client.Boolean("site.diary", false, acme)
		client.Close()
		told := server.all()
		if len(told) != 1 || len(told[0].Outcomes) != 1 || len(told[0].Answers) != 1 {
			t.Fatalf("told %v", told)
		}
		client.Track("export", acme, photo)
		time.Sleep(time.Minute)
		if len(server.all()) != 1 {
			t.Error("told after its end")
		}
	})
}

func TestAnswersAreToldWithinAMinuteByWhatTheyHaveGrown(t *testing.T) {
	telling(t, func(t *testing.T, client *sluice.Client, server *telemetryServer) {
		for range 7 {
			client.Boolean("site.photos", false, acme)
		}
		client.Boolean("site.fotos", false, acme)
		client.Boolean("greeting", false, acme)
		time.Sleep(29 * time.Second)
		if told := server.all(); len(told) != 0 {
			t.Errorf("told early: %v", told)
		}
		time.Sleep(31 * time.Second)
		client.Boolean("site.photos", false, acme)
		time.Sleep(2 * time.Minute)
		told := server.all()
		if len(told) != 2 {
			t.Fatalf("told %d times", len(told))
		}
		first := "[{greeting  ERROR wrongType 1 } {greeting warm STATIC  1 } {site.fotos  ERROR unknownFlag 1 } {site.photos on STATIC  7 }]"
		if got := fmt.Sprint(told[0].Answers); got != first {
			t.Errorf("told %s", got)
		}
		if got := fmt.Sprint(told[1].Answers); got != "[{site.photos on STATIC  1 }]" {
			t.Errorf("then told %s", got)
		}
	})
}

func TestAnswersAreToldByCustomerOfTheFlagsThatAreAskedForSo(t *testing.T) {
	telling(t, func(t *testing.T, client *sluice.Client, server *telemetryServer) {
		for range 3 {
			client.Boolean("site.photos", false, acme)
		}
		client.ForRequest().Boolean("site.photos", false, sluice.NewContext("", map[string]any{"customer": "bolt"}))
		client.Boolean("site.photos", false, sluice.NewContext("", nil))
		client.String("greeting", "?", acme)
		client.String("site.photos", "?", acme)
		time.Sleep(2 * time.Minute)
		told := server.all()
		if len(told) != 1 {
			t.Fatalf("told %d times", len(told))
		}
		// The hashes are those of the salt "pepper", by conformance/hashing.
		want := "[{greeting warm STATIC  1 } {site.photos  ERROR wrongType 1 } {site.photos on STATIC  1 } " +
			"{site.photos on STATIC  4 63895c04068c7c14} {site.photos on STATIC  1 8b3dcfd72fdc8fe6}]"
		if got := fmt.Sprint(told[0].Answers); got != want {
			t.Errorf("told %s", got)
		}
	}, "site.photos")
}

func TestAnswersOfMoreCustomersThanThereIsRoomForAreToldWithoutOne(t *testing.T) {
	telling(t, func(t *testing.T, client *sluice.Client, server *telemetryServer) {
		for at := range 6_000 {
			client.Boolean("site.photos", false, sluice.NewContext("", map[string]any{"customer": fmt.Sprint("c", at/2)}))
		}
		time.Sleep(10 * time.Minute)
		named, all, without := []int{}, 0, 0
		for _, told := range server.all() {
			customers := 0
			for _, answer := range told.Answers {
				all += answer.Count
				if answer.Customer != "" {
					customers++
				} else {
					without += answer.Count
				}
			}
			named = append(named, customers)
		}
		if got := fmt.Sprint(named, all, without); got != "[500 500 500 500] 6000 2000" {
			t.Errorf("told %s", got)
		}
	}, "site.photos")
}

func TestTelemetryTakesSoMuchMemoryAndCountsWhatHasNoRoom(t *testing.T) {
	telling(t, func(t *testing.T, client *sluice.Client, server *telemetryServer) {
		// While there is still room: it has none because it is no key.
		client.Boolean(strings.Repeat("x", 201), false, acme)
		for at := range 5_000 {
			client.Track("export", sluice.NewContext("", map[string]any{"customer": fmt.Sprint("c", at)}), photo)
			client.Boolean(fmt.Sprint("made-up.", at), false, acme)
		}
		time.Sleep(2 * time.Minute)
		outcomes, answers, droppedOutcomes, droppedAnswers := 0, 0, 0, 0
		for _, told := range server.all() {
			if len(told.Outcomes) > 500 || len(told.Answers) > 1_000 {
				t.Errorf("a batch of %d and %d", len(told.Outcomes), len(told.Answers))
			}
			for _, answer := range told.Answers {
				if strings.HasPrefix(answer.Flag, "x") {
					t.Error("a key of 201 letters was told")
				}
			}
			outcomes += len(told.Outcomes)
			answers += len(told.Answers)
			droppedOutcomes += told.DroppedOutcomes
			droppedAnswers += told.DroppedAnswers
		}
		if got := [4]int{outcomes, droppedOutcomes, answers, droppedAnswers}; got != [4]int{2_000, 3_000, 1_000, 4_001} {
			t.Errorf("told and dropped %v", got)
		}
	})
}

func TestTwoFlagsOfOneRequestAgreeAlthoughAChangeComesInBetween(t *testing.T) {
	flags := sluicetest.New(t, nil)
	sluicetest.WithFlag(t, flags, "checkout.new", false)
	sluicetest.WithFlag(t, flags, "checkout.label", "old")
	request := flags.ForRequest()
	if request.Boolean("checkout.new", true, acme) {
		t.Error("the old checkout is the new one")
	}
	sluicetest.WithFlag(t, flags, "checkout.new", true)
	sluicetest.WithFlag(t, flags, "checkout.label", "new")
	details := request.StringDetails("checkout.label", "", acme)
	if details.Value != "old" || request.Boolean("checkout.new", true, acme) {
		t.Errorf("the request changed its mind: %+v", details)
	}
	if version, _ := request.Version(); version != details.Version {
		t.Errorf("answered from %v, says %v", details.Version, version)
	}
	if next := flags.ForRequest(); next.String("checkout.label", "", acme) != "new" || !flags.Boolean("checkout.new", false, acme) {
		t.Error("the next request is answered from old flags")
	}
	if allocs := testing.AllocsPerRun(100, func() { request.Boolean("checkout.new", true, acme) }); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func TestForgottenRequestDoesNotOutliveAKill(t *testing.T) {
	telling(t, func(t *testing.T, client *sluice.Client, _ *telemetryServer) {
		early := client.ForRequest()
		if !early.Boolean("site.photos", false, acme) {
			t.Fatal("off before the kill")
		}
		if err := testhook.Offer(client, []byte(`{"epoch":"e1","base":3,"to":4,"set":{"kills":{"k1":{"flags":["site.photos"]}}}}`), true); err != nil {
			t.Fatal(err)
		}
		time.Sleep(29 * time.Second)
		if !early.Boolean("site.photos", false, acme) {
			t.Error("changed within its time")
		}
		time.Sleep(time.Second)
		if early.Boolean("site.photos", false, acme) {
			t.Error("on although it was killed 30 s ago")
		}
	})
}
