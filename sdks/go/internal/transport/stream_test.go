package transport

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

const streamText = "\xef\xbb\xbf: 🏗️ comment\r\nevent: hello\r\ndata: {\"a\":\"é😀\"}\r\n\r\ndata\rdata:x\rdata:  y\r\r" +
	"id: e1:4\nevent:patch\ndata: one\ndata: two\n\nevent: nothing\n\n:\n\ndata: last\n\n"

var streamFrames = []string{`hello|{"a":"é😀"}`, "message|\nx\n y", "patch|one\ntwo", "message|last"}

func framesOf(t *testing.T, chunks ...string) []string {
	t.Helper()
	parser, got := &Parser{}, []string(nil)
	for _, chunk := range chunks {
		frames, err := parser.Push([]byte(chunk))
		if err != nil {
			t.Fatal(err)
		}
		for _, frame := range frames {
			got = append(got, fmt.Sprintf("%s|%s", frame.Event, frame.Data))
		}
	}
	return got
}

func TestStreamIsReadWhereverItIsCut(t *testing.T) {
	for cut := range len(streamText) {
		if got := framesOf(t, streamText[:cut], streamText[cut:]); !reflect.DeepEqual(got, streamFrames) {
			t.Fatalf("cut at %d: %q", cut, got)
		}
	}
	if got := framesOf(t, strings.Split(streamText, "")...); !reflect.DeepEqual(got, streamFrames) {
		t.Errorf("letter by letter: %q", got)
	}
}

func TestFrameBeyondTheLimitEndsTheStream(t *testing.T) {
	parser, err := &Parser{}, error(nil)
	for size := 0; size <= frameBytesMax+1<<20 && err == nil; size += 1 << 20 {
		_, err = parser.Push([]byte("data: " + strings.Repeat("x", 1<<20-7) + "\n"))
	}
	if err == nil {
		t.Error("nothing ended it")
	}
	if _, err := (&Parser{}).Push([]byte(strings.Repeat("x", frameBytesMax+1))); err == nil {
		t.Error("a line without an end did not end it")
	}
}

func FuzzStream(f *testing.F) {
	f.Add([]byte(streamText), 7)
	f.Add([]byte("data:a\r"), 1)
	f.Fuzz(func(t *testing.T, text []byte, cut int) {
		whole := &Parser{}
		wanted, err := whole.Push(text)
		if cut < 0 || cut > len(text) || err != nil {
			return
		}
		parts := &Parser{}
		got, _ := parts.Push(text[:cut])
		more, _ := parts.Push(text[cut:])
		if got = append(got, more...); !reflect.DeepEqual(got, wanted) {
			t.Errorf("cut at %d: %q, whole: %q", cut, got, wanted)
		}
	})
}

func TestWaitsGrowStayJitteredAndAverageHalfAMinute(t *testing.T) {
	tries, now, first := backoff{}, time.Unix(0, 0), time.Duration(0)
	for range 10 {
		wait := tries.failed(now, 0, 1)
		if wait < waitMin || wait > earlyWaitMax {
			t.Errorf("an early wait of %v", wait)
		}
		first = max(first, wait)
	}
	now = now.Add(earlyOutage)
	sum, seen, rounds := time.Duration(0), map[time.Duration]bool{}, 10_000
	for range rounds {
		wait := tries.failed(now, 0, 1)
		sum += wait
		seen[wait] = true
	}
	// Even between 12.5 s and 50 s: the mean of 10,000 draws has a standard error of 0.11 s.
	if mean := sum / time.Duration(rounds); mean < 30700*time.Millisecond || mean > 31800*time.Millisecond || len(seen) < rounds/2 {
		t.Errorf("late waits are %v on average, %d different ones", mean, len(seen))
	}
	tries.succeeded()
	if wait := tries.failed(now, refusedWait, 1); wait != refusedWait || tries.failures != 1 {
		t.Errorf("the first wait after a refusal is %v", wait)
	}
}
