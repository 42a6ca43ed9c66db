package serving

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/sluice-flags/sluice-go/internal/evaluation"
)

const (
	// writeDelay: changes that come in a burst are written once.
	writeDelay = 200 * time.Millisecond
	// writePeriod: a busy configuration must not wear out the disk. Kills do not wait for this.
	writePeriod = time.Second
	// writeRetry: a disk that refused is asked again after this, also without a further change.
	writeRetry = 30 * time.Second
)

// signedMax is more than a trail ever has, with those of a replaced epoch.
const signedMax = 10_000

// Stored is a state as it is kept on disk: what is served, or, where signatures are checked, the signed texts that it is made of.
type Stored struct {
	Snapshot *evaluation.Snapshot
	Urgent   []*evaluation.UrgentKill
	Signed   []Step
}

// StoredName is the name of the file: the environment where it was stated, else 16 hex digits of the key's SHA-256.
// Letters of the key itself would put part of a secret into a file name, and keys of two environments may begin alike.
func StoredName(environment, key string) string {
	name := fmt.Sprintf("%x", sha256.Sum256([]byte(key)))[:16]
	if environment != "" {
		name = strings.Map(func(c rune) rune {
			if (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' {
				return c
			}
			return '-'
		}, strings.ToLower(environment))
	}
	return "sluice-" + name + ".json"
}

// ReadStored reads a stored state from its bytes. A state that cannot be read whole is no state. A bare snapshot is accepted too:
// that is what GET /sdk/v1/snapshot gives and what people save by hand.
func ReadStored(text []byte) (*Stored, error) {
	var parts struct {
		Snapshot json.RawMessage   `json:"snapshot"`
		Urgent   []json.RawMessage `json:"urgent"`
		Signed   json.RawMessage   `json:"signed"`
	}
	err := json.Unmarshal(text, &parts)
	if err == nil && parts.Signed != nil {
		return readSignedList(parts.Signed)
	}
	if err != nil || parts.Snapshot == nil {
		parts.Snapshot, parts.Urgent = text, nil
	}
	snapshot, err := evaluation.DecodeSnapshot(parts.Snapshot)
	if err != nil {
		return nil, err
	}
	urgent, err := ReadUrgent(parts.Urgent)
	if err != nil {
		return nil, err
	}
	return &Stored{Snapshot: snapshot, Urgent: urgent}, nil
}

func readSignedList(text []byte) (*Stored, error) {
	var steps []Step
	if err := json.Unmarshal(text, &steps); err != nil || steps == nil || len(steps) > signedMax {
		return nil, errors.New("its list of signed texts cannot be read")
	}
	return &Stored{Signed: steps}, nil
}

// ReadUrgentList reads {"urgent":[…]}; as ReadUrgent.
func ReadUrgentList(text []byte) ([]*evaluation.UrgentKill, error) {
	var list struct {
		Urgent []json.RawMessage `json:"urgent"`
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("no list of urgent kills: %w", err)
	}
	return ReadUrgent(list.Urgent)
}

// ReadUrgent reads a list of urgent kills; half a list would switch things on, so it is all or none.
func ReadUrgent(items []json.RawMessage) ([]*evaluation.UrgentKill, error) {
	if len(items) > UrgentMax {
		return nil, fmt.Errorf("more than %d urgent kills", UrgentMax)
	}
	var urgent []*evaluation.UrgentKill
	for at, item := range items {
		kill, err := evaluation.DecodeUrgentKill(item)
		if err != nil {
			return nil, fmt.Errorf("urgent kill %d cannot be read: %w", at+1, err)
		}
		urgent = append(urgent, kill)
	}
	return urgent, nil
}

// LastKnownGood keeps the last good state on disk, replaced whole, one write at a time. Never fails into its caller: trouble is logged when it changes.
type LastKnownGood struct {
	path   string
	log    *slog.Logger
	intake *Intake

	wake   chan struct{}
	closed chan struct{}
	done   chan struct{}

	mutex     sync.Mutex
	isDirty   bool
	isUrgent  bool
	isFailing bool
}

// NewLastKnownGood begins to keep what an intake has taken, until Close.
func NewLastKnownGood(folder, name string, log *slog.Logger, intake *Intake) *LastKnownGood {
	kept := &LastKnownGood{path: filepath.Join(folder, name), log: log, intake: intake,
		wake: make(chan struct{}, 1), closed: make(chan struct{}), done: make(chan struct{})}
	go kept.run()
	return kept
}

// Load gives the stored state; nil where there is none or none that can be read.
func (k *LastKnownGood) Load() *Stored {
	text, err := os.ReadFile(k.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		k.log.Warn("sluice.cache.unreadable", "message", fmt.Sprintf("The last good flags in %s cannot be read: %v.", k.path, err))
		return nil
	}
	stored, err := ReadStored(text)
	if err != nil {
		k.log.Warn("sluice.cache.ignored", "message", fmt.Sprintf("The stored flags in %s cannot be used: %v. They will be replaced.", k.path, err))
		return nil
	}
	return stored
}

// Changed notes that the state changed. A kill is written at once, everything else after a short delay and at most once a second.
func (k *LastKnownGood) Changed(isKill bool) {
	k.mutex.Lock()
	k.isDirty = true
	k.isUrgent = k.isUrgent || isKill
	k.mutex.Unlock()
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// Close writes what is not written yet, and then nothing more.
func (k *LastKnownGood) Close() {
	close(k.closed)
	<-k.done
}

func (k *LastKnownGood) run() {
	defer close(k.done)
	var due <-chan time.Time
	var dueAt, writtenAt time.Time
	for {
		select {
		case <-k.closed:
			k.writeIfDirty()
			return
		case <-k.wake:
		case <-due:
		}
		wait := k.waitFor(time.Now(), dueAt, writtenAt)
		if wait > 0 {
			if due == nil {
				due, dueAt = time.After(wait), time.Now().Add(wait)
			}
			continue
		}
		due, dueAt = nil, time.Time{}
		writtenAt = time.Now()
		if !k.writeIfDirty() {
			due, dueAt = time.After(writeRetry), writtenAt.Add(writeRetry)
		}
	}
}

// waitFor says how long a write has to wait yet.
func (k *LastKnownGood) waitFor(now, dueAt, writtenAt time.Time) time.Duration {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	switch {
	case k.isUrgent && !k.isFailing:
		return 0
	case !dueAt.IsZero():
		return dueAt.Sub(now)
	default:
		return max(writeDelay, writtenAt.Add(writePeriod).Sub(now))
	}
}

// writeIfDirty is false where the disk refused.
func (k *LastKnownGood) writeIfDirty() bool {
	k.mutex.Lock()
	isDirty, wasFailing := k.isDirty, k.isFailing
	k.isDirty, k.isUrgent = false, false
	k.mutex.Unlock()
	if !isDirty {
		return true
	}
	stored := k.intake.stored()
	if stored == nil {
		return true
	}
	err := k.write(stored)
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.isFailing = err != nil
	if err != nil {
		k.isDirty = true
		if !wasFailing {
			k.log.Warn("sluice.cache.notWritten", "message", fmt.Sprintf("The last good flags could not be kept in %s: %v. Answers are not affected.", k.path, err))
		}
		return false
	}
	if wasFailing {
		k.log.Info("sluice.cache.written", "message", k.path+" can be written again.")
	}
	return true
}

// write replaces the file whole: a reader, or a restart after a power cut, finds the old state or the new one.
func (k *LastKnownGood) write(stored any) error {
	text, err := json.Marshal(stored)
	if err != nil {
		return fmt.Errorf("the state cannot be written out: %w", err)
	}
	folder := filepath.Dir(k.path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("no folder: %w", err)
	}
	file, err := os.CreateTemp(folder, filepath.Base(k.path)+".*")
	if err != nil {
		return fmt.Errorf("no file: %w", err)
	}
	_, err = file.Write(text)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), k.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("not written: %w", err), os.Remove(file.Name()))
	}
	return nil
}
