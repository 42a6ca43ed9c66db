package sluice_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	sluice "github.com/sluice-flags/sluice-go"
	"github.com/sluice-flags/sluice-go/sluicetest"
)

const environment = `{"format":1,"environment":"production","epoch":"e1","seq":3,"salt":"pepper","flags":{"site.diary":{"default":"on"},"site.photos":{"default":"on"},
"greeting":{"type":"string","variants":{"plain":"Hello","warm":"Good morning"},"off":"plain","default":"warm"},
"limit":{"type":"number","variants":{"low":5,"high":50},"off":"low","default":"high"},
"layout":{"type":"object","variants":{"wide":{"rows":[1,2]},"off":{}},"default":"wide"},
"staff":{"rules":[{"id":"staff","if":["endsWith","email","@example.com"],"serve":"on"}]}}}`

// waitMax bounds what a test waits for; nothing is expected to take it.
const waitMax = 20 * time.Second

type lines struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (l *lines) Write(text []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.Write(text)
}

func (l *lines) all() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.String()
}

func (l *lines) count(event string) int { return strings.Count(l.all(), event) }

func loggerTo(l *lines) *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

func clientOf(t *testing.T, options sluice.Options) *sluice.Client {
	t.Helper()
	if options.Log == nil {
		options.Log = loggerTo(&lines{})
	}
	if options.Key == "" {
		options.Key = "key-of-production"
	}
	client := sluice.New(options)
	t.Cleanup(client.Close)
	return client
}

func await[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(waitMax):
		t.Fatalf("waited for %s in vain", what)
		panic("unreachable")
	}
}

// reaches waits until the client is in a state.
func reaches(t *testing.T, client *sluice.Client, wanted sluice.State) {
	t.Helper()
	heard := make(chan sluice.State, 100)
	defer client.OnState(func(state sluice.State) { heard <- state })()
	for client.State() != wanted {
		await(t, string(wanted), heard)
	}
}

func ready(t *testing.T, client *sluice.Client) {
	t.Helper()
	if !client.Ready(t.Context()) {
		t.Fatalf("not ready: %v", client.Trouble())
	}
}

func TestAnswersValuesOfEachTypeWithDetails(t *testing.T) {
	client := clientOf(t, sluice.Options{URL: sluicetest.NewServer(t, environment).URL})
	ready(t, client)
	user := sluice.NewContext("ada", map[string]any{"email": "ada@example.com"})
	if !client.Boolean("site.diary", false, user) || client.String("greeting", "x", user) != "Good morning" || client.Number("limit", 1, user) != 50 {
		t.Error("wrong values")
	}
	details := client.BooleanDetails("staff", false, user)
	if fmt.Sprint(details) != "{true on TARGETING_MATCH rule staff {e1 3} []}" {
		t.Errorf("details are %v", details)
	}
	object, ok := client.Object("layout", nil, user).(map[string]any)
	if !ok || len(object) != 1 {
		t.Fatalf("the object is %v", object)
	}
	object["rows"] = "changed"
	if text, _ := json.Marshal(client.ObjectDetails("layout", nil, user).Value); string(text) != `{"rows":[1,2]}` {
		t.Errorf("a caller changed the shared object: %s", text)
	}
	for _, wrong := range []sluice.Cause{
		client.BooleanDetails("greeting", true, user).Cause, client.StringDetails("limit", "", user).Cause,
		client.NumberDetails("site.diary", 7, user).Cause, client.ObjectDetails("greeting", 7, user).Cause,
	} {
		if wrong != sluice.CauseWrongType {
			t.Errorf("another type is answered by %s", wrong)
		}
	}
	if client.Number("site.diary", 7, user) != 7 || client.BooleanDetails("nowhere", true, user).Cause != sluice.CauseUnknownFlag {
		t.Error("the code's default is not answered")
	}
}

func TestKillReachesOverARealSocketCutInsideALetter(t *testing.T) {
	server := sluicetest.NewServer(t, environment)
	client := clientOf(t, sluice.Options{URL: server.URL})
	ready(t, client)
	await(t, "a stream", server.Opened)
	await(t, "the first confirm", server.Confirms)
	changes := make(chan sluice.Change, 10)
	client.OnChange(func(change sluice.Change) { changes <- change })
	text := ": 🏗️\nevent: patch\ndata: " + `{"epoch":"e1","base":3,"to":4,"set":{"kills":{"k1":{"flags":["site.diary"]}}}}` + "\n\n"
	server.SendRaw(text[:4])
	server.SendRaw(text[4:])
	if change := await(t, "the kill", changes); !change.IsKill || change.Version.Seq != 4 || len(change.Flags) != 1 {
		t.Errorf("the change is %+v", change)
	}
	if details := client.BooleanDetails("site.diary", true, sluice.Context{}); details.Value || details.By != "k1" {
		t.Errorf("answered %+v", details)
	}
	if confirm := await(t, "its confirmation", server.Confirms); confirm["seq"] != 4.0 {
		t.Errorf("confirmed %v", confirm)
	}
}

func TestUrgentKillAppliesBesideTheSnapshotAndEndsWithIt(t *testing.T) {
	server := sluicetest.NewServer(t, environment)
	client := clientOf(t, sluice.Options{URL: server.URL})
	ready(t, client)
	await(t, "a stream", server.Opened)
	changes := make(chan sluice.Change, 10)
	client.OnChange(func(change sluice.Change) { changes <- change })
	server.Send("urgent", `{"id":"k9","epoch":"e1","journal":"j1","counter":5,"flags":["site.diary"]}`)
	await(t, "the urgent kill", changes)
	if client.Boolean("site.diary", true, sluice.Context{}) {
		t.Error("still on")
	}
	server.Send("patch", `{"epoch":"e1","base":3,"to":4,"set":{"journals":{"j1":5}}}`)
	await(t, "its end", changes)
	if !client.Boolean("site.diary", false, sluice.Context{}) {
		t.Error("still killed")
	}
}

func TestPatchOverAGapKillsAtOnceAndTheRestFollowsWithTheSnapshot(t *testing.T) {
	server := sluicetest.NewServer(t, environment)
	client := clientOf(t, sluice.Options{URL: server.URL})
	ready(t, client)
	await(t, "a stream", server.Opened)
	changes := make(chan sluice.Change, 10)
	client.OnChange(func(change sluice.Change) { changes <- change })
	server.SetSnapshot(strings.Replace(strings.Replace(environment, `"seq":3`, `"seq":9`, 1), `"flags":{`,
		`"kills":{"k1":{"flags":["site.diary"]}},"flags":{"new":{"default":"on"},`, 1))
	server.Send("patch", `{"epoch":"e1","base":8,"to":9,"set":{"kills":{"k1":{"flags":["site.diary"]}}}}`)
	if first := await(t, "the kill", changes); !first.IsKill || first.Version.Seq != 3 {
		t.Errorf("first came %+v", first)
	}
	if second := await(t, "the snapshot", changes); second.Version.Seq != 9 {
		t.Errorf("then came %+v", second)
	}
	if !client.Boolean("new", false, sluice.Context{}) || client.Boolean("site.diary", true, sluice.Context{}) {
		t.Error("the snapshot is not served")
	}
}

func TestServerThatIsDownAtStartIsFoundWhenItComes(t *testing.T) {
	var server *sluicetest.Server
	down := sluicetest.NewServer(t, environment)
	down.Refuse(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	server = down
	client := clientOf(t, sluice.Options{URL: server.URL, ReadyWait: 50 * time.Millisecond})
	if client.Ready(t.Context()) || client.Boolean("site.diary", false, sluice.Context{}) || client.State() != sluice.Starting {
		t.Error("answers come from nowhere")
	}
	down.Refuse(nil)
	reaches(t, client, sluice.Ready)
	if !client.Boolean("site.diary", false, sluice.Context{}) {
		t.Error("the flags are not served")
	}
}

func TestRestartWithoutAServerAnswersTheLastGoodFlagsWithTheirKills(t *testing.T) {
	folder := t.TempDir()
	server := sluicetest.NewServer(t, environment)
	first := clientOf(t, sluice.Options{URL: server.URL, CacheDir: folder})
	ready(t, first)
	await(t, "a stream", server.Opened)
	changes := make(chan sluice.Change, 10)
	first.OnChange(func(change sluice.Change) { changes <- change })
	server.Send("urgent", `{"id":"k9","epoch":"e1","journal":"j1","counter":5,"flags":["site.diary"]}`)
	await(t, "the kill", changes)
	first.Close()
	server.Refuse(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusBadGateway)
		return true
	})
	second := clientOf(t, sluice.Options{URL: server.URL, CacheDir: folder})
	ready(t, second)
	if second.State() != sluice.Stale || second.Boolean("site.diary", true, sluice.Context{}) || !second.Boolean("site.photos", false, sluice.Context{}) {
		t.Errorf("state %s", second.State())
	}
	second.Close()
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 1 || strings.Contains(files[0].Name(), "key-of") {
		t.Errorf("files are %v (%v)", files, err)
	}
	if info, err := files[0].Info(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file may be read by others: %v", info.Mode())
	}
}

func TestSpoiltCacheIsSaidAndReplaced(t *testing.T) {
	folder, log := t.TempDir(), &lines{}
	path := filepath.Join(folder, "sluice-production.json")
	if err := os.WriteFile(path, []byte(environment[:len(environment)/2]), 0o600); err != nil {
		t.Fatal(err)
	}
	client := clientOf(t, sluice.Options{URL: sluicetest.NewServer(t, environment).URL, CacheDir: folder, Environment: "production", Log: loggerTo(log)})
	ready(t, client)
	client.Close()
	if log.count("sluice.cache.ignored") != 1 {
		t.Error(log.all())
	}
	if text, err := os.ReadFile(path); err != nil || !json.Valid(text) {
		t.Errorf("the file is %.60s (%v)", text, err)
	}
}

func TestStartsFromAFileOrABundleWithoutAServer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "snapshot.json")
	if err := os.WriteFile(path, []byte(environment), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, options := range map[string]sluice.Options{"file": {SnapshotFile: path}, "bundle": {Snapshot: []byte(environment)}} {
		client := clientOf(t, options)
		ready(t, client)
		if client.State() != sluice.Offline || !client.Boolean("site.diary", false, sluice.Context{}) || client.Trouble() != nil {
			t.Errorf("%s: state %s, trouble %v", name, client.State(), client.Trouble())
		}
	}
}

func TestEachTroubleHasAMessageOfItsOwnAndTryingGoesOn(t *testing.T) {
	answer := func(status int, content, body string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Type", content)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
			return true
		}
	}
	seen := map[string]sluice.TroubleKind{}
	for name, one := range map[string]struct {
		refusal func(http.ResponseWriter, *http.Request) bool
		options sluice.Options
		kind    sluice.TroubleKind
	}{
		"bad key":           {answer(401, "application/json", "{}"), sluice.Options{}, sluice.BadKey},
		"forbidden":         {answer(403, "application/json", "{}"), sluice.Options{}, sluice.WrongEnvironment},
		"other environment": {nil, sluice.Options{Environment: "staging"}, sluice.WrongEnvironment},
		"no such path":      {answer(404, "text/html", "<html>"), sluice.Options{}, sluice.WrongPath},
		"a web page":        {answer(200, "text/html", "<html>"), sluice.Options{}, sluice.WrongPath},
		"a redirect":        {answer(302, "", ""), sluice.Options{}, sluice.WrongPath},
		"garbage":           {answer(200, "application/json", `{"format":1,`), sluice.Options{}, sluice.BadAnswer},
		"a failing server":  {answer(500, "", ""), sluice.Options{}, sluice.ServerFailed},
	} {
		t.Run(name, func(t *testing.T) {
			log, server := &lines{}, sluicetest.NewServer(t, environment)
			server.Refuse(one.refusal)
			one.options.URL, one.options.Log, one.options.ReadyWait = server.URL, loggerTo(log), 2*time.Second
			client := clientOf(t, one.options)
			for deadline := time.Now().Add(waitMax); client.Trouble() == nil && time.Now().Before(deadline); runtime.Gosched() {
			}
			trouble := client.Trouble()
			if trouble == nil || trouble.Kind != one.kind || trouble.Fix == "" || client.Boolean("site.diary", false, sluice.Context{}) {
				t.Fatalf("the trouble is %v", trouble)
			}
			seen[trouble.Message] = trouble.Kind
			if log.count("sluice."+string(one.kind)) > 1 {
				t.Errorf("said more than once:\n%s", log.all())
			}
		})
	}
	gone := sluicetest.NewServer(t, environment)
	gone.Server.Close()
	client := clientOf(t, sluice.Options{URL: gone.URL})
	client.Ready(t.Context())
	if trouble := client.Trouble(); trouble == nil || trouble.Kind != sluice.Unreachable {
		t.Errorf("nobody there: %v", trouble)
	}
	if nowhere := clientOf(t, sluice.Options{URL: "flags.example.com"}); nowhere.Trouble().Kind != sluice.BadAddress {
		t.Errorf("no address: %v", nowhere.Trouble())
	}
	if len(seen) < 7 {
		t.Errorf("only %d different messages", len(seen))
	}
}

func TestUnknownKeyIsWarnedOfOnceWithTheNearestNameAndReported(t *testing.T) {
	log, server := &lines{}, sluicetest.NewServer(t, environment)
	client := clientOf(t, sluice.Options{URL: server.URL, Log: loggerTo(log)})
	ready(t, client)
	for range 100 {
		client.Boolean("site.dairy", false, sluice.Context{})
	}
	client.Boolean("site.photos", false, sluice.Context{})
	if log.count("sluice.flag.unknown") != 1 || !strings.Contains(log.all(), `Did you mean \"site.diary\"?`) {
		t.Error(log.all())
	}
	// A confirm may go out between the two questions: then each stands in one of its own.
	told := map[string]bool{}
	for !told["unknown [site.dairy]"] || !told["asked [site.photos]"] {
		confirm := await(t, "the keys in confirms", server.Confirms)
		for _, list := range []string{"unknown", "asked"} {
			told[list+" "+fmt.Sprint(confirm[list])] = true
		}
	}
	given, dropped := client.Counts()
	if fmt.Sprint(given, dropped) != "[{site.dairy  ERROR unknownFlag 100} {site.photos on STATIC  1}] 0" {
		t.Errorf("counted %v and %d", given, dropped)
	}
}

func TestListenerThatPanicsHarmsNobody(t *testing.T) {
	log, server := &lines{}, sluicetest.NewServer(t, environment)
	client := clientOf(t, sluice.Options{URL: server.URL, Log: loggerTo(log), OnChange: func(sluice.Change) { panic("mine") }})
	ready(t, client)
	reaches(t, client, sluice.Ready)
	// The state is told before the change: the listener, and what is logged about it, has ended when Close returns.
	client.Close()
	if !client.Boolean("site.diary", false, sluice.Context{}) || log.count("sluice.fault") != 1 {
		t.Error(log.all())
	}
}

func TestSnapshotMayComeCompressedAndIsAskedForByItsTag(t *testing.T) {
	server := sluicetest.NewServer(t, environment)
	tags := make(chan string, 10)
	server.Refuse(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/sdk/v1/snapshot" {
			return false
		}
		tags <- r.Header.Get("If-None-Match") + "|" + r.Header.Get("Accept-Encoding")
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		zipped := gzip.NewWriter(w)
		_, _ = io.WriteString(zipped, environment)
		_ = zipped.Close()
		return true
	})
	client := clientOf(t, sluice.Options{URL: server.URL})
	ready(t, client)
	if first := await(t, "the first request", tags); first != "|gzip" {
		t.Errorf("asked with %s", first)
	}
	await(t, "a stream", server.Opened)
	// A head that no patch leads to: the snapshot is asked for, with what is held.
	server.Send("heartbeat", `{"epoch":"e1","seq":4}`)
	if second := await(t, "the second request", tags); second != `"e1:3"|gzip` {
		t.Errorf("asked with %s", second)
	}
}

func TestStreamGoesOnFromWhatIsHeldAfterACut(t *testing.T) {
	server := sluicetest.NewServer(t, environment)
	client := clientOf(t, sluice.Options{URL: server.URL, Service: "billing", Version: "1.2.3"})
	ready(t, client)
	first := await(t, "a stream", server.Opened)
	if first.Get("Last-Event-Id") != "e1:3" || first.Get("Sluice-Service") != "billing" || first.Get("Sluice-App-Version") != "1.2.3" {
		t.Errorf("opened with %v", first)
	}
	changes := make(chan sluice.Change, 10)
	client.OnChange(func(change sluice.Change) { changes <- change })
	server.Send("patch", `{"epoch":"e1","base":3,"to":4}`)
	await(t, "the patch", changes)
	server.CloseClientConnections()
	if second := await(t, "a stream again", server.Opened); second.Get("Last-Event-Id") != "e1:4" || second.Get("Sluice-Instance") != first.Get("Sluice-Instance") {
		t.Errorf("opened again with %v", second)
	}
}

func TestProxyAndCertificateAuthorityAreUsed(t *testing.T) {
	proxied := make(chan string, 10)
	server := sluicetest.NewServer(t, environment)
	server.Refuse(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.IsAbs() {
			proxied <- r.URL.Host
		}
		return false
	})
	client := clientOf(t, sluice.Options{URL: "http://flags.example.com", ProxyURL: server.URL})
	ready(t, client)
	if host := await(t, "a request through the proxy", proxied); host != "flags.example.com" {
		t.Errorf("the proxy was asked for %s", host)
	}
	log := &lines{}
	clientOf(t, sluice.Options{URL: server.URL, CAFile: filepath.Join(t.TempDir(), "missing.pem"), Log: loggerTo(log)})
	if log.count("sluice.network") != 1 {
		t.Error(log.all())
	}
}

func TestNothingIsLeftAfterClose(t *testing.T) {
	server := sluicetest.NewServer(t, environment)
	for range 20 {
		client := sluice.New(sluice.Options{URL: server.URL, CacheDir: t.TempDir(), Log: loggerTo(&lines{})})
		client.Ready(context.Background())
		client.Close()
		client.Close()
		if client.State() != sluice.Offline || !client.Boolean("site.diary", false, sluice.Context{}) {
			t.Fatalf("closed in state %s", client.State())
		}
	}
	// A goroutine that has said its last word may still be on its way out.
	left := ""
	for range 10_000 {
		if left = ownStacks(); left == "" {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("left running:\n%s", left)
}

func ownStacks() (own string) {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for _, stack := range strings.Split(string(stacks), "\n\n") {
		if strings.Contains(stack, "sluice-go/internal") || strings.Contains(stack, "sluice-go.(*Client)") {
			own += stack + "\n\n"
		}
	}
	return own
}
