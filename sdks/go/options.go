package sluice

import (
	"log/slog"
	"net/http"
	"time"
)

// Options say how a client is set up. Nothing in them can make the host fail: what cannot be used is logged, and the code's defaults are answered.
type Options struct {
	// URL is the server's address, such as https://flags.example.com; a path prefix is kept. Empty with SnapshotFile or Snapshot: no server is asked.
	URL string
	// Key is the SDK key. It belongs to one environment.
	Key string
	// Environment is the one this process must be in. A key of another one is then refused with a message; empty accepts whatever the key belongs to.
	Environment string
	// Service is the name of this service, as kills and the console show it.
	Service string
	// Version is this application's version (SemVer), which kills may be limited to.
	Version string
	// CacheDir is a folder for the last good flags, so that a restart without a server answers as before. Empty: nothing is kept.
	CacheDir string
	// SignatureKeys are public keys of the server, as `sluice signing-keys` prints them (slv_…): one, or two while one follows the other, at most 4.
	// With them, what none of them has signed for Environment is refused and the last good flags go on; nil checks nothing.
	SignatureKeys []string
	// ReadyWait is how long Ready waits at most: 0–1 min, default 1 s; negative does not wait at all.
	ReadyWait time.Duration
	// RefreshEvery is for functions that are frozen between invocations: no stream, no timer. Refresh at the beginning of an invocation asks
	// for the flags where they are older than that, 1 s–1 h; Flush at its end sends what was counted. Zero: a stream keeps them new.
	RefreshEvery time.Duration
	// SnapshotFile is a snapshot to start from or to work without any server.
	SnapshotFile string
	// Snapshot is the same from memory, such as a file that go:embed put into the program.
	Snapshot []byte
	// ProxyURL is the proxy to the server; empty takes HTTPS_PROXY, HTTP_PROXY and NO_PROXY from the environment.
	ProxyURL string
	// CAFile has certificate authorities in PEM form that are trusted besides the system's.
	CAFile string
	// HTTP takes the place of the SDK's own way to the server, ProxyURL and CAFile included.
	HTTP http.RoundTripper
	// SampledAttributes may be shown to the server of the contexts that this process answers, whatever sluice.yaml declares to be sampled; empty but not
	// nil for none. nil: those that sluice.yaml declares, and none where there are SignatureKeys, because what is declared is not signed.
	SampledAttributes []string
	// CountCustomersOf are flags whose answers are counted by customer (as a hash; names do not travel) and told apart, at most 100. 2,000 different counts
	// wait at a time, and what has no room is told without a customer.
	CountCustomersOf []string
	// Log is where messages go, one when something begins or ends; default slog.Default().
	Log *slog.Logger
	// OnChange is the same as Client.OnChange, from the very start.
	OnChange func(Change)
	// Strict is told what a test should not overlook (package sluicetest sets it); each once per key.
	Strict func(problem string)
}

const (
	readyWaitDefault = time.Second
	readyWaitMax     = time.Minute
	refreshEveryMin  = time.Second
	refreshEveryMax  = time.Hour
	// countedFlagsMax: each answer of such a flag costs a hash.
	countedFlagsMax = 100
)

// countedFlags are counted by customer; nil where there are none.
func (o *Options) countedFlags() map[string]bool {
	if len(o.CountCustomersOf) == 0 {
		return nil
	}
	flags := map[string]bool{}
	for _, key := range o.CountCustomersOf[:min(len(o.CountCustomersOf), countedFlagsMax)] {
		flags[key] = true
	}
	return flags
}

func (o *Options) readyWait() time.Duration {
	if o.ReadyWait == 0 {
		return readyWaitDefault
	}
	return min(max(o.ReadyWait, 0), readyWaitMax)
}

// sampledAttributes are those that may be sampled; nil is whatever the server declares.
func (o *Options) sampledAttributes() []string {
	if o.SampledAttributes == nil && o.SignatureKeys != nil {
		return []string{}
	}
	return o.SampledAttributes
}

func (o *Options) log() *slog.Logger {
	log := o.Log
	if log == nil {
		log = slog.Default()
	}
	return slog.New(hostLog{log.Handler()})
}
