package sluice_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sluice "github.com/sluice-flags/sluice-go"
)

const (
	// The key and the hash of "DE" at country are those of conformance/sampling.
	samplingKey = "ssk_0123456789abcdefghijklmnopqrstuvwxyzABCDEF"
	germany     = "swt5XNbxzhcagfCL-dGZP5b"
	firstTerms  = `{"id":"terms-1","attributes":{"plan":"plain","country":"hashed"},"customer":"customer","key":"` + samplingKey + `","everyMs":60000}`
)

// samplingServer serves the flags with a living stream in virtual time, samples on its terms, and keeps every byte that comes.
type samplingServer struct {
	mutex     sync.Mutex
	id, terms string
	status    int
	reports   []string
	bytes     strings.Builder
}

func (s *samplingServer) set(id, terms string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.id, s.terms = id, terms
}

func (s *samplingServer) refuse() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.status = 500
}

func (s *samplingServer) head() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return fmt.Sprintf(`{"environment":"production","epoch":"e1","seq":3,"sampling":%q}`, s.id)
}

func (s *samplingServer) RoundTrip(r *http.Request) (*http.Response, error) {
	body := []byte{}
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	fmt.Fprintf(&s.bytes, "%s %v %s\n", r.URL, r.Header, body)
	switch r.URL.Path {
	case "/sdk/v1/snapshot":
		return signedReply(environment, signer{}.sign("snapshot", environment)), nil
	case "/sdk/v1/sampling":
		return reply(200, "application/json", s.terms), nil
	case "/sdk/v1/samples":
		s.reports = append(s.reports, string(body))
		return reply(s.status, "", ""), nil
	case "/sdk/v1/stream":
		reader, writer := io.Pipe()
		go func() {
			_, _ = io.WriteString(writer, "event: hello\ndata: "+s.head()+"\n\n")
			for {
				select {
				case <-r.Context().Done():
					_ = writer.CloseWithError(r.Context().Err())
					return
				case <-time.After(5 * time.Second):
					_, _ = io.WriteString(writer, "event: heartbeat\ndata: "+s.head()+"\n\n")
				}
			}
		}()
		return streamOf(reader), nil
	default:
		return reply(204, "", ""), nil
	}
}

// seen are the reports, the contexts in them, and all bytes.
func (s *samplingServer) seen(t *testing.T) (reports int, contexts []string, bytes string) {
	t.Helper()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, report := range s.reports {
		var read struct{ Contexts []json.RawMessage }
		if err := json.Unmarshal([]byte(report), &read); err != nil {
			t.Fatal(err)
		}
		for _, one := range read.Contexts {
			contexts = append(contexts, string(one))
		}
	}
	return len(s.reports), contexts, s.bytes.String()
}

// sampling runs a test in virtual time with a client that is connected and knows the first terms.
func sampling(t *testing.T, options sluice.Options, run func(t *testing.T, client *sluice.Client, server *samplingServer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server := &samplingServer{id: "terms-1", terms: firstTerms, status: 204}
		options.URL, options.Log, options.HTTP = "http://flags", loggerTo(&lines{}), server
		client := sluice.New(options)
		defer client.Close()
		client.Ready(context.Background())
		time.Sleep(time.Second)
		run(t, client, server)
	})
}

func user(attributes map[string]any) sluice.Context { return sluice.NewContext("", attributes) }

func expectContexts(t *testing.T, server *samplingServer, wanted ...string) {
	t.Helper()
	_, got, bytes := server.seen(t)
	if fmt.Sprint(got) != fmt.Sprint(wanted) {
		t.Errorf("contexts %v, want %v", got, wanted)
	}
	if strings.Contains(bytes, "canary") || strings.Contains(bytes, `"DE"`) {
		t.Error("what is not declared was sent")
	}
}

func TestSampledContextsLeaveAsTheyAreDeclaredEachDifferentOneOnceAndNothingElseDoes(t *testing.T) {
	sampling(t, sluice.Options{}, func(t *testing.T, client *sluice.Client, server *samplingServer) {
		client.Boolean("site.diary", false, user(map[string]any{"targetingKey": "u-canary", "customer": "canary-acme", "plan": "pro", "country": "DE", "email": "canary@example.com"}))
		client.Boolean("site.diary", false, user(map[string]any{"targetingKey": "u-other", "customer": "canary-bolt", "plan": "pro", "country": "DE"}))
		client.StringDetails("greeting", "", user(map[string]any{"plan": "free"}))
		client.ForRequest().Boolean("site.diary", false, user(map[string]any{"plan": "team"}))
		client.Boolean("site.diary", false, user(map[string]any{"email": "canary@example.com"}))
		time.Sleep(time.Minute)
		expectContexts(t, server, `{"hashed":{"country":"`+germany+`"},"plain":{"plan":"pro"}}`, `{"hashed":{},"plain":{"plan":"free"}}`, `{"hashed":{},"plain":{"plan":"team"}}`)
		if counts := client.Samples(); fmt.Sprint(counts) != "{[country plan] 3 0}" {
			t.Errorf("counts %v", counts)
		}
	})
}

func TestSampledContextsNeverShowACustomersOrUsersKeyPlain(t *testing.T) {
	sampling(t, sluice.Options{}, func(t *testing.T, client *sluice.Client, server *samplingServer) {
		server.set("terms-2", `{"id":"terms-2","attributes":{"customer":"plain","targetingKey":"plain","tenant":"plain","plan":"plain"},"customer":"customer","key":"k","everyMs":0}`)
		time.Sleep(10 * time.Second)
		client.Boolean("site.diary", false, user(map[string]any{"targetingKey": "u-canary", "customer": "canary-acme", "tenant": "canary-acme", "plan": "pro"}))
		time.Sleep(time.Minute)
		expectContexts(t, server, `{"hashed":{},"plain":{"plan":"pro"}}`)
	})
}

func TestSampledContextsAreNoMoreThanTheApplicationAllows(t *testing.T) {
	sampling(t, sluice.Options{SampledAttributes: []string{"country"}}, func(t *testing.T, client *sluice.Client, server *samplingServer) {
		client.Boolean("site.diary", false, user(map[string]any{"plan": "pro", "country": "DE"}))
		time.Sleep(time.Minute)
		expectContexts(t, server, `{"hashed":{"country":"`+germany+`"},"plain":{}}`)
	})
	for _, options := range []sluice.Options{{SampledAttributes: []string{}}, {SignatureKeys: []string{keyOne}, Environment: "production"}} {
		sampling(t, options, func(t *testing.T, client *sluice.Client, server *samplingServer) {
			if !client.Boolean("site.diary", false, user(map[string]any{"plan": "pro"})) {
				t.Error("the flags are not taken")
			}
			time.Sleep(time.Minute)
			if _, _, bytes := server.seen(t); strings.Contains(bytes, "sampl") {
				t.Error("something was sampled")
			}
		})
	}
}

func TestSampledContextsComeOnceAMinuteAtMostAndThoseThatWereSentDoNotComeAgain(t *testing.T) {
	sampling(t, sluice.Options{}, func(t *testing.T, client *sluice.Client, server *samplingServer) {
		for second := range 120 {
			client.Boolean("site.diary", false, user(map[string]any{"plan": fmt.Sprint("p", second)}))
			client.Boolean("site.diary", false, user(map[string]any{"plan": "always"}))
			time.Sleep(5 * time.Second)
		}
		reports, contexts, _ := server.seen(t)
		always := 0
		for _, one := range contexts {
			if strings.Contains(one, "always") {
				always++
			}
		}
		if reports < 8 || reports > 10 || always != 1 {
			t.Errorf("%d reports, %d of what is always there", reports, always)
		}
	})
}

func TestSampledContextsStayWithinTheirBoundsInAFlood(t *testing.T) {
	sampling(t, sluice.Options{}, func(t *testing.T, client *sluice.Client, server *samplingServer) {
		for at := range 100_000 {
			client.Boolean("site.diary", false, user(map[string]any{"plan": fmt.Sprint("p", at)}))
		}
		time.Sleep(time.Minute)
		reports, contexts, _ := server.seen(t)
		if reports != 1 || len(contexts) != 100 || client.Samples().Dropped < 100 {
			t.Errorf("%d reports of %d contexts, %v", reports, len(contexts), client.Samples())
		}
	})
}

func TestSampledContextsFollowOtherTermsAndStopWhereThereAreNone(t *testing.T) {
	sampling(t, sluice.Options{}, func(t *testing.T, client *sluice.Client, server *samplingServer) {
		client.Boolean("site.diary", false, user(map[string]any{"plan": "before"}))
		server.set("terms-2", strings.NewReplacer("terms-1", "terms-2", "plan", "seats").Replace(firstTerms))
		time.Sleep(10 * time.Second)
		// By chance the first report was due before the other terms came.
		_, early, _ := server.seen(t)
		wanted := append(early, `{"hashed":{},"plain":{"seats":5}}`)
		client.Boolean("site.diary", false, user(map[string]any{"plan": "pro", "seats": 5}))
		time.Sleep(time.Minute)
		expectContexts(t, server, wanted...)
		server.set("", "{}")
		time.Sleep(10 * time.Second)
		client.Boolean("site.diary", false, user(map[string]any{"seats": 6}))
		time.Sleep(5 * time.Minute)
		expectContexts(t, server, wanted...)
	})
}

func TestSampledContextsNeedTermsThatCanBeReadAndAskForThemTwiceAMinuteAtMost(t *testing.T) {
	for _, terms := range []string{"", `{"id":"terms-2","attributes":"all"}`, strings.Replace(firstTerms, "terms-1", "terms-3", 1)} {
		sampling(t, sluice.Options{}, func(t *testing.T, client *sluice.Client, server *samplingServer) {
			server.set("terms-2", terms)
			time.Sleep(5 * time.Minute)
			client.Boolean("site.diary", false, user(map[string]any{"plan": "pro"}))
			time.Sleep(2 * time.Minute)
			// Once for the terms before; terms of another id came too late, and each heartbeat may ask again.
			_, _, bytes := server.seen(t)
			if asked := strings.Count(bytes, "/sdk/v1/sampling"); !strings.Contains(terms, "terms-3") && (asked < 2 || asked > 1+14) {
				t.Errorf("asked %d times", asked)
			}
			expectContexts(t, server)
		})
	}
}

func TestSampledContextsThatAreNotTakenAreLostAndNothingElseIs(t *testing.T) {
	sampling(t, sluice.Options{}, func(t *testing.T, client *sluice.Client, server *samplingServer) {
		server.refuse()
		client.Boolean("site.diary", false, user(map[string]any{"plan": "pro"}))
		time.Sleep(3 * time.Minute)
		if reports, _, _ := server.seen(t); reports != 1 || client.Samples().Dropped != 1 || !client.Boolean("site.diary", false, user(nil)) {
			t.Errorf("%d reports, %v", reports, client.Samples())
		}
	})
}

func TestSampledContextsThatAreLeftGoOutWhenTheClientIsClosed(t *testing.T) {
	sampling(t, sluice.Options{}, func(t *testing.T, client *sluice.Client, server *samplingServer) {
		client.Boolean("site.diary", false, user(map[string]any{"plan": "pro"}))
		client.Close()
		client.Boolean("site.diary", false, user(map[string]any{"plan": "late"}))
		expectContexts(t, server, `{"hashed":{},"plain":{"plan":"pro"}}`)
	})
}
