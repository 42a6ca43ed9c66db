package sluice_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	sluice "github.com/sluice-flags/sluice-go"
)

// Public keys of RFC 8032, section 7.1, tests 1 and 2.
const (
	keyOne = "slv_11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
	keyTwo = "slv_PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw"
)

const killPatch = `{"epoch":"e1","base":3,"to":4,"set":{"kills":{"k1":{"flags":["site.diary"]}}}}`
const urgentKill = `{"id":"u1","epoch":"e1","journal":"j","counter":1,"flags":["site.photos"]}`

// signer signs as a server does; the zero one with key one, for production.
type signer struct{ isTwo, isStaging bool }

func (s signer) sign(kind, text string) string {
	seed, public, environment := "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", keyOne, "production"
	if s.isTwo {
		seed, public = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", keyTwo
	}
	if s.isStaging {
		environment = "staging"
	}
	raw, _ := hex.DecodeString(seed)
	signature := ed25519.Sign(ed25519.NewKeyFromSeed(raw), []byte("sluice-signature-1\n"+kind+"\n"+environment+"\n"+text))
	return public[4:12] + ":" + base64.RawURLEncoding.EncodeToString(signature)
}

func frameOf(event, text, signature string) string {
	if signature == "" {
		return fmt.Sprintf("event: %s\ndata: %s\n\n", event, text)
	}
	return fmt.Sprintf("event: %s\nsig: %s\ndata: %s\n\n", event, signature, text)
}

func signedReply(text, signature string) *http.Response {
	made := reply(200, "application/json", text)
	if signature != "" {
		made.Header.Set("Sluice-Signature", signature)
	}
	return made
}

// signedServer is a server inside a bubble of virtual time.
type signedServer struct {
	current  atomic.Pointer[func() *http.Response]
	frames   chan string
	asked    atomic.Int64
	streams  atomic.Int64
	lastETag atomic.Value
}

func newSignedServer() *signedServer {
	server := &signedServer{}
	server.serve(environment, signer{}.sign("snapshot", environment))
	return server
}

// serve answers the snapshot with this from now on.
func (s *signedServer) serve(text, signature string) {
	made := func() *http.Response { return signedReply(text, signature) }
	s.current.Store(&made)
}

func (s *signedServer) RoundTrip(r *http.Request) (*http.Response, error) {
	switch r.URL.Path {
	case "/sdk/v1/snapshot":
		s.asked.Add(1)
		s.lastETag.Store(r.Header.Get("If-None-Match"))
		return (*s.current.Load())(), nil
	case "/sdk/v1/stream":
		s.streams.Add(1)
		reader, writer := io.Pipe()
		go func() {
			_, _ = io.WriteString(writer, "event: hello\ndata: {\"environment\":\"production\",\"epoch\":\"e1\",\"seq\":3}\n\n")
			for {
				select {
				case frame := <-s.frames:
					_, _ = io.WriteString(writer, frame)
				case <-r.Context().Done():
					_ = writer.CloseWithError(r.Context().Err())
					return
				}
			}
		}()
		return streamOf(reader), nil
	default:
		return reply(204, "", ""), nil
	}
}

func (s *signedServer) send(frame string) {
	s.frames <- frame
	synctest.Wait()
}

// checked runs a client with key one, for production, in a bubble.
func checked(t *testing.T, server *signedServer, change func(*sluice.Options), body func(t *testing.T, client *sluice.Client, log *lines)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		log := &lines{}
		// Made inside, or waiting on it would not count as waiting.
		server.frames = make(chan string)
		options := sluice.Options{URL: "http://flags", Environment: "production", SignatureKeys: []string{keyOne}, Log: loggerTo(log), HTTP: server}
		if change != nil {
			change(&options)
		}
		client := sluice.New(options)
		defer client.Close()
		client.Ready(t.Context())
		synctest.Wait()
		body(t, client, log)
	})
}

func diary(client *sluice.Client) bool { return client.Boolean("site.diary", false, sluice.Context{}) }
func photos(client *sluice.Client) bool {
	return client.Boolean("site.photos", false, sluice.Context{})
}

func TestSignedFlagsAndKillsAreTaken(t *testing.T) {
	server := newSignedServer()
	checked(t, server, nil, func(t *testing.T, client *sluice.Client, log *lines) {
		if !diary(client) || !photos(client) {
			t.Fatalf("the signed snapshot is not served: %v", client.Trouble())
		}
		server.send(frameOf("patch", killPatch, signer{}.sign("patch", killPatch)))
		server.send(frameOf("urgent", urgentKill, signer{}.sign("kill", urgentKill)))
		if diary(client) || photos(client) || client.Trouble() != nil || log.count("badSignature") != 0 {
			t.Errorf("signed kills are not in force: %v", client.Trouble())
		}
	})
}

func TestSnapshotsThatNobodyTrustedHasSignedAreRefusedSlowlyForEver(t *testing.T) {
	staging := strings.Replace(environment, "production", "staging", 1)
	for name, one := range map[string]struct {
		text, signature string
		kind            sluice.TroubleKind
	}{
		"unsigned":            {environment, "", sluice.BadSignature},
		"changed":             {strings.Replace(environment, "Hello", "Hallo", 1), signer{}.sign("snapshot", environment), sluice.BadSignature},
		"stranger":            {environment, signer{isTwo: true}.sign("snapshot", environment), sluice.BadSignature},
		"signed for staging":  {environment, signer{isStaging: true}.sign("snapshot", environment), sluice.BadSignature},
		"signed as a patch":   {environment, signer{}.sign("patch", environment), sluice.BadSignature},
		"another environment": {staging, signer{isStaging: true}.sign("snapshot", staging), sluice.WrongEnvironment},
	} {
		t.Run(name, func(t *testing.T) {
			server := newSignedServer()
			server.serve(one.text, one.signature)
			checked(t, server, nil, func(t *testing.T, client *sluice.Client, log *lines) {
				if _, has := client.Version(); has || client.Trouble() == nil || client.Trouble().Kind != one.kind {
					t.Fatalf("trouble is %v", client.Trouble())
				}
				time.Sleep(10 * time.Minute)
				if asked := server.asked.Load(); asked < 10 || asked > 60 || log.count("sluice."+string(one.kind)) != 1 {
					t.Errorf("asked %d times in ten minutes, said %d times", asked, log.count("sluice."+string(one.kind)))
				}
				server.serve(environment, signer{}.sign("snapshot", environment))
				time.Sleep(2 * time.Minute)
				if !diary(client) {
					t.Error("it did not come back")
				}
			})
		})
	}
}

func TestFramesThatNobodyTrustedHasSignedAreRefusedAndTheLastGoodFlagsGoOn(t *testing.T) {
	good := signer{}.sign("patch", killPatch)
	for name, frame := range map[string]string{
		"stripped":            frameOf("patch", killPatch, ""),
		"changed":             frameOf("patch", strings.Replace(killPatch, "k1", "k2", 1), good),
		"signed as snapshot":  frameOf("patch", killPatch, signer{}.sign("snapshot", killPatch)),
		"signed for staging":  frameOf("patch", killPatch, signer{isStaging: true}.sign("patch", killPatch)),
		"stranger":            frameOf("patch", killPatch, signer{isTwo: true}.sign("patch", killPatch)),
		"kill stripped":       frameOf("urgent", urgentKill, ""),
		"kill signed as list": frameOf("urgent", urgentKill, signer{}.sign("kills", urgentKill)),
	} {
		t.Run(name, func(t *testing.T) {
			server := newSignedServer()
			checked(t, server, nil, func(t *testing.T, client *sluice.Client, _ *lines) {
				server.send(frame)
				if !diary(client) || !photos(client) || client.State() != sluice.Stale || client.Trouble() == nil || client.Trouble().Kind != sluice.BadSignature {
					t.Fatalf("state %s, trouble %v", client.State(), client.Trouble())
				}
				before := server.streams.Load()
				end := time.Now().Add(5 * time.Minute)
				for time.Now().Before(end) {
					select {
					case server.frames <- frame:
					case <-time.After(time.Second):
					}
				}
				if tried := server.streams.Load() - before; !diary(client) || tried < 5 || tried > 70 {
					t.Errorf("%d streams in five minutes", tried)
				}
				// A stream that has just ended may still swallow one.
				for tries := 0; tries < 10 && diary(client); tries++ {
					server.send(frameOf("patch", killPatch, good))
					time.Sleep(time.Second)
				}
				if diary(client) {
					t.Error("a good patch is not taken any more")
				}
			})
		})
	}
}

func TestOlderSignedPatchesAndSnapshotsDoNotLeadBack(t *testing.T) {
	server := newSignedServer()
	checked(t, server, nil, func(t *testing.T, client *sluice.Client, _ *lines) {
		server.send(frameOf("patch", killPatch, signer{}.sign("patch", killPatch)))
		lifted := `{"epoch":"e1","base":2,"to":3,"drop":{"kills":["k1"]}}`
		server.send(frameOf("patch", lifted, signer{}.sign("patch", lifted)))
		server.send(frameOf("reset", `{"epoch":"e1","seq":9}`, ""))
		time.Sleep(2 * time.Second)
		if version, _ := client.Version(); version.Seq != 4 || diary(client) || server.asked.Load() < 2 {
			t.Errorf("at %v after asking %d times", version, server.asked.Load())
		}
	})
}

func TestOneKeyFollowsAnotherWhereBothArePinned(t *testing.T) {
	server := newSignedServer()
	both := func(options *sluice.Options) { options.SignatureKeys = []string{keyOne, " " + keyTwo + "\n"} }
	checked(t, server, both, func(t *testing.T, client *sluice.Client, _ *lines) {
		server.send(frameOf("patch", killPatch, signer{isTwo: true}.sign("patch", killPatch)))
		if diary(client) {
			t.Errorf("the next key's patch is not taken: %v", client.Trouble())
		}
	})
}

func TestOptionsThatCannotBeUsedAcceptNothing(t *testing.T) {
	for name, change := range map[string]func(*sluice.Options){
		"an empty list": func(options *sluice.Options) { options.SignatureKeys = []string{} },
		"a private key": func(options *sluice.Options) {
			options.SignatureKeys = []string{"sls_nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}
		},
		"no environment": func(options *sluice.Options) { options.Environment = "" },
	} {
		t.Run(name, func(t *testing.T) {
			server := newSignedServer()
			withBundle := func(options *sluice.Options) { change(options); options.Snapshot = []byte(environment) }
			checked(t, server, withBundle, func(t *testing.T, client *sluice.Client, log *lines) {
				if _, has := client.Version(); has || server.asked.Load() != 0 || client.Trouble() == nil || client.Trouble().Kind != sluice.BadOptions {
					t.Errorf("asked %d times, trouble %v", server.asked.Load(), client.Trouble())
				}
				if strings.Contains(log.all(), "sls_") || client.State() != sluice.Starting {
					t.Errorf("state %s, log %s", client.State(), log.all())
				}
			})
		})
	}
}

type storedStep struct {
	Kind, Text, Signature string
}

// storedAfterKills gives the file of a client that had a snapshot, a patch and an urgent kill.
func storedAfterKills(t *testing.T) []storedStep {
	t.Helper()
	folder := t.TempDir()
	server := newSignedServer()
	checked(t, server, func(options *sluice.Options) { options.CacheDir = folder }, func(_ *testing.T, _ *sluice.Client, _ *lines) {
		server.send(frameOf("patch", killPatch, signer{}.sign("patch", killPatch)))
		server.send(frameOf("urgent", urgentKill, signer{}.sign("kill", urgentKill)))
	})
	text, err := os.ReadFile(filepath.Join(folder, "sluice-production.json"))
	var file struct{ Signed []storedStep }
	if err != nil || json.Unmarshal(text, &file) != nil || len(file.Signed) != 3 {
		t.Fatalf("stored was %s (%v)", text, err)
	}
	return file.Signed
}

// restarted runs a client without a server from a file.
func restarted(t *testing.T, file any, body func(t *testing.T, client *sluice.Client, log *lines)) {
	t.Helper()
	text, _ := json.Marshal(file)
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "sluice-production.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	server := newSignedServer()
	server.serve("no snapshot", "")
	checked(t, server, func(options *sluice.Options) { options.CacheDir = folder }, body)
}

func TestWhatIsStoredIsSignedAndCheckedWhenItIsRead(t *testing.T) {
	steps := storedAfterKills(t)
	restarted(t, map[string]any{"signed": steps}, func(t *testing.T, client *sluice.Client, _ *lines) {
		if version, _ := client.Version(); version.Seq != 4 || diary(client) || photos(client) || client.String("greeting", "", sluice.Context{}) != "Good morning" {
			t.Errorf("a restart answers otherwise, at %v", version)
		}
	})
	changed := append([]storedStep{}, steps...)
	changed[1].Text = strings.Replace(changed[1].Text, "site.diary", "greeting", 1)
	for name, file := range map[string]any{
		"changed":  map[string]any{"signed": changed},
		"stranger": map[string]any{"signed": []storedStep{{"snapshot", environment, signer{isTwo: true}.sign("snapshot", environment)}}},
		"staging":  map[string]any{"signed": []storedStep{{"snapshot", environment, signer{isStaging: true}.sign("snapshot", environment)}}},
		"unsigned": map[string]any{"snapshot": json.RawMessage(environment), "urgent": []any{}},
		"no list":  map[string]any{"signed": nil},
		"unknown":  map[string]any{"signed": []storedStep{{"promise", "{}", signer{}.sign("promise", "{}")}}},
	} {
		t.Run(name, func(t *testing.T) {
			restarted(t, file, func(t *testing.T, client *sluice.Client, log *lines) {
				if _, has := client.Version(); has || log.count("sluice.cache.ignored") != 1 {
					t.Errorf("it was taken; log %s", log.all())
				}
			})
		})
	}
}

func TestKillThatARestoredBackupForgotIsStoredWithWhereItComesFrom(t *testing.T) {
	steps := storedAfterKills(t)
	next := strings.Replace(environment, `"epoch":"e1","seq":3`, `"epoch":"e2","seq":2,"replaces":["e1"]`, 1)
	steps = append(steps, storedStep{"snapshot", next, signer{}.sign("snapshot", next)})
	restarted(t, map[string]any{"signed": steps}, func(t *testing.T, client *sluice.Client, _ *lines) {
		if version, _ := client.Version(); version.Epoch != "e2" || diary(client) || photos(client) {
			t.Errorf("at %v the kills are gone", version)
		}
	})
}

func TestTrailBeginsAnewAfterAThousandPatches(t *testing.T) {
	folder := t.TempDir()
	server := newSignedServer()
	checked(t, server, func(options *sluice.Options) { options.CacheDir = folder }, func(t *testing.T, client *sluice.Client, _ *lines) {
		for seq := 3; seq <= 1_003; seq++ {
			text := fmt.Sprintf(`{"epoch":"e1","base":%d,"to":%d,"set":{"flags":{"f%d":{"default":"on"}}}}`, seq, seq+1, seq%7)
			server.send(frameOf("patch", text, signer{}.sign("patch", text)))
		}
		fresh := strings.Replace(environment, `"seq":3`, `"seq":1004`, 1)
		server.serve(fresh, signer{}.sign("snapshot", fresh))
		server.send(frameOf("heartbeat", `{"epoch":"e1","seq":1004}`, ""))
		time.Sleep(2 * time.Second)
		if version, _ := client.Version(); version.Seq != 1004 || server.asked.Load() != 2 || server.lastETag.Load() != "" {
			t.Errorf("at %v, asked %d times, etag %v", version, server.asked.Load(), server.lastETag.Load())
		}
	})
	text, _ := os.ReadFile(filepath.Join(folder, "sluice-production.json"))
	var file struct{ Signed []storedStep }
	if err := json.Unmarshal(text, &file); err != nil || len(file.Signed) != 1 || file.Signed[0].Kind != "snapshot" {
		t.Errorf("%d steps are stored", len(file.Signed))
	}
}
