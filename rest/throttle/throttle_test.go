package throttle

import (
	"testing"
	"time"

	"pollwire/rest/problem"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func TestSoManyTimesWithinAWindow(t *testing.T) {
	w := Window[string]{Limit: Limit{Max: 3, Per: time.Minute}}
	for i, step := range []struct {
		key  string
		at   time.Duration
		wait time.Duration
	}{
		{"kim", 0, 0},
		{"kim", 10 * time.Second, 0},
		{"kim", 20 * time.Second, 0},
		{"kim", 30 * time.Second, 30 * time.Second}, // until the first is a minute old
		{"lee", 30 * time.Second, 0},                // each has a window of its own
		{"kim", 59 * time.Second, time.Second},      // what was refused does not count
		{"kim", 60 * time.Second, 0},
		{"kim", 60 * time.Second, 10 * time.Second},
		{"kim", 5 * time.Minute, 0},
	} {
		at := noon.Add(step.at)
		if got := w.Wait(step.key, at); got != step.wait {
			t.Errorf("step %d: Wait(%s, %v) = %v, want %v", i, step.key, step.at, got, step.wait)
		}
		if got := w.Count(step.key, at); got != step.wait {
			t.Errorf("step %d: Count(%s, %v) = %v, want %v", i, step.key, step.at, got, step.wait)
		}
	}
}

func TestWhoWaitsIsForgottenWhenTheWindowIsOver(t *testing.T) {
	w := Window[int]{Limit: Limit{Max: 1, Per: time.Minute}}
	for k := range 100 {
		w.Count(k, noon)
	}
	for k := range 100 {
		w.Wait(k, noon.Add(time.Minute))
	}
	if len(w.times) != 0 {
		t.Errorf("%d keys are kept after the window, want 0", len(w.times))
	}
}

func TestManyKeysDoNotGrowWithoutLimit(t *testing.T) {
	w := Window[int]{Limit: Limit{Max: 1, Per: time.Minute}}
	for k := range maxKeys + 10 {
		w.Count(k, noon)
	}
	if len(w.times) > maxKeys {
		t.Errorf("%d keys are kept, want at most %d", len(w.times), maxKeys)
	}
}

func TestTakeSaysHowLongToWait(t *testing.T) {
	w := Window[int]{Limit: Limit{Max: 1, Per: time.Minute, What: "songs"}}
	if err := w.Take(7, noon); err != nil {
		t.Errorf("the first: %v", err)
	}
	err := w.Take(7, noon.Add(1500*time.Millisecond))
	p, ok := problem.Of(err)
	if !ok || p.Status != 429 || p.Detail != "too many songs: one person may make 1 in 1m0s; wait 59s" {
		t.Errorf("the second: %+v, %v", p, err)
	}
	var none Window[int]
	for range 1000 {
		if err := none.Take(7, noon); err != nil || len(none.times) > 0 {
			t.Fatalf("without a limit: %v, %d remembered", err, len(none.times))
		}
	}
}
