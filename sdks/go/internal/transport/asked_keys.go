package transport

import (
	"encoding/json"
	"sync"
	"sync/atomic"
)

const (
	// keysPerConfirmMax and keyBytesPerConfirmMax keep the body of a confirm well below the server's 16 KiB.
	keysPerConfirmMax     = 500
	keyBytesPerConfirmMax = 10_000
	// keysMax: a host that makes keys up from data must not grow this for ever.
	keysMax = 10_000
	// keyBytesMax: a longer text is no flag key. It is answered, but not reported.
	keyBytesMax = 200
)

// AskedKeys are the flags that this process asks for: each key is reported once, known or unknown.
type AskedKeys struct {
	noted sync.Map
	count atomic.Int64

	mutex          sync.Mutex
	asked, unknown []string
}

// TakenKeys are taken for one confirm.
type TakenKeys struct {
	Asked   []string `json:"asked"`
	Unknown []string `json:"unknown"`
}

// Note notes a key for the next confirm; false where it was noted before, or where nothing more is noted.
func (k *AskedKeys) Note(key string, isKnown bool) bool {
	if _, isNoted := k.noted.Load(key); isNoted || k.count.Load() >= keysMax || len(key) > keyBytesMax {
		return false
	}
	if _, isNoted := k.noted.LoadOrStore(key, struct{}{}); isNoted {
		return false
	}
	k.count.Add(1)
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if isKnown {
		k.asked = append(k.asked, key)
	} else {
		k.unknown = append(k.unknown, key)
	}
	return true
}

// IsEmpty is true where nothing is to be reported.
func (k *AskedKeys) IsEmpty() bool {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	return len(k.asked)+len(k.unknown) == 0
}

// Peek gives the next keys to send, oldest first. They stay until Sent.
func (k *AskedKeys) Peek() TakenKeys {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	left := keyBytesPerConfirmMax
	unknown := takeWhile(k.unknown, &left)
	return TakenKeys{Asked: takeWhile(k.asked, &left), Unknown: unknown}
}

// Sent forgets what Peek gave, once the server has it.
func (k *AskedKeys) Sent(taken TakenKeys) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.asked, k.unknown = k.asked[len(taken.Asked):], k.unknown[len(taken.Unknown):]
}

func takeWhile(keys []string, left *int) []string {
	taken := []string{}
	for _, key := range keys {
		text, err := json.Marshal(key)
		if *left -= len(text) + 1; err != nil || *left < 0 || len(taken) == keysPerConfirmMax {
			break
		}
		taken = append(taken, key)
	}
	return taken
}
